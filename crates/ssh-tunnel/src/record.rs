//! What stands on disk about a tunnel, for those who share it and for those who come after a crash.

use serde::{Deserialize, Serialize};

use crate::listener::{self, Listener};
use crate::process::{self, ArgumentsMark};

/// `KEY.json`. Only the holder of the lock beside it writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// The process that wrote it.
    pub(crate) owner_pid: u32,
    /// When, in milliseconds since the Unix epoch.
    pub(crate) written_ms: u64,
    /// Which tunnel of that process it is.
    pub(crate) generation: u64,
    pub(crate) stage: Stage,
    /// The `ssh` that runs, or may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ssh: Option<SshRecord>,
    /// Why it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// How far the owner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stage {
    Starting,
    Ready,
    Down,
}

/// What tells our `ssh` from any other process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SshRecord {
    pub(crate) pid: u32,
    /// When it started, as the system says it; `None` where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started: Option<String>,
    pub(crate) local_port: u16,
    /// Length and SHA-256 of its arguments.
    pub(crate) args_length: usize,
    pub(crate) args_sha256: String,
    pub(crate) created_ms: u64,
}

impl SshRecord {
    pub(crate) fn new(
        pid: u32,
        local_port: u16,
        arguments: &ArgumentsMark,
        created_ms: u64,
    ) -> Self {
        Self {
            pid,
            started: process::look(pid).map(|sighting| sighting.started),
            local_port,
            args_length: arguments.length,
            args_sha256: arguments.sha256.clone(),
            created_ms,
        }
    }

    /// Whether the very process that was recorded lives. In doubt it does not.
    pub(crate) fn is_alive(&self) -> bool {
        let mark = ArgumentsMark {
            length: self.args_length,
            sha256: self.args_sha256.clone(),
        };
        process::look(self.pid).is_some_and(|sighting| {
            self.started.as_ref() == Some(&sighting.started) && mark.fits(&sighting)
        })
    }

    /// Whether it lives and, as far as can be told, listens itself.
    pub(crate) fn listens(&self) -> bool {
        self.is_alive() && listener::owner_of(self.local_port, self.pid) != Listener::NotTheirs
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::SshRecord;
    use crate::process::ArgumentsMark;
    use crate::process::tests::a_process;

    fn mark(argument: &str) -> ArgumentsMark {
        ArgumentsMark::new(&[OsString::from(argument)])
    }

    #[test]
    fn only_the_very_process_is_alive() {
        let mut process = a_process();
        let pid = process.id();
        let record = SshRecord::new(pid, 1, &mark("-"), 0);
        assert!(record.is_alive());
        assert!(!SshRecord::new(pid, 1, &mark("x"), 0).is_alive());
        let another_start = SshRecord {
            started: Some("another/1".to_owned()),
            ..record.clone()
        };
        assert!(!another_start.is_alive());
        let no_start = SshRecord {
            started: None,
            ..record.clone()
        };
        assert!(!no_start.is_alive());
        drop(process.stdin.take());
        process.wait().unwrap();
        assert!(!record.is_alive());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_lives_but_does_not_listen_is_not_taken() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut process = a_process();
        let record = SshRecord::new(process.id(), port, &mark("-"), 0);
        assert!(record.is_alive());
        assert!(!record.listens());
        drop(process.stdin.take());
        process.wait().unwrap();
    }
}
