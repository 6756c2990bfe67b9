//! What is answered to a question.

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, TYPE};

use super::records::{Life, Telling, bytes, meta_name, response, service_name};

/// Which records somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    /// That there is an instance.
    pub(super) ptr: bool,
    /// That there is the service at all.
    pub(super) meta: bool,
    /// Where the instance is.
    pub(super) srv: bool,
    /// What it says of itself.
    pub(super) txt: bool,
    /// The host's addresses.
    pub(super) addresses: bool,
}

impl Wanted {
    /// What a packet asks for, without what its sender says to know already.
    pub(super) fn of(query: &Packet<'_>, telling: &Telling<'_>) -> Self {
        let mut wanted = Self::default();
        let instance = telling.instance_name();
        let host = telling.host_name();
        for question in &query.questions {
            if !matches!(question.qclass, QCLASS::CLASS(CLASS::IN) | QCLASS::ANY) {
                continue;
            }
            let asks = |kind| question.qtype == QTYPE::ANY || question.qtype == QTYPE::TYPE(kind);
            let name = &question.qname;
            wanted.ptr |= *name == service_name() && asks(TYPE::PTR);
            wanted.meta |= *name == meta_name() && asks(TYPE::PTR);
            wanted.srv |= *name == instance && asks(TYPE::SRV);
            wanted.txt |= *name == instance && asks(TYPE::TXT);
            wanted.addresses |= *name == host && (asks(TYPE::A) || asks(TYPE::AAAA));
        }
        wanted.ptr &= !knows(query, &service_name(), &instance);
        wanted.meta &= !knows(query, &meta_name(), &service_name());
        wanted
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Others may answer the same question, so that all had better not do it at once.
    pub(super) const fn is_shared(self) -> bool {
        self.ptr || self.meta
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            ptr: self.ptr | other.ptr,
            meta: self.meta | other.meta,
            srv: self.srv | other.srv,
            txt: self.txt | other.txt,
            addresses: self.addresses | other.addresses,
        }
    }

    /// The answer to everybody.
    pub(super) fn multicast(self, telling: &Telling<'_>) -> Vec<u8> {
        bytes(&self.packet(0, Life::Full, telling))
    }

    /// The answer to one. A resolver that knows nothing of mDNS gets its question back, as from
    /// any name server.
    pub(super) fn unicast(
        self,
        query: &Packet<'_>,
        is_legacy: bool,
        telling: &Telling<'_>,
    ) -> Vec<u8> {
        let life = if is_legacy { Life::Legacy } else { Life::Full };
        let mut packet = self.packet(query.id(), life, telling);
        if is_legacy {
            let questions = query.questions.iter().take(MAX_ECHOED);
            packet.questions = questions.cloned().map(Question::into_owned).collect();
        }
        bytes(&packet)
    }

    /// The records that are wanted, and behind them those that will be wanted next.
    fn packet(self, id: u16, life: Life, telling: &Telling<'_>) -> Packet<'static> {
        let mut packet = response(id);
        let answers = &mut packet.answers;
        let more = &mut packet.additional_records;
        if self.ptr {
            answers.push(telling.ptr(life));
        }
        if self.meta {
            answers.push(telling.meta_ptr(life));
        }
        let mut add = |is_wanted: bool, is_next: bool, records: Vec<_>| {
            if is_wanted {
                answers.extend(records);
            } else if is_next {
                more.extend(records);
            }
        };
        add(self.srv, self.ptr, vec![telling.srv(life)]);
        add(self.txt, self.ptr, vec![telling.txt(life)]);
        add(
            self.addresses,
            self.ptr || self.srv,
            telling.addresses(life),
        );
        packet
    }
}

/// Whether the sender says to know a pointer, and will for some time.
fn knows(query: &Packet<'_>, name: &Name<'_>, target: &Name<'_>) -> bool {
    const HALF_OF_ITS_LIFE: u32 = 2250;
    query.answers.iter().any(|record| {
        record.name == *name
            && record.ttl >= HALF_OF_ITS_LIFE
            && matches!(&record.rdata, RData::PTR(pointer) if pointer.0 == *target)
    })
}

/// Questions that are given back to a resolver: it asks one at a time.
const MAX_ECHOED: usize = 4;

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::advertise::service::Service;

