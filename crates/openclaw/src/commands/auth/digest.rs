//! Short digests by which secrets are compared, and from which nobody learns them.
//!
//! A plain hash of a short secret is as good as the secret: whoever reads eight hex digits tries
//! every word. These are keyed with random bytes of this run, which are shown nowhere and
//! forgotten at its end: without them every guess fits as well as any other. Equal digests mean
//! equal secrets within one output; digests of two runs say nothing about each other.

use hmac::{Hmac, Mac as _};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use crate::error::CliError;

/// Makes digests under a key of its own.
pub(super) struct Digester(Hmac<Sha256>);

impl Digester {
    /// With a new key.
    pub(super) fn new() -> Result<Self, CliError> {
        let mut key = [0; 32];
        OsRng.try_fill_bytes(&mut key).map_err(|error| {
            CliError::failure(format!("the system gives no random numbers: {error}"))
        })?;
        Ok(Self(
            Hmac::new_from_slice(&key).expect("HMAC takes keys of every length"),
        ))
    }

    /// The digest of a secret: eight hex digits.
    pub(super) fn of(&self, secret: &SecretString) -> String {
        let mut mac = self.0.clone();
        mac.update(secret.expose_secret().as_bytes());
        let digest = mac.finalize().into_bytes();
        digest[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::Digester;

    #[test]
    fn equal_secrets_show_only_within_one_run() {
        let (one, two) = (Digester::new().unwrap(), Digester::new().unwrap());
        let [a, b] = ["hunter2", "hunter3"].map(SecretString::from);
        assert_eq!(one.of(&a), one.of(&a.clone()));
        assert_ne!(one.of(&a), one.of(&b));
        let again: Vec<_> = (0..4).map(|_| Digester::new().unwrap().of(&a)).collect();
        assert!(
            again.iter().any(|digest| *digest != two.of(&a)),
            "{again:?}"
        );
        assert_eq!(one.of(&a).len(), 8);
    }
}
