//! `sessions.*`

use openclaw_protocol::id::{AgentId, SessionId};
use openclaw_protocol::methods::sessions::patch::ResolvedModel;
use openclaw_store::StoreError;
use serde_json::json;

use crate::conversations::{Conversation, row};
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;

mod abort;
mod compact;
mod create;
mod delete;
mod describe;
mod get;
mod list;
mod patch;
mod preview;
mod reset;
mod resolve;
mod send;
mod subscribe;

pub(super) fn register(router: &mut Router) {
    abort::register(router);
    compact::register(router);
    create::register(router);
    delete::register(router);
    describe::register(router);
    get::register(router);
    list::register(router);
    patch::register(router);
    preview::register(router);
    reset::register(router);
    resolve::register(router);
    send::register(router);
    subscribe::register(router);
}

/// The key that a client means, canonical.
fn key(core: &Core, given: &str, agent: Option<&AgentId>) -> Result<String, Fault> {
    crate::conversations::key_of(core, given, agent)
}

/// The store fails.
enum Broken {
    /// It does.
    Store(StoreError),
    /// What was asked for cannot be.
    Fault(Fault),
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Store(error) => super::chat::send::broken(&error),
            Broken::Fault(fault) => fault,
        }
    }
}

/// Refuses where a caller meant another transcript.
fn check_transcript(one: &Conversation, expected: Option<&SessionId>) -> Result<(), Fault> {
    match expected {
        Some(expected) if expected.as_str() != one.session_id => Err(Fault::invalid(format!(
            "session {} changed meanwhile; its transcript is another one now",
            one.key
        ))
        .with_details(json!({ "reason": "session-changed", "sessionId": one.session_id }))),
        _ => Ok(()),
    }
}

/// The model that holds in a session.
fn resolved(core: &Core, one: &Conversation) -> ResolvedModel {
    let (model_provider, model) = row::model_of(&core.runs.setup(), one);
    ResolvedModel {
        model_provider,
        model,
        ..ResolvedModel::default()
    }
}
