//! A responder without I/O: it is told what comes in and what time it is, and says what to send.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use simple_dns::{Packet, PacketFlag};
use tokio::time::Instant;

use super::answer::Wanted;
use super::links::{Link, Links};
use super::records::{Life, Telling};
use super::rival::Rival;
use super::service::Service;
use crate::limits::MAX_UNICAST_PER_SECOND;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Send to everybody on the link of this address.
    Multicast { from: Ipv4Addr, bytes: Vec<u8> },
    /// Send to one.
    Unicast { to: SocketAddrV4, bytes: Vec<u8> },
}

/// The responder.
#[derive(Debug)]
pub(super) struct Machine {
    service: Service,
    /// The port of mDNS; who asks from another one knows nothing of it.
    port: u16,
    speakers: Vec<Speaker>,
    own: Vec<IpAddr>,
    phase: Phase,
    conflicts: u32,
    unicast: Meter,
}

/// One link and what is owed there.
#[derive(Debug)]
struct Speaker {
    link: Link,
    last_answer: Option<Instant>,
    owed: Option<(Instant, Wanted)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// There is no network.
    Idle,
    /// Asking whether the names are free.
    Probing { sent: u32, at: Instant },
    /// Telling everybody.
    Announcing { sent: u32, at: Instant },
    /// On the network.
    Up,
}

impl Machine {
    pub(super) fn new(service: Service, port: u16) -> Self {
        Self {
            service,
            port,
            speakers: Vec::new(),
            own: Vec::new(),
            phase: Phase::Idle,
            conflicts: 0,
            unicast: Meter::new(MAX_UNICAST_PER_SECOND),
        }
    }

    /// The instance name, which conflicts change.
    pub(super) fn instance(&self) -> &str {
        &self.service.instance
    }

    /// Whether it was announced and nothing has changed since.
    pub(super) const fn is_out(&self) -> bool {
        match self.phase {
            Phase::Idle | Phase::Probing { .. } => false,
            Phase::Announcing { sent, .. } => sent > 0,
            Phase::Up => true,
        }
    }

    /// Whether there is a link to speak on.
    pub(super) const fn has_network(&self) -> bool {
        !self.speakers.is_empty()
    }

    /// When [`on_time`](Self::on_time) has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Probing { at, .. } | Phase::Announcing { at, .. } => Some(at),
            Phase::Idle | Phase::Up => None,
        };
        let owed = self
            .speakers
            .iter()
            .filter_map(|speaker| Some(speaker.owed.as_ref()?.0));
        owed.chain(phase).min()
    }

    /// Takes the links as they are now. Names are probed again where anything changed.
    pub(super) fn on_links(&mut self, now: Instant, links: Links) {
        self.own = links.own;
        if self
            .speakers
            .iter()
            .map(|speaker| &speaker.link)
            .eq(&links.links)
        {
            return;
        }
        let speakers = links.links.into_iter().map(|link| Speaker {
            link,
            last_answer: None,
            owed: None,
        });
        self.speakers = speakers.collect();
        if self.speakers.is_empty() {
            self.phase = Phase::Idle;
        } else {
            self.probe(now, jitter(0..250));
        }
    }

    /// Does what is due.
    pub(super) fn on_time(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.phase {
            Phase::Probing { sent, at } if at <= now => {
                if sent < PROBES {
                    actions.extend(self.multicast(|telling| telling.probe()));
                    let at = now + PROBE_PAUSE;
                    self.phase = Phase::Probing { sent: sent + 1, at };
                } else {
                    self.phase = Phase::Announcing { sent: 0, at: now };
                }
            }
            Phase::Announcing { sent, at } if at <= now => {
                actions.extend(self.multicast(|telling| telling.announcement(Life::Full)));
                self.phase = if sent + 1 < ANNOUNCEMENTS {
                    let at = now + ANNOUNCE_PAUSE;
                    Phase::Announcing { sent: sent + 1, at }
                } else {
                    Phase::Up
                };
            }
            Phase::Idle | Phase::Probing { .. } | Phase::Announcing { .. } | Phase::Up => {}
        }
        let service = &self.service;
        for speaker in &mut self.speakers {
            if let Some((_, wanted)) = speaker.owed.take_if(|(at, _)| *at <= now) {
                speaker.last_answer = Some(now);
                actions.push(Action::Multicast {
                    from: speaker.link.v4,
                    bytes: wanted.multicast(&telling(service, &speaker.link)),
                });
            }
        }
        actions
    }

    /// Nothing of an announcement could be sent: it is tried again.
    pub(super) fn on_unsent(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Announcing { .. } | Phase::Up) {
            let at = now + ANNOUNCE_PAUSE;
            self.phase = Phase::Announcing { sent: 0, at };
        }
    }

    /// Takes a datagram. Nobody beyond the links is heard.
    pub(super) fn on_datagram(
        &mut self,
        now: Instant,
        source: SocketAddrV4,
        bytes: &[u8],
    ) -> Vec<Action> {
        let place = self
            .speakers
            .iter()
            .position(|speaker| speaker.link.holds(*source.ip()));
        match (place, crate::dns::parse(bytes)) {
            (Some(place), Some(packet)) if packet.has_flags(PacketFlag::RESPONSE) => {
                // Responders speak from the port of mDNS.
                if source.port() == self.port {
                    self.on_response(now, place, &packet);
                }
                Vec::new()
            }
            (Some(place), Some(packet)) => self.on_query(now, place, source, &packet),
            _ => Vec::new(),
        }
    }

    /// The goodbye, if there is anything to take back.
    pub(super) fn farewell(&self) -> Vec<Action> {
        if self.is_out() {
            self.multicast(|telling| telling.announcement(Life::Over))
                .collect()
        } else {
            Vec::new()
        }
    }

    fn on_response(&mut self, now: Instant, place: usize, packet: &Packet<'_>) {
        let telling = telling(&self.service, &self.speakers[place].link);
        let Some(rival) = Rival::in_answer(packet, &telling, &self.own) else {
            return;
        };
        match self.phase {
            // The name is taken. Before the first probe nobody was asked yet.
            Phase::Probing { sent, .. } if sent > 0 => {
                match rival {
                    Rival::Instance => self.service.rename_instance(),
                    Rival::Host => self.service.rename_host(),
                }
                self.conflicts = self.conflicts.saturating_add(1);
                let pause = if self.conflicts < MANY_CONFLICTS {
                    jitter(0..250)
                } else {
                    CONFLICT_PAUSE
                };
                self.probe(now, pause);
            }
            // Somebody says to have it although we do: whoever defends it keeps it.
            Phase::Announcing { .. } | Phase::Up => self.probe(now, jitter(0..250)),
            Phase::Idle | Phase::Probing { .. } => {}
        }
    }

    fn on_query(
        &mut self,
        now: Instant,
        place: usize,
        source: SocketAddrV4,
        query: &Packet<'_>,
    ) -> Vec<Action> {
        let link = &self.speakers[place].link;
        let telling = telling(&self.service, link);
        let is_probe = !query.name_servers.is_empty();
        match self.phase {
            Phase::Probing { sent, .. } if sent > 0 => {
                if is_probe && Rival::wins_probe(query, &telling, &self.own) {
                    self.probe(now, TIE_PAUSE);
                }
                return Vec::new();
            }
            Phase::Idle | Phase::Probing { .. } => return Vec::new(),
            Phase::Announcing { .. } | Phase::Up => {}
        }
        let wanted = Wanted::of(query, &telling);
        if wanted.is_empty() {
            return Vec::new();
        }
        if source.port() != self.port {
            if !self.unicast.take(now) {
                return Vec::new();
            }
            let bytes = wanted.unicast(query, true, &telling);
            return vec![Action::Unicast { to: source, bytes }];
        }
        let (delay, pause) = if is_probe {
            (Duration::ZERO, DEFENCE_PAUSE)
        } else if wanted.is_shared() {
            (jitter(20..120), ANSWER_PAUSE)
        } else {
            (Duration::ZERO, ANSWER_PAUSE)
        };
        self.speakers[place].owe(now + delay, pause, wanted);
        Vec::new()
    }

    fn probe(&mut self, now: Instant, pause: Duration) {
        for speaker in &mut self.speakers {
            speaker.owed = None;
        }
        let at = now + pause;
        self.phase = Phase::Probing { sent: 0, at };
    }

    fn multicast(&self, packet: impl Fn(&Telling<'_>) -> Vec<u8>) -> impl Iterator<Item = Action> {
        self.speakers.iter().map(move |speaker| Action::Multicast {
            from: speaker.link.v4,
            bytes: packet(&telling(&self.service, &speaker.link)),
        })
    }
}

