//! Public keys of devices, in every spelling that servers accept.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePublicKey as _, EncodePublicKey as _, PublicKeyBytes};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::DeviceId;
use crate::encoding::{from_base64, to_base64url};

/// The Ed25519 public key of a device: a point on the curve, and none of the weak ones.
///
/// Shape: shown as unpadded base64url of its 32 bytes; read from that, from padded and from
/// standard base64, and from an SPKI PEM.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key with these raw bytes.
    ///
    /// Errors: [`PublicKeyError::NotOnCurve`] and [`PublicKeyError::Weak`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError::NotOnCurve)?;
        if key.is_weak() {
            Err(PublicKeyError::Weak)
        } else {
            Ok(Self(key))
        }
    }

    pub(crate) fn of(signing: &SigningKey) -> Self {
        Self(signing.verifying_key())
    }

    /// The raw 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Unpadded base64url of the raw bytes: the form that is sent and stored.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        to_base64url(self.as_bytes())
    }

    /// The key as SPKI PEM, ending in a newline.
    #[must_use]
    pub fn to_spki_pem(&self) -> String {
        PublicKeyBytes(self.0.to_bytes())
            .to_public_key_pem(LineEnding::LF)
            .expect("32 bytes always encode")
    }

    /// The id of the device: SHA-256 of the raw bytes.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        device_id_of(self.as_bytes())
    }

    /// Whether this key made this signature over the UTF-8 bytes of a payload.
    ///
    /// `signature` is base64, in the same spellings as a key. Strict: one payload and key have
    /// no second encoding of the same signature.
    pub fn verify(&self, payload: &str, signature: &str) -> Result<(), SignatureError> {
        let bytes = from_base64(signature, MAX_SIGNATURE).ok_or(SignatureError::Encoding)?;
        let bytes: [u8; 64] = bytes
            .try_into()
            .map_err(|bytes: Vec<u8>| SignatureError::Length(bytes.len()))?;
        self.0
            .verify_strict(payload.as_bytes(), &Signature::from_bytes(&bytes))
            .map_err(|_| SignatureError::Mismatch)
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(&decode(text)?)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64url())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// The raw bytes behind a spelling, whether or not they are a key.
pub(crate) fn decode(text: &str) -> Result<[u8; 32], PublicKeyError> {
    if text.len() > MAX_KEY_TEXT {
        return Err(PublicKeyError::Encoding);
    }
    if text.contains(PEM_MARK) {
        return PublicKeyBytes::from_public_key_pem(text.trim_start())
            .map(|key| key.to_bytes())
            .map_err(|_| PublicKeyError::Pem);
    }
    let bytes = from_base64(text, MAX_KEY_TEXT).ok_or(PublicKeyError::Encoding)?;
    bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| PublicKeyError::Length(bytes.len()))
}

pub(crate) fn device_id_of(bytes: &[u8; 32]) -> DeviceId {
    DeviceId::from_digest(Sha256::digest(bytes).into())
}

/// Why a text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// Neither base64 nor PEM, or far too long.
    #[error("device public key is not base64")]
    Encoding,
    /// A PEM, but not of an Ed25519 public key.
    #[error("device public key is a PEM, but not of an Ed25519 public key")]
    Pem,
    /// Not 32 bytes.
    #[error("device public key has {0} bytes instead of 32")]
    Length(usize),
    /// 32 bytes that are no point on the curve.
    #[error("device public key is no Ed25519 key")]
    NotOnCurve,
    /// A point of small order: anyone can sign for it.
    #[error("device public key is a weak Ed25519 key")]
    Weak,
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not base64, or far too long.
    #[error("device signature is not base64")]
    Encoding,
    /// Not 64 bytes.
    #[error("device signature has {0} bytes instead of 64")]
    Length(usize),
    /// A signature, but not of this key over this payload.
    #[error("device signature does not fit")]
    Mismatch,
}

