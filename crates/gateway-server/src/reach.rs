//! How devices elsewhere reach this Gateway: what it listens on, and what it was told.

use std::net::SocketAddr;
use std::sync::Arc;

use openclaw_policy::setup_url::{NoSetupUrl, SetupUrl, WaysIn};
use openclaw_policy::{BindMode, TailscaleMode};
use openclaw_tls_pin::CertKeeper;

use crate::host;

/// What a Gateway cannot find out by itself about the ways to it. Setup codes name one of them.
#[derive(Debug, Clone)]
pub struct Reach {
    /// `gateway.bind`, as people know it.
    pub bind: BindMode,
    /// `plugins.entries.device-pair.config.publicUrl`: goes before everything found out.
    pub public_url: Option<String>,
    /// The address that a request with `preferRemoteUrl` means.
    pub remote_url: Option<String>,
    /// The address under Tailscale Serve or Funnel, while one of them leads here.
    pub tailscale: Option<(TailscaleMode, String)>,
    /// The fingerprint of the certificate, hex SHA-256, where the Gateway was built with
    /// [`GatewayBuilder::tls`](crate::GatewayBuilder::tls). That of
    /// [`GatewayBuilder::certificate`](crate::GatewayBuilder::certificate) is known.
    pub tls_fingerprint: Option<String>,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            bind: BindMode::Loopback,
            public_url: None,
            remote_url: None,
            tailscale: None,
            tls_fingerprint: None,
        }
    }
}

/// What it was told, and what it listens on.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    pub(crate) told: Reach,
    pub(crate) listening: Vec<SocketAddr>,
    pub(crate) is_tls: bool,
    pub(crate) keeper: Option<Arc<CertKeeper>>,
}

/// The address of a setup code, and the certificate that a device meets there.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) url: SetupUrl,
    /// To be pinned: no authority vouches for it.
    pub(crate) tls_fingerprint: Option<String>,
}

impl Ways {
    /// Of a Gateway that listens nowhere yet.
    pub(crate) const fn of(told: Reach) -> Self {
        Self {
            told,
            listening: Vec::new(),
            is_tls: false,
            keeper: None,
        }
    }

    /// The fingerprint of the certificate that is served, hex SHA-256.
    pub(crate) fn fingerprint(&self) -> Option<String> {
        let kept = self.keeper.as_ref().map(|keeper| keeper.info());
        kept.map(|info| info.fingerprint.to_string())
            .or_else(|| self.told.tls_fingerprint.clone())
    }

    /// The way for a setup code.
    pub(crate) fn choose(
        &self,
        asked: Option<&str>,
        prefer_remote: bool,
    ) -> Result<Way, NoSetupUrl> {
        let told = &self.told;
        let is_wild = self.listening.iter().any(|addr| addr.ip().is_unspecified());
        let interfaces = if is_wild {
            host::interfaces()
        } else {
            Vec::new()
        };
        let url = WaysIn {
            asked,
            configured: told.public_url.as_deref(),
            remote: told.remote_url.as_deref().filter(|_| prefer_remote),
            tailscale: told
                .tailscale
                .as_ref()
                .map(|(mode, url)| (mode.as_str(), url.as_str())),
            bind: told.bind,
            listening: &self.listening,
            host: &interfaces,
            is_tls: self.is_tls,
        }
        .choose()?;
        let own = || self.fingerprint();
        let tls_fingerprint = url.is_own_certificate.then(own).flatten();
        Ok(Way {
            url,
            tls_fingerprint,
        })
    }
}

#[cfg(test)]
mod tests {
    use openclaw_policy::BindMode;

    use super::{Reach, Ways};

    fn ways() -> Ways {
        Ways {
            listening: vec!["192.168.1.5:18789".parse().unwrap()],
            is_tls: true,
            ..Ways::of(Reach {
                bind: BindMode::Lan,
                tls_fingerprint: Some("ab".repeat(32)),
                ..Reach::default()
            })
        }
    }

    #[test]
    fn a_certificate_of_our_own_is_named_and_nobody_elses() {
        let way = ways().choose(None, false).unwrap();
        assert_eq!(way.url.url, "wss://192.168.1.5:18789");
        assert_eq!(way.tls_fingerprint, Some("ab".repeat(32)));
        let asked = ways().choose(Some("wss://gw.example"), false).unwrap();
        assert_eq!(
            asked.tls_fingerprint, None,
            "another certificate stands there"
        );
        let mut plain = ways();
        plain.is_tls = false;
        let way = plain.choose(None, false).unwrap();
        assert_eq!(
            (way.url.url.as_str(), way.tls_fingerprint),
            ("ws://192.168.1.5:18789", None)
        );
    }

    #[test]
    fn the_remote_address_counts_for_those_who_prefer_it() {
        let mut ways = ways();
        ways.told.remote_url = Some("wss://far.example".to_owned());
        assert_eq!(
            ways.choose(None, false).unwrap().url.source,
            "gateway.bind=lan"
        );
        assert_eq!(
            ways.choose(None, true).unwrap().url.url,
            "wss://far.example"
        );
    }

    #[test]
    fn a_gateway_that_listens_everywhere_names_no_address_of_nowhere() {
        let mut wild = ways();
        wild.listening = vec!["0.0.0.0:18789".parse().unwrap()];
        match wild.choose(None, false) {
            Ok(way) => assert!(!way.url.url.contains("0.0.0.0"), "{way:?}"),
            Err(refused) => assert!(refused.to_string().contains("no private LAN IP")),
        }
        wild.listening = vec!["127.0.0.1:18789".parse().unwrap()];
        assert!(wild.choose(None, false).is_err());
    }
}
