//! The OpenClaw Gateway as a library: one WebSocket port for operators and nodes of both
//! protocol generations, with the state, the rules and the methods behind it.
//!
//! The bundled `openclaw` program is a thin shell around this crate. Other programs embed it:
//! build it with [`Gateway::builder`], give it addresses, a listener of their own, or byte
//! streams, add methods, and stop it with [`Gateway::shutdown`].
//!
//! | To find | Open |
//! | --- | --- |
//! | building, serving, stopping | [`Gateway`], [`GatewayBuilder`], [`GatewayOptions`] |
//! | from `openclaw.json` to a Gateway | [`from_config`] |
//! | what a handler is given and returns | [`Ctx`], [`Conn`], [`Fault`] |
//! | TLS, and a certificate that changes | [`GatewayBuilder::certificate`], [`tls`] |
//! | being found by others | [`GatewayBuilder::announce`], [`Announcement`], [`Announced`] |
//! | calls to nodes from inside the program | [`Gateway::call_node`], [`NodeCall`] |
//! | an embedder's word on who may connect | [`AuthHook`] |
//! | device tokens | [`TokenKey`] |
//! | how devices elsewhere reach the Gateway | [`Reach`], [`Gateway::set_reach`] |
//! | pairing decisions while no Gateway runs | [`offline`] |
//! | the sessions of a February installation | [`migrate`] |
//! | methods that are declared and not served | [`not_served::NOT_SERVED`] |
//! | where one process can become several | [`seam`] |

pub mod agents;
mod announce;
mod api;
mod approvals;
mod auth_hook;
mod channels;
mod clock;
mod context;
mod conversations;
mod core;
mod devices;
mod fault;
mod gateway;
mod handlers;
mod http;
mod media;
mod net;
mod nodes;
mod options;
mod preauth;
mod reach;
mod router;
mod rules;
mod runs;
mod schedule;
mod server;
mod session;
mod state;
mod tailnet;
mod upgrade;
mod view;

pub mod from_config;
pub mod host;
pub mod migrate;
pub mod not_served;
pub mod offline;
pub mod seam;
pub mod tls;

pub use announce::{Announced, Announcement, MdnsState, ZonePlace, ZoneState};
pub use api::options::{ApiOptions, FileRules, HookMapping, HookOptions, ToolRules};
pub use auth_hook::{AuthDecision, AuthHook, Connecting};
pub use channels::options::{ChannelAccount, ChannelMake, ChannelOptions, OwnChannel};
pub use context::Ctx;
pub use devices::token_key::TokenKey;
pub use fault::Fault;
pub use gateway::{Gateway, GatewayBuilder, ServeError};
pub use nodes::local::{NodeAnswer, NodeCall, NodeCallHandle};
pub use options::{ConfigFile, GatewayIdentity, GatewayOptions};
pub use reach::Reach;
pub use schedule::options::{HeartbeatRules, HeartbeatTarget, ScheduleOptions};
pub use session::conn::Conn;
pub use tailnet::TailnetExposure;
