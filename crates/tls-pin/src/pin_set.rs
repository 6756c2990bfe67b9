//! Several pins at once, for the time of a rotation, and what is said when none fits.

use std::fmt;
use std::str::FromStr;

use crate::parse::PinParseError;
use crate::{Fingerprint, Pin};

/// One pin or more; a certificate passes if it fits any of them. Never empty.
///
/// Shape: pins separated by commas. Several pins let a certificate change without a gap: the one
/// in use and the one to come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PinSet(Vec<Pin>);

impl PinSet {
    /// A set of these pins, without repeats, or `None` if there are none.
    #[must_use]
    pub fn new(pins: impl IntoIterator<Item = Pin>) -> Option<Self> {
        let mut kept = Vec::new();
        for pin in pins {
            if !kept.contains(&pin) {
                kept.push(pin);
            }
        }
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// The pins, in the order they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Pin> + '_ {
        self.0.iter().copied()
    }

    /// The pin that this certificate fits, or what it presents instead.
    ///
    /// `der` is the leaf as the server sent it. A certificate that cannot be parsed still has a
    /// fingerprint, but no key.
    pub fn matches(&self, der: &[u8]) -> Result<Pin, PinMismatch> {
        let leaf = Fingerprint::of_certificate(der);
        if self.0.contains(&Pin::Leaf(leaf)) {
            return Ok(Pin::Leaf(leaf));
        }
        let key = Fingerprint::of_public_key(der).ok();
        if let Some(pin) = key.map(Pin::Key).filter(|pin| self.0.contains(pin)) {
            return Ok(pin);
        }
        Err(PinMismatch {
            expected: self.clone(),
            presented_leaf: leaf,
            presented_key: key,
        })
    }
}

impl From<Pin> for PinSet {
    fn from(pin: Pin) -> Self {
        Self(vec![pin])
    }
}

impl From<Fingerprint> for PinSet {
    /// The set of one certificate.
    fn from(fingerprint: Fingerprint) -> Self {
        Self::from(Pin::from(fingerprint))
    }
}

impl FromStr for PinSet {
    type Err = PinParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pins = text
            .split(',')
            .map(str::parse)
            .collect::<Result<Vec<Pin>, _>>()?;
        Self::new(pins).ok_or(PinParseError::Empty)
    }
}

impl fmt::Display for PinSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pin) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            fmt::Display::fmt(pin, f)?;
        }
        Ok(())
    }
}

/// A server presented a certificate that fits no pin. All values are public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "gateway tls fingerprint mismatch: pinned {expected}, presented sha256:{presented_leaf}{}",
    KeyPart(presented_key)
)]
pub struct PinMismatch {
    /// The pins.
    pub expected: PinSet,
    /// The fingerprint of the certificate that was presented.
    pub presented_leaf: Fingerprint,
    /// The fingerprint of its key, if the certificate could be read.
    pub presented_key: Option<Fingerprint>,
}

struct KeyPart<'a>(&'a Option<Fingerprint>);

impl fmt::Display for KeyPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(key) => write!(f, " (key spki-sha256:{key})"),
            None => f.write_str(" (unreadable certificate)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lists_in_any_spelling_read_back(
            pins in prop::collection::vec((any::<[u8; 32]>(), any::<bool>(), any::<bool>()), 1..6),
            separator in prop::sample::select(&[",", ", ", " ,", "\n,\t"][..]),
        ) {
            let spelled: Vec<String> = pins
                .iter()
                .map(|(bytes, is_key, colons)| {
                    let pairs: Vec<String> =
                        bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                    let digits = pairs.join(if *colons { ":" } else { "" });
                    format!("{}{digits}", if *is_key { "spki-sha256:" } else { "SHA-256:" })
                })
                .collect();
            let expected = PinSet::new(pins.iter().map(|(bytes, is_key, _)| {
                let fingerprint = Fingerprint::from_bytes(*bytes);
                if *is_key { Pin::Key(fingerprint) } else { Pin::Leaf(fingerprint) }
            }));
            let read: Option<PinSet> = spelled.join(separator).parse().ok();
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn several_pins_and_no_repeats() {
        let (a, b) = ("aa".repeat(32), "bb".repeat(32));
        let set: PinSet = format!("{a}, spki-sha256:{b} ,sha256:{a}").parse().unwrap();
        assert_eq!(set.iter().len(), 2);
        assert_eq!(set.to_string(), format!("sha256:{a},spki-sha256:{b}"));
        assert_eq!(set.to_string().parse(), Ok(set));
    }

    #[test]
    fn an_empty_place_is_an_error() {
        let a = "aa".repeat(32);
        for text in [
            String::new(),
            ",".into(),
            format!("{a},"),
            format!(",{a}"),
            format!("{a},,{a}"),
        ] {
            assert_eq!(text.parse::<PinSet>(), Err(PinParseError::Empty), "{text}");
        }
        assert_eq!(PinSet::new([]), None);
    }

    #[test]
    fn a_mismatch_shows_both_sides() {
        let set = PinSet::from(Fingerprint::from_bytes([7; 32]));
        let mismatch = set.matches(b"no certificate").unwrap_err();
        let presented = Fingerprint::of_certificate(b"no certificate");
        assert_eq!(mismatch.presented_leaf, presented);
        assert_eq!(mismatch.presented_key, None);
        let text = mismatch.to_string();
        assert!(
            text.starts_with("gateway tls fingerprint mismatch"),
            "{text}"
        );
        assert!(
            text.contains(&format!("sha256:{}", "07".repeat(32))),
            "{text}"
        );
        assert!(text.contains(&format!("sha256:{presented}")), "{text}");
    }

    #[test]
    fn a_leaf_needs_no_readable_certificate() {
        let bytes = b"anything";
        let leaf = Fingerprint::of_certificate(bytes);
        assert_eq!(PinSet::from(leaf).matches(bytes), Ok(Pin::Leaf(leaf)));
        // The same digest as a key pin says nothing about the certificate.
        assert!(PinSet::from(Pin::Key(leaf)).matches(bytes).is_err());
    }
}
