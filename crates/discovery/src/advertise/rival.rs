//! Others who use our names.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, ResourceRecord};

use super::records::{Life, Telling};

/// Which of our names somebody else uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rival {
    /// The instance's.
    Instance,
    /// The host's.
    Host,
}

impl Rival {
    /// Whether an answer claims one of our names with other data than ours.
    ///
    /// Addresses of this machine are no claim, whoever tells them: the system announces its own
    /// host name too.
    pub(super) fn in_answer(
        packet: &Packet<'_>,
        telling: &Telling<'_>,
        own: &[IpAddr],
    ) -> Option<Self> {
        let instance = telling.instance_name();
        let host = telling.host_name();
        let claims = packet.answers.iter().chain(&packet.additional_records);
        let mut claims = claims.filter(|record| record.class == CLASS::IN && record.ttl > 0);
        claims.find_map(|record| {
            if record.name == instance {
                let is_other = match &record.rdata {
                    RData::SRV(_) => is_other(record, &telling.srv(Life::Full)),
                    RData::TXT(_) => is_other(record, &telling.txt(Life::Full)),
                    _ => false,
                };
                return is_other.then_some(Self::Instance);
            }
            let is_elsewhere = address(record).is_some_and(|ip| !own.contains(&ip));
            (record.name == host && is_elsewhere).then_some(Self::Host)
        })
    }

    /// Whether somebody who asks for one of our names at the same time as we do has the better
    /// claim: of two, it is the one whose records come later in order.
    pub(super) fn wins_probe(packet: &Packet<'_>, telling: &Telling<'_>, own: &[IpAddr]) -> bool {
        let theirs = &packet.name_servers;
        let instance = telling.instance_name();
        let ours = [telling.srv(Life::Legacy), telling.txt(Life::Legacy)];
        let host = telling.host_name();
        let is_own =
            |record: &ResourceRecord<'_>| address(record).is_some_and(|ip| own.contains(&ip));
        is_later(theirs.iter(), ours.iter(), &instance)
            || (!theirs
                .iter()
                .any(|record| record.name == host && is_own(record))
                && is_later(theirs.iter(), telling.addresses(Life::Legacy).iter(), &host))
    }
}

fn is_later<'a>(
    theirs: impl Iterator<Item = &'a ResourceRecord<'a>>,
    ours: impl Iterator<Item = &'a ResourceRecord<'a>>,
    name: &Name<'_>,
) -> bool {
    let theirs = claim(theirs, name);
    !theirs.is_empty() && theirs.cmp(&claim(ours, name)) == Ordering::Greater
}

/// The records of a name in the order by which claims are compared.
fn claim<'a>(
    records: impl Iterator<Item = &'a ResourceRecord<'a>>,
    name: &Name<'_>,
) -> Vec<(u16, u16, Vec<u8>)> {
    let of_name = records.filter(|record| record.name == *name);
    let mut claim: Vec<_> = of_name
        .map(|record| {
            (
                record.class as u16,
                record.rdata.type_code().into(),
                data(record),
            )
        })
        .collect();
    claim.sort_unstable();
    claim
}

fn is_other(theirs: &ResourceRecord<'_>, ours: &ResourceRecord<'_>) -> bool {
    // Names in data are compared without regard to case, as `==` does.
    theirs.rdata != ours.rdata
}

fn address(record: &ResourceRecord<'_>) -> Option<IpAddr> {
    match &record.rdata {
        RData::A(a) => Some(Ipv4Addr::from(a.address).into()),
        RData::AAAA(aaaa) => Some(Ipv6Addr::from(aaaa.address).into()),
        _ => None,
    }
}