impl Speaker {
    /// Owes an answer from a time on, but not sooner than a pause after the last one: however
    /// often somebody asks, the link hears the answer at most once in that time.
    fn owe(&mut self, from: Instant, pause: Duration, wanted: Wanted) {
        let earliest = self.last_answer.map_or(from, |last| from.max(last + pause));
        self.owed = Some(match self.owed {
            Some((at, owed)) => (at.min(earliest), owed.and(wanted)),
            None => (earliest, wanted),
        });
    }
}

const fn telling<'a>(service: &'a Service, link: &'a Link) -> Telling<'a> {
    Telling {
        service,
        addresses: link.addresses.as_slice(),
    }
}

/// So many in a second.
#[derive(Debug)]
pub(super) struct Meter {
    limit: u32,
    window: Option<Instant>,
    taken: u32,
}

impl Meter {
    pub(super) const fn new(limit: u32) -> Self {
        Self {
            limit,
            window: None,
            taken: 0,
        }
    }

    /// Whether there is one more.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let is_over = self.window.is_none_or(|start| now >= start + WINDOW);
        if is_over {
            self.window = Some(now);
            self.taken = 0;
        }
        let has_room = self.taken < self.limit;
        self.taken += u32::from(has_room);
        has_room
    }

    /// When there is room again, if there is none.
    pub(super) fn full_until(&self, now: Instant) -> Option<Instant> {
        let end = self.window? + WINDOW;
        (self.taken >= self.limit && now < end).then_some(end)
    }
}

fn jitter(millis: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rand::random_range(millis))
}

const WINDOW: Duration = Duration::from_secs(1);

/// How often the names are asked for, and how long each time is waited for somebody's answer.
const PROBES: u32 = 3;
const PROBE_PAUSE: Duration = Duration::from_millis(250);

/// How long the loser of a tie waits.
const TIE_PAUSE: Duration = Duration::from_secs(1);

/// From how many conflicts on there is a pause, and how long it is.
const MANY_CONFLICTS: u32 = 15;
const CONFLICT_PAUSE: Duration = Duration::from_secs(5);

/// How often the service is announced unasked, and the time between.
const ANNOUNCEMENTS: u32 = 2;
const ANNOUNCE_PAUSE: Duration = Duration::from_secs(1);

/// The time between two answers on a link.
const ANSWER_PAUSE: Duration = Duration::from_secs(1);

/// The same, to somebody who is about to take our name.
const DEFENCE_PAUSE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
