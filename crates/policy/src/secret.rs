//! Secrets compared by digest, in constant time.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// SHA-256 of a secret. The secret itself is not kept; `Debug` shows nothing of it.
#[derive(Clone, Copy)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of this secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether `offered` is the secret. Takes the same time for every wrong answer.
    #[must_use]
    pub fn matches(&self, offered: &str) -> bool {
        self.0.ct_eq(&Self::of(offered).0).into()
    }
}

/// In constant time too.
impl PartialEq for SecretDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretDigest {}

impl std::fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretDigest([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::SecretDigest;

    #[test]
    fn only_the_exact_secret_matches() {
        let secret = SecretDigest::of("tok1");
        assert!(secret.matches("tok1"));
        for wrong in ["", "tok", "tok1 ", "TOK1", "tok11"] {
            assert!(!secret.matches(wrong), "{wrong:?}");
        }
        assert!(!format!("{secret:?}").contains("tok"));
    }
}