    const ADDRESSES: &[IpAddr] = &[IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20))];

    fn service() -> Service {
        Service {
            instance: "Studio (OpenClaw)".to_owned(),
            host: "studio".to_owned(),
            port: 18789,
            txt: vec![("role", "gateway".to_owned())],
        }
    }

    fn question(name: &str, kind: QTYPE) -> Question<'static> {
        let name = Name::new_unchecked(name).into_owned();
        Question::new(name, kind, QCLASS::CLASS(CLASS::IN), false)
    }

    fn query(questions: &[(&str, TYPE)]) -> Packet<'static> {
        let mut packet = Packet::new_query(7);
        for (name, kind) in questions {
            packet.questions.push(question(name, QTYPE::TYPE(*kind)));
        }
        packet
    }

    fn answered(query: &Packet<'_>) -> (Wanted, Vec<TYPE>, Vec<TYPE>) {
        let service = service();
        let telling = Telling {
            service: &service,
            addresses: ADDRESSES,
        };
        let wanted = Wanted::of(query, &telling);
        let wire = wanted.multicast(&telling);
        let packet = crate::dns::parse(&wire).expect("a packet");
        let kinds = |records: &[simple_dns::ResourceRecord<'_>]| {
            records
                .iter()
                .map(|record| record.rdata.type_code())
                .collect()
        };
        (
            wanted,
            kinds(&packet.answers),
            kinds(&packet.additional_records),
        )
    }

    const SERVICE: &str = "_openclaw-gw._tcp.local";
    const INSTANCE: &str = "Studio (OpenClaw)._openclaw-gw._tcp.local";

    #[test]
    fn each_question_has_its_answer() {
        use TYPE::{A, AAAA, PTR, SRV, TXT};
        for (name, kind, answers, more) in [
            (SERVICE, PTR, vec![PTR], vec![SRV, TXT, A]),
            ("_OpenClaw-GW._TCP.Local", PTR, vec![PTR], vec![SRV, TXT, A]),
            ("_services._dns-sd._udp.local", PTR, vec![PTR], vec![]),
            (INSTANCE, SRV, vec![SRV], vec![A]),
            (INSTANCE, TXT, vec![TXT], vec![]),
            ("studio.local", A, vec![A], vec![]),
            ("studio.local", AAAA, vec![A], vec![]),
        ] {
            let (_, said, added) = answered(&query(&[(name, kind)]));
            assert_eq!((said, added), (answers, more), "{name} {kind:?}");
        }
    }

    #[test]
    fn questions_about_others_have_none() {
        for (name, kind) in [
            ("_http._tcp.local", TYPE::PTR),
            (SERVICE, TYPE::SRV),
            ("Other._openclaw-gw._tcp.local", TYPE::SRV),
            ("other.local", TYPE::A),
            ("studio.local", TYPE::TXT),
            ("_openclaw-gw._tcp.evil.example", TYPE::PTR),
        ] {
            assert!(answered(&query(&[(name, kind)])).0.is_empty(), "{name}");
        }
        let mut chaos = query(&[(SERVICE, TYPE::PTR)]);
        chaos.questions[0].qclass = QCLASS::CLASS(CLASS::CH);
        assert!(answered(&chaos).0.is_empty());
    }

    #[test]
    fn who_knows_is_not_told_again_unless_it_forgets_soon() {
        let service = service();
        let telling = Telling {
            service: &service,
            addresses: ADDRESSES,
        };
        let mut known = query(&[(SERVICE, TYPE::PTR)]);
        known.answers.push(telling.ptr(Life::Full));
        assert!(Wanted::of(&known, &telling).is_empty());
        known.answers[0].ttl = 100;
        assert!(Wanted::of(&known, &telling).ptr);
    }

    #[test]
    fn a_plain_resolver_gets_its_question_back_and_short_lives() {
        let service = service();
        let telling = Telling {
            service: &service,
            addresses: ADDRESSES,
        };
        let asked = query(&[(SERVICE, TYPE::PTR)]);
        let wire = Wanted::of(&asked, &telling).unicast(&asked, true, &telling);
        let packet = crate::dns::parse(&wire).expect("a packet");
        assert_eq!((packet.id(), packet.questions.len()), (7, 1));
        let all = packet.answers.iter().chain(&packet.additional_records);
        assert!(
            all.clone()
                .all(|record| record.ttl <= 10 && !record.cache_flush)
        );
        assert_eq!(all.count(), 4);
    }
}
