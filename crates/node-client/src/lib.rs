//! The OpenClaw node SDK: make a device callable.
//!
//! A node is a program that connects to an OpenClaw Gateway and offers it commands: read a
//! sensor, take a picture, press a button. The agent behind the Gateway calls them. This crate
//! does the rest: identity and pairing, the handshake of both protocol generations, reconnecting,
//! deadlines, one run for one idempotency key, bounded queues.
//!
//! A whole peripheral, `examples/thermometer.rs`:
//!
//! ```no_run
#![doc = include_str!("../examples/thermometer.rs")]
//! ```
//!
//! The others there: a camera, a notifier, a sensor that speaks first, a node behind an SSH tunnel,
//! one with a pinned certificate, and one with its tests.
//!
//! # What happens on the Gateway
//!
//! The first connection of a node asks to be paired: a person runs `openclaw devices approve`, and
//! the node is online within a second or so. Gateways of protocol 4 ask a second time for the commands
//! (`openclaw nodes approve`). A Gateway lets a node offer only commands that its platform's list
//! has; add others on the Gateway to `gateway.nodes.allowCommands` (protocol 3) or
//! `gateway.nodes.commands.allow` (protocol 4).
//!
//! # Rules that hold
//!
//! - A call whose time is up never starts, and one that runs is cancelled:
//!   [`InvokeContext::cancellation`]. So is one that its caller takes back.
//! - A repeated idempotency key joins the run under way or gets its outcome, for ten minutes, also
//!   over a reconnect. The same key with other params is refused.
//! - Every queue is bounded. What does not fit is answered with the code `BUSY` and never runs.
//! - A disconnect does not stop what runs: its outcome is kept for a repeat of the call
//!   ([`NodeBuilder::ends_with_connection`] says otherwise for a command). Answers that belong to a
//!   connection which is gone are dropped; no Gateway would take them.
//! - A call has one answer, whatever its handler, its deadline and its caller do at the same time.
//! - Time is monotonic: a clock that jumps ends no call, and a wrong one keeps no node outside.
//! - A handler's panic is an error for its caller and nothing else. (Programs built with
//!   `panic = "abort"` give that up.)
//! - A result larger than the Gateway takes becomes an error instead of a closed connection.
//!
//! # Where to look
//!
//! | To find | Open |
//! | --- | --- |
//! | describing a node | [`NodeBuilder`] |
//! | running it | [`Node::run`], [`blocking::start`] |
//! | what a handler gets | [`InvokeContext`] |
//! | what a handler answers | [`NodeError`] |
//! | events to the Gateway, stopping, states | [`NodeHandle`], [`NodeState`] |
//! | permissions and abilities that change | [`NodeHandle::declare`], [`Surface`] |
//! | work that waited while the node slept | [`pending`] |
//! | tests without a network | `testing` (feature `testing`) |
//! | a tunnel of the node's own | `ssh` (feature `ssh`) |
//! | everything about connections | [`connect`] |
//!
//! # What to do about a failure
//!
//! | Class | Examples | What the node does |
//! | --- | --- | --- |
//! | retry | the network, a Gateway that restarts | [`NodeState::Offline`]; tries again after 1 to 30 s, with jitter |
//! | wait for a human | pairing, an identity edge | [`NodeState::WaitingForApproval`]; asks every second at first |
//! | stop | a wrong token, another certificate | [`RunError`]; trying again would be of no use |
//!
//! # Compiler and size
//!
//! Builds with Rust 1.95 and later. Raising that is a change that the change log announces.
//!
//! The thermometer above, built with the workspace's profile `small`, is a program of 3.1 MB
//! (x86-64 Linux, TLS included). Connected and idle it has 3.8 MiB resident, of which
//! 0.4 MiB are its own and the rest is the program file.

mod answer;
mod attempt;
mod builder;
mod clock;
mod command;
mod context;
mod desk;
mod dispatch;
mod error;
mod handle;
mod handler;
mod idempotency;
mod input;
mod limits;
mod line;
mod listener;
mod local;
mod node;
mod observer;
mod outcome;
mod publish;
mod report;
mod request;
mod session_uplink;
mod state;
mod surface;
mod uplink;

pub mod blocking;
pub mod pending;
#[cfg(feature = "ssh")]
pub mod ssh;
#[cfg(feature = "testing")]
pub mod testing;

pub use builder::{BuildError, NodeBuilder};
pub use command::CommandLimits;
pub use context::InvokeContext;
pub use error::NodeError;
pub use handle::{EventAck, NodeHandle};
pub use limits::CANCEL_GRACE;
pub use node::{Node, RunError};
pub use report::AliveTrigger;
pub use state::{NodeState, Online};
pub use surface::Surface;
pub use uplink::SendError;

pub use openclaw_connect as connect;
pub use openclaw_identity as identity;
pub use openclaw_protocol as protocol;
pub use openclaw_tls_pin as tls_pin;
