//! The check of a device's proof, with the cases that were observed on real gateways.

use openclaw_identity::{
    CheckRules, DeviceAuthFailure, DeviceClaim, DeviceKey, NonceRule, PayloadVersion, Verified,
    check_device, prove,
};
use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::{Generation, Scope};
use proptest::prelude::*;
use serde_json::json;

const NOW: u64 = 1_770_000_000_000;
const NONCE: &str = "11111111-2222-4333-8444-555555555555";

fn params() -> ConnectParams {
    serde_json::from_value(json!({
        "minProtocol": 3, "maxProtocol": 4,
        "client": {
            "id": "cli", "version": "1.0.0", "platform": " Linux", "deviceFamily": "Linux",
            "mode": "cli"
        },
        "scopes": ["operator.write", "operator.read"],
        "auth": {"token": "tok", "password": "never signed"}
    }))
    .unwrap()
}

fn key() -> DeviceKey {
    DeviceKey::from_seed([7; 32])
}

/// Params with a proof over exactly these params.
fn signed_by(key: &DeviceKey, mut params: ConnectParams, version: PayloadVersion) -> ConnectParams {
    let payload = openclaw_identity::ChallengePayload {
        device_id: "",
        client_id: params.client.id.as_str(),
        client_mode: params.client.mode.as_str(),
        role: "operator",
        scopes: params.scopes.as_deref().unwrap_or_default(),
        signed_at_ms: NOW,
        token: params
            .auth
            .as_ref()
            .and_then(openclaw_identity::signed_token),
        nonce: Some(NONCE),
        platform: Some(&params.client.platform),
        device_family: params.client.device_family.as_deref(),
    };
    let proof = prove(key, &payload, version);
    params.device = Some(proof);
    params
}

fn signed(version: PayloadVersion) -> ConnectParams {
    signed_by(&key(), params(), version)
}

fn check_at(
    params: &ConnectParams,
    now_ms: u64,
    rules: &CheckRules,
) -> Result<Verified, DeviceAuthFailure> {
    check_device(&DeviceClaim::of(params).unwrap(), NONCE, now_ms, rules)
}

fn check(params: &ConnectParams, rules: &CheckRules) -> Result<Verified, DeviceAuthFailure> {
    check_at(params, NOW, rules)
}

fn proof(params: &mut ConnectParams) -> &mut DeviceProof {
    params.device.as_mut().unwrap()
}

const LOCAL: bool = true;
const REMOTE: bool = false;

fn all_rules() -> [CheckRules; 3] {
    [
        CheckRules::v3(LOCAL),
        CheckRules::v3(REMOTE),
        CheckRules::v4(),
    ]
}

#[test]
fn the_rules_are_those_of_the_releases() {
    let v3 = CheckRules::v3(REMOTE);
    assert_eq!(v3.skew_ms, 600_000);
    assert_eq!(v3.nonce, NonceRule::OptionalIfLocal { is_local: false });
    let v4 = CheckRules::v4();
    assert_eq!(v4.skew_ms, 120_000);
    assert_eq!(v4.nonce, NonceRule::Required);
    assert_eq!(v4.payloads, [PayloadVersion::V3, PayloadVersion::V2]);
    assert_eq!(CheckRules::of(Generation::V3, LOCAL), CheckRules::v3(LOCAL));
    assert_eq!(CheckRules::of(Generation::V4, LOCAL), v4);
}

#[test]
fn params_without_device_make_no_claim() {
    assert!(DeviceClaim::of(&params()).is_none());
}

#[test]
fn payload_v2_is_accepted_by_all() {
    for rules in all_rules() {
        let verified = check(&signed(PayloadVersion::V2), &rules).unwrap();
        assert_eq!(*verified.device_id(), key().device_id());
        assert_eq!(*verified.public_key(), key().public());
        assert_eq!(verified.payload(), PayloadVersion::V2);
    }
}

#[test]
fn payload_v3_is_accepted_by_the_newer_alone() {
    let params = signed(PayloadVersion::V3);
    assert_eq!(
        check(&params, &CheckRules::v4()).unwrap().payload(),
        PayloadVersion::V3
    );
    for rules in [CheckRules::v3(LOCAL), CheckRules::v3(REMOTE)] {
        assert_eq!(
            check(&params, &rules),
            Err(DeviceAuthFailure::SignatureInvalid)
        );
    }
}

