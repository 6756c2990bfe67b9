//! Every authenticated connection, and the fan-out of events to them.
//!
//! An event is serialised once and shared by all receivers; only `seq` is per connection.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use openclaw_protocol::close::Close;
use openclaw_protocol::frame::EventText;
use openclaw_protocol::id::{ConnId, DeviceId};
use openclaw_protocol::presence::StateVersion;
use openclaw_protocol::{Audience, Event, Generation, Role};

use crate::seam::bus::{Bus, EventSink, Published, Topic};
use crate::session::conn::Conn;

/// The connections of this process.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    conns: RwLock<HashMap<ConnId, Arc<Conn>>>,
}

impl Hub {
    pub(crate) fn join(&self, conn: Arc<Conn>) {
        self.conns
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(conn.id.clone(), conn);
    }

    pub(crate) fn leave(&self, id: &ConnId) {
        self.conns
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }

    pub(crate) fn len(&self) -> usize {
        self.conns
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// The connection with this id.
    pub(crate) fn conn(&self, id: &ConnId) -> Option<Arc<Conn>> {
        let conns = self.conns.read().unwrap_or_else(PoisonError::into_inner);
        conns.get(id).map(Arc::clone)
    }

    /// Every device that has a connection.
    pub(crate) fn devices(&self) -> HashSet<DeviceId> {
        let mut devices = HashSet::new();
        self.each(|conn| devices.extend(conn.device.clone()));
        devices
    }

    /// Whether a connection asked for events of this topic.
    pub(crate) fn is_watched(&self, topic: &Topic) -> bool {
        let conns = self.conns.read().unwrap_or_else(PoisonError::into_inner);
        conns.values().any(|conn| conn.watches.hears(topic))
    }

    /// Does this with every connection.
    pub(crate) fn each(&self, mut f: impl FnMut(&Arc<Conn>)) {
        for conn in self
            .conns
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
        {
            f(conn);
        }
    }

    /// Closes every connection of which this is true.
    pub(crate) fn close_where(&self, close: &Close, is_meant: impl Fn(&Conn) -> bool) {
        self.each(|conn| {
            if is_meant(conn) {
                conn.outbox.close(close.clone());
            }
        });
    }

    /// Closes every connection of a device, but one.
    pub(crate) fn close_device(
        &self,
        device: &DeviceId,
        role: Option<&Role>,
        close: &Close,
        except: Option<&ConnId>,
    ) {
        self.each(|conn| {
            let is_its = conn.device.as_ref() == Some(device)
                && role.is_none_or(|role| conn.role() == role)
                && except != Some(&conn.id);
            if is_its {
                conn.outbox.close(close.clone());
            }
        });
    }
}

impl EventSink for Hub {
    fn deliver(&self, event: &Published) {
        self.each(|conn| {
            let is_meant = conn.generation >= event.since
                && event.until.is_none_or(|until| conn.generation <= until)
                && event.cap.is_none_or(|cap| conn.has_cap(cap))
                && is_in(conn, &event.audience);
            if !is_meant {
                return;
            }
            match &event.topic {
                None => conn.outbox.broadcast(&event.text, event.drop_if_slow),
                Some(topic) if conn.watches.hears(topic) => {
                    conn.outbox.share(&event.text, event.drop_if_slow);
                }
                Some(_) => {}
            }
        });
    }
}

/// Whether a connection belongs to an audience.
fn is_in(conn: &Conn, audience: &Audience) -> bool {
    match audience {
        Audience::Everyone => true,
        Audience::Operators(scope) => *conn.role() == Role::Operator && conn.scopes().allows(scope),
        Audience::Target => false,
    }
}

/// Publishes an event to everyone in its audience.
pub(crate) fn publish<E: Event>(
    bus: &dyn Bus,
    payload: &E::Payload,
    version: Option<StateVersion>,
) {
    match EventText::new(E::NAME, payload, version) {
        Ok(text) => bus.publish(Arc::new(Published {
            name: E::NAME,
            audience: E::AUDIENCE,
            since: E::SINCE,
            until: None,
            cap: None,
            topic: None,
            drop_if_slow: E::DROP_IF_SLOW,
            text: Arc::new(text),
        })),
        Err(error) => tracing::warn!(event = E::NAME, %error, "event not serialisable"),
    }
}

/// Publishes an event whose payload is JSON text already.
pub(crate) fn publish_raw<E: Event>(bus: &dyn Bus, payload: &str, version: Option<StateVersion>) {
    bus.publish(Arc::new(Published {
        name: E::NAME,
        audience: E::AUDIENCE,
        since: E::SINCE,
        until: None,
        cap: None,
        topic: None,
        drop_if_slow: E::DROP_IF_SLOW,
        text: Arc::new(EventText::from_raw(E::NAME, payload, version)),
    }));
}

/// Publishes an event in the form of one generation, to the connections that speak it; with
/// `cap` only to those that declared this capability.
pub(crate) fn publish_in<E: Event>(
    bus: &dyn Bus,
    generation: Generation,
    cap: Option<&'static str>,
    payload: &E::Payload,
) {
    match EventText::new(E::NAME, payload, None) {
        Ok(text) => bus.publish(Arc::new(Published {
            name: E::NAME,
            audience: E::AUDIENCE,
            since: generation,
            until: Some(generation),
            cap,
            topic: None,
            drop_if_slow: E::DROP_IF_SLOW,
            text: Arc::new(text),
        })),
        Err(error) => tracing::warn!(event = E::NAME, %error, "event not serialisable"),
    }
}

/// Publishes an event to those in its audience that asked for its topic, without a number.
pub(crate) fn publish_on<E: Event>(bus: &dyn Bus, topic: Topic, payload: &E::Payload) {
    match EventText::new(E::NAME, payload, None) {
        Ok(text) => bus.publish(Arc::new(Published {
            name: E::NAME,
            audience: E::AUDIENCE,
            since: E::SINCE,
            until: None,
            cap: None,
            topic: Some(topic),
            drop_if_slow: E::DROP_IF_SLOW,
            text: Arc::new(text),
        })),
        Err(error) => tracing::warn!(event = E::NAME, %error, "event not serialisable"),
    }
}

/// Sends an event to one connection, without a number.
pub(crate) fn target<E: Event>(conn: &Conn, payload: &E::Payload) {
    match EventText::new(E::NAME, payload, None) {
        Ok(text) => conn.outbox.target(text),
        Err(error) => tracing::warn!(event = E::NAME, %error, "event not serialisable"),
    }
}
