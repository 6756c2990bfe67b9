//! The rules of the OpenClaw Gateway as pure functions: facts in, a permit or a named refusal
//! out.
//!
//! Nothing here does I/O, logs, or reads a clock: time and addresses are parameters.
//!
//! | Question | Module |
//! | --- | --- |
//! | who could reach a Gateway, and whether that is safe | [`exposure`], [`bind`] |
//! | where a connection comes from | [`ingress`] |
//! | who Tailscale says a client is | [`tailscale`] |
//! | whether its origin may connect | [`origin`] |
//! | whether its secret is right | [`auth`], [`trusted_proxy`], [`secret`] |
//! | whether it is let in, and as what | [`admission`], [`refusal`] |
//! | whether it may call a method | [`mod@authorize`] |
//! | who may approve, rotate and revoke | [`pairing`] |
//! | what a setup code gives, and which address it names | [`setup_code`], [`setup_url`] |
//! | which commands a node may offer | [`node_commands`] |
//! | whether a run is the one that a person allowed | [`exec_approval`] |
//! | how many wrong guesses are one too many | [`rate`] |
//! | which session a key or a message means | [`session_key`] |
//! | when a job runs next, and when an agent sleeps | [`schedule`] |
//! | what is wrong with an installation | [`mod@audit`] |

pub mod address;
pub mod admission;
pub mod audit;
pub mod auth;
pub mod authorize;
pub mod bind;
pub mod browser_node;
pub mod exec_approval;
pub mod exposure;
pub mod ingress;
pub mod modes;
pub mod node_commands;
pub mod origin;
pub mod pairing;
pub mod rate;
pub mod refusal;
pub mod schedule;
pub mod secret;
pub mod session_key;
pub mod setup_code;
pub mod setup_url;
pub mod tailscale;
pub mod trusted_proxy;

pub use auth::{AuthGate, AuthMethod};
pub use authorize::{Caller, Denied, Permit, authorize, demand};
pub use ingress::Ingress;
pub use modes::{AuthMode, BindMode, TailscaleMode, UnknownWord};
