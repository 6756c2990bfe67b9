//! The WebSocket upgrade.
//!
//! The request is written and its answer read here rather than by the WebSocket library, which
//! logs requests with their secrets and keeps of a refusal only what came with the first read.

use std::fmt;
use std::io;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{DialError, GatewaySocket, Io, Stage};
use crate::Endpoint;
use crate::limits::{REJECTION_BODY, REJECTION_WAIT, UPGRADE_HEAD};

/// Asks for a WebSocket on this connection.
pub(super) async fn upgrade(
    mut stream: Box<dyn Io>,
    endpoint: &Endpoint,
) -> Result<GatewaySocket, DialError> {
    let key = generate_key();
    let request = request(endpoint, &key)?;
    let sent = async {
        stream.write_all(&request).await?;
        stream.flush().await
    };
    // A peer that refuses at once may answer and close before it has read everything.
    let write_error = sent.await.err();

    let mut answer = Vec::with_capacity(1024);
    let head_end = loop {
        if let Some(end) = end_of_head(&answer) {
            break end;
        }
        if answer.len() > UPGRADE_HEAD {
            return Err(DialError::NotWebSocket(
                "the answer to the upgrade is too long",
            ));
        }
        match stream.read_buf(&mut answer).await {
            Ok(0) => return Err(dropped(write_error)),
            Ok(_) => look_at_first_bytes(&answer)?,
            Err(error) => return Err(dropped(Some(error))),
        }
    };
    let rest = answer.split_off(head_end);
    let head = Head::parse(&answer).ok_or(DialError::NotWebSocket(
        "the answer to the upgrade is not HTTP/1.1",
    ))?;
    if head.status != 101 {
        return Err(rejected(&head, rest, stream).await);
    }
    if !head.has_token("upgrade", "websocket") || !head.has_token("connection", "upgrade") {
        return Err(DialError::NotWebSocket(
            "the upgrade was answered without `Upgrade: websocket`",
        ));
    }
    if head.get("sec-websocket-accept") != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err(DialError::NotWebSocket(
            "the upgrade was answered with a wrong accept key",
        ));
    }
    if head
        .get("sec-websocket-extensions")
        .is_some_and(|value| !value.is_empty())
    {
        return Err(DialError::NotWebSocket(
            "an extension was answered that nobody asked for",
        ));
    }
    Ok(GatewaySocket::new(stream, rest).await)
}

fn request(endpoint: &Endpoint, key: &str) -> Result<Vec<u8>, DialError> {
    let url = &endpoint.url;
    let mut request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nUser-Agent: openclaw/{}\r\n",
        url.request_target(),
        url.host_header(),
        env!("CARGO_PKG_VERSION"),
    )
    .into_bytes();
    if let Some(origin) = endpoint.browser_origin {
        request.extend_from_slice(format!("Origin: {origin}\r\n").as_bytes());
    }
    if let Some(edge) = &endpoint.edge {
        for (name, value) in edge.for_url(url)? {
            request.extend_from_slice(name.as_str().as_bytes());
            request.extend_from_slice(b": ");
            request.extend_from_slice(value.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
    }
    request.extend_from_slice(b"\r\n");
    Ok(request)
}

/// Fails as soon as it is clear that no HTTP comes.
fn look_at_first_bytes(answer: &[u8]) -> Result<(), DialError> {
    // A TLS alert (21) or handshake (22) record, version 3.x.
    if matches!(answer, [21 | 22, 3, ..]) {
        return Err(DialError::NeedsTls);
    }
    let expected = b"HTTP/1.";
    let seen = answer.len().min(expected.len());
    if answer[..seen] != expected[..seen] {
        // One byte may still become a TLS record.
        if matches!(answer, [21 | 22]) {
            return Ok(());
        }
        return Err(DialError::NotWebSocket(
            "what answers does not speak HTTP/1.1",
        ));
    }
    Ok(())
}

fn dropped(source: Option<io::Error>) -> DialError {
    DialError::Dropped {
        stage: Stage::Upgrade,
        source,
    }
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// Status and headers of an HTTP/1.1 answer.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n");
        let status = lines
            .next()?
            .strip_prefix("HTTP/1.")?
            .split(' ')
            .nth(1)?
            .parse()
            .ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { status, headers })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether one of the comma-separated values of a header is this token.
    fn has_token(&self, name: &str, token: &str) -> bool {
        self.headers
            .iter()
            .filter(|(known, _)| known == name)
            .flat_map(|(_, value)| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(token))
    }
}

