//! Why a claim is not up, and what mends it.

use std::fmt;

use super::Mode;
use crate::error::TailscaleError;

/// Why a claim is not up.
///
/// Text of the program in here is one line of at most 400 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The program gave no answer, or this machine is not on its tailnet.
    #[error(transparent)]
    Tailscale(#[from] TailscaleError),
    /// The HTTPS port leads somewhere else. That route was not touched.
    #[error("{0}")]
    RouteTaken(Conflict),
    /// A Funnel to the Gateway's ordinary port is there, and it was asked to stay.
    #[error("a Funnel stays as `gateway.tailscale.preserveFunnel` says: {route}")]
    FunnelKept {
        /// The Funnel.
        route: String,
    },
    /// A Funnel is open on the HTTPS port. Serve is for the tailnet, and would be on the internet.
    #[error("a Funnel is open on HTTPS port {port}: serve would reach the internet: {route}")]
    FunnelOpen {
        /// The HTTPS port.
        port: u16,
        /// The Funnel.
        route: String,
    },
    /// This machine or this port may not be reached from the internet.
    #[error("Funnel is not allowed here: {detail}")]
    FunnelRefused {
        /// What the program said.
        detail: String,
    },
    /// An administrator of the tailnet has to switch Serve or Funnel on first.
    #[error("tailscale {mode} is not enabled on this tailnet")]
    NeedsConsent {
        /// What is to be switched on.
        mode: Mode,
        /// Where.
        page: Option<String>,
    },
    /// This machine has neither a name nor an address on its tailnet.
    #[error("this machine has no name on its tailnet")]
    NoName,
    /// The child that held the route has ended.
    #[error("`{command}` ended{}: {said}", .code.map(|code| format!(" with exit code {code}")).unwrap_or_default())]
    Ended {
        /// What it was.
        command: String,
        /// Its exit code; `None` where a signal ended it.
        code: Option<i32>,
        /// The end of what it said.
        said: String,
    },
    /// The child is there and its route is not.
    #[error("the route is gone while `{command}` still runs; was `tailscale serve reset` used?")]
    RouteGone {
        /// What the child is.
        command: String,
    },
}

/// A route of somebody else on the port that the claim needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The HTTPS port.
    pub port: u16,
    /// Who holds it.
    pub owner: RouteOwner,
    /// The route: `https://home.ts.net/ -> http://127.0.0.1:3000`; or what the program said.
    pub route: String,
    /// The command that takes it down, if it is a background route of the root path.
    pub removal: Option<String>,
}

/// Who holds a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteOwner {
    /// Nobody any more: it was put up in the background and stays until it is taken down.
    Background,
    /// A program that is still running, known to tailscale by this session.
    Foreground {
        /// The name of the session in `tailscale serve status --json`.
        session: String,
    },
    /// Nobody knows.
    Unknown,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, route, .. } = self;
        write!(f, "HTTPS port {port} is taken and was left alone: ")?;
        match &self.owner {
            RouteOwner::Background => write!(f, "background route {route}"),
            RouteOwner::Foreground { session } => {
                write!(f, "route {route}, held by the session {session}")
            }
            RouteOwner::Unknown => f.write_str(route),
        }
    }
}

impl Trouble {
    /// A stable word for programs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tailscale(error) => error.kind(),
            Self::RouteTaken(_) => "routeTaken",
            Self::FunnelKept { .. } => "funnelKept",
            Self::FunnelOpen { .. } => "funnelOpen",
            Self::FunnelRefused { .. } => "funnelRefused",
            Self::NeedsConsent { .. } => "needsConsent",
            Self::NoName => "noName",
            Self::Ended { .. } => "ended",
            Self::RouteGone { .. } => "routeGone",
        }
    }

    /// What to do about it, for a person. It is tried again in any case.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Tailscale(error) => error.remedy().into_owned(),
            Self::RouteTaken(conflict) => conflict.remedy(),
            Self::FunnelKept { .. } => "to have Serve instead, take the Funnel down and run `openclaw config unset gateway.tailscale.preserveFunnel`; for access from the internet, set `gateway.tailscale.mode` to `funnel` and `gateway.auth.mode` to `password`".to_owned(),
            Self::FunnelOpen { port, .. } => {
                format!("see `AllowFunnel` in `tailscale serve status --json`; take the Funnel down with `tailscale funnel --yes --https={port} off`, or, if that finds none, with `tailscale serve reset`, which takes down every route of this machine")
            }
            Self::FunnelRefused { .. } => "allow Funnel for this machine in the access controls of the tailnet (https://tailscale.com/s/no-funnel) and switch HTTPS on (https://tailscale.com/s/https); or set `gateway.tailscale.mode` to `serve`".to_owned(),
            Self::NeedsConsent { mode, page: Some(page) } => {
                format!("open {page} and enable {mode}; the Gateway goes on by itself")
            }
            Self::NeedsConsent { mode, page: None } => {
                format!("run `tailscale {mode} 443` by hand, open the page that it names and enable {mode}")
            }
            Self::NoName => "run `tailscale status`; switch MagicDNS on at https://login.tailscale.com/admin/dns".to_owned(),
            Self::Ended { .. } | Self::RouteGone { .. } => {
                "nothing to do: it is started again; if this repeats, see `sudo journalctl -u tailscaled`".to_owned()
            }
        }
    }

    /// Whether the daemon is merely not up yet.
    pub(crate) const fn is_booting(&self) -> bool {
        match self {
            Self::Tailscale(error) => error.is_booting(),
            _ => false,
        }
    }
}

impl Conflict {
    fn remedy(&self) -> String {
        match (&self.owner, &self.removal) {
            (RouteOwner::Foreground { .. }, _) => {
                "end the program that runs `tailscale serve` or `tailscale funnel` for it (`serve off` does not release it; tailscale does not tell its process); see `tailscale serve status --json`".to_owned()
            }
            (_, Some(removal)) => format!(
                "if this route is no longer wanted, take it down with `{removal}`; otherwise move it to another port, or set `gateway.tailscale.mode` to `off`"
            ),
            (_, None) => "see `tailscale serve status`; move that route to another port, or set `gateway.tailscale.mode` to `off`".to_owned(),
        }
    }
}
