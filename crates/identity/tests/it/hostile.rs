//! Proofs of an attacker: replayed, under a clock that jumped, with weak keys and second
//! signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openclaw_identity::{
    ChallengePayload, CheckRules, DeviceAuthFailure, DeviceClaim, DeviceKey, PayloadVersion,
    Verified, check_device, prove,
};
use openclaw_protocol::Scope;
use openclaw_protocol::connect::DeviceProof;
use sha2::{Digest as _, Sha256};

const NOW: u64 = 1_770_000_000_000;
const HOUR: u64 = 3_600_000;
const NONCE: &str = "11111111-2222-4333-8444-555555555555";
const NEXT_NONCE: &str = "66666666-2222-4333-8444-555555555555";
const SCOPES: &[Scope] = &[Scope::Read];

/// Every encoding of a point of small order, those that are not canonical among them.
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

fn key() -> DeviceKey {
    DeviceKey::from_seed([7; 32])
}

fn payload(nonce: &str, signed_at_ms: u64) -> ChallengePayload<'_> {
    ChallengePayload {
        device_id: "",
        client_id: "cli",
        client_mode: "cli",
        role: "operator",
        scopes: SCOPES,
        signed_at_ms,
        token: None,
        nonce: Some(nonce),
        platform: Some("linux"),
        device_family: None,
    }
}

fn signed(nonce: &str, at: u64) -> DeviceProof {
    prove(&key(), &payload(nonce, at), PayloadVersion::V2)
}

fn check(
    proof: &DeviceProof,
    nonce: &str,
    now: u64,
    rules: &CheckRules,
) -> Result<Verified, DeviceAuthFailure> {
    let claim = DeviceClaim {
        proof,
        client_id: "cli",
        client_mode: "cli",
        role: "operator",
        scopes: SCOPES,
        token: None,
        platform: "linux",
        device_family: None,
    };
    check_device(&claim, nonce, now, rules)
}

fn all_rules() -> [CheckRules; 3] {
    [
        CheckRules::v4(),
        CheckRules::v3(false),
        CheckRules::v3(true),
    ]
}

#[test]
fn a_proof_is_good_for_its_own_connection_only() {
    let proof = signed(NONCE, NOW);
    for rules in all_rules() {
        assert!(check(&proof, NONCE, NOW, &rules).is_ok());
        // Recorded and sent again to another challenge, at once and later.
        for now in [NOW, NOW + 1, NOW + HOUR] {
            assert!(check(&proof, NEXT_NONCE, now, &rules).is_err(), "{now}");
        }
        assert_eq!(
            check(&proof, NEXT_NONCE, NOW, &rules),
            Err(DeviceAuthFailure::NonceMismatch)
        );
        // With the nonce of the new challenge written over the old one.
        let mut rewritten = proof.clone();
        rewritten.nonce = Some(NEXT_NONCE.to_owned());
        assert_eq!(
            check(&rewritten, NEXT_NONCE, NOW, &rules),
            Err(DeviceAuthFailure::SignatureInvalid)
        );
    }
}

#[test]
fn a_clock_that_jumped_by_hours_is_named_and_forgives_once_it_is_right() {
    for rules in all_rules() {
        for hours in [1, 3, 24, 24 * 365] {
            for now in [NOW - hours * HOUR, NOW + hours * HOUR] {
                let proof = signed(NONCE, NOW);
                assert_eq!(
                    check(&proof, NONCE, now, &rules),
                    Err(DeviceAuthFailure::SignatureExpired {
                        signed_at_ms: NOW,
                        now_ms: now,
                        skew_ms: rules.skew_ms,
                    })
                );
                // A client that signs by the same clock is believed, wherever that clock stands.
                assert!(check(&signed(NONCE, now), NONCE, now, &rules).is_ok());
                assert!(
                    check(&proof, NONCE, NOW, &rules).is_ok(),
                    "nothing is remembered"
                );
            }
        }
    }
}

#[test]
fn a_proof_for_a_later_clock_does_not_wait_for_it() {
    // Signed for tomorrow while the key was at hand, for a challenge that nobody can know today.
    let tomorrow = NOW + 24 * HOUR;
    let proof = signed(NONCE, tomorrow);
    for rules in all_rules() {
        assert!(check(&proof, NONCE, NOW, &rules).is_err());
        assert_eq!(
            check(&proof, NEXT_NONCE, tomorrow, &rules),
            Err(DeviceAuthFailure::NonceMismatch)
        );
    }
}

#[test]
fn no_point_of_small_order_is_a_device() {
    for point in LOW_ORDER {
        let point = hex::decode(point).unwrap();
        for commitment in LOW_ORDER {
            // With a scalar of zero such signatures fit every text, to a lenient verifier.
            let mut signature = hex::decode(commitment).unwrap();
            signature.resize(64, 0);
            let proof = DeviceProof {
                id: hex::encode(Sha256::digest(&point)),
                public_key: URL_SAFE_NO_PAD.encode(&point),
                signature: URL_SAFE_NO_PAD.encode(signature),
                signed_at: NOW,
                nonce: Some(NONCE.to_owned()),
            };
            for rules in all_rules() {
                assert_eq!(
                    check(&proof, NONCE, NOW, &rules),
                    Err(DeviceAuthFailure::PublicKeyInvalid),
                    "{}",
                    hex::encode(&point)
                );
            }
        }
    }
}

#[test]
fn a_signature_has_one_encoding() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut proof = signed(NONCE, NOW);
    let mut bytes = URL_SAFE_NO_PAD.decode(&proof.signature).unwrap();
    // The second half plus the order of the group: the same number to who does not look closely.
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    proof.signature = URL_SAFE_NO_PAD.encode(bytes);
    for rules in all_rules() {
        assert_eq!(
            check(&proof, NONCE, NOW, &rules),
            Err(DeviceAuthFailure::SignatureInvalid)
        );
    }
}

#[test]
fn an_id_without_its_key_and_a_key_without_its_id() {
    let other = DeviceKey::from_seed([8; 32]);
    let id = |key: &DeviceKey| key.device_id().as_str().to_owned();
    let own = signed(NONCE, NOW);
    let theirs = prove(&other, &payload(NONCE, NOW), PayloadVersion::V2);
    let cases = [
        DeviceProof {
            id: id(&other),
            ..own.clone()
        },
        DeviceProof {
            public_key: other.public().to_base64url(),
            ..own.clone()
        },
        DeviceProof {
            id: id(&key()),
            ..theirs.clone()
        },
        DeviceProof {
            id: String::new(),
            ..own.clone()
        },
        DeviceProof {
            public_key: String::new(),
            ..own
        },
    ];
    for proof in cases {
        for rules in all_rules() {
            assert_eq!(
                check(&proof, NONCE, NOW, &rules),
                Err(DeviceAuthFailure::DeviceIdMismatch)
            );
        }
    }
    assert!(check(&theirs, NONCE, NOW, &CheckRules::v4()).is_ok());
}
