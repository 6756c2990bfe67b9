//! What such a channel is told.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::http::host;

/// What such a channel is told.
#[derive(Clone, PartialEq)]
pub struct WebhookOptions {
    /// The account: `default` where there is one.
    pub account: String,
    /// What both sides sign with.
    pub secret: SigningSecret,
    /// The path on the Gateway's port that the other side calls.
    pub path: String,
    /// Where to what we say is sent. Without it the channel only listens.
    pub deliver_to: Option<Url>,
    /// A proxy for everything but loopback.
    pub proxy: Option<Url>,
    /// How long one request may take.
    pub timeout: Duration,
    /// How far the time of a request may be from ours, before and after.
    pub window: Duration,
    /// The longest text of one message, in UTF-16 units.
    pub text_limit: usize,
    /// Bytes of a file that comes in.
    pub media_max_bytes: usize,
}

impl WebhookOptions {
    /// A channel that listens at `path`, with everything as usual.
    #[must_use]
    pub fn new(account: impl Into<String>, secret: SecretString, path: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            secret: SigningSecret(secret),
            path: path.into(),
            deliver_to: None,
            proxy: None,
            timeout: Duration::from_secs(30),
            window: Duration::from_secs(300),
            text_limit: 16_000,
            media_max_bytes: 5 * 1024 * 1024,
        }
    }
}

/// Addresses may have passwords in them: only hosts show.
impl fmt::Debug for WebhookOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookOptions")
            .field("account", &self.account)
            .field("path", &self.path)
            .field("deliver_to", &self.deliver_to.as_ref().map(host))
            .field("proxy", &self.proxy.as_ref().map(host))
            .finish_non_exhaustive()
    }
}

/// What both sides sign with. Shows nothing of itself. An empty one signs nothing: every request
/// is refused.
#[derive(Clone)]
pub struct SigningSecret(pub SecretString);

impl PartialEq for SigningSecret {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.0.expose_secret(), other.0.expose_secret());
        one.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}
