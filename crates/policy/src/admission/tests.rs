//! The decision as a table: what each client is told, and what it may do.

use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Generation, Role, Scope, ScopeSet};
use serde_json::{Value, json};

use super::{Admission, ConnectFacts, KnownDevice, PairingEffect, Registry, TokenStanding, admit};
use crate::auth::{AuthGate, AuthMethod};
use crate::ingress::Ingress;
use crate::origin::OriginRules;
use crate::refusal::{AuthFailure, ConnectRefused, DeviceProofFailure, PairingReason};
use crate::setup_code::SetupGrant;
use crate::trusted_proxy::NoHeaders;

const GENERATIONS: [Generation; 2] = [Generation::V3, Generation::V4];

/// A registry with at most one device, whose proof is always right.
#[derive(Default)]
struct Book(Option<KnownDevice>);

impl Registry for Book {
    fn prove(&self, proof: &DeviceProof) -> Result<DeviceId, DeviceProofFailure> {
        if proof.signature == "bad" {
            return Err(DeviceProofFailure::Signature);
        }
        Ok(DeviceId::from_digest([7; 32]))
    }

    fn device(&self, _: &DeviceId) -> Option<KnownDevice> {
        self.0.clone()
    }

    fn token(&self, _: &DeviceId, _: &Role, token: &str) -> TokenStanding {
        match token {
            "device-token" => TokenStanding::Valid([Scope::Read].into()),
            _ => TokenStanding::Invalid,
        }
    }

    fn setup_code(&self, _: &DeviceId, token: &str) -> Option<SetupGrant> {
        (token == "code").then(|| SetupGrant {
            roles: vec![Role::Node, Role::Operator],
            scopes: [Scope::Write].into(),
            maker: [Scope::Admin].into(),
        })
    }
}

fn paired() -> Book {
    Book(Some(KnownDevice {
        roles: vec![Role::Operator],
        scopes: [Scope::Read].into(),
        platform: Some("linux".to_owned()),
        device_family: None,
    }))
}

