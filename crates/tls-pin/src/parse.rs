//! Reading fingerprints and pins as people write and tools print them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A text that is no SHA-256 fingerprint, or no pin.
///
/// The text itself is shown cut and escaped: a pin is public, but it may come from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PinParseError {
    /// Not 32 bytes of hex digits.
    #[error(
        "gateway tls fingerprint must be a SHA-256 fingerprint: `{given}` has {digits} hex digits \
         instead of 64; {HELP}"
    )]
    Length {
        /// The start of what was given.
        given: String,
        /// How many hex digits it has.
        digits: usize,
    },
    /// A character that belongs in no fingerprint.
    #[error(
        "gateway tls fingerprint must be a SHA-256 fingerprint: `{given}` contains {character:?}; \
         {HELP}"
    )]
    Character {
        /// The start of what was given.
        given: String,
        /// The first character that does not belong.
        character: char,
    },
    /// A key pin that is neither hex nor base64 of 32 bytes.
    #[error(
        "gateway tls fingerprint must be a SHA-256 fingerprint: the key pin `{given}` is neither \
         64 hex digits nor base64 of 32 bytes"
    )]
    KeyPin {
        /// The start of what was given.
        given: String,
    },
    /// Nothing at all, or nothing between two commas.
    #[error("gateway tls fingerprint must be a SHA-256 fingerprint: it is empty; {HELP}")]
    Empty,
}

const HELP: &str = "read it on the gateway host with `openssl x509 -noout -fingerprint -sha256 \
                    -in gateway-cert.pem`";

/// Reads the 32 bytes of a fingerprint.
///
/// Accepted: an optional `sha256` or `sha-256` in any case, then optionally `Fingerprint`, then
/// optionally `:` or `=`; then 64 hex digits with any `:`, `-` or white space between them.
pub(crate) fn fingerprint(text: &str) -> Result<[u8; 32], PinParseError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PinParseError::Empty);
    }
    hex_digits(without_label(text), text)
}

/// Reads the 32 bytes of a key pin after its `spki-sha256:`: hex as above, or base64 in either
/// alphabet, padded or not.
pub(crate) fn key_digest(text: &str) -> Result<[u8; 32], PinParseError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PinParseError::Empty);
    }
    if let Ok(bytes) = hex_digits(text, text) {
        return Ok(bytes);
    }
    from_base64(text).ok_or_else(|| PinParseError::KeyPin {
        given: excerpt(text),
    })
}

/// What follows this prefix, compared without regard to ASCII case.
pub(crate) fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

fn without_label(text: &str) -> &str {
    let Some(rest) = strip_prefix_any_case(text, "sha256")
        .or_else(|| strip_prefix_any_case(text, "sha-256"))
        .map(str::trim_start)
    else {
        return text;
    };
    let rest = strip_prefix_any_case(rest, "fingerprint").map_or(rest, str::trim_start);
    rest.strip_prefix([':', '=']).unwrap_or(rest).trim_start()
}

fn hex_digits(digits: &str, whole: &str) -> Result<[u8; 32], PinParseError> {
    let mut bytes = [0_u8; 32];
    let mut count = 0_usize;
    for character in digits.chars() {
        if matches!(character, ':' | '-') || character.is_ascii_whitespace() {
            continue;
        }
        let Some(value) = character
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
        else {
            return Err(PinParseError::Character {
                given: excerpt(whole),
                character,
            });
        };
        if let Some(byte) = bytes.get_mut(count / 2) {
            *byte = (*byte << 4) | value;
        }
        count = count.saturating_add(1);
    }
    if count == 64 {
        Ok(bytes)
    } else {
        Err(PinParseError::Length {
            given: excerpt(whole),
            digits: count,
        })
    }
}

fn from_base64(text: &str) -> Option<[u8; 32]> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    // 32 bytes are 43 characters, or 44 with padding.
    if text.len() > 44 {
        return None;
    }
    let alphabet = if text.contains(['-', '_']) {
        alphabet::URL_SAFE
    } else {
        alphabet::STANDARD
    };
    let decoded = GeneralPurpose::new(&alphabet, LENIENT).decode(text).ok()?;
    decoded.try_into().ok()
}

/// The start of a foreign text, fit for a terminal.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_default)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
