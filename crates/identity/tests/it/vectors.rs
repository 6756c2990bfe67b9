//! `device-auth.json`: one key, payloads and signatures that real gateways accepted.

use openclaw_identity::{
    ChallengePayload, CheckRules, DeviceClaim, DeviceKey, PayloadVersion, PublicKey,
    SignatureError, SignedToken, check_device,
};
use openclaw_protocol::connect::DeviceProof;
use openclaw_protocol::{Generation, Scope};
use secrecy::ExposeSecret as _;
use serde_json::Value;

const VECTORS: &str = include_str!("../vectors/device-auth.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer}"))
}

fn key(vectors: &Value) -> DeviceKey {
    let seed = hex::decode(text(vectors, "/key/seedHex")).unwrap();
    DeviceKey::from_seed(seed.try_into().unwrap())
}

fn version(word: &str) -> PayloadVersion {
    [PayloadVersion::V1, PayloadVersion::V2, PayloadVersion::V3]
        .into_iter()
        .find(|version| version.as_str() == word)
        .unwrap()
}

struct Case {
    name: String,
    version: PayloadVersion,
    input: Value,
    scopes: Vec<Scope>,
    payload: String,
    signature: String,
}

fn cases(vectors: &Value) -> Vec<Case> {
    let cases: Vec<Case> = vectors["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            name: format!("{} ({})", text(case, "/name"), text(case, "/version")),
            version: version(text(case, "/version")),
            input: case["input"].clone(),
            scopes: serde_json::from_value(case["input"]["scopes"].clone()).unwrap(),
            payload: text(case, "/payload").to_owned(),
            signature: text(case, "/signatureBase64Url").to_owned(),
        })
        .collect();
    assert_eq!(cases.len(), 12);
    cases
}

impl Case {
    fn payload(&self) -> ChallengePayload<'_> {
        let optional = |member: &str| self.input[member].as_str();
        ChallengePayload {
            device_id: optional("deviceId").unwrap(),
            client_id: optional("clientId").unwrap(),
            client_mode: optional("clientMode").unwrap(),
            role: optional("role").unwrap(),
            scopes: &self.scopes,
            signed_at_ms: self.input["signedAtMs"].as_u64().unwrap(),
            token: optional("token"),
            nonce: optional("nonce"),
            platform: optional("platform"),
            device_family: optional("deviceFamily"),
        }
    }
}

#[test]
fn the_key_has_its_recorded_forms() {
    let vectors = vectors();
    let key = key(&vectors);
    let public = key.public();
    assert_eq!(
        key.to_pkcs8_pem().expose_secret(),
        text(&vectors, "/key/privateKeyPkcs8Pem")
    );
    assert_eq!(
        public.to_spki_pem(),
        text(&vectors, "/key/publicKeySpkiPem")
    );
    assert_eq!(
        public.to_base64url(),
        text(&vectors, "/key/publicKeyRawBase64Url")
    );
    assert_eq!(
        hex::encode(public.as_bytes()),
        text(&vectors, "/key/publicKeyRawHex")
    );
    assert_eq!(key.device_id().as_str(), text(&vectors, "/key/deviceId"));
}

#[test]
fn the_recorded_forms_give_the_key() {
    let vectors = vectors();
    let id = text(&vectors, "/key/deviceId");
    let private = DeviceKey::from_pkcs8_pem(text(&vectors, "/key/privateKeyPkcs8Pem")).unwrap();
    assert_eq!(private.device_id().as_str(), id);
    for spelling in ["/key/publicKeyRawBase64Url", "/key/publicKeySpkiPem"] {
        let public: PublicKey = text(&vectors, spelling).parse().unwrap();
        assert_eq!(public.device_id().as_str(), id);
    }
}

#[test]
fn payloads_render_as_recorded() {
    let vectors = vectors();
    for case in cases(&vectors) {
        assert_eq!(
            case.payload().render(case.version),
            case.payload,
            "{}",
            case.name
        );
    }
}

#[test]
fn payload_bytes_are_as_recorded() {
    for case in vectors()["cases"].as_array().unwrap() {
        assert_eq!(
            hex::encode(text(case, "/payload")),
            text(case, "/payloadUtf8Hex")
        );
    }
}

#[test]
fn signatures_are_as_recorded_and_verify() {
    let vectors = vectors();
    let key = key(&vectors);
    for case in cases(&vectors) {
        assert_eq!(key.sign(&case.payload), case.signature, "{}", case.name);
        assert_eq!(
            key.public().verify(&case.payload, &case.signature),
            Ok(()),
            "{}",
            case.name
        );
    }
}

#[test]
fn every_bit_of_a_recorded_signature_counts() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let vectors = vectors();
    let public = key(&vectors).public();
    let case = &cases(&vectors)[1];
    let good = URL_SAFE_NO_PAD.decode(&case.signature).unwrap();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let refused = public.verify(&case.payload, &URL_SAFE_NO_PAD.encode(bad));
        assert_eq!(refused, Err(SignatureError::Mismatch), "bit {bit}");
    }
}

#[test]
fn recorded_refusals_are_refused() {
    let vectors = vectors();
    let public = key(&vectors).public();
    let negative = vectors["negative"].as_array().unwrap();
    assert!(!negative.is_empty());
    for case in negative {
        let refused = public.verify(text(case, "/payload"), text(case, "/signatureBase64Url"));
        assert_eq!(
            refused,
            Err(SignatureError::Mismatch),
            "{}",
            text(case, "/name")
        );
    }
}

/// A proof from the vectors, checked as a gateway of each generation would.
#[test]
fn recorded_proofs_pass_exactly_where_they_did() {
    let vectors = vectors();
    let accepted_live = |generation: Generation, version: PayloadVersion| {
        let release = match generation {
            Generation::V3 => "2026.2.6-3",
            Generation::V4 => "2026.9.6",
        };
        vectors["liveAcceptance"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| {
                text(row, "/gatewayVersion") == release
                    && text(row, "/payloadVersion") == version.as_str()
                    && row["accepted"] == true
            })
    };
    for case in cases(&vectors) {
        let payload = case.payload();
        let proof = DeviceProof {
            id: payload.device_id.to_owned(),
            public_key: text(&vectors, "/key/publicKeyRawBase64Url").to_owned(),
            signature: case.signature.clone(),
            signed_at: payload.signed_at_ms,
            nonce: payload.nonce.map(str::to_owned),
        };
        let claim = DeviceClaim {
            proof: &proof,
            client_id: payload.client_id,
            client_mode: payload.client_mode,
            role: payload.role,
            scopes: payload.scopes,
            token: payload.token.map(SignedToken),
            platform: payload.platform.unwrap_or_default(),
            device_family: payload.device_family,
        };
        for generation in [Generation::V3, Generation::V4] {
            let outcome = check_device(
                &claim,
                "11111111-2222-4333-8444-555555555555",
                payload.signed_at_ms,
                &CheckRules::of(generation, true),
            );
            assert_eq!(
                outcome.is_ok(),
                accepted_live(generation, case.version),
                "{} by {generation:?}: {outcome:?}",
                case.name
            );
            if let Ok(verified) = outcome {
                assert_eq!(verified.payload(), case.version);
                assert_eq!(verified.device_id().as_str(), payload.device_id);
            }
        }
    }
}
