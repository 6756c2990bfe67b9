//! How a server or node is told to stop: SIGTERM, SIGINT (Ctrl-C).

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for the signals that ask for an end.
#[derive(Debug)]
pub struct Stop {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
}

impl Stop {
    /// Begins to listen, inside a runtime. From then on the signals end nothing by themselves.
    ///
    /// # Errors
    ///
    /// What the operating system says where signals cannot be received.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Begins to listen, inside a runtime. From then on Ctrl-C ends nothing by itself.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the first of them, and names it. May be dropped and called again.
    #[cfg(unix)]
    pub async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Waits for Ctrl-C.
    #[cfg(not(unix))]
    pub async fn wait(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}

/// Listens for SIGHUP, which asks to read the configuration again.
#[derive(Debug)]
pub struct Hangup {
    #[cfg(unix)]
    signal: Signal,
}

impl Hangup {
    /// Begins to listen, inside a runtime. From then on the signal ends nothing.
    ///
    /// # Errors
    ///
    /// What the operating system says where signals cannot be received.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        let signal = signal(SignalKind::hangup())?;
        Ok(Self { signal })
    }

    /// There is no such signal here.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one. May be dropped and called again.
    #[cfg(unix)]
    pub async fn wait(&mut self) {
        if self.signal.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for ever.
    #[cfg(not(unix))]
    pub async fn wait(&mut self) {
        std::future::pending::<()>().await;
    }
}