#[test]
fn payload_v1_is_accepted_by_the_older_from_local_peers_alone() {
    let params = signed(PayloadVersion::V1);
    assert!(params.device.as_ref().unwrap().nonce.is_none());
    assert_eq!(
        check(&params, &CheckRules::v3(LOCAL)).unwrap().payload(),
        PayloadVersion::V1
    );
    for rules in [CheckRules::v3(REMOTE), CheckRules::v4()] {
        assert_eq!(
            check(&params, &rules),
            Err(DeviceAuthFailure::NonceRequired)
        );
    }
}

#[test]
fn a_v1_signature_does_not_pass_with_a_nonce_beside_it() {
    let mut params = signed(PayloadVersion::V1);
    proof(&mut params).nonce = Some(NONCE.to_owned());
    for rules in all_rules() {
        assert_eq!(
            check(&params, &rules),
            Err(DeviceAuthFailure::SignatureInvalid)
        );
    }
}

#[test]
fn a_v2_signature_does_not_pass_without_its_nonce() {
    let mut params = signed(PayloadVersion::V2);
    proof(&mut params).nonce = None;
    let local = check(&params, &CheckRules::v3(LOCAL));
    assert_eq!(local, Err(DeviceAuthFailure::SignatureInvalid));
}

#[test]
fn a_blank_nonce_counts_as_none() {
    let mut params = signed(PayloadVersion::V1);
    proof(&mut params).nonce = Some(" \t".to_owned());
    assert!(check(&params, &CheckRules::v3(LOCAL)).is_ok());
    for rules in [CheckRules::v3(REMOTE), CheckRules::v4()] {
        assert_eq!(
            check(&params, &rules),
            Err(DeviceAuthFailure::NonceRequired)
        );
    }
    // As observed: signed as v2 over the blank, it is an invalid signature to the older release.
    let mut params = signed(PayloadVersion::V2);
    proof(&mut params).nonce = Some(" ".to_owned());
    let local = check(&params, &CheckRules::v3(LOCAL));
    assert_eq!(local, Err(DeviceAuthFailure::SignatureInvalid));
}

#[test]
fn the_nonce_is_trimmed_and_otherwise_exact() {
    let mut params = signed(PayloadVersion::V2);
    proof(&mut params).nonce = Some(format!(" {NONCE}\n"));
    for rules in all_rules() {
        assert!(check(&params, &rules).is_ok());
    }
    for wrong in [
        "22222222-2222-4333-8444-555555555555".to_owned(),
        NONCE[..35].to_owned(),
        format!("{NONCE}0"),
        NONCE.replace('-', " "),
    ] {
        proof(&mut params).nonce = Some(wrong);
        for rules in all_rules() {
            assert_eq!(
                check(&params, &rules),
                Err(DeviceAuthFailure::NonceMismatch)
            );
        }
    }
}

#[test]
fn a_proof_for_another_challenge_is_refused() {
    let params = signed(PayloadVersion::V2);
    let claim = DeviceClaim::of(&params).unwrap();
    for rules in all_rules() {
        assert_eq!(
            check_device(&claim, "another-nonce", NOW, &rules),
            Err(DeviceAuthFailure::NonceMismatch)
        );
    }
}

#[test]
fn the_clock_may_differ_by_the_skew_and_no_more() {
    let params = signed(PayloadVersion::V2);
    for rules in all_rules() {
        for now in [NOW - rules.skew_ms, NOW + rules.skew_ms] {
            assert!(check_at(&params, now, &rules).is_ok());
        }
        for now in [
            0,
            NOW - rules.skew_ms - 1,
            NOW + rules.skew_ms + 1,
            u64::MAX,
        ] {
            assert_eq!(
                check_at(&params, now, &rules),
                Err(DeviceAuthFailure::SignatureExpired {
                    signed_at_ms: NOW,
                    now_ms: now,
                    skew_ms: rules.skew_ms
                })
            );
        }
    }
}

#[test]
fn the_id_must_be_that_of_the_key() {
    let other = DeviceKey::from_seed([8; 32]);
    let good = signed(PayloadVersion::V2);
    let id = good.device.as_ref().unwrap().id.clone();
    for wrong in [
        other.device_id().as_str().to_owned(),
        id.to_uppercase(),
        format!(" {id}"),
        id[..63].to_owned(),
        "x".to_owned(),
    ] {
        let mut params = good.clone();
        proof(&mut params).id = wrong;
        for rules in all_rules() {
            assert_eq!(
                check(&params, &rules),
                Err(DeviceAuthFailure::DeviceIdMismatch)
            );
        }
    }
    let mut params = good;
    proof(&mut params).public_key = other.public().to_base64url();
    assert_eq!(
        check(&params, &CheckRules::v4()),
        Err(DeviceAuthFailure::DeviceIdMismatch)
    );
}

