//! A name server over UDP: of a zone file, or of whatever a test wants to say.

use std::collections::HashMap;
use std::net::SocketAddr;

use simple_dns::rdata::{A, AAAA, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, CharacterString, Name, Packet, QTYPE, RCODE, ResourceRecord, TYPE};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// A record: its owner, lower case and without the last dot, and its data.
pub(crate) type Record = (String, RData<'static>);

/// Serves until it is dropped.
pub(crate) struct DnsServer {
    pub(crate) address: SocketAddr,
    _task: JoinSet<()>,
}

impl DnsServer {
    /// Answers from records; of other names it knows that they are not.
    pub(crate) async fn of(records: Vec<Record>) -> Self {
        Self::saying(move |query| vec![answer(query, &records)]).await
    }

    /// Answers every question with these datagrams.
    pub(crate) async fn saying(
        mut reply: impl FnMut(&Packet<'_>) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let address = socket.local_addr().expect("bound");
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.expect("a datagram");
                let query = Packet::parse(&buffer[..length]).expect("a question");
                for datagram in reply(&query) {
                    socket.send_to(&datagram, from).await.expect("sent");
                }
            }
        });
        Self {
            address,
            _task: task,
        }
    }
}

/// A proper answer out of records.
pub(crate) fn answer(query: &Packet<'_>, records: &[Record]) -> Vec<u8> {
    let question = query
        .questions
        .first()
        .expect("a question")
        .clone()
        .into_owned();
    let mut packet = Packet::new_reply(query.id());
    let name = question.qname.to_string().to_ascii_lowercase();
    let mut is_known = false;
    for (owner, data) in records.iter().filter(|(owner, _)| *owner == name) {
        is_known = true;
        let is_asked =
            question.qtype == QTYPE::TYPE(data.type_code()) || data.type_code() == TYPE::CNAME;
        if is_asked {
            let owner = Name::new_unchecked(owner).into_owned();
            packet
                .answers
                .push(ResourceRecord::new(owner, CLASS::IN, 60, data.clone()));
        }
    }
    if !is_known {
        *packet.rcode_mut() = RCODE::NameError;
    }
    packet.questions.push(question);
    packet.build_bytes_vec_compressed().expect("a packet")
}

pub(crate) fn name(text: &str) -> Name<'static> {
    Name::new_unchecked(text).into_owned()
}

pub(crate) fn ptr(target: &str) -> RData<'static> {
    RData::PTR(PTR(name(target)))
}

pub(crate) fn srv(target: &str, port: u16) -> RData<'static> {
    RData::SRV(SRV {
        priority: 0,
        weight: 0,
        port,
        target: name(target),
    })
}

pub(crate) fn txt(strings: &[&str]) -> RData<'static> {
    let mut txt = TXT::new();
    for string in strings {
        txt.add_string(string).expect("a string");
    }
    RData::TXT(txt.into_owned())
}

pub(crate) fn a(address: &str) -> RData<'static> {
    let address: std::net::Ipv4Addr = address.parse().expect("an address");
    RData::A(A {
        address: address.into(),
    })
}

/// Reads a zone file as a name server does: tokens, quotes and escapes, names relative to `$ORIGIN`.
pub(crate) fn read_zone(text: &str) -> Vec<Record> {
    let mut origin = String::new();
    let mut settings = HashMap::new();
    let mut records = Vec::new();
    for line in text.lines() {
        let words = tokens(line);
        let Some(first) = words.first() else { continue };
        if first.starts_with(b"$") {
            let value = utf8(&words[1]);
            if first == b"$ORIGIN" {
                origin = value.trim_end_matches('.').to_owned();
            }
            settings.insert(first.clone(), value);
            continue;
        }
        let full = |word: &[u8]| match utf8(word) {
            at if at == "@" => origin.clone(),
            absolute if absolute.ends_with('.') => absolute.trim_end_matches('.').to_owned(),
            relative => format!("{relative}.{origin}"),
        };
        assert_eq!(words[1], b"IN", "{line}");
        let rest = &words[3..];
        let data = match &*utf8(&words[2]) {
            "SOA" => {
                assert_eq!(rest.len(), 7, "{line}");
                continue;
            }
            "NS" => continue,
            "A" => a(&utf8(&rest[0])),
            "AAAA" => {
                let address: std::net::Ipv6Addr = utf8(&rest[0]).parse().expect("an address");
                RData::AAAA(AAAA {
                    address: address.into(),
                })
            }
            "PTR" => ptr(&full(&rest[0])),
            "SRV" => {
                assert_eq!((&*rest[0], &*rest[1]), (&b"0"[..], &b"0"[..]));
                srv(&full(&rest[3]), utf8(&rest[2]).parse().expect("a port"))
            }
            "TXT" => {
                let mut txt = TXT::new();
                for string in rest {
                    txt.add_char_string(CharacterString::new(string).expect("a string"));
                }
                RData::TXT(txt.into_owned())
            }
            other => panic!("{other}"),
        };
        records.push((full(first), data));
    }
    assert_eq!(settings[&b"$TTL"[..]], "60");
    records
}

fn tokens(line: &str) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = line.bytes().peekable();
    loop {
        while bytes.next_if(|b| b.is_ascii_whitespace()).is_some() {}
        let is_quoted = bytes.next_if_eq(&b'"').is_some();
        if !is_quoted && bytes.peek().is_none_or(|b| *b == b';') {
            return out;
        }
        let mut token = Vec::new();
        loop {
            match bytes.next() {
                Some(b'"') if is_quoted => break,
                None => {
                    assert!(!is_quoted, "an open quote: {line}");
                    break;
                }
                Some(b) if !is_quoted && b.is_ascii_whitespace() => break,
                Some(b'\\') => {
                    let next = bytes.next().expect("an escape");
                    if next.is_ascii_digit() {
                        let mut digits = vec![next];
                        digits.extend(bytes.by_ref().take(2));
                        token.push(utf8(&digits).parse().expect("a byte"));
                    } else {
                        token.push(next);
                    }
                }
                Some(b) => token.push(b),
            }
        }
        out.push(token);
    }
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}
