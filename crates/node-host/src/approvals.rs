//! `exec-approvals.json`: what the node may run without asking.
//!
//! The file belongs to the person at the node. The node only narrows with it: of the rules in the
//! file and the rules in the configuration the stricter one holds ([`ExecPolicy::resolve`]).

mod document;
mod pattern;
mod policy;
mod store;
mod words;

pub use document::{AllowlistEntry, Document, InvalidDocument, OnlyCommand, Rules, Use};
pub use policy::{ConfiguredPolicy, ExecPolicy};
pub use store::{ApprovalsStore, SetError, Snapshot};
pub use words::{Ask, Security};

pub(crate) use pattern::matches;
