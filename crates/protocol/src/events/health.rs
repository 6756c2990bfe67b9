//! `health`

use serde_json::value::RawValue;

use crate::{Audience, Event};

/// A new health snapshot: the result of the method `health`, with `stateVersion`.
///
/// Units: as there.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Health {}

impl Event for Health {
    const NAME: &'static str = "health";
    const AUDIENCE: Audience = Audience::Everyone;
    type Payload = Box<RawValue>;
}
