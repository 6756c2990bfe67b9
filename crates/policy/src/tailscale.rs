//! Who Tailscale says a client is, and when that counts.
//!
//! Tailscale Serve names the user of a request in a header. The header counts only
//!
//! - on the managed listener, by the way of the tailnet, never of the internet,
//! - where `gateway.auth.allowTailscale` says so,
//! - for a `connect` that offers no credential of its own: an explicit one is judged, and nothing
//!   else,
//! - where `tailscale whois` of the client's address names the same user.
//!
//! Asking `whois` takes I/O, which is not done here: policy hands out a [`WhoisQuestion`] where an
//! answer could matter, and takes back the [`WhoisAnswer`] that is made from it. Neither can be
//! made elsewhere, so an answer about another address does not exist, and a [`TailscaleIdentity`]
//! without an answer neither.
//!
//! An identity stands for the shared secret. It is no device: without one nobody gets in, and a
//! device that is not paired waits for a person.

use std::net::IpAddr;

use openclaw_protocol::connect::ConnectAuth;

use crate::address::canonical;
use crate::ingress::{Ingress, ManagedRoute};
use crate::modes::{AuthMode, TailscaleMode};
use crate::trusted_proxy::IdentityHeaders;

/// The header that names the user.
const USER_LOGIN: &str = "tailscale-user-login";
/// Headers that Serve sets beside it.
const PROXY_HEADERS: [&str; 3] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];
/// The login of every machine that belongs to no user.
const TAGGED_DEVICES: &str = "tagged-devices";

/// `gateway.auth.allowTailscale` where it is not set: users of the tailnet need no secret where
/// Serve is on, unless a password or a proxy is asked for by name.
#[must_use]
pub const fn allowed_by_default(auth: AuthMode, tailscale: TailscaleMode) -> bool {
    matches!(tailscale, TailscaleMode::Serve)
        && !matches!(auth, AuthMode::Password | AuthMode::TrustedProxy)
}

/// Why the word of Tailscale does not count. For logs: the client is told what the auth mode says
/// about the secret it did not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TailscaleFailure {
    /// The request names no user, or one that is none.
    #[error("the request names no tailnet user")]
    UserMissing,
    /// The request did not come through Serve on the managed listener.
    #[error("the request did not come through Tailscale Serve")]
    ProxyMissing,
    /// Tailscale was not asked, or knows nobody at that address.
    #[error("tailscale whois names nobody")]
    WhoisFailed,
    /// Tailscale knows somebody else at that address.
    #[error("tailscale whois names somebody else")]
    UserMismatch,
}

impl TailscaleFailure {
    /// The stable word.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UserMissing => "tailscale_user_missing",
            Self::ProxyMissing => "tailscale_proxy_missing",
            Self::WhoisFailed => "tailscale_whois_failed",
            Self::UserMismatch => "tailscale_user_mismatch",
        }
    }
}

/// A question for `tailscale whois` whose answer could let somebody in. Only policy asks.
#[derive(Debug, PartialEq, Eq)]
pub struct WhoisQuestion {
    client: IpAddr,
}

impl WhoisQuestion {
    /// The address to ask for.
    #[must_use]
    pub const fn client(&self) -> IpAddr {
        self.client
    }

    /// The login name that Tailscale has for the address; `None` where it has none, or could not
    /// be asked.
    #[must_use]
    pub fn answered(self, login: Option<String>) -> WhoisAnswer {
        WhoisAnswer {
            client: self.client,
            login,
        }
    }
}

/// What Tailscale answered to a [`WhoisQuestion`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoisAnswer {
    client: IpAddr,
    login: Option<String>,
}

/// A user of the tailnet, named by Serve and by Tailscale itself. Only policy makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailscaleIdentity {
    login: String,
}

impl TailscaleIdentity {
    /// The login name, as Tailscale has it.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.login
    }
}

/// Whether a `connect` offers a credential of its own, right or wrong.
pub(crate) fn offers_credential(auth: Option<&ConnectAuth>) -> bool {
    auth.is_some_and(|auth| {
        [
            &auth.token,
            &auth.password,
            &auth.device_token,
            &auth.bootstrap_token,
        ]
        .into_iter()
        .flatten()
        .any(|credential| !credential.trim().is_empty())
    })
}

/// What to ask Tailscale about a connection.
///
/// # Errors
///
/// [`TailscaleFailure`] where no answer could make it an identity.
pub(crate) fn question(
    ingress: Ingress,
    headers: &dyn IdentityHeaders,
) -> Result<WhoisQuestion, TailscaleFailure> {
    named(ingress, headers).map(|(client, _)| WhoisQuestion { client })
}

/// Who a connection is by the word of Tailscale.
///
/// # Errors
///
/// The first check that fails.
pub fn identify(
    ingress: Ingress,
    headers: &dyn IdentityHeaders,
    answer: Option<&WhoisAnswer>,
) -> Result<TailscaleIdentity, TailscaleFailure> {
    let (client, login) = named(ingress, headers)?;
    let known = answer
        .filter(|answer| answer.client == client)
        .and_then(|answer| answer.login.as_deref())
        .map(str::trim)
        .filter(|login| !login.is_empty())
        .ok_or(TailscaleFailure::WhoisFailed)?;
    if !known.eq_ignore_ascii_case(login) {
        return Err(TailscaleFailure::UserMismatch);
    }
    Ok(TailscaleIdentity {
        login: known.to_owned(),
    })
}

/// The client and the user that the request names.
fn named(
    ingress: Ingress,
    headers: &dyn IdentityHeaders,
) -> Result<(IpAddr, &str), TailscaleFailure> {
    let login = headers
        .get(USER_LOGIN)
        .map(str::trim)
        .filter(|login| !login.is_empty() && !login.eq_ignore_ascii_case(TAGGED_DEVICES))
        .ok_or(TailscaleFailure::UserMissing)?;
    let Ingress::Tailscale {
        route: ManagedRoute::Serve,
        client,
    } = ingress
    else {
        return Err(TailscaleFailure::ProxyMissing);
    };
    let is_complete = PROXY_HEADERS.iter().all(|name| {
        headers
            .get(name)
            .is_some_and(|value| !value.trim().is_empty())
    });
    if !is_complete {
        return Err(TailscaleFailure::ProxyMissing);
    }
    Ok((canonical(client), login))
}

#[cfg(test)]
mod tests;
