//! An embedder's own word on who may connect.

use async_trait::async_trait;
use openclaw_policy::{AuthMethod, Ingress};
use openclaw_protocol::connect::ClientInfo;
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Role, ScopeSet};

/// A connection that policy lets in, before anything is recorded about it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Connecting<'a> {
    /// What the client says it is. Not proven.
    pub client: &'a ClientInfo,
    /// Its role.
    pub role: &'a Role,
    /// The scopes it would get.
    pub scopes: &'a ScopeSet,
    /// Its device, if it proved one.
    pub device: Option<&'a DeviceId>,
    /// How it proved itself.
    pub method: AuthMethod,
    /// Where it comes from.
    pub ingress: Ingress,
}

/// What a hook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthDecision {
    /// As policy decided.
    Allow,
    /// Let in with those of these scopes that it would have had anyway.
    Narrow(ScopeSet),
    /// Refused, with a reason that the client is told.
    Refuse(String),
}

/// Asked about every connection that policy lets in. It can refuse or narrow, never widen: a
/// mistake here opens nothing.
#[async_trait]
pub trait AuthHook: Send + Sync {
    /// Decides about one connection. The time this takes counts against the handshake's deadline.
    async fn decide(&self, connecting: Connecting<'_>) -> AuthDecision;
}
