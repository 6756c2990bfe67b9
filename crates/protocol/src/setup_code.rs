//! Setup codes: one text with everything that a new device needs to connect once.
//!
//! The text is the unpadded base64url of
//! `{"url", "urls"?, "bootstrapToken", "expiresAtMs", "tlsFingerprint"?}`, with or without
//! `oc-pair://` before it. It is made by a Gateway ([`device.pair.setupCode`]), shown as text or
//! as a QR code, and read by the device. Whoever has it can use it: it is a secret until it is
//! spent.
//!
//! Source: observed on 2026.9.6; protocol 3 has no setup codes.
//!
//! [`device.pair.setupCode`]: crate::methods::device::pair::setup_code

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::methods::secret::WireSecret;

/// What may stand before a code, so that a phone's camera opens the right program.
pub const PREFIX: &str = "oc-pair://";
/// Longest code that is read, in bytes. Ours have some 250.
pub const MAX_CODE_BYTES: usize = 8 * 1024;
/// Most addresses in one code.
pub const MAX_URLS: usize = 8;

/// What a setup code says. `Debug` hides the token.
///
/// ```
/// use openclaw_protocol::setup_code::SetupCode;
///
/// let code = SetupCode::new("wss://gw.example".to_owned(), "secret".into(), 1_790_000_000_000);
/// assert_eq!(SetupCode::decode(&code.encode()).unwrap(), code);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupCode {
    /// The Gateway's address: `wss://…`, or `ws://…` in a private network.
    pub url: String,
    /// All its addresses, the best one first; empty where `url` is the only one.
    pub urls: Vec<String>,
    /// What the device presents as `auth.bootstrapToken` of its first `connect`.
    pub bootstrap_token: WireSecret,
    /// When the token ends, in milliseconds since the epoch.
    pub expires_at_ms: u64,
    /// The fingerprint of the certificate to expect, hex SHA-256, where no authority vouches for
    /// it.
    pub tls_fingerprint: Option<String>,
}

/// A text that is no setup code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupCodeError {
    /// There is no text.
    #[error("the setup code is empty: copy the whole code that the gateway showed")]
    Empty,
    /// The text is too long.
    #[error("the setup code has {bytes} bytes, more than {MAX_CODE_BYTES}: it is no setup code")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// The text is cut, or was never a code.
    #[error("the setup code is not readable: copy the whole code that the gateway showed")]
    Unreadable,
    /// A member is missing or wrong.
    #[error("the setup code has no usable `{member}`: make a new code on the gateway")]
    Member {
        /// The member.
        member: &'static str,
    },
}

/// The members on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    urls: Vec<String>,
    bootstrap_token: WireSecret,
    expires_at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<String>,
}

impl SetupCode {
    /// With what is required.
    #[must_use]
    pub const fn new(url: String, bootstrap_token: WireSecret, expires_at_ms: u64) -> Self {
        Self {
            url,
            urls: Vec::new(),
            bootstrap_token,
            expires_at_ms,
            tls_fingerprint: None,
        }
    }

    /// The code as text, without a prefix. It is a secret: keep it out of logs.
    #[must_use]
    pub fn encode(&self) -> String {
        let members = Members {
            url: self.url.clone(),
            urls: self.urls.clone(),
            bootstrap_token: self.bootstrap_token.clone(),
            expires_at_ms: self.expires_at_ms,
            tls_fingerprint: self.tls_fingerprint.clone(),
        };
        // Texts and numbers always have a JSON form.
        let json = serde_json::to_vec(&members).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(json)
    }

    /// Reads a code, with or without the prefix, and with blanks and line breaks that copying
    /// left in it.
    ///
    /// # Errors
    ///
    /// [`SetupCodeError`]. Members that are not known are passed over.
    pub fn decode(text: &str) -> Result<Self, SetupCodeError> {
        if text.len() > MAX_CODE_BYTES {
            return Err(SetupCodeError::TooLong { bytes: text.len() });
        }
        let text: String = text.split_whitespace().collect();
        let code = text.strip_prefix(PREFIX).unwrap_or(&text);
        let code = code.trim_end_matches(['=', '/']);
        if code.is_empty() {
            return Err(SetupCodeError::Empty);
        }
        let json = URL_SAFE_NO_PAD
            .decode(code)
            .map_err(|_| SetupCodeError::Unreadable)?;
        let members: Members =
            serde_json::from_slice(&json).map_err(|_| SetupCodeError::Unreadable)?;
        let member = |member| SetupCodeError::Member { member };
        if !is_url(&members.url) {
            return Err(member("url"));
        }
        if members.urls.len() > MAX_URLS || !members.urls.iter().all(|url| is_url(url)) {
            return Err(member("urls"));
        }
        if members.bootstrap_token.expose().trim().is_empty() {
            return Err(member("bootstrapToken"));
        }
        let is_fingerprint = |text: &str| {
            let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
            digits == 64 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
        };
        if members
            .tls_fingerprint
            .as_deref()
            .is_some_and(|text| !is_fingerprint(text))
        {
            return Err(member("tlsFingerprint"));
        }
        Ok(Self {
            url: members.url,
            urls: members.urls,
            bootstrap_token: members.bootstrap_token,
            expires_at_ms: members.expires_at_ms,
            tls_fingerprint: members.tls_fingerprint,
        })
    }
}

