//! The private key of this device.

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use rand::RngCore as _;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::encoding::to_base64url;
use crate::{DeviceId, PublicKey};

/// The Ed25519 key of a device. Wiped from memory when dropped; `Debug` shows the device id only.
pub struct DeviceKey {
    signing: SigningKey,
}

impl DeviceKey {
    /// Makes a new key, from a generator seeded by the operating system.
    #[must_use]
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new([0_u8; 32]);
        rand::rng().fill_bytes(seed.as_mut());
        Self {
            signing: SigningKey::from_bytes(&seed),
        }
    }

    /// The key that grows from this seed: the 32 bytes that PKCS#8 stores.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        Self {
            signing: SigningKey::from_bytes(&seed),
        }
    }

    /// Reads a PKCS#8 PEM, with or without the public key inside.
    ///
    /// Errors: for every other kind of key, and for a public key that does not belong to it.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, PrivateKeyError> {
        // PEM readers want to begin at the first dash.
        SigningKey::from_pkcs8_pem(pem.trim_start())
            .map(|signing| Self { signing })
            .map_err(|_| PrivateKeyError)
    }

    /// The key as PKCS#8 PEM without the public key, as the originals write it: lines of 64
    /// characters, ending in a newline.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> SecretString {
        let bytes = KeypairBytes {
            secret_key: self.signing.to_bytes(),
            public_key: None,
        };
        let pem = bytes
            .to_pkcs8_pem(LineEnding::LF)
            .expect("32 bytes always encode");
        SecretString::from(pem.as_str())
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::of(&self.signing)
    }

    /// The id of the device.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        self.public().device_id()
    }

    /// Signs the UTF-8 bytes of a payload; the signature in unpadded base64url.
    #[must_use]
    pub fn sign(&self, payload: &str) -> String {
        to_base64url(&self.signing.sign(payload.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey")
            .field("device_id", &self.device_id())
            .finish_non_exhaustive()
    }
}

/// A text that is no Ed25519 private key. It says nothing about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 private key in PKCS#8 PEM")]
pub struct PrivateKeyError;

#[cfg(test)]
mod tests {
    use ed25519_dalek::pkcs8::EncodePrivateKey as _;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_key_survives_its_pem() {
        let key = DeviceKey::generate();
        let pem = key.to_pkcs8_pem();
        let read = DeviceKey::from_pkcs8_pem(pem.expose_secret()).unwrap();
        assert_eq!(read.device_id(), key.device_id());
        assert_eq!(read.sign("x"), key.sign("x"));
    }

    #[test]
    fn two_keys_differ() {
        assert_ne!(
            DeviceKey::generate().device_id(),
            DeviceKey::generate().device_id()
        );
    }

    #[test]
    fn a_pem_with_the_public_key_is_read_too() {
        let signing = SigningKey::from_bytes(&[9; 32]);
        let pem = signing.to_pkcs8_pem(LineEnding::CRLF).unwrap();
        let read = DeviceKey::from_pkcs8_pem(&pem).unwrap();
        assert_eq!(read.device_id(), DeviceKey::from_seed([9; 32]).device_id());

        let mut wrong = KeypairBytes::from_bytes(&signing.to_keypair_bytes());
        wrong.secret_key = [8; 32];
        let pem = wrong.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(
            DeviceKey::from_pkcs8_pem(&pem).unwrap_err(),
            PrivateKeyError
        );
    }

    #[test]
    fn other_texts_are_refused() {
        let public = DeviceKey::from_seed([1; 32]).public().to_spki_pem();
        let whole = DeviceKey::from_seed([1; 32]).to_pkcs8_pem();
        let whole = whole.expose_secret();
        for text in [
            "",
            "junk",
            &public,
            &whole[..whole.len() / 2],
            &whole.replace("PRIVATE KEY", "EC PRIVATE KEY"),
            &whole.replacen("MC4C", "MC4D", 1),
        ] {
            assert!(DeviceKey::from_pkcs8_pem(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_of_the_seed_is_shown() {
        let shown = format!(
            "{:?} {:?}",
            DeviceKey::from_seed([0xa5; 32]),
            PrivateKeyError
        );
        assert!(
            !shown.to_lowercase().contains("a5a5") && !shown.contains("165"),
            "{shown}"
        );
        let pem = DeviceKey::from_seed([0xa5; 32]).to_pkcs8_pem();
        assert!(!format!("{pem:?}").contains("MC4C"));
    }
}
