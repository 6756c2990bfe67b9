//! Commands that wait for a person's word: asked for by clients and by the agent, answered by
//! operators with the scope `operator.approvals`.
//!
//! | To find | Open |
//! | --- | --- |
//! | questions, answers, waiting, and the one use of an answer | [`Approvals`] |
//! | how a question and its answer look on the wire | [`wire`] |
//! | questions of the agent | [`people`] |
//! | the approval in the params of `system.run` | [`run`] |
//!
//! An answer is bound to what was asked ([`openclaw_policy::exec_approval`]), to the one who
//! asked, and to one use. Questions live in memory: a Gateway that starts anew knows none, and
//! nothing runs by an answer given to another.

pub(crate) mod beware;
mod desk;
pub(crate) mod people;
pub(crate) mod run;
pub(crate) mod wire;

pub(crate) use desk::{Answered, Approvals, Ask, NotResolved, Pending};