#[test]
fn another_key_cannot_speak_for_a_device() {
    // The right id and key, signed by somebody else.
    let mut params = signed_by(&DeviceKey::from_seed([8; 32]), params(), PayloadVersion::V2);
    proof(&mut params).id = key().device_id().as_str().to_owned();
    proof(&mut params).public_key = key().public().to_base64url();
    for rules in all_rules() {
        assert_eq!(
            check(&params, &rules),
            Err(DeviceAuthFailure::SignatureInvalid)
        );
    }
}

#[test]
fn an_unreadable_key_has_no_id() {
    let mut params = signed(PayloadVersion::V2);
    for key in ["", "?", "AAAA", "-----BEGIN PUBLIC KEY-----"] {
        proof(&mut params).public_key = key.to_owned();
        assert_eq!(
            check(&params, &CheckRules::v4()),
            Err(DeviceAuthFailure::DeviceIdMismatch)
        );
    }
}

#[test]
fn a_weak_key_is_refused_although_its_id_fits() {
    use sha2::Digest as _;
    // The neutral element: a signature of zeros over anything satisfies a lenient verifier.
    let mut point = [0_u8; 32];
    point[0] = 1;
    let mut params = signed(PayloadVersion::V2);
    proof(&mut params).id = hex::encode(sha2::Sha256::digest(point));
    proof(&mut params).public_key = {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(point)
    };
    for rules in all_rules() {
        assert_eq!(
            check(&params, &rules),
            Err(DeviceAuthFailure::PublicKeyInvalid)
        );
    }
}

#[test]
fn keys_are_accepted_in_every_spelling() {
    let public = key().public();
    for spelling in [
        public.to_spki_pem(),
        format!("{}=", public.to_base64url()),
        public.to_base64url().replace('-', "+").replace('_', "/"),
    ] {
        let mut params = signed(PayloadVersion::V2);
        proof(&mut params).public_key = spelling;
        let verified = check(&params, &CheckRules::v4()).unwrap();
        assert_eq!(*verified.public_key(), public);
    }
}

#[test]
fn every_signed_field_counts() {
    type Change = fn(&mut ConnectParams);
    let changes: [(&str, Change); 9] = [
        ("client.id", |p| p.client.id = "node-host".into()),
        ("client.mode", |p| p.client.mode = "node".into()),
        ("role", |p| p.role = Some("node".into())),
        ("scopes, one more", |p| {
            p.scopes.as_mut().unwrap().push(Scope::Admin)
        }),
        ("scopes, other order", |p| {
            p.scopes.as_mut().unwrap().reverse()
        }),
        ("scopes, none", |p| p.scopes = None),
        ("token", |p| {
            p.auth.as_mut().unwrap().token = Some("other".into())
        }),
        ("no token", |p| p.auth = None),
        ("signedAt", |p| p.device.as_mut().unwrap().signed_at += 1),
    ];
    for (name, change) in changes {
        for (version, rules) in [
            (PayloadVersion::V1, CheckRules::v3(LOCAL)),
            (PayloadVersion::V2, CheckRules::v3(REMOTE)),
            (PayloadVersion::V2, CheckRules::v4()),
            (PayloadVersion::V3, CheckRules::v4()),
        ] {
            let mut params = signed(version);
            change(&mut params);
            assert_eq!(
                check(&params, &rules),
                Err(DeviceAuthFailure::SignatureInvalid),
                "{name}"
            );
        }
    }
}

#[test]
fn platform_and_family_count_in_v3_alone() {
    let changes: [fn(&mut ConnectParams); 3] = [
        |p| p.client.platform = "macos".into(),
        |p| p.client.device_family = Some("Mac".into()),
        |p| p.client.device_family = None,
    ];
    for change in changes {
        let mut params = signed(PayloadVersion::V3);
        change(&mut params);
        assert_eq!(
            check(&params, &CheckRules::v4()),
            Err(DeviceAuthFailure::SignatureInvalid)
        );
        let mut params = signed(PayloadVersion::V2);
        change(&mut params);
        assert!(check(&params, &CheckRules::v4()).is_ok());
    }
    let mut params = signed(PayloadVersion::V3);
    params.client.platform = "LINUX  ".into();
    assert!(
        check(&params, &CheckRules::v4()).is_ok(),
        "case and blanks do not count"
    );
}

