//! The shared secret of `gateway.auth`: what a client offers against what is configured.

use openclaw_protocol::Generation;
use openclaw_protocol::connect::ConnectAuth;

use crate::ingress::Ingress;
use crate::modes::AuthMode;
use crate::refusal::AuthFailure;
use crate::secret::SecretDigest;
use crate::tailscale::{self, TailscaleIdentity, WhoisAnswer, WhoisQuestion};
use crate::trusted_proxy::{IdentityHeaders, ProxyIdentity, TrustedProxyAuth};

/// How the Gateway lets clients prove themselves. Built once from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthGate {
    /// `gateway.auth.mode`, resolved.
    pub mode: AuthMode,
    /// The shared token, if one is configured.
    pub token: Option<SecretDigest>,
    /// The shared password, if one is configured.
    pub password: Option<SecretDigest>,
    /// `gateway.auth.trustedProxy`, in that mode.
    pub trusted_proxy: Option<TrustedProxyAuth>,
    /// `gateway.auth.allowTailscale`, resolved: whether users whom Tailscale Serve names need no
    /// secret. Where it is not set, [`tailscale::allowed_by_default`] decides.
    pub allow_tailscale: bool,
}

impl AuthGate {
    /// Nobody has to prove anything: loopback only.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            mode: AuthMode::None,
            token: None,
            password: None,
            trusted_proxy: None,
            allow_tailscale: false,
        }
    }

    /// A shared token.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self {
            mode: AuthMode::Token,
            token: Some(SecretDigest::of(token)),
            ..Self::open()
        }
    }

    /// A shared password.
    #[must_use]
    pub fn password(password: &str) -> Self {
        Self {
            mode: AuthMode::Password,
            password: Some(SecretDigest::of(password)),
            ..Self::open()
        }
    }

    /// What to ask `tailscale whois` before a `connect` is decided; `None` where the answer would
    /// change nothing.
    #[must_use]
    pub fn whois_question(
        &self,
        auth: Option<&ConnectAuth>,
        ingress: Ingress,
        headers: &dyn IdentityHeaders,
    ) -> Option<WhoisQuestion> {
        if !self.believes_tailscale(auth) {
            return None;
        }
        tailscale::question(ingress, headers).ok()
    }

    /// Whether the word of Tailscale counts for a `connect` with these credentials. One that
    /// offers any is judged by it.
    fn believes_tailscale(&self, auth: Option<&ConnectAuth>) -> bool {
        self.allow_tailscale && self.mode != AuthMode::None && !tailscale::offers_credential(auth)
    }

    /// Weighs the shared secret, or the word of Tailscale or of a proxy, of one `connect`.
    #[must_use]
    pub fn evaluate(
        &self,
        auth: Option<&ConnectAuth>,
        ingress: Ingress,
        headers: &dyn IdentityHeaders,
        whois: Option<&WhoisAnswer>,
        dialect: Generation,
    ) -> SharedAuth {
        if self.believes_tailscale(auth)
            && let Ok(identity) = tailscale::identify(ingress, headers, whois)
        {
            return SharedAuth::Tailscale(identity);
        }
        let offered = Offered::of(auth, self.mode, dialect);
        match self.mode {
            AuthMode::None if ingress.is_local() => SharedAuth::Accepted(AuthMethod::None),
            AuthMode::None => SharedAuth::Rejected(AuthFailure::GatewayAuthRequired),
            AuthMode::Token => match (&self.token, offered.secret()) {
                (None, _) => SharedAuth::Rejected(AuthFailure::TokenNotConfigured),
                (Some(_), None) => SharedAuth::Missing(AuthFailure::TokenMissing),
                (Some(token), Some(secret)) if token.matches(secret) => {
                    SharedAuth::Accepted(AuthMethod::Token)
                }
                (Some(_), Some(_)) => SharedAuth::Rejected(AuthFailure::TokenMismatch),
            },
            AuthMode::Password => self.weigh_password(&offered),
            AuthMode::TrustedProxy => self.weigh_proxy(ingress, headers, &offered),
        }
    }

    fn weigh_password(&self, offered: &Offered<'_>) -> SharedAuth {
        match (&self.password, offered.secret()) {
            (None, _) => SharedAuth::Rejected(AuthFailure::PasswordNotConfigured),
            (Some(_), None) => SharedAuth::Missing(AuthFailure::PasswordMissing),
            (Some(password), Some(secret)) if password.matches(secret) => {
                SharedAuth::Accepted(AuthMethod::Password)
            }
            (Some(_), Some(_)) => SharedAuth::Rejected(AuthFailure::PasswordMismatch),
        }
    }

    fn weigh_proxy(
        &self,
        ingress: Ingress,
        headers: &dyn IdentityHeaders,
        offered: &Offered<'_>,
    ) -> SharedAuth {
        // A password serves programs on this host that do not pass the proxy.
        if ingress.is_local() && self.password.is_some() && offered.secret().is_some() {
            return self.weigh_password(offered);
        }
        let Some(rules) = &self.trusted_proxy else {
            return SharedAuth::Rejected(AuthFailure::TrustedProxyConfigMissing);
        };
        match rules.identify(ingress, headers) {
            Ok(identity) => SharedAuth::Proxy(identity),
            Err(failure) => SharedAuth::Rejected(failure),
        }
    }
}

/// How a client proved itself: `auth.method` of the hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// Nothing was asked.
    None,
    /// The shared token.
    Token,
    /// The shared password.
    Password,
    /// The device's own token.
    DeviceToken,
    /// The token of a setup code.
    BootstrapToken,
    /// The word of a trusted proxy.
    TrustedProxy,
    /// The word of Tailscale.
    Tailscale,
}

