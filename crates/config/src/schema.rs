//! The sections of the configuration.
//!
//! Ours are typed and checked: `gateway`, `discovery`, `logging`, `nodeHost`, `env` and `meta`.
//! The others belong to the agent, the channels, plugins and apps; they are carried as they
//! stand.

pub mod discovery;
pub mod env_block;
pub mod gateway;
pub mod logging;
pub mod meta;
pub mod node_host;
mod root;
mod unserved;

pub use discovery::{Discovery, MdnsMode};
pub use env_block::EnvBlock;
pub use gateway::auth::{Auth, RateLimit, TrustedProxy};
pub use gateway::control_ui::ControlUi;
pub use gateway::http::{Fetch, FetchFiles, Http};
pub use gateway::nodes::{BrowserRouting, NodeBrowser, Nodes, SshVerify};
pub use gateway::reload::{Reload, ReloadMode};
pub use gateway::remote::{HostKeyPolicy, Remote, Transport};
pub use gateway::tailscale::Tailscale;
pub use gateway::tls::Tls;
pub use gateway::{Gateway, GatewayMode};
pub use logging::{ConsoleStyle, LogLevel, Logging, RedactSensitive};
pub use meta::Meta;
pub use node_host::NodeHost;
pub use root::{Config, ROOT};
