//! A running `ssh`.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::classify::classify;
use crate::guard::{Gated, Watchdog};
use crate::stderr::{self, Heard, LastWords};
use crate::{SshFailure, SshFailureKind, TunnelError, TunnelSpec, process};

/// How long the last words of an `ssh` that has ended are waited for: something that it started
/// may hold its standard error for ever.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

/// A running `ssh` with its forward on `port`. Ends when dropped.
#[derive(Debug)]
pub(crate) struct SshChild {
    child: Child,
    watchdog: Option<Watchdog>,
    reader: JoinSet<()>,
    words: LastWords,
    pub(crate) heard: watch::Receiver<Heard>,
    pub(crate) pid: u32,
    pub(crate) port: u16,
}

impl SshChild {
    /// Lets the gated program run.
    pub(crate) fn start(gated: Gated, port: u16) -> std::io::Result<Self> {
        let pid = gated.pid();
        let (mut child, watchdog) = gated.release()?;
        let (sender, heard) = watch::channel(Heard::NOTHING);
        let words = LastWords::default();
        let mut reader = JoinSet::new();
        if let Some(pipe) = child.stderr.take() {
            reader.spawn(stderr::listen(pipe, sender, words.clone()));
        }
        Ok(Self {
            child,
            watchdog: Some(watchdog),
            reader,
            words,
            heard,
            pid,
            port,
        })
    }

    /// The local end of the forward.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// What it said so far, at most 4096 characters.
    pub(crate) fn words(&self) -> String {
        self.words.text()
    }

    /// Waits for its end. May be dropped and called again.
    pub(crate) async fn ended(&mut self, spec: &TunnelSpec) -> TunnelError {
        let status = self.child.wait().await;
        let _ = timeout(LAST_WORDS_WITHIN, self.reader.join_next()).await;
        let words = self.words();
        self.failure(spec, classify(&words, self.port), status.ok().map(describe))
    }

    /// An error of this kind with what it said.
    pub(crate) fn failure(
        &self,
        spec: &TunnelSpec,
        kind: SshFailureKind,
        exit: Option<String>,
    ) -> TunnelError {
        TunnelError::Ssh(Arc::new(SshFailure {
            kind,
            target: spec.target.clone(),
            remote_port: spec.remote_port,
            exit,
            stderr: self.words(),
        }))
    }

    /// Ends it: asks, waits for `grace`, kills.
    pub(crate) async fn stop(mut self, grace: Duration) {
        if self.child.id().is_some() {
            self.signal(Signal::TERM);
            if timeout(grace, self.child.wait()).await.is_err() {
                self.signal(Signal::KILL);
                let _ = self.child.wait().await;
            }
        }
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.send_away().await;
        }
    }

    /// While the child is not waited for, its number is its own.
    fn signal(&self, signal: Signal) {
        if self.child.id().is_some()
            && let Err(error) = process::signal_group(self.pid, signal)
        {
            tracing::warn!(pid = self.pid, %error, "cannot signal ssh");
        }
    }
}

/// Nobody can wait here: `ssh` is asked to end, and the watchdog, whose pipe closes with this, sees
/// to it that it does.
impl Drop for SshChild {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
