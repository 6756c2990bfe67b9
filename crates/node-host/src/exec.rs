//! Running one command: from the request to a verdict to a process.
//!
//! 1. [`CommandLine`] is what was asked for: the argv, and the text a person was shown for it.
//! 2. [`Allowance`] says whether the allowlist covers it.
//! 3. [`decide`] turns policy, allowance and approval into a go or a [`Denial`].
//! 4. [`Environment`] is what the process gets to see; [`process::run`] runs it.
//!
//! [`judge`] does the first three for a [`request`].

mod allowance;
mod command_line;
mod denial;
mod environment;
pub(crate) mod events;
pub(crate) mod judge;
mod lookup;
pub(crate) mod output;
mod plan;
pub(crate) mod process;
pub(crate) mod request;
mod shell;
mod verdict;

pub use denial::Denial;
pub use verdict::ApprovalTrust;

pub(crate) use allowance::Allowance;
pub(crate) use command_line::CommandLine;
pub(crate) use environment::{Environment, Grant};
pub(crate) use lookup::SearchPath;
pub(crate) use plan::{Plan, ScriptPin};
pub(crate) use verdict::{Approval, Go, decide};
