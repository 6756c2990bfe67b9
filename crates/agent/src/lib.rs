//! Runs of the OpenClaw agent: models, tools, and the loop between them.
//!
//! A library that a Gateway composes. It opens no listener, reads no configuration and no
//! environment, and keeps no state on disk: what it needs of those it takes as facts and traits.
//!
//! | To find | Open |
//! | --- | --- |
//! | what is said in a conversation | [`message`] |
//! | providers, models, answers, failures | [`model`] |
//! | what a tool is, who may use it, untrusted text | [`tool`] |
//! | the tools themselves | [`tools`] |
//! | a run, its events, its journal | [`run`](mod@run) |
//! | one run at a time per session | [`lanes`] |
//! | the system prompt and workspace files | [`prompt`] |
//! | commands that need no model | [`slash`] |
//! | summing up long conversations | [`compaction`] |
//!
//! Invariants: a key is in no error, log or `Debug`. Every wait has an end, every buffer a
//! bound. A tool is called only after its call is recorded, and never twice for one call. Text
//! that strangers wrote is marked as such before a model sees it.

mod clock;

pub mod compaction;
pub mod lanes;
pub mod message;
pub mod model;
pub mod prompt;
pub mod run;
pub mod slash;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tool;
pub mod tools;
