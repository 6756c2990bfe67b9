//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

use openclaw_protocol::Role;
use openclaw_protocol::id::{DeviceId, NodeId, PairingRequestId};
use rusqlite::ErrorCode;

use crate::PendingKind;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory of the state database could not be created.
    #[error("cannot create the state directory `{}`: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be created, looked at, or made private.
    #[error("cannot prepare the state database `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no file and none was to be created.
    #[error("there is no state database at `{}`: no gateway has run with this state directory yet", path.display())]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// A newer release wrote the file.
    #[error(
        "the state database `{}` has schema version {found}, but this program knows versions up to {known}: \
         run the release that wrote it, or a newer one", path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// A SQLite database of some other program.
    #[error(
        "`{}` is a database of another program (application id {application_id:#x}, schema version {user_version}): \
         it was left as it is; choose another state directory", path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// The application id in the file.
        application_id: i32,
        /// The schema version in the file.
        user_version: i32,
    },
    /// The file system cannot do write-ahead logging.
    #[error(
        "the state database `{}` cannot use a write-ahead log (journal mode stays `{mode}`): \
         put the state directory on a local file system", path.display()
    )]
    NoWriteAheadLog {
        /// The file.
        path: PathBuf,
        /// The journal mode SQLite offers instead.
        mode: String,
    },
    /// The schema could not be brought up to date; the file is as it was.
    #[error("cannot bring the state database from schema version {from} to {to}: {source}")]
    Migration {
        /// The version in the file.
        from: u32,
        /// The version that could not be reached.
        to: u32,
        /// What SQLite said.
        source: DatabaseError,
    },
    /// SQLite failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The thread of the store could not be started.
    #[error("cannot start the thread of the state database: {0}")]
    Thread(#[source] io::Error),
}

/// Why SQLite failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The file is damaged, or no database at all.
    #[error(
        "the state database `{}` is damaged ({message}): stop the gateway, move this file and its \
         `-wal` and `-shm` files away, then restore a backup or start afresh (devices pair again); \
         nothing was deleted", path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        message: String,
    },
    /// Another process kept the write lock for longer than the busy timeout.
    #[error(
        "the state database `{}` is locked by another process: try again, or stop that process",
        path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("no room to write the state database `{}`: free some disk space", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("the state database `{}` failed (SQLite code {code}): {message}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The extended result code of SQLite, 0 where there is none.
        code: i32,
        /// What SQLite said.
        message: String,
    },
}

impl DatabaseError {
    pub(crate) fn new(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let message = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, message }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            _ => {
                let code = error.sqlite_error().map_or(0, |error| error.extended_code);
                Self::Sqlite {
                    path,
                    code,
                    message,
                }
            }
        }
    }
}

/// Why an operation was not done. Nothing of it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No such device is paired.
    #[error("unknown device `{0}`")]
    UnknownDevice(DeviceId),
    /// The device has no token for this role.
    #[error("device `{device_id}` has no token for role `{role}`")]
    UnknownToken {
        /// The device.
        device_id: DeviceId,
        /// The role.
        role: Role,
    },
    /// No such request waits: it expired, was decided, or never was.
    #[error("unknown pairing request `{0}`")]
    UnknownRequest(PairingRequestId),
    /// No such legacy node is paired.
    #[error("unknown node `{0}`")]
    UnknownNode(NodeId),
    /// A waiting request asks for something else under the same id.
    #[error(
        "pairing request id `{0}` already stands for another request: give the new one its own id"
    )]
    RequestIdReused(PairingRequestId),
    /// The approval is for another kind of request.
    #[error(
        "pairing request `{request_id}` is of kind `{pending}`, the approval of kind `{approval}`"
    )]
    ApprovalMismatch {
        /// The request.
        request_id: PairingRequestId,
        /// The kind of the request.
        pending: PendingKind,
        /// The kind of the approval.
        approval: PendingKind,
    },
    /// No such run waits or is under way: it ended, was forgotten, or never was.
    #[error("no run `{0}` waits or is under way")]
    UnknownRun(String),
    /// A step of a run was begun twice.
    #[error("step {seq} of run `{run_id}` was begun before")]
    StepReused {
        /// The run.
        run_id: String,
        /// The number of the step.
        seq: u64,
    },
    /// No such delivery can be sent: it was, or is being sent, or never was.
    #[error("no delivery `{0}` waits to be sent")]
    UnknownDelivery(String),
    /// No such job is kept.
    #[error("unknown cron job `{0}`")]
    UnknownJob(String),
    /// The file with the marks of calls to nodes cannot be read or written.
    #[error("cannot use the file with the marks of calls `{}`: {reason}", path.display())]
    CallMarks {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The setup code was used, or ended, or never was.
    #[error("the setup code is spent: make a new one")]
    SetupCodeSpent,
    /// The result of a keyed request is too large to keep.
    #[error("a result of {bytes} bytes is too large to keep (at most {max} bytes)")]
    ResultTooLarge {
        /// Its size.
        bytes: usize,
        /// The largest that is kept.
        max: usize,
    },
    /// A setting does not have the form asked for, or cannot be written as JSON.
    #[error("setting `{key}` does not fit: {reason}")]
    Setting {
        /// The key.
        key: String,
        /// What does not fit.
        reason: String,
    },
    /// A row was altered by something other than this program.
    #[error("row `{key}` of table `{table}` in the state database is not readable: {reason}")]
    BadRow {
        /// The table.
        table: &'static str,
        /// The key of the row.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another operation of the same batch failed in a way that undid the whole batch.
    #[error("nothing was written, because another write at the same moment failed: {reason}")]
    RolledBack {
        /// What happened to the other one.
        reason: String,
    },
    /// SQLite failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The store was closed.
    #[error("the state database is closed")]
    Closed,
}

/// A failure inside an operation, before the path is known.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Refused(StoreError),
}

impl Failure {
    pub(crate) fn into_error(self, path: &Path) -> StoreError {
        match self {
            Self::Sqlite(error) => DatabaseError::new(path, &error).into(),
            Self::Refused(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}
