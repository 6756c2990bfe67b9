//! The client side of the OpenClaw protocol: dial a Gateway, shake hands, match requests, follow
//! events, stay connected. Both client roles, operator and node, are built on it.
//!
//! ```no_run
//! use std::time::Duration;
//! use openclaw_connect::{ConnectPlan, Connector, Endpoint, Trust};
//! use openclaw_protocol::methods::health::{Health, HealthParams};
//!
//! # async fn example(plan: ConnectPlan) -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::new("ws://127.0.0.1:18789".parse()?, Trust::System);
//! let connection = Connector::new().connect(&endpoint, plan).await?;
//! let health = connection.session.call::<Health>(&HealthParams::default(), Duration::from_secs(10)).await?;
//! println!("{health}");
//! connection.session.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! | To find | Open |
//! | --- | --- |
//! | the address of a Gateway, and whether plaintext may go there | [`url`], [`host_class`], [`plaintext`] |
//! | where to connect and whom to trust | [`endpoint`], [`edge`] |
//! | opening the socket, stage by stage | [`dial`] |
//! | what a client says of itself and its credentials | [`plan`], [`credentials`], [`tokens`] |
//! | the handshake without I/O | [`handshake`], [`hello`] |
//! | all of that in one call | [`connector`] |
//! | calls and events on an open connection | [`session`], [`call`], [`event`], [`closed`] |
//! | what to do about a failure | [`classify`] |
//! | a connection that comes back | [`link`] |
//! | sizes and timers | [`limits`] |
//!
//! Invariants: a pin mismatch or a refused plaintext address sends no application byte; a token
//! or password is in no error, log or `Debug` text; every queue is bounded in bytes; a call ends
//! at once when its connection does, and then says whether the Gateway may have seen it.

mod clock;
mod unreadable;

pub mod call;
pub mod classify;
pub mod closed;
pub mod connector;
pub mod credentials;
pub mod dial;
pub mod edge;
pub mod endpoint;
pub mod event;
pub mod handshake;
pub mod hello;
pub mod host_class;
pub mod limits;
pub mod link;
pub mod plaintext;
pub mod plan;
pub mod session;
pub mod tokens;
pub mod url;

pub use call::CallError;
pub use classify::{Class, Wait, Waiting};
pub use closed::{Closed, ClosedBy};
pub use connector::{ConnectError, Connection, Connector};
pub use credentials::{Credentials, Proof};
pub use dial::{DialError, GatewaySocket, Io, Network, Stage, SystemNetwork, UpgradeRejected};
pub use edge::{EdgeError, EdgeHeaders};
pub use endpoint::{Endpoint, Trust};
pub use event::{EventMessage, Events, SessionEvent, Subscription};
pub use handshake::{Handshake, HandshakeError, Input, Step};
pub use hello::Hello;
pub use host_class::HostClass;
pub use limits::Limits;
pub use link::{Attempt, Link, LinkError, LinkOptions, LinkState, PrepareError, Prepared};
pub use plaintext::PlaintextRefused;
pub use plan::{ConnectPlan, Dialect};
pub use session::Session;
pub use tokens::{DeviceTokens, MemoryTokens};
pub use url::{GatewayUrl, Host, UrlError};
