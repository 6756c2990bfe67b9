use openclaw_identity::DeviceKey;
use openclaw_protocol::connect::read;

use super::*;

fn challenge() -> Challenge {
    Challenge {
        nonce: "n-1".into(),
        ts: Some(1_770_000_000_000),
        capabilities: None,
    }
}

fn full_node() -> ConnectPlan {
    let mut client = client_info(ClientId::NodeHost, ClientMode::Node, "1");
    client.build_id = Some("b".into());
    client.time_zone = Some("Europe/Paris".into());
    let mut plan = ConnectPlan::node(client, vec!["system".into()], vec!["system.run".into()]);
    plan.computer_use = Some(Value::Bool(true));
    plan.worker_runs = Some(Value::Bool(true));
    plan.permissions.insert("screen".into(), false);
    plan.path_env = Some("/bin".into());
    plan.credentials.device_token = Some("tok".into());
    plan.with_device(Arc::new(DeviceIdentity::new(
        DeviceKey::from_seed([7; 32]),
        0,
    )))
}

fn text(plan: &ConnectPlan) -> String {
    serde_json::to_string(&plan.params(&challenge(), 5)).unwrap()
}

/// Members of February's closed schema.
const FEBRUARY: &[&str] = &[
    "minProtocol",
    "maxProtocol",
    "client",
    "caps",
    "commands",
    "permissions",
    "pathEnv",
    "role",
    "scopes",
    "device",
    "auth",
    "locale",
    "userAgent",
    "id",
    "displayName",
    "version",
    "platform",
    "deviceFamily",
    "modelIdentifier",
    "mode",
    "instanceId",
    "publicKey",
    "signature",
    "signedAt",
    "nonce",
    "token",
    "password",
    "screen",
];

fn unknown_members(value: &Value) -> Vec<String> {
    let Some(object) = value.as_object() else {
        return Vec::new();
    };
    object
        .iter()
        .flat_map(|(key, value)| {
            let own = (!FEBRUARY.contains(&key.as_str())).then(|| key.clone());
            own.into_iter().chain(unknown_members(value))
        })
        .collect()
}

#[test]
fn one_envelope_passes_the_closed_schema_of_both() {
    for dialect in [Dialect::Both, Dialect::V3] {
        for plan in [
            full_node(),
            ConnectPlan::operator(
                client_info(ClientId::Cli, ClientMode::Cli, "1"),
                [Scope::Admin, Scope::Read],
            ),
        ] {
            let text = text(&plan.with_dialect(dialect));
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(unknown_members(&value), Vec::<String>::new(), "{text}");
            assert!(!text.contains("null"), "{text}");
            let raw = serde_json::value::RawValue::from_string(text.clone()).unwrap();
            assert!(read(Some(&raw)).is_ok(), "{text}");
        }
    }
}

#[test]
fn protocol_4_alone_sends_its_own_members() {
    let text = text(&full_node().with_dialect(Dialect::V4));
    let mut unknown = unknown_members(&serde_json::from_str(&text).unwrap());
    unknown.sort();
    assert_eq!(
        unknown,
        [
            "buildId",
            "computerUse",
            "deviceToken",
            "timeZone",
            "workerRuns"
        ]
    );
    let raw = serde_json::value::RawValue::from_string(text).unwrap();
    assert!(read(Some(&raw)).is_ok());
}

#[test]
fn the_signature_covers_what_is_sent() {
    for dialect in [Dialect::Both, Dialect::V3, Dialect::V4] {
        let plan = full_node().with_dialect(dialect);
        let params = plan.params(&challenge(), 5);
        let proof = params.device.as_ref().unwrap();
        assert_eq!(
            proof.signed_at, 1_770_000_000_000,
            "the Gateway's clock decides"
        );
        let device = plan.device.as_ref().unwrap();
        let payload = ChallengePayload {
            device_id: device.device_id().as_str(),
            client_id: "node-host",
            client_mode: "node",
            role: "node",
            scopes: &[],
            signed_at_ms: proof.signed_at,
            token: Some("tok"),
            nonce: Some("n-1"),
            platform: Some(&params.client.platform),
            device_family: params.client.device_family.as_deref(),
        };
        let version = match dialect {
            Dialect::V4 => PayloadVersion::V3,
            Dialect::Both | Dialect::V3 => PayloadVersion::V2,
        };
        let key = device.key().public();
        assert_eq!(
            key.verify(&payload.render(version), &proof.signature),
            Ok(())
        );
    }
}

#[test]
fn without_a_clock_in_the_challenge_ours_is_used() {
    let challenge = Challenge {
        ts: None,
        ..challenge()
    };
    assert_eq!(
        full_node().params(&challenge, 5).device.unwrap().signed_at,
        5
    );
}

#[test]
fn a_setup_code_speaks_protocol_4() {
    let mut plan = full_node();
    plan.credentials = Credentials {
        bootstrap_token: Some("s".into()),
        ..Credentials::none()
    };
    assert_eq!(plan.params(&challenge(), 0).min_protocol, 4);
}
