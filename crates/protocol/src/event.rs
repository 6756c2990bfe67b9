//! What an event is: declared once, like a method.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Audience, Generation};

/// One event of the protocol.
pub trait Event: 'static {
    /// The name on the wire.
    const NAME: &'static str;
    /// Who receives it.
    const AUDIENCE: Audience;
    /// The first generation that has it.
    const SINCE: Generation = Generation::V3;
    /// Whether a slow receiver may miss it. Otherwise a receiver that cannot take it is closed.
    const DROP_IF_SLOW: bool = false;
    /// What it carries.
    type Payload: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}

/// The declaration of an event without its type: one row of the catalogue.
#[derive(Debug, Clone)]
pub struct EventInfo {
    /// The name on the wire.
    pub name: &'static str,
    /// Who receives it.
    pub audience: Audience,
    /// The first generation that has it.
    pub since: Generation,
    /// Whether a slow receiver may miss it.
    pub drop_if_slow: bool,
    /// JSON Schema of the payload.
    pub payload_schema: fn() -> schemars::Schema,
}

impl EventInfo {
    /// The row of one event.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self {
            name: E::NAME,
            audience: E::AUDIENCE,
            since: E::SINCE,
            drop_if_slow: E::DROP_IF_SLOW,
            payload_schema: || schemars::schema_for!(E::Payload),
        }
    }
}