/// Whether this may be dialled at all: a WebSocket scheme, a host, nothing that hides another
/// host or a credential.
fn is_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("wss://")
        .or_else(|| url.strip_prefix("ws://"));
    rest.is_some_and(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !authority.is_empty()
            && !authority.contains('@')
            && url.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::json;

    use super::{MAX_CODE_BYTES, SetupCode, SetupCodeError};

    fn spelled(members: &serde_json::Value) -> String {
        URL_SAFE_NO_PAD.encode(members.to_string())
    }

    #[test]
    fn a_code_of_2026_9_is_read_and_written_back() {
        // As 2026.9.6 spelled it.
        let code = "eyJ1cmwiOiJ3czovLzE5Mi4xNjguMS4xMDoxODc4OSIsImJvb3RzdHJhcFRva2VuIjoiTzhvTWxv\
                    OEI1cVhiZnRpTjExZmd5MzZueHFsaVRCSWZ3UzVYMElfTmxyOCIsImV4cGlyZXNBdE1zIjoxNzk1\
                    NDEyMDA5MDI0fQ";
        let read = SetupCode::decode(code).unwrap();
        assert_eq!(read.url, "ws://192.168.1.10:18789");
        assert_eq!(read.expires_at_ms, 1_795_412_009_024);
        assert_eq!(
            read.bootstrap_token.expose(),
            "O8oMlo8B5qXbftiN11fgy36nxqliTBIfwS5X0I_Nlr8"
        );
        assert_eq!(read.encode(), code);
        assert!(!format!("{read:?}").contains("O8oMlo8B"), "{read:?}");
    }

    #[test]
    fn prefix_padding_and_line_breaks_do_not_matter() {
        let code = SetupCode::new("wss://gw.example:8443/x".into(), "t".into(), 5);
        let text = code.encode();
        let (start, end) = text.split_at(20);
        for spelled in [
            format!("oc-pair://{text}"),
            format!("  {text}==\n"),
            format!("oc-pair://{start}\n {end}"),
        ] {
            assert_eq!(SetupCode::decode(&spelled).unwrap(), code, "{spelled}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused_with_the_reason() {
        let right = json!({"url": "wss://h", "bootstrapToken": "t", "expiresAtMs": 1});
        assert!(SetupCode::decode(&spelled(&right)).is_ok());
        assert_eq!(SetupCode::decode(" "), Err(SetupCodeError::Empty));
        assert_eq!(SetupCode::decode("oc-pair://"), Err(SetupCodeError::Empty));
        let long = "a".repeat(MAX_CODE_BYTES + 1);
        assert!(matches!(
            SetupCode::decode(&long),
            Err(SetupCodeError::TooLong { .. })
        ));
        let text = spelled(&right);
        for cut in ["nonsense!", "bm9wZQ", &text[..text.len() - 8]] {
            assert_eq!(
                SetupCode::decode(cut),
                Err(SetupCodeError::Unreadable),
                "{cut}"
            );
        }
        for (member, value) in [
            ("url", json!("http://h")),
            ("url", json!("wss://")),
            ("url", json!("wss://user:pw@h")),
            ("url", json!("wss://h\u{0}")),
            ("urls", json!(["ftp://h"])),
            ("urls", json!(vec!["wss://h"; 9])),
            ("bootstrapToken", json!(" ")),
            ("tlsFingerprint", json!("abc")),
        ] {
            let mut wrong = right.clone();
            wrong[member] = value;
            assert_eq!(
                SetupCode::decode(&spelled(&wrong)),
                Err(SetupCodeError::Member { member }),
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,300}") {
            let _ = SetupCode::decode(&text);
        }

        #[test]
        fn any_code_survives(
            host in "[a-z]{1,20}", more in proptest::collection::vec("[a-z]{1,9}", 0..8),
            token in "[!-~]{1,60}", at in any::<u64>(), pin in proptest::option::of("[0-9a-f]{64}")
        ) {
            let mut code = SetupCode::new(format!("wss://{host}"), token.as_str().into(), at);
            code.urls = more.iter().map(|host| format!("ws://{host}:1/x?y")).collect();
            code.tls_fingerprint = pin;
            prop_assert_eq!(SetupCode::decode(&code.encode()).unwrap(), code);
        }
    }
}