const PEM_MARK: &str = "-----BEGIN";
const MAX_KEY_TEXT: usize = 1024;
const MAX_SIGNATURE: usize = 256;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;
    use crate::DeviceKey;

    #[test]
    fn weak_keys_are_refused_in_every_spelling() {
        // The points of small order with their usual encodings.
        for hex in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ] {
            let bytes: [u8; 32] = hex::decode(hex).unwrap().try_into().unwrap();
            assert_eq!(
                PublicKey::from_bytes(&bytes),
                Err(PublicKeyError::Weak),
                "{hex}"
            );
            assert_eq!(
                URL_SAFE.encode(bytes).parse::<PublicKey>(),
                Err(PublicKeyError::Weak)
            );
            let pem = PublicKeyBytes(bytes)
                .to_public_key_pem(LineEnding::LF)
                .unwrap();
            assert_eq!(pem.parse::<PublicKey>(), Err(PublicKeyError::Weak));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let key = DeviceKey::from_seed([3; 32]).public();
        let pem = key.to_spki_pem();
        assert_eq!("".parse::<PublicKey>(), Err(PublicKeyError::Length(0)));
        assert_eq!("!!".parse::<PublicKey>(), Err(PublicKeyError::Encoding));
        assert_eq!(
            STANDARD.encode([1; 31]).parse::<PublicKey>(),
            Err(PublicKeyError::Length(31))
        );
        assert_eq!(
            STANDARD.encode([1; 33]).parse::<PublicKey>(),
            Err(PublicKeyError::Length(33))
        );
        assert_eq!(
            "A".repeat(2000).parse::<PublicKey>(),
            Err(PublicKeyError::Encoding)
        );
        assert_eq!(
            format!("{pem}{}", " ".repeat(2000)).parse::<PublicKey>(),
            Err(PublicKeyError::Encoding)
        );
        assert_eq!(
            pem.replace("PUBLIC", "PRIVATE").parse::<PublicKey>(),
            Err(PublicKeyError::Pem)
        );
        assert_eq!(pem[..60].parse::<PublicKey>(), Err(PublicKeyError::Pem));
        // y = 2 is on no point of the curve.
        let mut off = [0; 32];
        off[0] = 2;
        assert_eq!(PublicKey::from_bytes(&off), Err(PublicKeyError::NotOnCurve));
    }

    #[test]
    fn mixed_alphabets_are_refused() {
        assert_eq!(from_base64("+_8", 10), None);
        assert_eq!(from_base64("-/8", 10), None);
    }

    #[test]
    fn signatures_of_the_wrong_form_are_refused() {
        let key = DeviceKey::from_seed([3; 32]);
        let public = key.public();
        let good = key.sign("payload");
        assert_eq!(public.verify("payload", &good), Ok(()));
        assert_eq!(public.verify("payload", &format!(" {good}==\n")), Ok(()));
        assert_eq!(
            public.verify("payloaD", &good),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(public.verify("payload", ""), Err(SignatureError::Length(0)));
        assert_eq!(public.verify("payload", "?"), Err(SignatureError::Encoding));
        assert_eq!(
            public.verify("payload", &"A".repeat(300)),
            Err(SignatureError::Encoding)
        );
        assert_eq!(
            public.verify("payload", &good[..80]),
            Err(SignatureError::Length(60))
        );
        let other = DeviceKey::from_seed([4; 32]).public();
        assert_eq!(
            other.verify("payload", &good),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn a_second_encoding_of_a_signature_is_refused() {
        // s + L signs the same to a lenient verifier.
        let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
            .unwrap();
        let key = DeviceKey::from_seed([3; 32]);
        let mut bytes = from_base64(&key.sign("payload"), 100).unwrap();
        let mut carry = 0_u16;
        for (byte, add) in bytes[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(
            key.public().verify("payload", &to_base64url(&bytes)),
            Err(SignatureError::Mismatch)
        );
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_key_is_the_same_key(seed in any::<[u8; 32]>()) {
            let key = DeviceKey::from_seed(seed).public();
            for text in [
                key.to_base64url(),
                key.to_string(),
                URL_SAFE.encode(key.as_bytes()),
                STANDARD.encode(key.as_bytes()),
                STANDARD_NO_PAD.encode(key.as_bytes()),
                key.to_spki_pem(),
                key.to_spki_pem().replace('\n', "\r\n"),
                format!("\n {}", key.to_spki_pem()),
                key.to_spki_pem().trim_end().to_owned(),
            ] {
                let read: PublicKey = text.parse().unwrap();
                prop_assert_eq!(read, key);
                prop_assert_eq!(read.device_id(), key.device_id());
                prop_assert_eq!(read.to_base64url().len(), 43);
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,80}") {
            let _ = text.parse::<PublicKey>();
            let _ = DeviceKey::from_seed([3; 32]).public().verify(&text, &text);
        }

        #[test]
        fn a_signature_with_any_bit_changed_fails(
            seed in any::<[u8; 32]>(),
            payload in "\\PC{0,60}",
            bit in 0_usize..512,
        ) {
            let key = DeviceKey::from_seed(seed);
            let mut bytes = from_base64(&key.sign(&payload), 100).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(
                key.public().verify(&payload, &to_base64url(&bytes)),
                Err(SignatureError::Mismatch)
            );
        }
    }
}
