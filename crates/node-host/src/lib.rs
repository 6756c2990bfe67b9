//! The bundled headless OpenClaw node: runs commands on this machine for the agent behind a
//! Gateway, as far as the person at this machine allows it.
//!
//! Built on the public node SDK ([`openclaw_node_client`]). For Unix: commands run in process
//! groups of their own.
//!
//! | To find | Open |
//! | --- | --- |
//! | the host: describe, build, run | [`NodeHost`], [`NodeHostBuilder`] |
//! | the browser of this machine | [`browser_of_config`] |
//! | what it offers | [`surface`](fn@surface) |
//! | `node.json` | [`NodeFile`] |
//! | `exec-approvals.json`, and which rules hold | [`approvals`] |
//! | why a command did not run | [`Denial`] |
//! | what the machine is doing | [`HostStats`] |
//! | starting a host as a program does | [`launch`] |
//!
//! # What must hold
//!
//! - Of configuration and approvals file the stricter one holds; a file that cannot be read allows
//!   nothing; where nobody said anything, a command needs the allowlist or a person.
//! - The allowlist speaks of files, not of names: what is compared is the path that will run, and
//!   that very path runs. A shell is covered only if every program of its text is, and a text that
//!   cannot be read with certainty is not covered.
//! - What a Gateway says about approvals counts only from Gateways that hold approvals themselves
//!   ([`ApprovalTrust`]), only with the id of the approval, and once.
//! - A command ends with its call: killed with all its children when the time is up, the caller
//!   takes the call back, or the node stops.
//! - No command sees the node's own credentials for its Gateway.

pub use openclaw_exec_approvals as approvals;
pub mod launch;

mod browser;
mod clock;
mod commands;
mod core;
mod exec;
mod host;
mod node_file;
mod report;
mod stats;
mod surface;

pub use browser::browser_of_config;
pub use exec::{ApprovalTrust, Denial};
pub use host::{HostError, NodeHost, NodeHostBuilder};
pub use node_file::{NodeFile, SavedGateway};
pub use openclaw_exec_approvals::StateError;
pub use stats::HostStats;
pub use surface::{Abilities, Surface, surface};
