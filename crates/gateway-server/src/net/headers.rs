//! What the headers of an upgrade say, bounded: a header longer than this is not looked at.

use axum::http::header::{FORWARDED, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};
use openclaw_policy::ingress::{ForwardingHeaders, is_forwarding_header};
use openclaw_policy::trusted_proxy::IdentityHeaders;

/// Longest header value that is read.
const MAX_VALUE_BYTES: usize = 4 * 1024;

/// The headers of one upgrade, as far as policy looks at them.
#[derive(Debug, Clone, Default)]
pub(crate) struct UpgradeHeaders(HeaderMap);

impl UpgradeHeaders {
    /// Keeps what policy may ask for; everything else is dropped with the request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut kept = HeaderMap::new();
        for (name, value) in headers {
            if value.len() <= MAX_VALUE_BYTES
                && !matches!(name.as_str(), "authorization" | "cookie")
                && !name.as_str().starts_with("sec-websocket-")
            {
                kept.append(name.clone(), value.clone());
            }
        }
        Self(kept)
    }

    /// `Origin`, if there is one; an unreadable one reads as empty, which no rule allows.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.0
            .get(ORIGIN)
            .map(|value| value.to_str().unwrap_or_default())
    }

    /// `Host`.
    pub(crate) fn host(&self) -> Option<&str> {
        self.0.get(HOST).and_then(|value| value.to_str().ok())
    }
}

impl IdentityHeaders for UpgradeHeaders {
    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        // A header given twice is no identity.
        values.next().is_none().then_some(value)
    }
}

/// The forwarding headers of a request.
pub(crate) fn forwarding(headers: &HeaderMap) -> ForwardingHeaders<'_> {
    let texts = |name: &str| -> Vec<&str> {
        // One that cannot be read hides a hop: it reads as a hop that names nobody.
        headers
            .get_all(name)
            .iter()
            .map(|v| readable(v).unwrap_or("unknown"))
            .collect()
    };
    ForwardingHeaders {
        x_forwarded_for: texts("x-forwarded-for"),
        x_real_ip: headers.get("x-real-ip").and_then(readable),
        forwarded: texts(FORWARDED.as_str()),
        funnel_request: texts("tailscale-funnel-request"),
        any: headers
            .keys()
            .any(|name| is_forwarding_header(name.as_str())),
    }
}

fn readable(value: &HeaderValue) -> Option<&str> {
    (value.len() <= MAX_VALUE_BYTES)
        .then(|| value.to_str().ok())
        .flatten()
}
