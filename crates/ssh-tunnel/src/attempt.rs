//! One attempt of the owner to bring the tunnel up.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::blocking::blocking;
use crate::child::SshChild;
use crate::claim::Claim;
use crate::guard::Gated;
use crate::listener::{self, Listener};
use crate::process::ArgumentsMark;
use crate::program::SshProgram;
use crate::record::{SshRecord, Stage};
use crate::stderr::Heard;
use crate::supervisor::{Supervisor, tell_phase};
use crate::{LocalPort, Phase, SshFailureKind, TunnelError, Up, clock, port};

/// How many local ports are tried when somebody else is faster than `ssh`.
const PORTS: usize = 5;

/// A refusal by `ssh`, or its end, explains that nobody listens or that the hello failed, and may
/// come a moment after it.
const EXPLAINED_WITHIN: Duration = Duration::from_millis(250);

impl Supervisor {
    /// Brings the tunnel up: `ssh` listens, and the hello went through. On failure `self.child` may
    /// still run.
    pub(crate) async fn attempt(&mut self, claim: &Claim) -> Result<Up, TunnelError> {
        tell_phase(&self.state, Phase::Resolving);
        if let Some(file) = &self.spec.identity {
            check_identity(file).await?;
        }
        let program = match self.program.take() {
            Some(program) => program,
            None => SshProgram::find(self.spec.ssh_program.as_deref()).await?,
        };
        let mut avoid = Vec::new();
        loop {
            let port = port::choose(self.spec.local_port, self.last_port, &avoid)?;
            tell_phase(&self.state, Phase::Connecting);
            let error = match self.try_port(claim, &program, port).await {
                Ok(up) => {
                    self.last_port = Some(port);
                    // Kept only after a success: it may be replaced while the tunnel is down.
                    self.program = Some(program);
                    return Ok(up);
                }
                Err(error) => error,
            };
            let is_taken = error.ssh_kind() == Some(SshFailureKind::LocalPortTaken)
                || matches!(error, TunnelError::ListenerNotOurs { .. });
            if !is_taken {
                return Err(error);
            }
            self.end_child().await;
            if matches!(self.spec.local_port, LocalPort::Exactly(_)) {
                return Err(TunnelError::LocalPortTaken { port });
            }
            avoid.push(port);
            if avoid.len() == PORTS {
                return Err(error);
            }
        }
    }

    async fn try_port(
        &mut self,
        claim: &Claim,
        program: &SshProgram,
        port: u16,
    ) -> Result<Up, TunnelError> {
        let argv = self.spec.argv_for(port, program.version);
        let gated = Gated::spawn(&program.path, &argv).map_err(failed_to_start)?;
        let pid = gated.pid();
        let mark = ArgumentsMark::new(&argv);
        let ssh = blocking(move || Ok(SshRecord::new(pid, port, &mark, clock::now_ms())))
            .await
            .map_err(failed_to_start)?;
        // On disk before `ssh` begins, so that none can be left over that nobody knows of.
        let record = self.record(Stage::Starting, Some(ssh.clone()));
        claim.write(&record).await?;
        self.child = Some(SshChild::start(gated, port).map_err(failed_to_start)?);
        self.await_listening().await?;
        let listener = blocking(move || Ok(listener::owner_of(port, pid))).await;
        if matches!(listener, Ok(Listener::NotTheirs)) {
            return Err(self.explained(TunnelError::ListenerNotOurs { port }).await);
        }
        self.verify().await?;
        let record = self.record(Stage::Ready, Some(ssh));
        claim.write(&record).await?;
        Ok(self.up((std::net::Ipv4Addr::LOCALHOST, port).into(), pid, false))
    }

    pub(crate) fn up(&self, local_addr: SocketAddr, pid: u32, is_shared: bool) -> Up {
        Up {
            local_addr,
            pid,
            since_ms: clock::now_ms(),
            generation: self.generation,
            is_shared,
        }
    }

    async fn await_listening(&mut self) -> Result<(), TunnelError> {
        let waited = self.options.ready_within;
        let Some(child) = self.child.as_mut() else {
            return Err(TunnelError::Stopped);
        };
        let deadline = sleep(waited);
        tokio::pin!(deadline);
        let mut heard = child.heard.clone();
        let mut is_heard = true;
        loop {
            let Heard {
                phase, listening, ..
            } = *heard.borrow_and_update();
            if listening == Some(child.port) {
                return Ok(());
            }
            tell_phase(&self.state, phase);
            tokio::select! {
                error = child.ended(&self.spec) => return Err(error),
                changed = heard.changed(), if is_heard => is_heard = changed.is_ok(),
                () = &mut deadline => {
                    return Err(TunnelError::NotReady {
                        target: self.spec.target.clone(),
                        waited,
                        phase,
                        stderr: child.words(),
                    });
                }
            }
        }
    }

    async fn verify(&mut self) -> Result<(), TunnelError> {
        let (Some(verify), Some(child)) = (&self.options.verify, self.child.as_mut()) else {
            return Ok(());
        };
        tell_phase(&self.state, Phase::Verifying);
        let local_addr = child.local_addr();
        let within = self.options.verify_within;
        let mut heard = child.heard.clone();
        let hello = tokio::select! {
            error = child.ended(&self.spec) => return Err(error),
            kind = refused(&mut heard) => return Err(child.failure(&self.spec, kind, None)),
            hello = timeout(within, verify.call(local_addr)) => hello,
        };
        let reason = match hello {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(reason)) => reason,
            Err(_) => no_answer(within),
        };
        let unverified = TunnelError::Unverified { local_addr, reason };
        Err(self.explained(unverified).await)
    }

    /// What `ssh` itself says of this failure, if it says anything, or the failure.
    async fn explained(&mut self, failure: TunnelError) -> TunnelError {
        let Some(child) = self.child.as_mut() else {
            return failure;
        };
        let mut heard = child.heard.clone();
        tokio::select! {
            error = child.ended(&self.spec) => error,
            kind = refused(&mut heard) => child.failure(&self.spec, kind, None),
            () = sleep(EXPLAINED_WITHIN) => failure,
        }
    }
}

pub(crate) fn no_answer(within: Duration) -> String {
    format!("no answer within {} s", within.as_secs_f32())
}

/// Waits for `ssh` to refuse a connection through the tunnel.
async fn refused(heard: &mut watch::Receiver<Heard>) -> SshFailureKind {
    let refused = heard
        .wait_for(|heard| heard.refused.is_some())
        .await
        .ok()
        .and_then(|heard| heard.refused);
    match refused {
        Some((kind, _)) => kind,
        None => std::future::pending().await,
    }
}

/// `ssh` itself goes on without a key that is not there, and is then refused by the server. A path
/// that only it can expand is left to it.
async fn check_identity(file: &Path) -> Result<(), TunnelError> {
    let text = file.to_string_lossy();
    if text.starts_with('~') || text.contains('%') || text.contains("${") {
        return Ok(());
    }
    let path = file.to_path_buf();
    blocking(move || std::fs::File::open(path).map(drop))
        .await
        .map_err(|source| TunnelError::Identity {
            file: file.to_path_buf(),
            source: source.into(),
        })
}

fn failed_to_start(source: std::io::Error) -> TunnelError {
    TunnelError::Spawn {
        what: "ssh",
        source: source.into(),
    }
}
