//! `gateway.auth`: how clients prove themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use openclaw_policy::AuthMode;
use openclaw_protocol::Scope;
use serde_json::Value;

use crate::decode::{
    Codec, Count, Decoder, Flag, Kind, Line, List, Millis, OneWord, Raw, Table, Untyped, section,
    similar,
};
use crate::defaults;
use crate::secret_input::{Secret, SecretInput};

section! {
    /// How clients prove themselves.
    pub struct Auth {
        /// What clients must show. Absent, the one secret that is configured decides.
        "mode": OneWord<AuthMode> => mode: Option<AuthMode>;
        /// The shared token of mode `token`. Where it is absent, `OPENCLAW_GATEWAY_TOKEN` counts.
        "token": Secret => token: Option<SecretInput>;
        /// The shared password of mode `password`. Where it is absent,
        /// `OPENCLAW_GATEWAY_PASSWORD` counts.
        "password": Secret => password: Option<SecretInput>;
        /// Whether users whom Tailscale Serve vouches for may connect without the secret. Absent,
        /// they may where `gateway.tailscale.mode` is `serve` and the mode is neither `password` nor
        /// `trusted-proxy`.
        "allowTailscale": Flag => allow_tailscale: Option<bool>;
        /// How many wrong guesses are one too many.
        #[latest]
        "rateLimit": RateLimit => rate_limit: RateLimit;
        /// Scopes by the name that a proxy or Tailscale vouches for.
        #[latest]
        "identityScopes": Table<List<ScopeName>> => identity_scopes: BTreeMap<String, Vec<Scope>>;
        /// Mode `trusted-proxy`: which header names the user.
        #[latest]
        "trustedProxy": TrustedProxy => trusted_proxy: Option<TrustedProxy>;
    }
}

section! {
    /// How many wrong guesses are one too many, per address and kind of credential.
    pub struct RateLimit {
        /// Wrong guesses within the window before the address is locked out.
        #[latest]
        "maxAttempts": Count<1> => max_attempts: u32 = defaults::AUTH_MAX_ATTEMPTS;
        /// The window, in milliseconds.
        #[latest]
        "windowMs": Millis<1> => window: Duration = defaults::AUTH_WINDOW;
        /// How long an address is locked out, in milliseconds.
        #[latest]
        "lockoutMs": Millis<0> => lockout: Duration = defaults::AUTH_LOCKOUT;
        /// Whether this machine's own addresses are never locked out. Browsers always may be.
        #[latest]
        "exemptLoopback": Flag => exempt_loopback: bool = defaults::AUTH_EXEMPT_LOOPBACK;
    }
}

section! {
    /// Mode `trusted-proxy`: a reverse proxy in `gateway.trustedProxies` names the user.
    pub struct TrustedProxy {
        /// The header that names the user.
        #[latest]
        #[required]
        "userHeader": HeaderName => user_header: String;
        /// Headers that must be there as well.
        #[latest]
        "requiredHeaders": List<HeaderName> => required_headers: Vec<String>;
        /// Users that may pass; empty means every user that the proxy names.
        #[latest]
        "allowUsers": List<Line> => allow_users: Vec<String>;
        /// Whether a proxy on this machine is believed.
        #[latest]
        "allowLoopback": Flag => allow_loopback: bool = defaults::PROXY_ALLOW_LOOPBACK;
        /// Sign-in with Cloudflare Access. Carried as it stands.
        #[latest]
        "cloudflareAccessOidc": Raw => cloudflare_access_oidc: Option<Untyped>;
        /// Devices that are approved because the proxy vouches for their user.
        #[latest]
        "deviceAutoApprove": DeviceAutoApprove => device_auto_approve: DeviceAutoApprove;
    }
}

section! {
    /// Devices that are approved because the proxy vouches for their user.
    pub struct DeviceAutoApprove {
        /// Whether there are any.
        #[latest]
        "enabled": Flag => enabled: bool = defaults::PROXY_AUTO_APPROVE;
        /// The most that such a device gets.
        #[latest]
        "scopes": List<ScopeName> => scopes: Option<Vec<Scope>>;
    }
}

/// An operator scope that this version knows.
#[derive(Debug)]
pub(crate) struct ScopeName;

impl Codec for ScopeName {
    type Out = Scope;
    const KIND: Kind = Kind::Words(scope_words);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Scope> {
        let scope = Scope::from(at.text(value)?);
        if scope.is_known() {
            return Some(scope);
        }
        let near = similar(scope.as_str(), Scope::KNOWN.iter().map(Scope::as_str));
        let near = near.map(str::to_owned);
        at.refuse_with(crate::decode::not_allowed(&scope_words()), |problem| {
            problem.nearest(near)
        });
        None
    }
}

fn scope_words() -> Vec<&'static str> {
    Scope::KNOWN.iter().map(Scope::as_str).collect()
}

/// The name of an HTTP header, in lower case.
#[derive(Debug)]
pub(crate) struct HeaderName;

impl Codec for HeaderName {
    type Out = String;
    const KIND: Kind = Kind::Text("header name");

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<String> {
        let name = at.text(value)?.trim();
        let token = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !token {
            at.refuse(
                "Invalid input: expected the name of an HTTP header, such as x-forwarded-user",
            );
        }
        token.then(|| name.to_ascii_lowercase())
    }
}
