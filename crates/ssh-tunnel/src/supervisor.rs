//! Keeps one tunnel: one task that owns everything, so that no late work can install a tunnel that
//! is no longer wanted.

use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::blocking::blocking;
use crate::child::SshChild;
use crate::claim::{Claim, Place};
use crate::program::SshProgram;
use crate::record::{Record, SshRecord, Stage};
use crate::{
    FailureClass, LocalPort, Phase, TunnelError, TunnelOptions, TunnelSpec, TunnelState, Up, clock,
    process,
};

/// What users of a tunnel ask of its supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wish {
    /// Tunnels up to this generation were found broken.
    pub(crate) broken: u64,
    /// How often a new attempt was asked for.
    pub(crate) attempts: u64,
}

/// The one task of a tunnel.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) spec: TunnelSpec,
    pub(crate) options: TunnelOptions,
    pub(crate) place: Place,
    pub(crate) state: watch::Sender<TunnelState>,
    pub(crate) wishes: watch::Receiver<Wish>,
    // `ssh` ends before the claim goes back: fields are dropped in this order.
    pub(crate) child: Option<SshChild>,
    pub(crate) claim: Option<Claim>,
    pub(crate) program: Option<SshProgram>,
    pub(crate) last_port: Option<u16>,
    pub(crate) generation: u64,
    pub(crate) backoff: Backoff,
}

impl Supervisor {
    pub(crate) fn new(
        spec: TunnelSpec,
        options: TunnelOptions,
        state: watch::Sender<TunnelState>,
        wishes: watch::Receiver<Wish>,
    ) -> Self {
        Self {
            place: Place::new(&options.state_dir, &spec.key()),
            backoff: Backoff::new(options.backoff),
            spec,
            options,
            state,
            wishes,
            child: None,
            claim: None,
            program: None,
            last_port: None,
            generation: 0,
        }
    }

    /// Works until it is cancelled or cannot go on, and cleans up behind itself.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        let error = cancel.run_until_cancelled(self.work()).await;
        self.end_child().await;
        if let Some(claim) = self.claim.take()
            && let Err(error) = claim.clear().await
        {
            tracing::warn!(%error, "a tunnel record stays behind");
        }
        self.state.send_replace(TunnelState::Stopped { error });
    }

    /// Answers only with what ends it for good.
    async fn work(&mut self) -> TunnelError {
        match self.attach().await {
            Ok(claim) => {
                self.claim = Some(claim.clone());
                self.own(&claim).await
            }
            Err(error) => error,
        }
    }

    async fn own(&mut self, claim: &Claim) -> TunnelError {
        tell_phase(&self.state, Phase::Resolving);
        if let Err(error) = self.reap(claim).await {
            return error;
        }
        loop {
            self.generation += 1;
            let error = match self.attempt(claim).await {
                Ok(up) => {
                    tracing::info!(target = %self.spec.target, local = %up.local_addr, pid = up.pid, "tunnel up");
                    self.state.send_replace(TunnelState::Up(up));
                    self.hold(up).await
                }
                Err(error) => error,
            };
            if error.class() == FailureClass::Stop {
                return error;
            }
            let mut wishes = self.wishes.clone();
            wishes.mark_unchanged();
            let retry_in = self.tell_down(&error);
            self.end_child().await;
            let record = Record {
                error: Some(error.to_string()),
                ..self.record(Stage::Down, None)
            };
            if let Err(error) = claim.write(&record).await {
                return error;
            }
            pause(retry_in, &mut wishes).await;
        }
    }

    /// Stays until the tunnel ends, or somebody found it broken.
    async fn hold(&mut self, up: Up) -> TunnelError {
        let since = Instant::now();
        let Some(child) = self.child.as_mut() else {
            return TunnelError::Renewed;
        };
        let mut heard = child.heard.clone();
        let mut is_heard = true;
        let error = loop {
            tokio::select! {
                error = child.ended(&self.spec) => break error,
                // The sender lives in the handle, which outlives this task or aborts it.
                Ok(_) = self.wishes.wait_for(|wish| wish.broken >= up.generation) => {
                    break TunnelError::Renewed;
                }
                changed = heard.changed(), if is_heard => match changed {
                    Ok(()) => {
                        if let Some((kind, count)) = heard.borrow_and_update().refused {
                            tracing::warn!(target = %self.spec.target, %kind, count, "a connection through the tunnel was refused");
                        }
                    }
                    Err(_) => is_heard = false,
                },
            }
        };
        self.backoff.stood(since.elapsed());
        error
    }

    /// Ends what an earlier owner left behind. Only the very process that is in the record.
    async fn reap(&mut self, claim: &Claim) -> Result<(), TunnelError> {
        let Some(ssh) = claim.place().read().await?.and_then(|record| record.ssh) else {
            return Ok(());
        };
        if self.last_port.is_none() && self.spec.local_port == LocalPort::Ephemeral {
            self.last_port = Some(ssh.local_port);
        }
        for signal in [Signal::TERM, Signal::KILL] {
            if !is_alive(&ssh).await {
                break;
            }
            tracing::warn!(pid = ssh.pid, ?signal, "ending the ssh of an earlier owner");
            if let Err(error) = process::signal_group(ssh.pid, signal) {
                tracing::warn!(pid = ssh.pid, %error, "cannot signal it");
                break;
            }
            let until = Instant::now() + self.options.stop_grace;
            while Instant::now() < until && is_alive(&ssh).await {
                sleep(REAP_POLL).await;
            }
        }
        claim.clear().await
    }

    pub(crate) async fn end_child(&mut self) {
        if let Some(child) = self.child.take() {
            child.stop(self.options.stop_grace).await;
        }
    }

    /// Says that the tunnel is down, and how long it will be left alone.
    pub(crate) fn tell_down(&mut self, error: &TunnelError) -> Option<Duration> {
        let retry_in = match error.class() {
            FailureClass::Retry => Some(self.backoff.next(rand::random())),
            FailureClass::Human => self.options.human_retry,
            FailureClass::Stop => None,
        };
        tracing::warn!(target = %self.spec.target, %error, ?retry_in, "tunnel down");
        self.state.send_replace(TunnelState::Down {
            error: error.clone(),
            retry_in,
        });
        retry_in
    }

    pub(crate) fn record(&self, stage: Stage, ssh: Option<SshRecord>) -> Record {
        Record {
            owner_pid: std::process::id(),
            written_ms: clock::now_ms(),
            generation: self.generation,
            stage,
            ssh,
            error: None,
        }
    }
}

/// Says how far it is, if that is news.
pub(crate) fn tell_phase(state: &watch::Sender<TunnelState>, phase: Phase) {
    state.send_if_modified(|state| {
        let is_news = !matches!(state, TunnelState::Connecting { phase: told } if *told == phase);
        if is_news {
            *state = TunnelState::Connecting { phase };
        }
        is_news
    });
}

/// How often a process that was asked to end is looked at; only our children tell us themselves.
const REAP_POLL: Duration = Duration::from_millis(20);

async fn is_alive(ssh: &SshRecord) -> bool {
    let ssh = ssh.clone();
    blocking(move || Ok(ssh.is_alive())).await.unwrap_or(false)
}

/// Waits, or until a new attempt is asked for.
async fn pause(time: Option<Duration>, wishes: &mut watch::Receiver<Wish>) {
    tokio::select! {
        () = async {
            match time {
                Some(time) => sleep(time).await,
                None => std::future::pending().await,
            }
        } => {}
        Ok(()) = wishes.changed() => {}
    }
}
