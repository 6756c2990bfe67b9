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
//! | an embedder's word on who may connect | [`AuthHook`] |
//! | device tokens | [`TokenKey`] |
//! | methods that are declared and not served | [`not_served::NOT_SERVED`] |
//! | where one process can become several | [`seam`] |

mod auth_hook;
mod clock;
mod context;
mod core;
mod devices;
mod fault;
mod gateway;
mod handlers;
mod http;
mod net;
mod nodes;
mod options;
mod preauth;
mod router;
mod rules;
mod server;
mod session;
mod state;
mod upgrade;
mod view;

pub mod from_config;
pub mod host;
pub mod not_served;
pub mod seam;

pub use auth_hook::{AuthDecision, AuthHook, Connecting};
pub use context::Ctx;
pub use devices::token_key::TokenKey;
pub use fault::Fault;
pub use gateway::{Gateway, GatewayBuilder, ServeError};
pub use options::{ConfigFile, GatewayIdentity, GatewayOptions};
pub use session::conn::Conn;
