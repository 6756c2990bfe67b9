//! The responder's socket.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use super::links::{Links, scan};
use super::machine::{Action, Machine, Meter};
use super::service::Service;
use super::state::AdvertiseFault;
use super::supervise::{Responder, Session, Signal};
use crate::interfaces::{Interfaces, Multicast};
use crate::limits::{ADVERTISE_CHECK_EVERY, MAX_DATAGRAMS_PER_SECOND};

/// Opens sockets.
#[derive(Debug)]
pub(super) struct MdnsResponder(Multicast);

impl MdnsResponder {
    pub(super) const fn new(multicast: Multicast) -> Self {
        Self(multicast)
    }
}

impl Responder for MdnsResponder {
    type Session = MdnsSession;

    fn open(&self, service: &Service) -> Result<MdnsSession, AdvertiseFault> {
        let port = self.0.port;
        let socket = open(port).map_err(|error| AdvertiseFault::Socket {
            port,
            reason: error.to_string(),
        })?;
        Ok(MdnsSession {
            socket,
            group: SocketAddrV4::new(GROUP, port),
            interfaces: self.0.interfaces.clone(),
            joined: Vec::new(),
            machine: Machine::new(service.clone(), port),
            look_at: Instant::now(),
            heard: Meter::new(MAX_DATAGRAMS_PER_SECOND),
            buffer: vec![0; MAX_PACKET].into(),
            signals: VecDeque::new(),
            errors: 0,
        })
    }
}

/// The port is shared with every other program that speaks mDNS.
fn open(port: u16) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_multicast_ttl_v4(255)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    UdpSocket::from_std(socket.into())
}

/// A socket and the machine behind it.
pub(super) struct MdnsSession {
    socket: UdpSocket,
    group: SocketAddrV4,
    interfaces: Interfaces,
    joined: Vec<Ipv4Addr>,
    machine: Machine,
    look_at: Instant,
    heard: Meter,
    buffer: Box<[u8]>,
    signals: VecDeque<Signal>,
    errors: u32,
}

impl Session for MdnsSession {
    async fn next(&mut self) -> Signal {
        loop {
            if let Some(signal) = self.signals.pop_front() {
                return signal;
            }
            let now = Instant::now();
            if self.look_at <= now {
                self.look_at = now + ADVERTISE_CHECK_EVERY;
                self.look(now);
                continue;
            }
            let pause = self.heard.full_until(now);
            let deadlines = [self.machine.deadline(), pause, Some(self.look_at)];
            let wake = deadlines
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(self.look_at);
            // All that lasts is in `self`: whoever drops this future between loses nothing.
            tokio::select! {
                () = sleep_until(wake) => self.on_time(Instant::now()),
                received = self.socket.recv_from(&mut self.buffer), if pause.is_none() => {
                    self.on_received(received);
                }
            }
        }
    }

    async fn close(self) {
        for action in self.machine.farewell() {
            // Whoever misses it forgets us when the records' time is over.
            let _ = self.send(&action);
        }
    }
}

impl Drop for MdnsSession {
    fn drop(&mut self) {
        // A task that was aborted says goodbye too; after `close` it is said twice, which makes
        // up for a lost packet.
        for action in self.machine.farewell() {
            let _ = self.send(&action);
        }
    }
}

impl MdnsSession {
    /// Looks whether the interfaces have changed.
    fn look(&mut self, now: Instant) {
        let links = match scan(&self.interfaces) {
            Ok(links) => links,
            Err(error) => return self.complain("network interfaces", &error),
        };
        let links = self.join(links);
        let had_network = self.machine.has_network();
        self.machine.on_links(now, links);
        if had_network && !self.machine.has_network() {
            self.signals.push_back(Signal::Lost);
        }
    }

    /// Joins the group on every link, and leaves out those that cannot.
    fn join(&mut self, mut links: Links) -> Links {
        self.joined
            .retain(|v4| links.links.iter().any(|link| link.v4 == *v4));
        links.links.retain(|link| {
            if self.joined.contains(&link.v4) {
                return true;
            }
            match self.socket.join_multicast_v4(GROUP, link.v4) {
                Ok(()) => {}
                // An interface that went and came back.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => {
                    let text = format!("joining on {}: {error}", link.v4);
                    self.signals.push_back(Signal::Complaint(text));
                    return false;
                }
            }
            self.joined.push(link.v4);
            true
        });
        links
    }

    fn on_time(&mut self, now: Instant) {
        let was_out = self.machine.is_out();
        let actions = self.machine.on_time(now);
        let is_sent = self.perform(&actions);
        if self.machine.is_out() && !was_out {
            if is_sent {
                let instance = self.machine.instance().to_owned();
                self.signals.push_back(Signal::Announced { instance });
            } else {
                self.machine.on_unsent(now);
            }
        }
    }

    fn on_received(&mut self, received: io::Result<(usize, SocketAddr)>) {
        match received {
            Ok((length, SocketAddr::V4(source))) => {
                self.errors = 0;
                let now = Instant::now();
                if self.heard.take(now) {
                    let actions = self
                        .machine
                        .on_datagram(now, source, &self.buffer[..length]);
                    self.perform(&actions);
                }
            }
            Ok((_, SocketAddr::V6(_))) => {}
            Err(error) => {
                self.errors += 1;
                if self.errors > MAX_ERRORS {
                    self.signals.push_back(Signal::Ended(error.to_string()));
                } else {
                    self.complain("receiving", &error);
                }
            }
        }
    }

    /// Sends; whether any of it went out.
    fn perform(&mut self, actions: &[Action]) -> bool {
        let mut is_sent = false;
        for action in actions {
            match self.send(action) {
                Ok(()) => is_sent = true,
                Err(error) => self.complain("sending", &error),
            }
        }
        is_sent
    }

    fn send(&self, action: &Action) -> io::Result<()> {
        let (bytes, to) = match action {
            Action::Multicast { from, bytes } => {
                SockRef::from(&self.socket).set_multicast_if_v4(from)?;
                (bytes, self.group)
            }
            Action::Unicast { to, bytes } => (bytes, *to),
        };
        self.socket.try_send_to(bytes, to.into()).map(|_| ())
    }

    fn complain(&mut self, doing: &str, error: &io::Error) {
        self.signals
            .push_back(Signal::Complaint(format!("{doing}: {error}")));
    }
}

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// The largest packet of mDNS.
const MAX_PACKET: usize = 9000;

/// Failures to receive, one after another, after which the socket is given up.
const MAX_ERRORS: u32 = 16;
