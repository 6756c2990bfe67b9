//! The handle of a tunnel.

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::supervisor::{Supervisor, Wish};
use crate::{Phase, TunnelError, TunnelOptions, TunnelSpec, TunnelState, Up};

/// A supervised tunnel. It ends with this handle, and with this process.
#[derive(Debug)]
pub struct Tunnel {
    state: watch::Receiver<TunnelState>,
    wishes: watch::Sender<Wish>,
    cancel: CancellationToken,
    /// The supervisor. Aborted when dropped, which ends `ssh`.
    task: JoinSet<()>,
}

impl Tunnel {
    /// Starts a tunnel and waits until it is up. If the first attempt fails, nothing is left of it.
    /// The state can be watched meanwhile with [`Tunnel::start`] alone.
    ///
    /// # Errors
    ///
    /// Why the first attempt failed, whatever its class.
    pub async fn open(spec: TunnelSpec, options: TunnelOptions) -> Result<Self, TunnelError> {
        let tunnel = Self::start(spec, options);
        match tunnel.first().await {
            Ok(_) => Ok(tunnel),
            Err(error) => {
                tunnel.stop().await;
                Err(error)
            }
        }
    }

    /// Starts a tunnel that keeps trying by itself; see [`Tunnel::state`]. Needs a Tokio runtime.
    #[must_use]
    pub fn start(spec: TunnelSpec, options: TunnelOptions) -> Self {
        let (sender, state) = watch::channel(TunnelState::Connecting {
            phase: Phase::Resolving,
        });
        let (wishes, wished) = watch::channel(Wish::default());
        let cancel = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(Supervisor::new(spec, options, sender, wished).run(cancel.clone()));
        Self {
            state,
            wishes,
            cancel,
            task,
        }
    }

    /// The state, now and whenever it changes. The address of a tunnel may change with every
    /// [`TunnelState::Up`].
    #[must_use]
    pub fn state(&self) -> watch::Receiver<TunnelState> {
        self.state.clone()
    }

    /// The tunnel as it stands now.
    #[must_use]
    pub fn current(&self) -> Option<Up> {
        self.state.borrow().up()
    }

    /// Waits until it is up, over as many attempts as it takes.
    ///
    /// # Errors
    ///
    /// What ended it for good.
    pub async fn up(&self) -> Result<Up, TunnelError> {
        self.wait(|state| match state {
            TunnelState::Up(up) => Some(Ok(*up)),
            TunnelState::Stopped { error } => {
                Some(Err(error.clone().unwrap_or(TunnelError::Stopped)))
            }
            TunnelState::Connecting { .. } | TunnelState::Down { .. } => None,
        })
        .await
    }

    /// How the first attempt ends.
    async fn first(&self) -> Result<Up, TunnelError> {
        self.wait(|state| match state {
            TunnelState::Up(up) => Some(Ok(*up)),
            TunnelState::Down { error, .. } => Some(Err(error.clone())),
            TunnelState::Stopped { error } => {
                Some(Err(error.clone().unwrap_or(TunnelError::Stopped)))
            }
            TunnelState::Connecting { .. } => None,
        })
        .await
    }

    async fn wait(
        &self,
        answer: impl Fn(&TunnelState) -> Option<Result<Up, TunnelError>>,
    ) -> Result<Up, TunnelError> {
        let mut state = self.state();
        loop {
            if let Some(answer) = answer(&state.borrow_and_update()) {
                return answer;
            }
            if state.changed().await.is_err() {
                return Err(TunnelError::Stopped);
            }
        }
    }

    /// Says that this tunnel is broken although it is up: nothing answers through it. It is built
    /// anew; a shared one is verified anew. Does nothing if it has been replaced meanwhile.
    pub fn renew(&self, broken: &Up) {
        self.wishes
            .send_modify(|wish| wish.broken = wish.broken.max(broken.generation));
    }

    /// Ends the wait of [`TunnelState::Down`]: something was mended. Does nothing to a tunnel that
    /// is up.
    pub fn retry_now(&self) {
        self.wishes.send_modify(|wish| wish.attempts += 1);
    }

    /// Ends the tunnel and waits until `ssh` is gone.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        while self.task.join_next().await.is_some() {}
    }
}
