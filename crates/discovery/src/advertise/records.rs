//! The records of a service, and the packets that are sent unasked.

use std::net::IpAddr;

use simple_dns::rdata::{A, AAAA, PTR, RData, SRV, TXT};
use simple_dns::{
    CLASS, CharacterString, Label, Name, Packet, PacketFlag, QCLASS, QTYPE, Question,
    ResourceRecord,
};

use super::service::Service;
use crate::limits::SERVICE;

/// A service with the addresses that are told on one link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Telling<'a> {
    pub(super) service: &'a Service,
    pub(super) addresses: &'a [IpAddr],
}

/// Seconds that others may remember a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// As long as mDNS has it.
    Full,
    /// At most so long, and nobody else's records are forgotten for it: for a resolver that
    /// knows nothing of mDNS.
    Legacy,
    /// No longer: a goodbye.
    Over,
}

type Record = ResourceRecord<'static>;

impl Telling<'_> {
    pub(super) fn ptr(&self, life: Life) -> Record {
        let target = self.instance_name();
        shared(service_name(), RData::PTR(PTR(target)), life)
    }

    pub(super) fn meta_ptr(&self, life: Life) -> Record {
        shared(meta_name(), RData::PTR(PTR(service_name())), life)
    }

    pub(super) fn srv(&self, life: Life) -> Record {
        let srv = SRV {
            priority: 0,
            weight: 0,
            port: self.service.port,
            target: self.host_name(),
        };
        unique(self.instance_name(), RData::SRV(srv), HOST_TTL, life)
    }

    pub(super) fn txt(&self, life: Life) -> Record {
        let mut txt = TXT::new();
        for (key, value) in &self.service.txt {
            let string = format!("{key}={value}");
            // Pairs are made to fit.
            if let Ok(string) = CharacterString::try_from(string) {
                txt.add_char_string(string);
            }
        }
        unique(self.instance_name(), RData::TXT(txt), OTHER_TTL, life)
    }

    pub(super) fn addresses(&self, life: Life) -> Vec<Record> {
        let data = self.addresses.iter().map(|ip| match ip {
            IpAddr::V4(v4) => RData::A(A {
                address: (*v4).into(),
            }),
            IpAddr::V6(v6) => RData::AAAA(AAAA {
                address: (*v6).into(),
            }),
        });
        data.map(|data| unique(self.host_name(), data, HOST_TTL, life))
            .collect()
    }

    pub(super) fn instance_name(&self) -> Name<'static> {
        let instance = self.service.instance.as_bytes().to_vec();
        let mut labels = vec![Label::new_unchecked(instance)];
        labels.extend_from_slice(service_name().get_labels());
        Name::new_with_labels(&labels)
    }

    pub(super) fn host_name(&self) -> Name<'static> {
        let host = self.service.host.as_bytes().to_vec();
        Name::new_with_labels(&[Label::new_unchecked(host), label("local")])
    }

    /// Everything, as it is told unasked: at first, and as a goodbye.
    pub(super) fn announcement(&self, life: Life) -> Vec<u8> {
        let mut packet = response(0);
        packet
            .answers
            .extend([self.ptr(life), self.srv(life), self.txt(life)]);
        packet.answers.extend(self.addresses(life));
        bytes(&packet)
    }

    /// Whether anybody has these names, and what we would say under them.
    ///
    /// The answer is wanted by multicast: the port is shared with other programs of this machine,
    /// and an answer to one address may reach any of them.
    pub(super) fn probe(&self) -> Vec<u8> {
        let mut packet = Packet::new_query(0);
        for name in [self.instance_name(), self.host_name()] {
            let question = Question::new(name, QTYPE::ANY, QCLASS::CLASS(CLASS::IN), false);
            packet.questions.push(question);
        }
        let proposed = [self.txt(Life::Legacy), self.srv(Life::Legacy)];
        packet.name_servers.extend(proposed);
        packet.name_servers.extend(self.addresses(Life::Legacy));
        bytes(&packet)
    }
}

/// `_openclaw-gw._tcp.local`
pub(super) fn service_name() -> Name<'static> {
    let labels: Vec<Label<'_>> = SERVICE.split('.').chain(["local"]).map(label).collect();
    Name::new_with_labels(&labels)
}

