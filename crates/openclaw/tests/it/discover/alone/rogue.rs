//! Somebody on the network who answers whatever suits them.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use simple_dns::rdata::{A, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, Name, Packet, ResourceRecord};

/// What is said.
pub(super) struct Rogue {
    pub(super) instance: &'static str,
    pub(super) host: &'static str,
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    pub(super) txt: Vec<String>,
}

/// Goes on until it is dropped.
pub(super) struct Speaking {
    _until_dropped: Sender<()>,
}

impl Rogue {
    /// Says it to the whole network, again and again.
    pub(super) fn speak(self) -> Speaking {
        let packet = self.packet();
        let (keep, ended) = channel::<()>();
        thread::spawn(move || {
            let socket = UdpSocket::bind((self.address, 0)).unwrap();
            let pause = Duration::from_millis(200);
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                socket.send_to(&packet, (GROUP, 5353)).unwrap();
            }
        });
        Speaking {
            _until_dropped: keep,
        }
    }

    fn packet(&self) -> Vec<u8> {
        let mut packet = Packet::new_reply(0);
        for record in records(
            self.instance,
            "local",
            self.host,
            self.address,
            self.port,
            &self.txt,
        ) {
            packet.answers.push(record);
        }
        packet.build_bytes_vec().unwrap()
    }
}

/// The records of one Gateway in a domain.
pub(super) fn records<'a>(
    instance: &str,
    domain: &str,
    host: &str,
    address: Ipv4Addr,
    port: u16,
    txt: &'a [String],
) -> Vec<ResourceRecord<'a>> {
    let service = format!("_openclaw-gw._tcp.{domain}");
    let own = name_of(instance, &service);
    let host = Name::new(host).unwrap().into_owned();
    let said = txt
        .iter()
        .fold(TXT::new(), |said, pair| said.with_string(pair).unwrap());
    let record = |name: Name<'static>, data| ResourceRecord::new(name, CLASS::IN, 120, data);
    vec![
        record(
            Name::new(&service).unwrap().into_owned(),
            RData::PTR(PTR(own.clone())),
        ),
        record(
            own.clone(),
            RData::SRV(SRV {
                priority: 0,
                weight: 0,
                port,
                target: host.clone(),
            }),
        ),
        record(own, RData::TXT(said)),
        record(host, RData::A(A::from(address))),
    ]
}

fn name_of(instance: &str, service: &str) -> Name<'static> {
    Name::new(&format!("{instance}.{service}"))
        .unwrap()
        .into_owned()
}

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
