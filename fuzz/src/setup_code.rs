//! Setup codes, as they are copied from a screen.
//!
//! - What was read is written as a code that reads the same; blanks, line breaks, padding and the
//!   prefix do not matter.
//! - Addresses are WebSocket addresses without credentials, and can be printed; the fingerprint
//!   is one that can be pinned.
//! - `Debug` hides the token, and a refusal repeats nothing of the text.
//!
//! A text that begins with `{` is the inside of a code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openclaw_protocol::setup_code::{MAX_CODE_BYTES, MAX_URLS, PREFIX, SetupCode};
use openclaw_tls_pin::Fingerprint;

use crate::marker::{SECRET, assert_printable};

/// Reads a text as a setup code.
pub fn setup_code(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let text = if text.starts_with('{') {
        URL_SAFE_NO_PAD.encode(text)
    } else {
        text.to_owned()
    };
    match SetupCode::decode(&text) {
        Ok(code) => {
            assert!(text.len() <= MAX_CODE_BYTES);
            assert_eq!(SetupCode::decode(&code.encode()).as_ref(), Ok(&code));
            assert_spellings(&code);
            assert_usable(&code);
            assert_hidden(code);
        }
        Err(refusal) => {
            let said = refusal.to_string();
            assert_printable(&said);
            assert!(!said.contains(SECRET) && said.len() <= 256, "{said}");
        }
    }
}

fn assert_spellings(code: &SetupCode) {
    let text = code.encode();
    if text.len() > MAX_CODE_BYTES - 64 {
        return;
    }
    let (start, end) = text.split_at(text.len() / 2);
    for spelled in [
        format!("{PREFIX}{text}"),
        format!(" {start}\r\n\t{end}==\n"),
        format!("{PREFIX}{text}/"),
    ] {
        assert_eq!(SetupCode::decode(&spelled).as_ref(), Ok(code), "{spelled}");
    }
}

fn assert_usable(code: &SetupCode) {
    assert!(code.urls.len() <= MAX_URLS);
    for url in code.urls.iter().chain([&code.url]) {
        assert_printable(url);
        let rest = url.split_once("://").map(|(scheme, rest)| {
            assert!(matches!(scheme, "ws" | "wss"), "{url}");
            rest
        });
        let rest = rest.expect("an address has a scheme");
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        assert!(!authority.is_empty() && !authority.contains('@'), "{url}");
    }
    assert!(!code.bootstrap_token.expose().trim().is_empty());
    if let Some(fingerprint) = &code.tls_fingerprint {
        assert!(fingerprint.parse::<Fingerprint>().is_ok(), "{fingerprint}");
    }
}

fn assert_hidden(code: SetupCode) {
    let is_elsewhere = code
        .urls
        .iter()
        .chain([&code.url])
        .any(|url| url.contains("zq8"));
    let planted = SetupCode {
        bootstrap_token: "zq8-planted".into(),
        ..code
    };
    assert!(is_elsewhere || !format!("{planted:?}").contains("zq8"));
}