/// A command line that asks for `operator.read`; `more` replaces members.
fn params(more: &Value) -> ConnectParams {
    let mut params = json!({
        "minProtocol": 3, "maxProtocol": 4, "scopes": ["operator.read"],
        "client": {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"},
    });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    serde_json::from_value(params).unwrap()
}

fn device() -> Value {
    json!({"id": "x", "publicKey": "x", "signature": "good", "signedAt": 1, "nonce": "n"})
}

fn decide(dialect: Generation, ingress: Ingress, more: &Value, book: &Book) -> Admission {
    let facts = ConnectFacts {
        dialect,
        params: &params(more),
        ingress,
        origin: None,
        host: Some("127.0.0.1:18789"),
        headers: &NoHeaders,
        whois: None,
        gate: &AuthGate::token("tok1"),
        origins: &OriginRules::default(),
        approve_local: true,
    };
    admit(facts, book)
}

fn local(dialect: Generation, more: &Value) -> Admission {
    decide(dialect, Ingress::DirectLocal, more, &Book::default())
}

fn remote() -> Ingress {
    Ingress::DirectRemote("192.0.2.1".parse().unwrap())
}

#[test]
fn whoever_offers_a_secret_hears_what_is_wrong_with_it() {
    let auth = |failure| Admission::Refused(ConnectRefused::Auth(failure));
    let no_device = Admission::Refused(ConnectRefused::DeviceRequired);
    for (dialect, offered, expected) in [
        (
            Generation::V3,
            json!({"token": "nope"}),
            auth(AuthFailure::TokenMismatch),
        ),
        (
            Generation::V4,
            json!({"token": "nope"}),
            auth(AuthFailure::TokenMismatch),
        ),
        // The right secret in the wrong field.
        (
            Generation::V3,
            json!({"password": "tok1"}),
            auth(AuthFailure::TokenMissing),
        ),
        (Generation::V3, json!({"token": ""}), no_device.clone()),
        (Generation::V4, json!({"token": " "}), no_device.clone()),
        (Generation::V3, json!({}), no_device.clone()),
        (Generation::V4, json!({}), no_device),
    ] {
        assert_eq!(
            local(dialect, &json!({"auth": offered})),
            expected,
            "{dialect:?} {offered}"
        );
    }
}

#[test]
fn a_bad_proof_is_reported_before_a_wrong_token() {
    let mut proof = device();
    proof["signature"] = json!("bad");
    for dialect in GENERATIONS {
        assert_eq!(
            local(
                dialect,
                &json!({"auth": {"token": "nope"}, "device": proof})
            ),
            Admission::Refused(ConnectRefused::Device(DeviceProofFailure::Signature))
        );
    }
}

#[test]
fn scopes_without_a_device_are_kept_on_this_host_alone() {
    for dialect in GENERATIONS {
        for (ingress, expected) in [
            (Ingress::DirectLocal, ScopeSet::from([Scope::Read])),
            (remote(), ScopeSet::empty()),
        ] {
            let more = json!({"auth": {"token": "tok1"}});
            let Admission::Admitted(admitted) = decide(dialect, ingress, &more, &Book::default())
            else {
                panic!("refused")
            };
            assert_eq!((admitted.scopes, admitted.device), (expected, None));
        }
    }
}

#[test]
fn a_new_device_is_approved_silently_on_this_host_alone() {
    let more = json!({"auth": {"token": "tok1"}, "device": device()});
    for dialect in GENERATIONS {
        let Admission::Admitted(admitted) = local(dialect, &more) else {
            panic!("refused")
        };
        assert_eq!(
            admitted.pairing,
            PairingEffect::ApproveSilently(PairingReason::NotPaired)
        );
        let elsewhere = decide(dialect, remote(), &more, &Book::default());
        assert!(
            matches!(
                elsewhere,
                Admission::NeedsApproval {
                    reason: PairingReason::NotPaired,
                    ..
                }
            ),
            "{elsewhere:?}"
        );
    }
}

#[test]
fn a_paired_device_is_never_given_a_role_or_a_platform_silently() {
    let node = json!({
        "role": "node", "auth": {"token": "tok1"}, "device": device(),
        "client": {"id": "node-host", "version": "1", "platform": "linux", "mode": "node"},
    });
    let moved = json!({
        "auth": {"token": "tok1"}, "device": device(),
        "client": {"id": "cli", "version": "1", "platform": "darwin", "mode": "cli"},
    });
    for dialect in GENERATIONS {
        for (more, expected) in [
            (&node, PairingReason::RoleUpgrade),
            (&moved, PairingReason::MetadataUpgrade),
        ] {
            let got = decide(dialect, Ingress::DirectLocal, more, &paired());
            assert!(
                matches!(&got, Admission::NeedsApproval { reason, .. } if *reason == expected),
                "{got:?}"
            );
        }
    }
}

#[test]
fn a_device_token_is_good_for_its_scopes() {
    let with = |scopes: Value| json!({"auth": {"token": "device-token"}, "device": device(), "scopes": scopes});
    for dialect in GENERATIONS {
        let got = decide(
            dialect,
            remote(),
            &with(json!(["operator.read"])),
            &paired(),
        );
        let Admission::Admitted(admitted) = got else {
            panic!("{got:?}")
        };
        assert_eq!(admitted.method, AuthMethod::DeviceToken);
        assert_eq!(
            decide(
                dialect,
                remote(),
                &with(json!(["operator.write"])),
                &paired()
            ),
            Admission::Refused(ConnectRefused::Auth(AuthFailure::ScopeMismatch))
        );
    }
}

#[test]
fn no_scopes_mean_admin_in_protocol_3_and_none_in_protocol_4() {
    for (dialect, expected) in [
        (Generation::V3, ScopeSet::from([Scope::Admin])),
        (Generation::V4, ScopeSet::empty()),
    ] {
        let more = json!({"scopes": [], "auth": {"token": "tok1"}, "device": device()});
        let Admission::Admitted(admitted) = local(dialect, &more) else {
            panic!("refused")
        };
        assert_eq!(admitted.scopes, expected);
    }
}

#[test]
fn a_setup_code_gives_what_it_carries_and_no_more() {
    let with = |role: &str, scopes: Value, auth: Value| {
        let more = json!({"role": role, "scopes": scopes, "auth": auth, "device": device()});
        decide(Generation::V4, remote(), &more, &Book::default())
    };
    let code = || json!({"bootstrapToken": " code "});
    for (role, scopes, held) in [
        ("node", json!([]), ScopeSet::empty()),
        ("operator", json!(["operator.read"]), [Scope::Read].into()),
        ("operator", json!([]), ScopeSet::empty()),
    ] {
        let Admission::Admitted(admitted) = with(role, scopes, code()) else {
            panic!("refused")
        };
        assert_eq!(admitted.method, AuthMethod::BootstrapToken);
        assert_eq!(admitted.scopes, held);
        let PairingEffect::HandOver(given) = admitted.pairing else {
            panic!("{:?}", admitted.pairing)
        };
        assert_eq!(given.scopes, ScopeSet::from([Scope::Write]));
    }
    let invalid = Admission::Refused(ConnectRefused::Auth(AuthFailure::BootstrapTokenInvalid));
    for (role, scopes, auth) in [
        ("operator", json!(["operator.admin"]), code()),
        ("operator", json!(["operator.pairing"]), code()),
        ("operator", json!([]), json!({"bootstrapToken": "wrong"})),
        ("node", json!([]), json!({"bootstrapToken": ""})),
        // A wrong shared secret beside a right code is no reason to refuse it, a wrong code
        // beside a right device token is.
        (
            "operator",
            json!([]),
            json!({"bootstrapToken": "wrong", "deviceToken": "device-token"}),
        ),
    ] {
        assert_eq!(with(role, scopes, auth.clone()), invalid, "{auth}");
    }
    // Without a device there is nobody to give it to.
    let more = json!({"role": "node", "auth": code()});
    assert_eq!(
        decide(Generation::V4, remote(), &more, &Book::default()),
        Admission::Refused(ConnectRefused::DeviceRequired)
    );
}

#[test]
fn the_shared_secret_goes_before_a_setup_code_and_leaves_it_unspent() {
    let more = json!({
        "auth": {"token": "tok1", "bootstrapToken": "code"}, "device": device(),
    });
    let Admission::Admitted(admitted) = local(Generation::V4, &more) else {
        panic!("refused")
    };
    assert_eq!(admitted.method, AuthMethod::Token);
    assert!(!matches!(admitted.pairing, PairingEffect::HandOver(_)));
}
