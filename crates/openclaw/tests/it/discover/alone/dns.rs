//! The name server of a domain with one Gateway.

use std::net::UdpSocket;
use std::thread;

use simple_dns::{Packet, QTYPE, TYPE};

use super::rogue::records;

/// Answers on the port of DNS of this address until the process ends.
pub(super) fn serve(at: &str) -> thread::JoinHandle<()> {
    let socket = UdpSocket::bind((at, 53)).unwrap();
    thread::spawn(move || {
        let txt = ["displayName=Studio", "gatewayPort=9999"].map(str::to_owned);
        let domain = "openclaw.internal";
        let host = "studio.openclaw.internal";
        let all = records(
            "studio-gateway",
            domain,
            host,
            [100, 64, 0, 7].into(),
            18790,
            &txt,
        );
        let mut buffer = [0; 4096];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).unwrap();
            let query = Packet::parse(&buffer[..length]).unwrap();
            let question = &query.questions[0];
            let mut answer = Packet::new_reply(query.id());
            answer.questions.push(question.clone());
            answer.answers = all
                .iter()
                .filter(|record| {
                    record.name == question.qname && question.qtype == QTYPE::TYPE(type_of(record))
                })
                .cloned()
                .collect();
            let bytes = answer.build_bytes_vec().unwrap();
            socket.send_to(&bytes, from).unwrap();
        }
    })
}

fn type_of(record: &simple_dns::ResourceRecord<'_>) -> TYPE {
    record.rdata.type_code()
}
