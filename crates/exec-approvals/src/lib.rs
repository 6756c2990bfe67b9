//! `exec-approvals.json`: what may run on a machine without asking, in the original's format.
//!
//! The file belongs to the person at the machine. A program only narrows with it: of the rules in
//! the file and the rules in the configuration the stricter one holds ([`ExecPolicy::resolve`]).
//! A node keeps one for itself, the Gateway keeps one for its own machine.
//!
//! | To find | Open |
//! | --- | --- |
//! | the file, read and replaced with a lock and a hash | [`ApprovalsStore`] |
//! | what stands in it | [`Document`], [`Rules`], [`AllowlistEntry`] |
//! | which rule holds | [`ExecPolicy`], [`ConfiguredPolicy`], [`Security`], [`Ask`] |
//! | whether a pattern names a program | [`matches()`], [`AllowlistEntry::covers`] |
//! | what a caller may set without a person | [`is_display_variable`] |
//! | private files of a program's state | [`state_file`] |

mod display;
mod document;
mod error;
mod pattern;
mod policy;
pub mod state_file;
mod store;
mod words;

pub use display::is_display_variable;
pub use document::{AllowlistEntry, Document, InvalidDocument, OnlyCommand, Rules, Use};
pub use error::StateError;
pub use pattern::matches;
pub use policy::{ConfiguredPolicy, ExecPolicy};
pub use store::{ApprovalsStore, SetError, Snapshot};
pub use words::{Ask, Security};
