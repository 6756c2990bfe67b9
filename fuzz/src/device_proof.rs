//! The proof of a device.
//!
//! The bytes choose rules, payload, time and fields of an honest proof, and what an attacker does
//! to it.
//!
//! - An honest proof counts exactly where the rules say so, for the device that made it.
//! - No forged proof counts: another's id or key, another challenge's nonce, a changed field, a
//!   second encoding of the signature, a key of low order, or any text at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openclaw_identity::{
    ChallengePayload, CheckRules, DeviceClaim, DeviceKey, NonceRule, PayloadVersion, SignedToken,
    check_device, prove,
};
use openclaw_protocol::Scope;
use openclaw_protocol::connect::DeviceProof;
use sha2::{Digest as _, Sha256};

use crate::bytes::Bytes;

const NOW: u64 = 1_770_000_000_000;
const NONCE: &str = "11111111-2222-4333-8444-555555555555";
const OTHER_NONCE: &str = "99999999-2222-4333-8444-555555555555";

/// Encodings of the points of small order, those that are not canonical among them.
const LOW_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// The order of the group, little endian: a signature's second half is below it.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// What an attacker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attack {
    Nothing,
    AnotherId,
    AnotherKey,
    AnotherSigner,
    ReplayedNonce,
    SwappedNonce,
    NoNonce,
    ChangedTime,
    ChangedToken,
    ChangedRole,
    MoreScopes,
    SecondEncoding,
    CutSignature,
    LowOrderKey,
    AnyText,
}

const ATTACKS: [Attack; 15] = [
    Attack::Nothing,
    Attack::AnotherId,
    Attack::AnotherKey,
    Attack::AnotherSigner,
    Attack::ReplayedNonce,
    Attack::SwappedNonce,
    Attack::NoNonce,
    Attack::ChangedTime,
    Attack::ChangedToken,
    Attack::ChangedRole,
    Attack::MoreScopes,
    Attack::SecondEncoding,
    Attack::CutSignature,
    Attack::LowOrderKey,
    Attack::AnyText,
];

/// Checks one proof.
pub fn device_proof(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let rules = bytes.one_of(&[
        CheckRules::v4(),
        CheckRules::v3(false),
        CheckRules::v3(true),
    ]);
    let version = bytes.one_of(&[PayloadVersion::V2, PayloadVersion::V3, PayloadVersion::V1]);
    let attack = bytes.one_of(&ATTACKS);
    let key = DeviceKey::from_seed([bytes.byte(); 32]);
    let attacker = DeviceKey::from_seed([0xaa; 32].map(|byte: u8| byte ^ bytes.byte()));
    let drift = i64::from(bytes.number().cast_signed());
    let signed_at = NOW.saturating_add_signed(drift);
    let pick = bytes.byte();
    let Ok(text) = str::from_utf8(bytes.rest()) else {
        return;
    };
    if attacker.device_id() == key.device_id() {
        return;
    }
    let fields = Fields::read(text);
    let payload = fields.payload(signed_at);
    let signer = if attack == Attack::AnotherSigner {
        &attacker
    } else {
        &key
    };
    let mut proof = prove(signer, &payload, version);
    let mut claimed = fields.clone();
    match attack {
        Attack::Nothing => {}
        Attack::AnotherId => proof.id = attacker.device_id().as_str().to_owned(),
        Attack::AnotherKey => proof.public_key = attacker.public().to_base64url(),
        Attack::AnotherSigner => {
            proof.id = key.device_id().as_str().to_owned();
            proof.public_key = key.public().to_base64url();
        }
        // Signed for another connection, and sent as it was or as if it were for this one.
        Attack::ReplayedNonce | Attack::SwappedNonce => {
            let other = ChallengePayload {
                nonce: Some(OTHER_NONCE),
                ..payload
            };
            proof = prove(&key, &other, version.max(PayloadVersion::V2));
            if attack == Attack::SwappedNonce {
                proof.nonce = Some(NONCE.to_owned());
            }
        }
        Attack::NoNonce => {
            proof = prove(&key, &payload, version.max(PayloadVersion::V2));
            proof.nonce =
                [None, Some(String::new()), Some(" \t".to_owned())][usize::from(pick) % 3].clone();
        }
        Attack::ChangedTime => proof.signed_at ^= 1 << (pick % 17),
        Attack::ChangedToken => claimed.token = format!("{}x", claimed.token),
        Attack::ChangedRole => claimed.role = format!("{}x", claimed.role),
        Attack::MoreScopes => claimed.scopes.push(Scope::Admin),
        Attack::SecondEncoding => add_order(&mut proof.signature),
        Attack::CutSignature => {
            let keep = usize::from(pick) % proof.signature.len();
            proof.signature.truncate(keep);
        }
        Attack::LowOrderKey => proof = low_order(pick, signed_at),
        Attack::AnyText => proof = any_text(text, signed_at),
    }
    let outcome = check_device(&claimed.claim(&proof), NONCE, NOW, &rules);
    if attack == Attack::Nothing {
        let expected = counts(&fields, version, drift, &rules);
        assert_eq!(
            outcome.is_ok(),
            expected,
            "{version:?} {drift} {rules:?}: {outcome:?}"
        );
    } else {
        assert!(outcome.is_err(), "{attack:?} succeeded: {outcome:?}");
    }
    if let Ok(verified) = outcome {
        assert_eq!(*verified.device_id(), key.device_id());
        assert_eq!(*verified.public_key(), key.public());
        assert_eq!(verified.payload(), version);
    }
}