impl AuthMethod {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Token => "token",
            Self::Password => "password",
            Self::DeviceToken => "device-token",
            Self::BootstrapToken => "bootstrap-token",
            Self::TrustedProxy => "trusted-proxy",
            Self::Tailscale => "tailscale",
        }
    }

    /// Whether the client knows the secret that all clients share (or needs none).
    #[must_use]
    pub const fn is_shared_secret(self) -> bool {
        matches!(self, Self::None | Self::Token | Self::Password)
    }
}

/// What the shared part of authentication says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedAuth {
    /// The secret is right, or none is asked for.
    Accepted(AuthMethod),
    /// A trusted proxy vouches for a user.
    Proxy(ProxyIdentity),
    /// Tailscale vouches for a user of the tailnet.
    Tailscale(TailscaleIdentity),
    /// Nothing was offered.
    Missing(AuthFailure),
    /// Something was offered, and it is not right.
    Rejected(AuthFailure),
}

/// The secret that a client offers for the configured mode.
struct Offered<'a> {
    secret: Option<&'a str>,
}

impl<'a> Offered<'a> {
    /// February reads the mode's own field, as it stands. The newer release takes the other
    /// field where the mode's own is absent, and trims.
    fn of(auth: Option<&'a ConnectAuth>, mode: AuthMode, dialect: Generation) -> Self {
        let Some(auth) = auth else {
            return Self { secret: None };
        };
        let (own, other) = match mode {
            AuthMode::Password | AuthMode::TrustedProxy => (&auth.password, &auth.token),
            AuthMode::Token | AuthMode::None => (&auth.token, &auth.password),
        };
        let secret = match dialect {
            Generation::V3 => own.as_deref(),
            Generation::V4 => own.as_deref().or(other.as_deref()).map(str::trim),
        };
        Self {
            secret: secret.filter(|secret| !secret.is_empty()),
        }
    }

    const fn secret(&self) -> Option<&'a str> {
        self.secret
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthGate, AuthMethod, SharedAuth};
    use crate::ingress::Ingress;
    use crate::refusal::AuthFailure;
    use crate::trusted_proxy::NoHeaders;
    use openclaw_protocol::Generation::{self, V3, V4};
    use openclaw_protocol::connect::ConnectAuth;

    fn auth(token: Option<&str>, password: Option<&str>) -> ConnectAuth {
        ConnectAuth {
            token: token.map(str::to_owned),
            password: password.map(str::to_owned),
            ..ConnectAuth::default()
        }
    }

    #[test]
    fn every_mode_and_field() {
        use AuthFailure as F;
        let token = AuthGate::token("tok1");
        let password = AuthGate::password("pw1");
        let ok = |method| SharedAuth::Accepted(method);
        type Row<'a> = (
            &'a AuthGate,
            Option<&'a str>,
            Option<&'a str>,
            Generation,
            SharedAuth,
        );
        let rows: &[Row<'_>] = &[
            (&token, Some("tok1"), None, V3, ok(AuthMethod::Token)),
            (&token, Some("tok1"), None, V4, ok(AuthMethod::Token)),
            (
                &token,
                Some("tok1 "),
                None,
                V3,
                SharedAuth::Rejected(F::TokenMismatch),
            ),
            (&token, Some("tok1 "), None, V4, ok(AuthMethod::Token)),
            (
                &token,
                None,
                Some("tok1"),
                V3,
                SharedAuth::Missing(F::TokenMissing),
            ),
            (&token, None, Some("tok1"), V4, ok(AuthMethod::Token)),
            (
                &token,
                Some("bad"),
                Some("tok1"),
                V4,
                SharedAuth::Rejected(F::TokenMismatch),
            ),
            (
                &token,
                Some(""),
                None,
                V4,
                SharedAuth::Missing(F::TokenMissing),
            ),
            (&token, None, None, V4, SharedAuth::Missing(F::TokenMissing)),
            (&password, None, Some("pw1"), V3, ok(AuthMethod::Password)),
            (
                &password,
                Some("pw1"),
                None,
                V3,
                SharedAuth::Missing(F::PasswordMissing),
            ),
            (&password, Some("pw1"), None, V4, ok(AuthMethod::Password)),
            (
                &password,
                Some("bad"),
                Some("pw1"),
                V4,
                ok(AuthMethod::Password),
            ),
            (
                &password,
                None,
                Some("bad"),
                V3,
                SharedAuth::Rejected(F::PasswordMismatch),
            ),
        ];
        for (gate, t, p, dialect, expected) in rows {
            let got = gate.evaluate(
                Some(&auth(*t, *p)),
                Ingress::DirectLocal,
                &NoHeaders,
                None,
                *dialect,
            );
            assert_eq!(&got, expected, "{t:?} {p:?} {dialect:?}");
        }
    }

    #[test]
    fn none_is_for_local_clients_only() {
        let gate = AuthGate::open();
        let remote = Ingress::DirectRemote("192.0.2.1".parse().unwrap());
        assert_eq!(
            gate.evaluate(None, Ingress::DirectLocal, &NoHeaders, None, V4),
            SharedAuth::Accepted(AuthMethod::None)
        );
        assert_eq!(
            gate.evaluate(Some(&auth(Some("x"), None)), remote, &NoHeaders, None, V4),
            SharedAuth::Rejected(AuthFailure::GatewayAuthRequired)
        );
    }
}
