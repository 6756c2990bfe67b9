//! Channels: people who talk to the agent from elsewhere.
//!
//! What comes in is on disk before it is acknowledged to the service, becomes a run once, and is
//! settled by the end of that run. What goes out is on disk before it is sent, and its state says
//! what is known of it. A channel that fails is shown as such and tried again; the Gateway goes on.

pub(crate) mod options;
