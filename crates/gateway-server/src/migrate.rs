//! Taking over the sessions of the original's February release: `agents/ID/sessions/sessions.json`
//! and the transcripts beside it.
//!
//! The source is read and never written. What was taken once is not taken again: entries keep
//! their ids, and a session that stands in the database already is left as it is.
//!
//! ```no_run
//! # async fn example() -> Result<(), openclaw_gateway_server::migrate::MigrateError> {
//! use openclaw_gateway_server::migrate::{Migration, import};
//!
//! let state = std::path::Path::new("/home/me/.openclaw");
//! let wish = Migration::new(state, &state.join("state/openclaw-gateway.sqlite"));
//! for session in import(&wish).await?.sessions {
//!     println!("{}: {} messages", session.key, session.messages);
//! }
//! # Ok(())
//! # }
//! ```

mod index;
mod transcript;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use openclaw_config::LockError;
use openclaw_store::{OpenError, StoreError};
use serde::Serialize;

pub use write::import;

/// What to take over, and where to.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The state directory of the original; it holds `agents`.
    pub from: PathBuf,
    /// The state directory that is written. It is owned meanwhile.
    pub state_dir: PathBuf,
    /// Its database; made where there is none.
    pub database: PathBuf,
    /// Only look what would be taken.
    pub dry_run: bool,
    /// The name of the main session in its key: `session.mainKey`.
    pub main_key: String,
    /// All people share one session: `session.scope` is `global`.
    pub is_global: bool,
}

impl Migration {
    /// From a state directory into the database in it, with the usual names.
    #[must_use]
    pub fn new(state_dir: &Path, database: &Path) -> Self {
        Self {
            from: state_dir.to_owned(),
            state_dir: state_dir.to_owned(),
            database: database.to_owned(),
            dry_run: false,
            main_key: "main".to_owned(),
            is_global: false,
        }
    }
}

/// What became of the sessions of a source.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The state directory that was read.
    pub from: PathBuf,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Every session that was found, in the order of agents and keys.
    pub sessions: Vec<SessionReport>,
    /// What else was found, and is not taken.
    pub left: Vec<Left>,
}

impl Report {
    /// How many sessions came to this.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        let sessions = self.sessions.iter();
        sessions.filter(|one| one.outcome == outcome).count()
    }
}

/// What became of one session.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionReport {
    /// Its key in this Gateway.
    pub key: String,
    /// Its key in the source.
    pub source_key: String,
    /// The agent under which it was found.
    pub agent_id: String,
    /// Its transcript.
    pub session_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How many messages and summaries were taken, or would be.
    pub messages: u64,
    /// How many records of the transcript were not: notes of the original for itself, branches
    /// that the conversation left, and lines that cannot be read.
    pub records_left: u64,
    /// Settings that this Gateway does not keep for a session.
    pub settings_left: Vec<String>,
    /// Why it was not taken, or not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What became of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Outcome {
    /// It was taken, or would be.
    Taken,
    /// It was taken before.
    Present,
    /// Another conversation has its key here.
    Conflict,
    /// It cannot be read.
    Unreadable,
}

/// Something of the source that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Left {
    /// Where it stands.
    pub path: PathBuf,
    /// Why, and what to do instead.
    pub why: String,
}

/// Nothing was taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// There is nothing to take.
    #[error(
        "there is no folder `{}`: name the state directory of the original with --from", .path.display()
    )]
    NoSource {
        /// The folder looked for.
        path: PathBuf,
    },
    /// The source cannot be read.
    #[error("`{}` cannot be read: {source}", .path.display())]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A Gateway owns the state, or another command does.
    #[error(
        "a gateway owns this state{} ({}): stop it first, `openclaw gateway stop`",
        .pid.map_or_else(String::new, |pid| format!(" (pid {pid})")), .path.display()
    )]
    Running {
        /// Its process, where the lock says it.
        pid: Option<u32>,
        /// The lock.
        path: PathBuf,
    },
    /// The lock cannot be taken.
    #[error(transparent)]
    Lock(LockError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    #[error(transparent)]
    State(#[from] StoreError),
}
