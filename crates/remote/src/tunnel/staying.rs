//! A tunnel that stays, for a node or for other programs, with its record kept up to date.

use openclaw_connect::{ConnectError, Connector};
use openclaw_ssh_tunnel::{LocalPort, Tunnel, TunnelOptions, TunnelState, Verify};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::keeper::{Keeper, KeeperError};
use super::open::{may_be_tls, saw_certificate};
use super::{KeptPurpose, TunnelPlan};
use crate::Target;

/// A supervised tunnel that stays until it is stopped. While it does, the commands of the same
/// state directory that go to the same Gateway use it too.
#[derive(Debug)]
pub struct StayingTunnel {
    tunnel: Tunnel,
    is_ours: bool,
    cancel: CancellationToken,
    recorder: JoinSet<()>,
}

impl StayingTunnel {
    /// Begins to keep the tunnel for other programs: on this near port and no other, or on the
    /// usual one if it is free. It counts as up when a Gateway answers through it.
    ///
    /// # Errors
    ///
    /// [`KeeperError`], also where somebody keeps it already.
    pub async fn keep(
        target: &Target,
        plan: &TunnelPlan,
        exactly: Option<u16>,
    ) -> Result<Self, KeeperError> {
        let keeper = take(plan, exactly, KeptPurpose::Tunnel).await?;
        let target = target.clone();
        let verify = Verify::new(move |near| {
            let target = target.at(near);
            async move { answers(&target).await.map_err(|error| error.to_string()) }
        });
        let plan = plan.clone().staying(exactly);
        let options = TunnelOptions::new(plan.directory()).with_verify(verify);
        Ok(Self::start(Tunnel::start(plan.spec, options), Some(keeper)))
    }

    /// Begins to keep the tunnel for a client of this process, or uses the one that is kept
    /// already. What answers through it is for the client to find out.
    ///
    /// # Errors
    ///
    /// [`KeeperError::File`].
    pub async fn for_client(plan: &TunnelPlan) -> Result<Self, KeeperError> {
        let (keeper, spec) = match take(plan, None, KeptPurpose::Node).await {
            Ok(keeper) => (Some(keeper), plan.spec.clone()),
            Err(KeeperError::Taken(kept)) => {
                let spec = plan.spec.clone();
                (
                    None,
                    match kept.exact_port {
                        Some(port) => spec.with_local_port(LocalPort::Exactly(port)),
                        None => spec,
                    },
                )
            }
            Err(error) => return Err(error),
        };
        let options = TunnelOptions::new(plan.directory());
        Ok(Self::start(Tunnel::start(spec, options), keeper))
    }

    fn start(tunnel: Tunnel, keeper: Option<Keeper>) -> Self {
        let cancel = CancellationToken::new();
        let mut recorder = JoinSet::new();
        let is_ours = keeper.is_some();
        if let Some(keeper) = keeper {
            recorder.spawn(record(keeper, tunnel.state(), cancel.clone()));
        }
        Self {
            tunnel,
            is_ours,
            cancel,
            recorder,
        }
    }

    /// The state, now and whenever it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<TunnelState> {
        self.tunnel.state()
    }

    /// Whether this process keeps it, and not another one.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Ends it and waits until nothing is left of it.
    pub async fn stop(mut self) {
        self.tunnel.stop().await;
        self.cancel.cancel();
        while self.recorder.join_next().await.is_some() {}
    }
}

/// Whether a Gateway answers, with or without TLS of its own.
async fn answers(target: &Target) -> Result<(), ConnectError> {
    let connector = Connector::new();
    let Err(plain) = connector.dial(&target.endpoint()).await else {
        return Ok(());
    };
    if target.info.url.is_secure() {
        return Err(plain);
    }
    let Some(sure) = may_be_tls(&plain) else {
        return Err(plain);
    };
    match connector.dial(&target.speaking_tls().endpoint()).await {
        Ok(_) => Ok(()),
        Err(error) if sure || saw_certificate(&error) => Err(error),
        Err(_) => Err(plain),
    }
}

/// Puts every state on record, off the network threads.
async fn record(
    mut keeper: Keeper,
    mut state: watch::Receiver<TunnelState>,
    cancel: CancellationToken,
) {
    loop {
        let now = state.borrow_and_update().clone();
        let told = tokio::task::spawn_blocking(move || {
            if let Err(error) = keeper.tell(&now) {
                tracing::warn!(%error, "the state of a tunnel is not on record");
            }
            keeper
        });
        match told.await {
            Ok(back) => keeper = back,
            Err(_) => return,
        }
        let next = cancel.run_until_cancelled(state.changed()).await;
        if next.is_none() {
            return;
        }
        if matches!(next, Some(Err(_))) {
            // The tunnel has ended by itself; its last state stays on record until it is told so.
            cancel.cancelled().await;
            return;
        }
    }
}

async fn take(
    plan: &TunnelPlan,
    exactly: Option<u16>,
    purpose: KeptPurpose,
) -> Result<Keeper, KeeperError> {
    let plan = plan.clone();
    let taken = tokio::task::spawn_blocking(move || Keeper::take(&plan, exactly, purpose)).await;
    taken.unwrap_or_else(|error| Err(KeeperError::Cut(error.to_string())))
}