/// The name under which all services of a network are listed.
pub(super) fn meta_name() -> Name<'static> {
    Name::new_with_labels(&["_services", "_dns-sd", "_udp", "local"].map(label))
}

fn label(text: &'static str) -> Label<'static> {
    Label::new_unchecked(text.as_bytes())
}

/// An empty answer with authority.
pub(super) fn response(id: u16) -> Packet<'static> {
    let mut packet = Packet::new_reply(id);
    packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    packet
}

/// The packet on the wire. Ours are made of names that fit, so this does not fail.
pub(super) fn bytes(packet: &Packet<'_>) -> Vec<u8> {
    packet.build_bytes_vec_compressed().unwrap_or_default()
}

/// A record that others may have too.
fn shared(name: Name<'static>, data: RData<'static>, life: Life) -> Record {
    ResourceRecord::new(name, CLASS::IN, seconds(OTHER_TTL, life), data)
}

/// A record that only we have: others forget what they knew under its name.
fn unique(name: Name<'static>, data: RData<'static>, ttl: u32, life: Life) -> Record {
    let record = ResourceRecord::new(name, CLASS::IN, seconds(ttl, life), data);
    record.with_cache_flush(life != Life::Legacy)
}

fn seconds(full: u32, life: Life) -> u32 {
    match life {
        Life::Full => full,
        Life::Legacy => LEGACY_TTL,
        Life::Over => 0,
    }
}

/// Seconds for records that hold a host name or an address.
const HOST_TTL: u32 = 120;

/// Seconds for all others.
const OTHER_TTL: u32 = 4500;

/// Seconds for resolvers that know nothing of mDNS.
const LEGACY_TTL: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service {
            instance: "Ann's 1.5 \\ Büro (OpenClaw)".to_owned(),
            host: "studio".to_owned(),
            port: 18789,
            txt: vec![
                ("role", "gateway".to_owned()),
                ("displayName", "Büro".to_owned()),
            ],
        }
    }

    const ADDRESSES: &[IpAddr] = &[
        IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20)),
        IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    ];

    #[test]
    fn an_announcement_reads_back() {
        let service = service();
        let telling = Telling {
            service: &service,
            addresses: ADDRESSES,
        };
        let wire = telling.announcement(Life::Full);
        let packet = crate::dns::parse(&wire).expect("a packet");
        assert!(packet.has_flags(PacketFlag::RESPONSE | PacketFlag::AUTHORITATIVE_ANSWER));
        let said: Vec<_> = packet
            .answers
            .iter()
            .map(|record| (record.rdata.type_code(), record.ttl, record.cache_flush))
            .collect();
        use simple_dns::TYPE::{A, AAAA, PTR, SRV, TXT};
        assert_eq!(
            said,
            [
                (PTR, 4500, false),
                (SRV, 120, true),
                (TXT, 4500, true),
                (A, 120, true),
                (AAAA, 120, true),
            ]
        );
        let name = &packet.answers[1].name;
        assert_eq!(name.get_labels()[0].as_ref(), service.instance.as_bytes());
        assert_eq!(name.get_labels().len(), 4, "a dot in a name is no border");
        assert!(wire.len() < 512, "{}", wire.len());
    }

    #[test]
    fn a_goodbye_lives_no_longer() {
        let service = service();
        let telling = Telling {
            service: &service,
            addresses: ADDRESSES,
        };
        let wire = telling.announcement(Life::Over);
        let packet = crate::dns::parse(&wire).expect("a packet");
        assert!(packet.answers.iter().all(|record| record.ttl == 0));
    }

    #[test]
    fn a_probe_asks_for_both_names_and_tells_what_it_would_say() {
        let service = service();
        let telling = Telling {
            service: &service,
            addresses: ADDRESSES,
        };
        let wire = telling.probe();
        let packet = crate::dns::parse(&wire).expect("a packet");
        assert!(!packet.has_flags(PacketFlag::RESPONSE));
        assert_eq!(packet.questions.len(), 2);
        assert!(
            packet
                .questions
                .iter()
                .all(|q| q.qtype == QTYPE::ANY && !q.unicast_response)
        );
        assert_eq!(packet.name_servers.len(), 4);
        assert!(packet.name_servers.iter().all(|record| !record.cache_flush));
    }
}
