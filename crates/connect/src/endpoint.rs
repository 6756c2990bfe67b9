//! Where to connect, and whom to trust there.

use std::sync::Arc;

use openclaw_identity::GatewayOrigin;
use openclaw_tls_pin::PinSet;
use rustls::RootCertStore;

use crate::{EdgeHeaders, GatewayUrl};

/// Whom a `wss://` connection trusts. There is no endpoint without this decision.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Trust {
    /// The authorities of the operating system.
    System,
    /// Whoever holds a pinned certificate or key. Needs `wss://`.
    Pins(PinSet),
    /// These authorities.
    Roots(Arc<RootCertStore>),
}

/// A Gateway as a client dials it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Endpoint {
    /// Its address.
    pub url: GatewayUrl,
    /// Whom to trust there.
    pub trust: Trust,
    /// The break-glass flag: plaintext may also go to names outside `*.local` and `*.ts.net`, as
    /// long as they resolve to private addresses.
    pub allow_private_names: bool,
    /// Headers for an authenticating proxy in front of the Gateway.
    pub edge: Option<EdgeHeaders>,
    origin: Option<GatewayOrigin>,
    pub(crate) browser_origin: Option<&'static str>,
}

impl Endpoint {
    /// The Gateway at this address, trusted like this.
    #[must_use]
    pub const fn new(url: GatewayUrl, trust: Trust) -> Self {
        Self {
            url,
            trust,
            allow_private_names: false,
            edge: None,
            origin: None,
            browser_origin: None,
        }
    }

    /// The same, with headers for a proxy in front of the Gateway.
    #[must_use]
    pub fn with_edge(mut self, edge: EdgeHeaders) -> Self {
        self.edge = Some(edge);
        self
    }

    /// The same, with the break-glass flag for plaintext.
    #[must_use]
    pub const fn with_private_names(mut self, allow: bool) -> Self {
        self.allow_private_names = allow;
        self
    }

    /// The same, with device tokens kept under another origin: a Gateway behind a tunnel is not
    /// the Gateway of this machine.
    #[must_use]
    pub fn with_origin(mut self, origin: GatewayOrigin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The same, with an `Origin` header, as the page of a browser sends it: to find out which
    /// origins a Gateway takes.
    #[must_use]
    pub const fn with_browser_origin(mut self, origin: &'static str) -> Self {
        self.browser_origin = Some(origin);
        self
    }

    /// The key under which device tokens of this Gateway are kept.
    #[must_use]
    pub fn origin(&self) -> GatewayOrigin {
        self.origin.clone().unwrap_or_else(|| self.url.origin())
    }
}
