//! The operator's client: which Gateway, with which credentials, and calls to it.
//!
//! ```no_run
//! use openclaw_config::{Env, PathFlags, Paths};
//! use openclaw_protocol::methods::health::{Health, HealthParams};
//! use openclaw_remote::{OpenOptions, Remote, Target, TargetFlags};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let env = Env::from_process();
//! let paths = Paths::resolve(&env, &PathFlags::default())?;
//! let loaded = openclaw_config::load(paths.config_file(), &env)?;
//!
//! let target = Target::resolve(&TargetFlags::default(), &paths, &loaded)?;
//! let remote = Remote::open(&target, OpenOptions::new(&paths)).await?;
//! let health = remote.call::<Health>(&HealthParams::default()).await?;
//! println!("{health}");
//! remote.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! | To find | Open |
//! | --- | --- |
//! | which Gateway, and why this one | [`target`], [`address`] |
//! | which credentials, and where they come from | [`credentials`] |
//! | whom to trust there | [`trust`] |
//! | which certificates a person trusts | [`known`] |
//! | the SSH tunnel to it, and the ports of it | [`tunnel`] |
//! | why there is no target, in the words of the originals | [`refusal`] |
//! | opening a connection and calling | [`client`], [`options`] |
//! | an error for people and for programs | [`describe`] |
//!
//! Invariants: a URL given by hand takes no credential from configuration or environment, one
//! from the environment takes none from the configuration; what is sent and where it came from
//! can always be told, its value never is.

mod clock;
mod secret_command;

pub mod address;
pub mod client;
pub mod credentials;
pub mod describe;
pub mod known;
pub mod options;
pub mod refusal;
pub mod target;
pub mod trust;
pub mod tunnel;

pub use address::UrlSource;
pub use client::{Remote, RemoteError};
pub use credentials::{Chosen, SecretValue, TargetCredentials};
pub use describe::{Description, ErrorType};
pub use known::{KnownGateway, KnownGateways, KnownGatewaysError, KnownPin};
pub use options::{Identity, OpenOptions};
pub use refusal::TargetRefused;
pub use target::{Target, TargetFlags, TargetInfo};
pub use trust::TargetTrust;
pub use tunnel::TunnelPlan;
