//! Signatures: HMAC-SHA256 over the time, a point, and the body.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::Sha256;

use super::SigningSecret;

/// The header of the time, in seconds since 1970.
pub const TIMESTAMP: &str = "x-openclaw-timestamp";
/// The header of the signature: `v1=` and 64 hexadecimal digits.
pub const SIGNATURE: &str = "x-openclaw-signature";

/// Why a request is not believed. Says nothing that helps to forge one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unproven {
    /// A header is missing, stands there twice, or is no such header.
    #[error("sign the request: x-openclaw-timestamp and x-openclaw-signature are needed")]
    Unsigned,
    /// It was signed with another secret, or changed on the way.
    #[error("the signature does not fit")]
    Forged,
    /// It is too old, or from the future.
    #[error("the timestamp is too far from the time here")]
    Stale,
}

/// The signature of a body at a time, as it stands in its header.
///
/// ```
/// # use openclaw_channels::webhook::{SigningSecret, signature};
/// let secret = SigningSecret("s3cret".into());
/// assert!(signature(&secret, 1_700_000_000, b"{}").starts_with("v1="));
/// ```
#[must_use]
pub fn signature(secret: &SigningSecret, timestamp_s: u64, body: &[u8]) -> String {
    let mac = mac(secret, &timestamp_s.to_string(), body)
        .finalize()
        .into_bytes();
    format!("v1={}", hex::encode(mac))
}

/// A signature that has its form and is of now. Whether it fits is not known yet.
pub(super) struct Claim<'a> {
    timestamp: &'a str,
    signature: Vec<u8>,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim(…)")
    }
}

/// Reads what a request claims of itself, without its body.
///
/// # Errors
///
/// [`Unproven`]
pub(super) fn claim<'a>(
    secret: &SigningSecret,
    timestamp: Option<&'a str>,
    signature: Option<&str>,
    now_ms: u64,
    window: Duration,
) -> Result<Claim<'a>, Unproven> {
    if secret.0.expose_secret().is_empty() {
        return Err(Unproven::Forged);
    }
    let (written, timestamp) = timestamp
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| Some((text, text.parse::<u64>().ok()?)))
        .ok_or(Unproven::Unsigned)?;
    let given = signature
        .and_then(|text| text.strip_prefix("v1="))
        .filter(|digits| digits.len() == 64)
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or(Unproven::Unsigned)?;
    let apart = timestamp.saturating_mul(1000).abs_diff(now_ms);
    if u128::from(apart) > window.as_millis() {
        return Err(Unproven::Stale);
    }
    Ok(Claim {
        timestamp: written,
        signature: given,
    })
}

/// Believes a request, or says why not.
///
/// # Errors
///
/// [`Unproven`]
pub(super) fn check(
    secret: &SigningSecret,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now_ms: u64,
    window: Duration,
) -> Result<(), Unproven> {
    let claim = claim(secret, timestamp, signature, now_ms, window)?;
    // The comparison takes the same time wherever they differ.
    mac(secret, claim.timestamp, body)
        .verify_slice(&claim.signature)
        .map_err(|_| Unproven::Forged)
}

/// Of the time as it is written.
fn mac(secret: &SigningSecret, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.0.expose_secret().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// Time and signature of what we send.
pub(super) struct Signed {
    pub(super) timestamp: String,
    pub(super) signature: String,
}

impl Signed {
    pub(super) fn new(secret: &SigningSecret, timestamp_s: u64, body: &[u8]) -> Self {
        Self {
            timestamp: timestamp_s.to_string(),
            signature: signature(secret, timestamp_s, body),
        }
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed(…)")
    }
}
