//! The OpenClaw configuration: where it is, what it says, and how it is changed.
//!
//! ```no_run
//! use openclaw_config::{Env, PathFlags, Paths};
//!
//! let env = Env::from_process();
//! let paths = Paths::resolve(&env, &PathFlags::default())?;
//! let env = env.completed_by_file(&paths.dotenv_file())?;
//! let loaded = openclaw_config::load(paths.config_file(), &env)?;
//! assert_eq!(loaded.config.gateway.bind.as_str(), "loopback");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Question | Module |
//! | --- | --- |
//! | what the environment says | [`env`](mod@env), [`dotenv`] |
//! | where files are | [`paths`], [`profile`] |
//! | which port | [`port`] |
//! | what the file says | [`load`](mod@load), [`schema`], [`defaults`], [`effective`](mod@effective) |
//! | what is wrong with it | [`issue`] |
//! | what may stand in it | [`decode`], [`json_schema`](mod@json_schema), [`reference`](mod@reference) |
//! | where its secrets are | [`secret_input`], [`secrets`], [`gateway_secret`] |
//! | how it is changed | [`config_path`], [`edit`], [`write`](mod@write), [`redact`] |
//! | what changed, and what that takes | [`changes`](mod@changes) |
//! | who owns the state | [`state_lock`] |

pub mod changes;
mod clock;
pub mod config_path;
pub mod decode;
pub mod defaults;
pub mod dotenv;
pub mod edit;
pub mod effective;
pub mod env;
pub mod gateway_secret;
mod include;
pub mod issue;
pub mod json_schema;
pub mod load;
pub mod paths;
pub mod port;
mod positions;
pub mod private_file;
mod problem;
pub mod profile;
pub mod redact;
pub mod reference;
pub mod resolved;
pub mod schema;
pub mod secret_input;
pub mod secrets;
mod source;
pub mod state_lock;
mod substitute;
mod tree;
pub mod write;

pub use config_path::{ConfigPath, PathSyntaxError, Segment};
pub use env::Env;
pub use issue::{ConfigInvalid, EXIT_CONFIG, Issue, IssueKind};
pub use load::{LoadError, Loaded, check_text, load};
pub use paths::{PathError, PathFlags, Paths};
pub use port::{Port, PortChoice, resolve_port};
pub use private_file::write_private_file;
pub use profile::ProfileName;
pub use resolved::{Resolved, Source};
pub use schema::Config;
pub use secret_input::{SecretInput, SecretRef, SecretSource};
pub use source::hash;
pub use state_lock::{LockError, LockRecord, StateLock};
