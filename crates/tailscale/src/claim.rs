//! A route to the Gateway that is held for as long as the Gateway runs.

mod backoff;
mod child;
mod observed;
mod preflight;
mod publisher;
mod record;
pub(crate) mod state;
mod supervisor;
mod terminate;
pub(crate) mod trouble;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::publisher::Publisher;
use self::state::ClaimState;
use self::supervisor::Supervisor;
use crate::tailscale::Tailscale;

/// The port of every claim: HTTPS, as the program has it when it is not told otherwise.
pub(crate) const HTTPS_PORT: u16 = 443;

/// Who reaches the Gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The tailnet: `tailscale serve`.
    Serve,
    /// The internet: `tailscale funnel`.
    Funnel,
}

impl Mode {
    /// The subcommand, which is also the word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Funnel => "funnel",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a claim knows besides its mode and its port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimOptions {
    /// The Gateway's ordinary port. Earlier releases left a background route from `/` on HTTPS to
    /// `http://127.0.0.1:PORT`; just that one is taken down to make room.
    pub gateway_port: Option<u16>,
    /// `gateway.tailscale.resetOnExit`: that background route is also taken down at the end, if
    /// somebody put it up in the meantime. Nothing else is: routes of others stay.
    pub reset_on_exit: bool,
    /// `gateway.tailscale.preserveFunnel`: a background Funnel to the ordinary port stays, and
    /// [`Mode::Serve`] makes no claim while it is there.
    pub preserve_funnel: bool,
    /// A file of the caller's, in a folder that is there, for a note about the child: see
    /// [`Claim`]. One Gateway, one file.
    pub record: Option<PathBuf>,
}

/// A route from this machine's HTTPS port to a port on loopback, held by a child
/// (`tailscale serve --yes --bg=false PORT`) for as long as the claim lives.
///
/// A task of its own holds it and never gives up: whatever fails is in [`state`](Self::state) as
/// [`ClaimState::Degraded`] with a reason, a remedy and the time of the next attempt. The first
/// pause is 2 s, the longest a minute. A child that ends is started again. One that stays while
/// its route is gone (an expired key, `tailscale serve reset`) is noticed within minutes.
///
/// Before each attempt the machine is asked for its state and for its routes. An HTTPS port that
/// leads elsewhere is left alone and named.
///
/// # The end
///
/// | What ends | What becomes of the route |
/// | --- | --- |
/// | [`stop`](Self::stop) | SIGTERM to the child, SIGKILL after 2 s; the route goes with the child |
/// | the claim is dropped | SIGKILL to the child and its process group; one that runs through `sudo` stays like an orphan |
/// | the Gateway by SIGKILL | the child lives on as an orphan with the route, until the next Gateway starts with the same [`record`](ClaimOptions::record): it ends the child whose process number, start time and arguments are those in the record, and no other |
///
/// The orphan's route leads to a port that nobody listens on, or that another program of this
/// machine may come to listen on: restart the Gateway soon. A service manager that ends all
/// processes of a service, as systemd does, leaves no orphan.
#[derive(Debug)]
pub struct Claim {
    state: watch::Receiver<ClaimState>,
    cancel: CancellationToken,
    wake: Arc<Notify>,
    task: JoinSet<()>,
}

impl Claim {
    pub(crate) fn start(
        tailscale: Tailscale,
        mode: Mode,
        port: u16,
        options: ClaimOptions,
    ) -> Self {
        let (publisher, state) = Publisher::new(mode);
        let (cancel, wake) = (CancellationToken::new(), Arc::new(Notify::new()));
        let supervisor = Supervisor::new(
            tailscale,
            mode,
            port,
            options,
            publisher,
            cancel.clone(),
            Arc::clone(&wake),
        );
        let mut task = JoinSet::new();
        task.spawn(supervisor.run());
        Self {
            state,
            cancel,
            wake,
            task,
        }
    }

    /// What has become of it, now and later. Outlives the claim; its last value is
    /// [`ClaimState::Stopped`].
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ClaimState> {
        self.state.clone()
    }

    /// What has become of it by now.
    #[must_use]
    pub fn current(&self) -> ClaimState {
        self.state.borrow().clone()
    }

    /// Waits for a state of this kind, or for the end of the claim.
    pub async fn wait_for(&mut self, is: impl FnMut(&ClaimState) -> bool) -> ClaimState {
        match self.state.wait_for(is).await {
            Ok(state) => state.clone(),
            Err(_) => ClaimState::Stopped,
        }
    }

    /// Ends the present pause: something has been mended. A claim that is up is looked at anew.
    pub fn retry(&self) {
        self.wake.notify_one();
    }

    /// Gives the route up and waits until the child is gone: at most the grace of 2 s and a
    /// moment, and 5 s more with [`ClaimOptions::reset_on_exit`].
    pub async fn stop(mut self) {
        self.cancel.cancel();
        while self.task.join_next().await.is_some() {}
    }
}