#[test]
fn what_is_not_signed_does_not_count() {
    let mut params = signed(PayloadVersion::V3);
    params.auth.as_mut().unwrap().password = None;
    params.client.display_name = Some("renamed".into());
    params.role = Some("operator".into());
    assert!(check(&params, &CheckRules::v4()).is_ok());
}

#[test]
fn a_token_cannot_move_into_another_field() {
    // `operator|a` + `b` and `operator` + `a|b` would render to the same text.
    let mut params = params();
    params.scopes = Some(vec![Scope::from("x|1770000000000|tok")]);
    let params = signed_by(&key(), params, PayloadVersion::V2);
    assert_eq!(
        check(&params, &CheckRules::v4()),
        Err(DeviceAuthFailure::SignatureInvalid)
    );
}

#[test]
fn the_first_fault_is_the_one_that_is_named() {
    // Everything is wrong at once, then one fault after the other is mended.
    let good = signed(PayloadVersion::V2);
    let device = good.device.clone().unwrap();
    let mut params = good;
    *proof(&mut params) = DeviceProof {
        id: "wrong".into(),
        signature: "wrong".into(),
        signed_at: 0,
        nonce: Some("wrong".into()),
        ..device.clone()
    };
    let rules = CheckRules::v4();
    assert_eq!(
        check(&params, &rules),
        Err(DeviceAuthFailure::DeviceIdMismatch)
    );
    proof(&mut params).id = device.id;
    assert!(matches!(
        check(&params, &rules),
        Err(DeviceAuthFailure::SignatureExpired { .. })
    ));
    proof(&mut params).signed_at = device.signed_at;
    assert_eq!(
        check(&params, &rules),
        Err(DeviceAuthFailure::NonceMismatch)
    );
    proof(&mut params).nonce = None;
    assert_eq!(
        check(&params, &rules),
        Err(DeviceAuthFailure::NonceRequired)
    );
    proof(&mut params).nonce = device.nonce;
    assert_eq!(
        check(&params, &rules),
        Err(DeviceAuthFailure::SignatureInvalid)
    );
    proof(&mut params).signature = device.signature;
    assert!(check(&params, &rules).is_ok());
}

#[test]
fn failures_have_the_words_of_the_wire() {
    let expired = DeviceAuthFailure::SignatureExpired {
        signed_at_ms: 1,
        now_ms: 2,
        skew_ms: 0,
    };
    for (failure, message, code, reason) in [
        (
            DeviceAuthFailure::DeviceIdMismatch,
            "device identity mismatch",
            "DEVICE_AUTH_DEVICE_ID_MISMATCH",
            "device-id-mismatch",
        ),
        (
            expired,
            "device signature expired",
            "DEVICE_AUTH_SIGNATURE_EXPIRED",
            "device-signature-stale",
        ),
        (
            DeviceAuthFailure::NonceRequired,
            "device nonce required",
            "DEVICE_AUTH_NONCE_REQUIRED",
            "device-nonce-missing",
        ),
        (
            DeviceAuthFailure::NonceMismatch,
            "device nonce mismatch",
            "DEVICE_AUTH_NONCE_MISMATCH",
            "device-nonce-mismatch",
        ),
        (
            DeviceAuthFailure::SignatureInvalid,
            "device signature invalid",
            "DEVICE_AUTH_SIGNATURE_INVALID",
            "device-signature",
        ),
        (
            DeviceAuthFailure::PublicKeyInvalid,
            "device public key invalid",
            "DEVICE_AUTH_PUBLIC_KEY_INVALID",
            "device-public-key",
        ),
    ] {
        assert_eq!(failure.to_string(), message);
        assert_eq!(failure.detail_code().as_str(), code);
        assert_eq!(failure.reason(), reason);
    }
}

#[test]
fn debug_of_a_claim_has_no_token() {
    let params = signed(PayloadVersion::V2);
    let shown = format!("{:?}", DeviceClaim::of(&params).unwrap());
    assert!(
        shown.contains("[redacted]") && !shown.contains("\"tok\""),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn hostile_proofs_are_answered(
        id in "\\PC{0,70}",
        public_key in "\\PC{0,100}",
        signature in "\\PC{0,100}",
        nonce in prop::option::of("\\PC{0,40}"),
        signed_at in any::<u64>(),
        now in any::<u64>(),
    ) {
        let mut params = signed(PayloadVersion::V2);
        *proof(&mut params) = DeviceProof { id, public_key, signature, signed_at, nonce };
        for rules in all_rules() {
            prop_assert!(check_at(&params, now, &rules).is_err());
        }
    }
}