/// A record's data on the wire, without compression.
fn data(record: &ResourceRecord<'_>) -> Vec<u8> {
    let mut packet = Packet::new_reply(0);
    let bare = ResourceRecord::new(
        Name::new_with_labels(&[]),
        CLASS::IN,
        0,
        record.rdata.clone(),
    );
    packet.answers.push(bare);
    let wire = packet.build_bytes_vec().unwrap_or_default();
    // A header of 12, a root name of 1, and type, class, life and length of 10.
    wire.get(23..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advertise::service::Service;

    const OURS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 99));

    fn service(instance: &str, host: &str, port: u16) -> Service {
        Service {
            instance: instance.to_owned(),
            host: host.to_owned(),
            port,
            txt: vec![("role", "gateway".to_owned())],
        }
    }

    fn ours() -> Service {
        service("Studio", "studio", 18789)
    }

    fn seen(theirs: &Service, address: IpAddr, life: Life) -> Option<Rival> {
        let service = ours();
        let telling = Telling {
            service: &service,
            addresses: &[OURS],
        };
        let theirs = Telling {
            service: theirs,
            addresses: &[address],
        };
        let wire = theirs.announcement(life);
        Rival::in_answer(
            &crate::dns::parse(&wire).expect("a packet"),
            &telling,
            &[OURS],
        )
    }

    fn loses(theirs: &Service, address: IpAddr) -> bool {
        let service = ours();
        let telling = Telling {
            service: &service,
            addresses: &[OURS],
        };
        let theirs = Telling {
            service: theirs,
            addresses: &[address],
        };
        let wire = theirs.probe();
        Rival::wins_probe(
            &crate::dns::parse(&wire).expect("a packet"),
            &telling,
            &[OURS],
        )
    }

    #[test]
    fn an_echo_of_ourselves_is_no_rival() {
        assert_eq!(seen(&ours(), OURS, Life::Full), None);
        assert_eq!(
            seen(&service("STUDIO", "Studio", 18789), OURS, Life::Full),
            None
        );
        assert!(!loses(&ours(), OURS));
    }

    #[test]
    fn another_with_our_name_is() {
        let other = service("Studio", "attic", 18789);
        assert_eq!(seen(&other, OTHER, Life::Full), Some(Rival::Instance));
        let other_port = service("Studio", "studio", 1);
        assert_eq!(seen(&other_port, OURS, Life::Full), Some(Rival::Instance));
        let host = service("Attic", "STUDIO", 1);
        assert_eq!(seen(&host, OTHER, Life::Full), Some(Rival::Host));
    }

    #[test]
    fn others_with_their_own_names_or_a_goodbye_are_not() {
        assert_eq!(seen(&service("Attic", "attic", 1), OTHER, Life::Full), None);
        assert_eq!(
            seen(&service("Studio", "attic", 1), OTHER, Life::Over),
            None
        );
        let same_machine = service("Attic", "studio", 1);
        assert_eq!(
            seen(&same_machine, OURS, Life::Full),
            None,
            "the system's own responder"
        );
    }

    #[test]
    fn of_two_who_ask_at_once_exactly_one_gives_way() {
        for (port, we_lose) in [
            (1, false),
            (18788, false),
            (18789, false),
            (18790, true),
            (65535, true),
        ] {
            assert_eq!(
                loses(&service("Studio", "studio", port), OURS),
                we_lose,
                "{port}"
            );
        }
        let named_alike = service("Attic", "studio", 1);
        assert!(loses(&named_alike, OTHER));
        assert!(!loses(
            &named_alike,
            IpAddr::V4(Ipv4Addr::new(192, 168, 1, 2))
        ));
        assert!(!loses(&service("Attic", "attic", 65535), OTHER));
    }

    /// As another responder sent it, with an NSEC record among the rest.
    const RECORDED: &str = "\
        0000840000000002000000021444722053747564696f20284f70656e436c6177290c5f6f70656e636c61\
        772d6777045f746370056c6f63616c000010800100001194000403613d62c00c0021800100000078000e\
        000000000001056174746963c033c05a000180010000007800040a010101c05a002f8001000000780005\
        c05a000140";

    #[test]
    fn a_recorded_answer_of_another_responder_is_a_rival() {
        let digit = |at: usize| u8::from_str_radix(&RECORDED[at..at + 2], 16).expect("hex");
        let bytes: Vec<u8> = (0..RECORDED.len()).step_by(2).map(digit).collect();
        let service = service("Dr Studio (OpenClaw)", "studio", 18789);
        let telling = Telling {
            service: &service,
            addresses: &[OURS],
        };
        let packet = crate::dns::parse(&bytes).expect("a packet");
        assert_eq!(
            Rival::in_answer(&packet, &telling, &[OURS]),
            Some(Rival::Instance)
        );
    }
}