/// Reads a little of the body, for a little while.
async fn rejected(head: &Head, mut body: Vec<u8>, mut stream: Box<dyn Io>) -> DialError {
    let is_chunked = head.has_token("transfer-encoding", "chunked");
    let length = head
        .get("content-length")
        .and_then(|value| value.parse::<usize>().ok());
    // Chunk headers come on top of what is shown.
    let wanted = length
        .filter(|_| !is_chunked)
        .unwrap_or(usize::MAX)
        .min(REJECTION_BODY * 2);
    let read = async {
        while body.len() < wanted && !(is_chunked && body.ends_with(b"0\r\n\r\n")) {
            match stream.read_buf(&mut body).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    // What came until then is enough.
    let _ = timeout(REJECTION_WAIT, read).await;
    if is_chunked {
        body = unchunk(&body);
    }
    body.truncate(REJECTION_BODY.min(length.filter(|_| !is_chunked).unwrap_or(usize::MAX)));
    let body = String::from_utf8_lossy(&body).into_owned();
    let gateway: Option<ErrorBody> = serde_json::from_str(&body).ok();
    DialError::UpgradeRejected(Box::new(UpgradeRejected {
        status: head.status,
        location: head.get("location").map(without_query),
        retry_after: head
            .get("retry-after")
            .and_then(|value| value.parse().ok())
            .map(Duration::from_secs),
        kind: gateway.as_ref().and_then(|body| body.error.kind.clone()),
        message: gateway.and_then(|body| body.error.message),
        body,
    }))
}

/// The data of chunks, as far as they came.
fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    while let Some(line) = body.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&body[..line]).ok();
        let size = size.and_then(|text| text.split(';').next());
        let size = size.and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else {
            break;
        };
        let rest = &body[line + 2..];
        data.extend_from_slice(&rest[..size.min(rest.len())]);
        body = rest.get(size.saturating_add(2)..).unwrap_or_default();
    }
    data
}

/// A redirect's query may hold a ticket.
fn without_query(location: &str) -> String {
    location
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorMember,
}

#[derive(Deserialize)]
struct ErrorMember {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
}

/// The upgrade got another HTTP answer than 101.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpgradeRejected {
    /// The HTTP status.
    pub status: u16,
    /// Where a redirect leads, without query. It is not followed.
    pub location: Option<String>,
    /// How long to wait, from `Retry-After` in seconds.
    pub retry_after: Option<Duration>,
    /// `error.type` of a Gateway's own answer.
    pub kind: Option<String>,
    /// `error.message` of a Gateway's own answer.
    pub message: Option<String>,
    /// The body as text, at most 2048 bytes.
    pub body: String,
}

impl UpgradeRejected {
    /// Whether a proxy in front of the Gateway wants its own authentication: a redirect, 401 or
    /// 403 that the Gateway itself did not write.
    #[must_use]
    pub const fn is_edge_refusal(&self) -> bool {
        matches!(self.status, 300..=399 | 401 | 403 | 407) && self.kind.is_none()
    }
}

impl fmt::Display for UpgradeRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "gateway rejected websocket upgrade (HTTP {})",
            self.status
        )?;
        if let Some(location) = &self.location {
            write!(f, " with a redirect to {location}")?;
        }
        let text = self.message.as_deref().unwrap_or(&self.body);
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            Ok(())
        } else {
            write!(f, ": {text}")
        }
    }
}

impl std::error::Error for UpgradeRejected {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chunks_are_put_together_as_far_as_they_came() {
        assert_eq!(
            unchunk(b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"),
            b"hello world"
        );
        assert_eq!(unchunk(b"ff\r\nhal"), b"hal");
        assert_eq!(unchunk(b"zz\r\nhal"), b"");
        assert_eq!(unchunk(b"ffffffffffffffff\r\nhal"), b"hal");
    }

    #[test]
    fn the_first_bytes_tell() {
        assert!(look_at_first_bytes(b"H").is_ok());
        assert!(look_at_first_bytes(b"HTTP/1.0 4").is_ok());
        assert!(look_at_first_bytes(&[21]).is_ok(), "one byte is not enough");
        assert!(matches!(
            look_at_first_bytes(&[21, 3, 3]),
            Err(DialError::NeedsTls)
        ));
        assert!(matches!(
            look_at_first_bytes(b"SSH-2.0"),
            Err(DialError::NotWebSocket(_))
        ));
        assert!(matches!(
            look_at_first_bytes(b"HTTP/2 200"),
            Err(DialError::NotWebSocket(_))
        ));
    }

    proptest! {
        #[test]
        fn no_answer_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = look_at_first_bytes(&bytes);
            let _ = end_of_head(&bytes);
            let _ = Head::parse(&bytes);
            prop_assert!(unchunk(&bytes).len() <= bytes.len());
        }
    }
}
