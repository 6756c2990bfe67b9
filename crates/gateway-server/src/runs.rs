//! Runs of the agent in this Gateway: asked for here, one at a time in each session, shown as
//! `agent` and `chat` events, and never lost.
//!
//! [`Runs`] is what the rest of the Gateway uses. A run is asked for with a [`RunAsk`] by a chat,
//! the method `agent`, a channel, the scheduler, a hook or an HTTP client; whoever wants its text
//! while it is written gives a `RunSink`, whoever wants its end [waits](Runs::wait).
//!
//! What is asked is on disk before it is acknowledged. A run that was under way when the Gateway
//! ended goes on at the next start; its reply goes to the outbox together with its end.

mod approve;
mod ask;
mod command;
mod delivery;
mod desk;
mod drive;
mod ended;
mod finish;
mod journal;
mod keys;
mod live;
mod mcp;
mod narrate;
mod question;
mod recover;
mod session;
mod setup;
mod sum_up;
mod tools;
mod transcript;

pub(crate) use ask::{
    AskAttachment, ClientTool, DeliveryTarget, Heartbeat, Origin, Rights, RunAsk,
};
pub(crate) use delivery::{DeliveryBody, Manner};
pub(crate) use desk::{Refused, Runs, Standing, Started, StopReason, is_stop_word};
pub(crate) use ended::{EndKind, Ended, EndedUsage};
pub(crate) use keys::{canonical_key, last_target};
pub(crate) use narrate::wait_members;
pub(crate) use setup::{Setup, agent_id as agent_of_key};
pub(crate) use sum_up::{NotSummedUp, SummedUp, sum_up};
pub(crate) use tools::{has_tool, tools_of};
