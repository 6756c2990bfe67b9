//! Digests of tokens.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// SHA-256 of a token: enough to recognise the token, useless for presenting it.
///
/// Tokens are random and long, so the digest needs no salt. Comparison takes the same time
/// wherever two digests differ, and equal time for tokens of every length.
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of this token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Whether `token` is the token this digest was made of.
    #[must_use]
    pub fn matches(&self, token: &str) -> bool {
        *self == Self::of(token)
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::TokenDigest;

    #[test]
    fn is_plain_sha256() {
        let digest = TokenDigest::of("abc");
        assert_eq!(digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(digest.as_bytes()[28..], [0xf2, 0x00, 0x15, 0xad]);
    }

    #[test]
    fn only_the_token_itself_matches() {
        let digest = TokenDigest::of("token");
        assert!(digest.matches("token"));
        for wrong in ["", "Token", "token ", "toke", "tokenn"] {
            assert!(!digest.matches(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", TokenDigest::of("abc")), "TokenDigest(..)");
    }
}