/// Whether an honest proof counts.
fn counts(fields: &Fields, version: PayloadVersion, drift: i64, rules: &CheckRules) -> bool {
    let is_fresh = drift.unsigned_abs() <= rules.skew_ms;
    let is_plain = [&fields.client_id, &fields.client_mode, &fields.role]
        .into_iter()
        .all(|field| !field.contains('|'))
        && fields
            .scopes
            .iter()
            .all(|scope| !scope.as_str().contains('|'));
    let is_accepted = match rules.nonce {
        NonceRule::Required => version != PayloadVersion::V1,
        NonceRule::OptionalIfLocal { is_local } => {
            version == PayloadVersion::V2 || version == PayloadVersion::V1 && is_local
        }
    };
    is_fresh && is_plain && is_accepted
}

/// The signed fields.
#[derive(Debug, Clone)]
struct Fields {
    client_id: String,
    client_mode: String,
    role: String,
    scopes: Vec<Scope>,
    token: String,
    platform: String,
    family: String,
}

impl Fields {
    fn read(text: &str) -> Self {
        let mut lines = text.split('\n').map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        Self {
            client_id: next(),
            client_mode: next(),
            role: next(),
            scopes: next().split(',').map(Scope::from).collect(),
            token: next(),
            platform: next(),
            family: next(),
        }
    }

    fn payload(&self, signed_at_ms: u64) -> ChallengePayload<'_> {
        ChallengePayload {
            device_id: "",
            client_id: &self.client_id,
            client_mode: &self.client_mode,
            role: &self.role,
            scopes: &self.scopes,
            signed_at_ms,
            token: Some(&self.token),
            nonce: Some(NONCE),
            platform: Some(&self.platform),
            device_family: Some(&self.family),
        }
    }

    fn claim<'a>(&'a self, proof: &'a DeviceProof) -> DeviceClaim<'a> {
        DeviceClaim {
            proof,
            client_id: &self.client_id,
            client_mode: &self.client_mode,
            role: &self.role,
            scopes: &self.scopes,
            token: Some(SignedToken(&self.token)),
            platform: &self.platform,
            device_family: Some(&self.family),
        }
    }
}

/// The same signature to a verifier that does not look closely: its second half plus the order.
fn add_order(signature: &mut String) {
    let mut bytes = URL_SAFE_NO_PAD
        .decode(&*signature)
        .expect("our own signature");
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    *signature = URL_SAFE_NO_PAD.encode(bytes);
}

/// A key for which anyone can sign anything, with such a signature.
fn low_order(pick: u8, signed_at: u64) -> DeviceProof {
    let point = LOW_ORDER[usize::from(pick) % LOW_ORDER.len()];
    let point = hex::decode(point).expect("hex");
    let commitment = LOW_ORDER[usize::from(pick / 16) % LOW_ORDER.len()];
    let mut signature = hex::decode(commitment).expect("hex");
    signature.resize(64, 0);
    DeviceProof {
        id: hex::encode(Sha256::digest(&point)),
        public_key: URL_SAFE_NO_PAD.encode(&point),
        signature: URL_SAFE_NO_PAD.encode(&signature),
        signed_at,
        nonce: Some(NONCE.to_owned()),
    }
}

/// A proof of lines that a stranger chose; with the id that belongs to the key, if it is one.
fn any_text(text: &str, signed_at: u64) -> DeviceProof {
    let mut lines = text.split('\n').rev();
    let mut next = || lines.next().unwrap_or_default().to_owned();
    let (public_key, signature) = (next(), next());
    let id = match public_key.parse::<openclaw_identity::PublicKey>() {
        Ok(key) => key.device_id().as_str().to_owned(),
        Err(_) => next(),
    };
    DeviceProof {
        id,
        public_key,
        signature,
        signed_at,
        nonce: Some(NONCE.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields::read("cli\ncli\noperator\noperator.read\ntok\nlinux\nLinux")
    }

    #[test]
    fn an_honest_proof_counts() {
        let key = DeviceKey::from_seed([1; 32]);
        let proof = prove(&key, &fields().payload(NOW), PayloadVersion::V3);
        let fields = fields();
        let outcome = check_device(&fields.claim(&proof), NONCE, NOW, &CheckRules::v4());
        assert!(outcome.is_ok());
    }

    #[test]
    fn the_second_encoding_differs_and_has_the_length_of_the_first() {
        let mut signature = DeviceKey::from_seed([1; 32]).sign("x");
        let first = signature.clone();
        add_order(&mut signature);
        assert_ne!(signature, first);
        assert_eq!(signature.len(), first.len());
    }

    #[test]
    fn every_attack_can_be_chosen() {
        for (byte, attack) in (0..).zip(ATTACKS) {
            assert_eq!(Bytes::new(&[byte]).one_of(&ATTACKS), attack);
        }
    }
}
