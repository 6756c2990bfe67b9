//! One question to one name server, over UDP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use simple_dns::rdata::OPT;
use simple_dns::{
    CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE,
};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::limits::{MAX_ANSWER_BYTES, MAX_DATAGRAMS, NAME_SERVER_ANSWER};

/// Why a name server told nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// There is nobody to ask.
    #[error("no name server to ask; on a tailnet, let the tailnet's DNS know the domain")]
    NoNameServer,
    /// It said nothing in time.
    #[error("the name server {server} did not answer within {} ms", NAME_SERVER_ANSWER.as_millis())]
    Silent {
        /// Who was asked.
        server: SocketAddr,
    },
    /// It cannot be asked.
    #[error("the name server {server} cannot be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        server: SocketAddr,
        /// The system's words.
        reason: String,
    },
    /// It will not answer.
    #[error("the name server {server} answered {code}")]
    Refused {
        /// Who was asked.
        server: SocketAddr,
        /// Its answer, as DNS calls it.
        code: String,
    },
    /// The name makes no question.
    #[error("`{name}` is no name to ask for")]
    Name {
        /// The name.
        name: String,
    },
}

/// Asks for the records of a name and returns those of the answer's section, in class IN.
///
/// Only an answer from that very server, with the question's random id and with the question in
/// it, counts; anything else is passed over, up to a number. No such name is no records.
pub(super) async fn ask(
    server: SocketAddr,
    name: &Name<'_>,
    kind: TYPE,
) -> Result<Vec<ResourceRecord<'static>>, LookupError> {
    let id = rand::random();
    let question = question(id, name, kind).map_err(|_| LookupError::Name {
        name: crate::shown::shown(name.to_string().as_bytes()),
    })?;
    let answer = timeout(
        NAME_SERVER_ANSWER,
        exchange(server, &question, id, name, kind),
    )
    .await;
    let (code, records) = match answer {
        Ok(Ok(Some(answer))) => answer,
        Ok(Ok(None)) | Err(_) => return Err(LookupError::Silent { server }),
        Ok(Err(error)) => {
            let reason = error.to_string();
            return Err(LookupError::Unreachable { server, reason });
        }
    };
    match code {
        RCODE::NoError | RCODE::NameError => Ok(records),
        other => Err(LookupError::Refused {
            server,
            code: format!("{other:?}"),
        }),
    }
}

type Answer = (RCODE, Vec<ResourceRecord<'static>>);

/// The first answer that counts; nothing after too many that do not.
async fn exchange(
    server: SocketAddr,
    question: &[u8],
    id: u16,
    name: &Name<'_>,
    kind: TYPE,
) -> io::Result<Option<Answer>> {
    let any: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    // A connected socket hears nobody else.
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut buffer = vec![0; usize::from(MAX_ANSWER_BYTES)];
    for _ in 0..MAX_DATAGRAMS {
        let length = socket.recv(&mut buffer).await?;
        if let Some(answer) = read(&buffer[..length], id, name, kind) {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

fn question(id: u16, name: &Name<'_>, kind: TYPE) -> simple_dns::Result<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let question = Question::new(
        name.clone(),
        QTYPE::TYPE(kind),
        QCLASS::CLASS(CLASS::IN),
        false,
    );
    packet.questions.push(question);
    *packet.opt_mut() = Some(OPT {
        opt_codes: Vec::new(),
        udp_packet_size: MAX_ANSWER_BYTES,
        version: 0,
    });
    packet.build_bytes_vec()
}

/// The answer in a datagram, if it is one to this question.
fn read(bytes: &[u8], id: u16, name: &Name<'_>, kind: TYPE) -> Option<Answer> {
    let packet = crate::dns::parse(bytes)?;
    let [asked] = packet.questions.as_slice() else {
        return None;
    };
    let is_ours = packet.id() == id
        && packet.has_flags(PacketFlag::RESPONSE)
        && asked.qname == *name
        && asked.qtype == QTYPE::TYPE(kind);
    if !is_ours {
        return None;
    }
    let code = packet.rcode();
    let records = packet.answers.into_iter();
    let records = records.filter(|record| record.class == CLASS::IN);
    Some((code, records.map(ResourceRecord::into_owned).collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use simple_dns::rdata::{A, RData};

    use super::*;

    const NAME: &str = "studio.openclaw.internal";

    fn answer(id: u16, name: &str, kind: TYPE) -> Vec<u8> {
        let mut packet = Packet::new_reply(id);
        let name = Name::new(name).unwrap();
        let question = Question::new(name.clone(), kind.into(), CLASS::IN.into(), false);
        packet.questions.push(question);
        let address = RData::A(A {
            address: 0x6440_0001,
        });
        packet
            .answers
            .push(ResourceRecord::new(name, CLASS::IN, 60, address));
        packet.build_bytes_vec_compressed().unwrap()
    }

    fn reading(bytes: &[u8]) -> Option<Answer> {
        read(bytes, 7, &Name::new(NAME).unwrap(), TYPE::A)
    }

    #[test]
    fn an_answer_to_the_question_counts() {
        let (code, records) = reading(&answer(7, NAME, TYPE::A)).expect("an answer");
        assert_eq!((code, records.len()), (RCODE::NoError, 1));
        assert!(reading(&answer(7, "STUDIO.OpenClaw.internal", TYPE::A)).is_some());
    }

    #[test]
    fn anything_else_does_not() {
        assert_eq!(reading(&answer(8, NAME, TYPE::A)), None, "another id");
        assert_eq!(
            reading(&answer(7, "evil.openclaw.internal", TYPE::A)),
            None,
            "another name"
        );
        assert_eq!(reading(&answer(7, NAME, TYPE::AAAA)), None, "another type");
        let mut query = answer(7, NAME, TYPE::A);
        query[2] &= 0x7f;
        assert_eq!(reading(&query), None, "a question");
        let good = answer(7, NAME, TYPE::A);
        for length in 0..good.len() {
            assert_eq!(reading(&good[..length]), None, "cut to {length}");
        }
    }

    #[test]
    fn a_name_that_points_at_itself_ends() {
        let mut bytes = answer(7, NAME, TYPE::A);
        // The answer's name is a pointer to the question's; let it point at itself, then ahead.
        let at = bytes
            .windows(2)
            .position(|pair| pair == [0xc0, 12])
            .expect("a pointer");
        for target in [at, at + 2, 0x3fff] {
            let [high, low] = u16::try_from(target).unwrap().to_be_bytes();
            bytes[at] = 0xc0 | high;
            bytes[at + 1] = low;
            assert_eq!(reading(&bytes), None);
        }
        // A label in front of a pointer back to it grows until a name may not be longer.
        let looped = [
            &[0, 7, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0][..],
            &[1, b'a', 0xc0, 12, 0, 1, 0, 1],
        ]
        .concat();
        assert_eq!(reading(&looped), None);
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = reading(&bytes);
        }

        #[test]
        fn no_damage_does_harm(at in 0usize..80, byte in any::<u8>(), more in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = answer(7, NAME, TYPE::A);
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.extend(more);
            let _ = reading(&bytes);
        }
    }
}
