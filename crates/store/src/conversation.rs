//! Conversations: sessions, their transcripts, and runs of the agent.

pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod step;
pub(crate) mod system_event;
pub(crate) mod transcript;
