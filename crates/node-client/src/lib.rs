//! The OpenClaw node SDK: make a device callable.
//!
//! A node is a program that connects to an OpenClaw Gateway and offers it commands: read a
//! sensor, take a picture, press a button. The agent behind the Gateway calls them. This crate
//! does the rest: identity and pairing, the handshake of both protocol generations, reconnecting,
//! deadlines, one run for one idempotency key, bounded queues.
//!
//! A whole peripheral:
//!
//! ```no_run
//! use openclaw_node_client::{Node, NodeError};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize)]
//! struct Read { sensor: u8 }
//!
//! #[derive(Serialize)]
//! struct Reading { celsius: f32 }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let node = Node::builder("ws://192.168.1.10:18789")
//!         .identity_dir("/var/lib/greenhouse")
//!         .token(std::fs::read_to_string("/etc/greenhouse/token")?.trim())
//!         .display_name("Greenhouse")
//!         .command("thermo.read", |read: Read, _call| async move {
//!             let path = format!("/sys/class/hwmon/hwmon{}/temp1_input", read.sensor);
//!             let milli: f32 = std::fs::read_to_string(path)?.trim().parse()?;
//!             Ok::<_, NodeError>(Reading { celsius: milli / 1000.0 })
//!         })
//!         .build()?;
//!     println!("this is node {}", node.node_id());
//!     Ok(node.run().await?)
//! }
//! ```
//!
//! # What happens on the Gateway
//!
//! The first connection of a node asks to be paired: a person runs `openclaw devices approve`, and
//! the node comes online by itself. Gateways of protocol 4 ask a second time for the commands
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
//! - A disconnect does not stop what runs: its outcome is kept for a repeat of the call. Answers
//!   that belong to a connection which is gone are dropped; no Gateway would take them.
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
//! | everything about connections | [`connect`] |
//!
//! # Compiler
//!
//! Builds with Rust 1.95 and later. Raising that is a change that the change log announces.

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
mod limits;
mod listener;
mod node;
mod outcome;
mod request;
mod session_uplink;
mod state;
mod uplink;

pub mod blocking;

pub use builder::{BuildError, NodeBuilder};
pub use command::CommandLimits;
pub use context::InvokeContext;
pub use error::NodeError;
pub use handle::{EventAck, NodeHandle};
pub use limits::CANCEL_GRACE;
pub use node::{Node, RunError};
pub use state::{NodeState, Online};
pub use uplink::SendError;

pub use openclaw_connect as connect;
pub use openclaw_identity as identity;
pub use openclaw_protocol as protocol;
pub use openclaw_tls_pin as tls_pin;
