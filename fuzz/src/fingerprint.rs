//! Pins as people write and tools print them.
//!
//! - A pin is 32 bytes exactly, and they are those that stand in the text.
//! - What is shown reads back as the same pin; a second time changes nothing.
//! - Every usual spelling of 32 bytes reads as them.
//! - A set fits a certificate only by one of its pins.
//! - A refusal can be printed on a terminal, and is short.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use openclaw_tls_pin::{Fingerprint, Pin, PinParseError, PinSet};
use sha2::{Digest as _, Sha256};

use crate::marker::assert_printable;

/// Reads a text as a fingerprint, a pin and a set of pins.
pub fn fingerprint(data: &[u8]) {
    spellings(data);
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match text.parse::<Fingerprint>() {
        Ok(read) => {
            assert_digits(text, read);
            assert_eq!(read.to_string().parse(), Ok(read));
            assert_eq!(text.parse(), Ok(Pin::Leaf(read)));
        }
        Err(error) => assert_refusal(&error),
    }
    match text.parse::<Pin>() {
        Ok(pin) => {
            assert_eq!(pin.to_string().parse(), Ok(pin));
            assert_eq!(text.parse(), Ok(PinSet::from(pin)));
            if let Pin::Key(digest) = pin {
                assert_key_text(text, digest);
            }
        }
        Err(error) => assert_refusal(&error),
    }
    match text.parse::<PinSet>() {
        Ok(set) => {
            assert!((1..=text.split(',').count()).contains(&set.iter().len()));
            assert_eq!(set.to_string().parse(), Ok(set.clone()));
            let own = Pin::Leaf(Fingerprint::from_bytes(Sha256::digest(data).into()));
            assert_eq!(set.matches(data).is_ok(), set.iter().any(|pin| pin == own));
        }
        Err(error) => assert_refusal(&error),
    }
}

/// The letters and digits of a fingerprint are an optional label and 64 hex digits.
fn assert_digits(text: &str, read: Fingerprint) {
    let plain: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let label = plain
        .strip_suffix(&read.to_string())
        .expect("the digits stand in the text");
    assert!(
        ["", "sha256", "sha256fingerprint"].contains(&label),
        "{text}"
    );
    let other = text
        .chars()
        .filter(|character| !character.is_ascii_alphanumeric());
    for character in other {
        assert!(
            matches!(character, ':' | '-' | '=') || character.is_whitespace(),
            "{character:?} belongs in no fingerprint"
        );
    }
}

/// A key pin is one of the spellings of its digest behind one of its labels.
fn assert_key_text(text: &str, digest: Fingerprint) {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let label = ["spki-sha256:", "spki-sha-256:", "sha256//"]
        .into_iter()
        .find(|label| lower.starts_with(label))
        .expect("a key pin has a label");
    let written = text[label.len()..].trim();
    let bytes = digest.as_bytes();
    let hex: String = written
        .chars()
        .filter(|c| !matches!(c, ':' | '-') && !c.is_ascii_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_base64 = [
        STANDARD.encode(bytes),
        STANDARD_NO_PAD.encode(bytes),
        URL_SAFE.encode(bytes),
        URL_SAFE_NO_PAD.encode(bytes),
    ]
    .contains(&written.to_owned());
    assert!(is_base64 || hex == digest.to_string(), "{text}");
}

fn assert_refusal(error: &PinParseError) {
    let said = error.to_string();
    assert!(said.contains("SHA-256 fingerprint"), "{said}");
    assert!(said.len() <= 1024, "{} bytes", said.len());
    assert_printable(&said);
}

/// The first 32 bytes, spelled as the following ones choose.
fn spellings(data: &[u8]) {
    let Some((bytes, rest)) = data.split_first_chunk::<32>() else {
        return;
    };
    let choice = |place: usize, of: usize| rest.get(place).map_or(0, |b| usize::from(*b) % of);
    let label = ["", "sha256:", "SHA256:", "sha-256 ", "sha256 Fingerprint="][choice(0, 5)];
    let between = ["", ":", "-", " ", "\t"][choice(1, 5)];
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = format!("{label}{}", digits.join(between));
    if choice(2, 2) == 1 {
        text = text.to_ascii_uppercase();
    }
    let leaf = Fingerprint::from_bytes(*bytes);
    assert_eq!(text.parse(), Ok(leaf), "{text}");
    assert_eq!(leaf.as_bytes(), bytes);
    let key = [
        STANDARD.encode(bytes),
        URL_SAFE_NO_PAD.encode(bytes),
        hex::encode(bytes),
    ];
    let text = format!("spki-sha256:{}", key[choice(3, 3)]);
    assert_eq!(text.parse(), Ok(Pin::Key(leaf)), "{text}");
    assert_ne!(text.parse(), Ok(Pin::Leaf(leaf)), "{text}");
    // One byte more or less is no pin.
    let cut = hex::encode(&bytes[..31]);
    assert!(cut.parse::<Pin>().is_err() && format!("{cut}0000").parse::<Pin>().is_err());
}
