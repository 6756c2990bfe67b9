//! Tailscale Serve and Funnel: a listener that nothing else is pointed at, and the claim that
//! leads there.
//!
//! Neither can end the Gateway: a claim that fails is a state with a reason and a remedy, and is
//! tried again for as long as the Gateway runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use openclaw_policy::TailscaleMode;
use openclaw_policy::ingress::ManagedRoute;
use openclaw_policy::tailscale::{WhoisAnswer, WhoisQuestion};
use openclaw_tailscale::{Claim, ClaimOptions, ClaimState, Mode, Tailscale};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::core::Core;
use crate::server;

/// How Tailscale exposes a Gateway.
#[derive(Debug, Clone)]
pub struct TailnetExposure {
    /// The program that does it.
    pub tailscale: Tailscale,
    /// Who reaches it: the tailnet, or the internet.
    pub mode: Mode,
    /// What the claim knows besides. Its `gateway_port` is filled in where it is not set.
    pub options: ClaimOptions,
}

/// What the rest of the Gateway knows of it.
#[derive(Debug, Default)]
pub(crate) struct Tailnet(OnceLock<Known>);

#[derive(Debug)]
struct Known {
    tailscale: Tailscale,
    state: watch::Receiver<ClaimState>,
}

impl Tailnet {
    /// Asks who is behind an address. That nobody could be asked is an answer too: nobody.
    pub(crate) async fn ask(&self, question: WhoisQuestion) -> WhoisAnswer {
        let Some(known) = self.0.get() else {
            return question.answered(None);
        };
        let client = question.client();
        match known.tailscale.whois(client).await {
            Ok(identity) => question.answered(identity.map(|identity| identity.login)),
            Err(error) => {
                tracing::debug!(%client, %error, "tailscale whois");
                question.answered(None)
            }
        }
    }

    /// What has become of the claim; `None` where there is none.
    pub(crate) fn state(&self) -> Option<ClaimState> {
        self.0.get().map(|known| known.state.borrow().clone())
    }

    /// The same, to be watched.
    pub(crate) fn watch(&self) -> Option<watch::Receiver<ClaimState>> {
        self.0.get().map(|known| known.state.clone())
    }
}

/// Which way a claim of this mode leads here.
pub(crate) const fn route(mode: Mode) -> ManagedRoute {
    match mode {
        Mode::Serve => ManagedRoute::Serve,
        Mode::Funnel => ManagedRoute::Funnel,
    }
}

/// The listener that Tailscale is pointed at: on loopback, on a port that nobody chose.
pub(crate) fn listener() -> std::io::Result<TcpListener> {
    server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// Makes the claim, and tells the rest of the Gateway what becomes of it.
pub(crate) fn claim(core: &Core, exposure: TailnetExposure, port: u16) -> Claim {
    let claim = exposure
        .tailscale
        .claim(exposure.mode, port, exposure.options);
    let known = Known {
        tailscale: exposure.tailscale,
        state: claim.state(),
    };
    // One Gateway makes one claim.
    let _ = core.tailnet.0.set(known);
    claim
}

/// Says what becomes of the claim, and where the Gateway is reached while it holds.
pub(crate) async fn follow(
    core: Arc<Core>,
    mode: Mode,
    mut state: watch::Receiver<ClaimState>,
    stop: CancellationToken,
) {
    let mode = match mode {
        Mode::Serve => TailscaleMode::Serve,
        Mode::Funnel => TailscaleMode::Funnel,
    };
    loop {
        let now = state.borrow_and_update().clone();
        let reached = now.url().map(|url| (mode, secure_socket(url)));
        core.set_ways(|ways| ways.told.tailscale = reached);
        match &now {
            ClaimState::Active { url, .. } => tracing::info!(
                "{mode} enabled: {url} (WS via {})",
                secure_socket(url).trim_end_matches('/')
            ),
            ClaimState::Degraded { reason, remedy, .. } => {
                tracing::warn!("{mode} failed: {reason}. {remedy}; trying again");
            }
            _ => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = state.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

fn secure_socket(url: &str) -> String {
    url.strip_prefix("https://")
        .map_or_else(|| url.to_owned(), |rest| format!("wss://{rest}"))
}
