//! What an authenticated connection is.

use std::sync::Arc;

use openclaw_policy::{AuthMethod, Caller, Ingress};
use openclaw_protocol::connect::ClientInfo;
use openclaw_protocol::id::{ConnId, DeviceId};
use openclaw_protocol::{Generation, Role, ScopeSet};

use crate::conversations::watch::Watches;
use crate::session::hand_over::HandedOver;
use crate::session::outbox::Outbox;

/// An authenticated connection, as handlers see it.
#[derive(Debug)]
pub struct Conn {
    /// Its id, new for every socket.
    pub id: ConnId,
    /// The generation agreed on.
    pub generation: Generation,
    /// What the client said it is.
    pub client: ClientInfo,
    /// What it can take, as it declared.
    pub(crate) caps: Box<[Box<str>]>,
    /// Role and scopes, as granted.
    pub(crate) caller: Caller,
    /// Its device, if it proved one.
    pub device: Option<DeviceId>,
    /// How it proved itself.
    pub method: AuthMethod,
    /// Where it comes from.
    pub ingress: Ingress,
    /// When it was let in, milliseconds since the epoch.
    pub connected_at_ms: u64,
    pub(crate) outbox: Arc<Outbox>,
    /// Which sessions it watches.
    pub(crate) watches: Watches,
    /// What a setup code gave it, until it is told.
    pub(crate) handed_over: Option<Box<HandedOver>>,
}

impl Conn {
    /// The role of the connection.
    #[must_use]
    pub const fn role(&self) -> &Role {
        &self.caller.role
    }

    /// The scopes of the connection.
    #[must_use]
    pub const fn scopes(&self) -> &ScopeSet {
        &self.caller.scopes
    }

    /// The address shown for the client; `None` for local ones.
    #[must_use]
    pub fn remote_ip(&self) -> Option<String> {
        self.ingress.client().map(|addr| addr.to_string())
    }

    /// Whether it declared that it can take this, such as `tool-events`.
    #[must_use]
    pub fn has_cap(&self, cap: &str) -> bool {
        self.caps.iter().any(|one| **one == *cap)
    }

    /// Whether it speaks the newer generation.
    #[must_use]
    pub fn is_v4(&self) -> bool {
        self.generation >= Generation::V4
    }
}
