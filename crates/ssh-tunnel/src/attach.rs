//! Using the tunnel of another process, until this one can have the claim itself.

use std::net::Ipv4Addr;

use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::attempt::no_answer;
use crate::blocking::blocking;
use crate::claim::Claim;
use crate::record::{SshRecord, Stage};
use crate::supervisor::{Supervisor, tell_phase};
use crate::{Phase, TunnelError, TunnelState};

impl Supervisor {
    /// Uses the tunnel of the owner for as long as there is one, and answers with the claim when
    /// there is none. At once, if nobody owns the tunnel.
    pub(crate) async fn attach(&mut self) -> Result<Claim, TunnelError> {
        let waited = self.options.ready_within + self.options.verify_within;
        let mut give_up = Instant::now() + waited;
        let mut poll = interval(self.options.poll);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut used: Option<SshRecord> = None;
        let mut not_before = Instant::now();
        let mut is_told = false;
        loop {
            poll.tick().await;
            if let Some(claim) = self.place.try_claim().await? {
                if used.is_some() {
                    self.tell_owner(TunnelError::OwnerGone);
                }
                return Ok(claim);
            }
            if used.is_some() && self.wishes.borrow_and_update().broken >= self.generation {
                used = None;
                self.tell_owner(TunnelError::Renewed);
            }
            let record = self.place.read().await?;
            let ready = match &record {
                Some(record) if record.stage == Stage::Ready => listening(&record.ssh).await,
                _ => None,
            };
            if used.is_some() && used == ready {
                continue;
            }
            if used.take().is_some() {
                is_told = false;
                not_before = Instant::now();
                give_up = Instant::now() + waited;
                if ready.is_some() {
                    tell_phase(&self.state, Phase::WaitingForOwner);
                }
            }
            match (ready, record) {
                (Some(ssh), _) if Instant::now() < not_before => drop(ssh),
                (Some(ssh), _) => match self.verify_shared(&ssh).await {
                    Ok(()) => {
                        self.generation += 1;
                        self.last_port = Some(ssh.local_port);
                        let address = (Ipv4Addr::LOCALHOST, ssh.local_port).into();
                        let up = self.up(address, ssh.pid, true);
                        tracing::info!(target = %self.spec.target, local = %up.local_addr, pid = up.pid, "tunnel of another process used");
                        self.state.send_replace(TunnelState::Up(up));
                        used = Some(ssh);
                    }
                    Err(error) => {
                        let retry_in = self.tell_down(&error);
                        not_before = Instant::now() + retry_in.unwrap_or_default();
                        is_told = true;
                    }
                },
                _ if is_told => {}
                (None, Some(record)) if record.stage == Stage::Down => {
                    self.tell_owner(TunnelError::OwnerDown {
                        owner_pid: record.owner_pid,
                        reason: record.error.unwrap_or_default(),
                    });
                    is_told = true;
                }
                _ if Instant::now() >= give_up => {
                    self.tell_owner(TunnelError::OwnerNotReady { waited });
                    is_told = true;
                }
                _ => tell_phase(&self.state, Phase::WaitingForOwner),
            }
        }
    }

    /// Down until the owner's next sign, which is looked for at every poll.
    fn tell_owner(&self, error: TunnelError) {
        tracing::info!(target = %self.spec.target, %error, "shared tunnel down");
        self.state.send_replace(TunnelState::Down {
            error,
            retry_in: Some(self.options.poll),
        });
    }

    async fn verify_shared(&self, ssh: &SshRecord) -> Result<(), TunnelError> {
        let Some(verify) = &self.options.verify else {
            return Ok(());
        };
        tell_phase(&self.state, Phase::Verifying);
        let local_addr = (Ipv4Addr::LOCALHOST, ssh.local_port).into();
        let within = self.options.verify_within;
        let reason = match timeout(within, verify.call(local_addr)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(reason)) => reason,
            Err(_) => no_answer(within),
        };
        Err(TunnelError::Unverified { local_addr, reason })
    }
}

/// The owner's `ssh`, if it is the recorded one and listens itself.
async fn listening(ssh: &Option<SshRecord>) -> Option<SshRecord> {
    let ssh = ssh.clone()?;
    blocking(move || Ok(ssh.listens().then_some(ssh)))
        .await
        .ok()
        .flatten()
}
