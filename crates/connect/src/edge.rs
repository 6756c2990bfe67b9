//! Headers for an authenticating proxy in front of a Gateway, such as Cloudflare Access.

use std::fmt;

use http::header::{HeaderName, HeaderValue};
use openclaw_identity::GatewayOrigin;
use secrecy::{ExposeSecret as _, SecretString};

use crate::GatewayUrl;

/// Extra headers of the WebSocket upgrade. They go to one origin over TLS, and nowhere else; no
/// redirect is followed. `Debug` shows their names only.
#[derive(Clone)]
pub struct EdgeHeaders {
    origin: GatewayOrigin,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl EdgeHeaders {
    /// Headers for the Gateway at this origin.
    ///
    /// # Errors
    ///
    /// For no header at all, and for names and values that cannot be sent; see [`EdgeError`].
    pub fn new<'a>(
        origin: GatewayOrigin,
        headers: impl IntoIterator<Item = (&'a str, &'a SecretString)>,
    ) -> Result<Self, EdgeError> {
        let mut kept: Vec<(HeaderName, HeaderValue)> = Vec::new();
        for (name, value) in headers {
            let error = |why| EdgeError::Header {
                name: name.to_owned(),
                why,
            };
            let header: HeaderName = name.parse().map_err(|_| error("is no header name"))?;
            if is_reserved(header.as_str()) {
                return Err(error("belongs to the connection itself"));
            }
            if kept.iter().any(|(other, _)| *other == header) {
                return Err(error("is given twice"));
            }
            let value = value.expose_secret();
            if value.trim().is_empty() {
                return Err(error("has no value"));
            }
            let mut value: HeaderValue = value
                .parse()
                .map_err(|_| error("has a value that no header can hold"))?;
            value.set_sensitive(true);
            kept.push((header, value));
        }
        if kept.is_empty() {
            return Err(EdgeError::Empty);
        }
        Ok(Self {
            origin,
            headers: kept,
        })
    }

    /// The names, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    /// The headers, if they may go to this URL.
    pub(crate) fn for_url(
        &self,
        url: &GatewayUrl,
    ) -> Result<&[(HeaderName, HeaderValue)], EdgeError> {
        if !url.is_secure() {
            return Err(EdgeError::NeedsTls);
        }
        if url.origin() != self.origin {
            return Err(EdgeError::OtherOrigin {
                expected: self.origin.clone(),
                dialled: url.origin(),
            });
        }
        Ok(&self.headers)
    }
}

impl fmt::Debug for EdgeHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeHeaders")
            .field("origin", &self.origin.as_str())
            .field("names", &self.names().collect::<Vec<_>>())
            .finish()
    }
}

/// Headers that make up the upgrade and its framing.
fn is_reserved(name: &str) -> bool {
    name.starts_with("sec-websocket-")
        || matches!(
            name,
            "host"
                | "connection"
                | "upgrade"
                | "content-length"
                | "transfer-encoding"
                | "te"
                | "trailer"
                | "expect"
                | "keep-alive"
                | "proxy-connection"
        )
}

/// Why edge headers cannot be sent. Never shows a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeError {
    /// No header at all.
    #[error("edge headers are configured, but there is none")]
    Empty,
    /// One header cannot be used.
    #[error("the edge header `{name}` {why}")]
    Header {
        /// Its name as given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The URL is not `wss://`.
    #[error("edge headers require a wss:// gateway url")]
    NeedsTls,
    /// The URL is of another Gateway.
    #[error("edge headers are for `{expected}` and are not sent to `{dialled}`")]
    OtherOrigin {
        /// The origin they were configured for.
        expected: GatewayOrigin,
        /// The origin that was to be dialled.
        dialled: GatewayOrigin,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> GatewayOrigin {
        GatewayOrigin::of_url("wss://gate.example").unwrap()
    }

    fn with(pairs: &[(&str, &str)]) -> Result<EdgeHeaders, EdgeError> {
        let pairs: Vec<(&str, SecretString)> = pairs
            .iter()
            .map(|(name, value)| (*name, SecretString::from(*value)))
            .collect();
        EdgeHeaders::new(origin(), pairs.iter().map(|(name, value)| (*name, value)))
    }

    #[test]
    fn only_over_tls_and_only_there() {
        let edge = with(&[
            ("CF-Access-Client-Id", "id"),
            ("CF-Access-Client-Secret", "s3cret"),
        ])
        .unwrap();
        let to = |text: &str| edge.for_url(&text.parse().unwrap()).map(<[_]>::len);
        assert_eq!(to("wss://GATE.example:443/any?path"), Ok(2));
        assert_eq!(to("ws://gate.example:443"), Err(EdgeError::NeedsTls));
        for other in [
            "wss://gate.example:444",
            "wss://evil.example",
            "wss://x.gate.example",
        ] {
            assert!(
                matches!(to(other), Err(EdgeError::OtherOrigin { .. })),
                "{other}"
            );
        }
        assert!(!format!("{edge:?}").contains("s3cret"));
    }

    #[test]
    fn names_and_values_that_cannot_be_sent() {
        for (name, value) in [
            ("Host", "x"),
            ("connection", "x"),
            ("UPGRADE", "x"),
            ("Content-Length", "0"),
            ("Sec-WebSocket-Key", "x"),
            ("transfer-encoding", "chunked"),
            ("a b", "x"),
            ("", "x"),
            ("a:", "x"),
            ("x", ""),
            ("x", "  "),
            ("x", "a\r\nHost: evil"),
            ("x", "hunter2\0"),
        ] {
            let error = with(&[(name, value)]).unwrap_err();
            assert!(matches!(error, EdgeError::Header { .. }), "{name}: {error}");
            assert!(!error.to_string().contains("hunter2"));
        }
        assert!(
            with(&[("x-a", "1"), ("X-A", "2")]).is_err(),
            "two names that differ by case"
        );
        assert_eq!(with(&[]).unwrap_err(), EdgeError::Empty);
    }
}
