//! Setup codes: made, used once, and bounded by profile and maker.

use openclaw_gateway_server::{Gateway, GatewayOptions, Reach, TokenKey};
use openclaw_policy::AuthGate;
use openclaw_protocol::setup_code::SetupCode;
use openclaw_store::{OpenOptions, Store};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{admin, connect, connect_from, operator, options, params};
use crate::peer::Peer;

const ELSEWHERE: &str = "192.0.2.7";
const SPENT: &str = "unauthorized: setup code invalid, expired, revoked, or already used (create \
                     a new code; review `openclaw devices list`)";

fn reachable() -> GatewayOptions {
    GatewayOptions {
        reach: Reach {
            public_url: Some("wss://gw.example".to_owned()),
            ..Reach::default()
        },
        ..options()
    }
}

async fn gateway() -> Gateway {
    Gateway::builder(reachable()).start().await.unwrap()
}

/// Makes a code: the answer, and what the code says.
async fn make(admin: &mut Peer<DuplexStream>, asks: Value) -> (Value, SetupCode) {
    let made = admin.call("device.pair.setupCode", asks).await;
    assert_eq!(made["ok"], true, "{made}");
    let made = made["payload"].clone();
    let code = SetupCode::decode(made["setupCode"].as_str().unwrap()).unwrap();
    (made, code)
}

/// `connect` of a phone that presents this code.
fn phone(role: &str, scopes: &[&str], code: &SetupCode) -> Value {
    let mode = if role == "node" { "node" } else { "ui" };
    let mut asks = params(4, "openclaw-ios", mode, role);
    asks["client"]["displayName"] = json!("Phone");
    asks["client"]["platform"] = json!("ios");
    asks["scopes"] = json!(scopes);
    asks["auth"] = json!({ "bootstrapToken": code.bootstrap_token.expose() });
    asks
}

async fn present(
    gateway: &Gateway,
    device: &Device,
    role: &str,
    scopes: &[&str],
    code: &SetupCode,
) -> (Peer<DuplexStream>, Value) {
    connect_from(gateway, ELSEWHERE, phone(role, scopes, code), Some(device)).await
}

fn assert_spent(refused: &Value) {
    assert_eq!(refused["error"]["message"], SPENT, "{refused}");
    assert_eq!(
        refused["error"]["details"],
        json!({
            "code": "AUTH_BOOTSTRAP_TOKEN_INVALID",
            "authReason": "bootstrap_token_invalid",
            "canRetryWithDeviceToken": false,
            "recommendedNextStep": "review_auth_configuration",
        })
    );
}

#[tokio::test]
async fn a_code_sets_a_phone_up_once_with_a_token_for_each_role() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let (made, code) = make(&mut admin, json!({ "bootstrapProfile": "limited" })).await;
    assert_eq!(made["gatewayUrl"], "wss://gw.example");
    assert_eq!(
        made["urlSource"],
        "plugins.entries.device-pair.config.publicUrl"
    );
    assert_eq!(
        (&made["auth"], &made["access"]),
        (&json!("token"), &json!("limited"))
    );
    assert!(made.get("accessDowngraded").is_none(), "{made}");
    assert_eq!(made["expiresAtMs"], code.expires_at_ms);
    assert_eq!(
        (code.url.as_str(), code.tls_fingerprint.as_deref()),
        ("wss://gw.example", None)
    );
    let status = json!({ "setupId": made["setupId"] });
    let answer = admin.call("device.pair.setupStatus", status.clone()).await;
    assert_eq!(answer["payload"], json!({}));

    let device = Device::new(1);
    let mut asks = phone("node", &[], &code);
    asks["commands"] = json!(["device.info"]);
    let (mut node, hello) = connect_from(&gateway, ELSEWHERE, asks, Some(&device)).await;
    assert_eq!(hello["ok"], true, "{hello}");
    let auth = &hello["payload"]["auth"];
    assert_eq!(auth["method"], "bootstrap-token");
    assert_eq!(
        (&auth["role"], &auth["scopes"]),
        (&json!("node"), &json!([]))
    );
    let others = auth["deviceTokens"].as_array().unwrap();
    assert_eq!(others.len(), 1);
    let given = [
        "operator.approvals",
        "operator.questions",
        "operator.read",
        "operator.talk.secrets",
        "operator.write",
    ];
    assert_eq!(
        (&others[0]["role"], &others[0]["scopes"]),
        (&json!("operator"), &json!(given))
    );
    assert_eq!(others[0]["issuedAtMs"], auth["issuedAtMs"]);
    assert_ne!(others[0]["deviceToken"], auth["deviceToken"]);

    let resolved = admin.event("device.pair.resolved").await;
    assert_eq!(resolved["payload"]["decision"], "approved");
    let completed = admin.event("device.pair.setup.completed").await["payload"].clone();
    assert_eq!(completed["deviceId"], device.id());
    assert_eq!(
        (
            &completed["access"],
            &completed["deviceName"],
            &completed["setupId"]
        ),
        (&json!("limited"), &json!("Phone"), &made["setupId"])
    );
    let answer = admin.call("device.pair.setupStatus", status).await;
    assert_eq!(
        answer["payload"]["completion"]["deviceId"],
        device.id(),
        "{answer}"
    );
    assert!(answer["payload"].get("deliveryUncertain").is_none());
    let list = admin.call("device.pair.list", json!({})).await;
    let row = &list["payload"]["paired"][0];
    assert_eq!(row["approvedVia"], "bootstrap");
    assert_eq!(row["roles"], json!(["node", "operator"]));
    let row = &admin.call("node.list", json!({})).await["payload"]["nodes"][0];
    assert_eq!(row["approvalState"], "approved", "{row}");
    assert_eq!(row["commands"], json!(["device.info"]), "{row}");

    // Both tokens open what they are for, and nothing else.
    for (role, token) in [
        ("node", &auth["deviceToken"]),
        ("operator", &others[0]["deviceToken"]),
    ] {
        let mut asks = phone(role, &[], &code);
        asks["auth"] = json!({ "deviceToken": token });
        let (_, hello) = connect_from(&gateway, ELSEWHERE, asks.clone(), Some(&device)).await;
        assert_eq!(
            hello["payload"]["auth"]["method"], "device-token",
            "{role}: {hello}"
        );
        let (_, refused) = connect_from(&gateway, ELSEWHERE, asks, Some(&Device::new(9))).await;
        assert_eq!(
            refused["error"]["details"]["code"],
            "AUTH_DEVICE_TOKEN_MISMATCH"
        );
    }
    // The code is spent, for everybody.
    for again in [&device, &Device::new(2)] {
        for role in ["node", "operator"] {
            assert_spent(&present(&gateway, again, role, &[], &code).await.1);
        }
    }
    assert_eq!(node.call("health", json!({})).await["ok"], true);
}

#[tokio::test]
async fn nobody_gets_more_than_the_profile_gives() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let limited = json!({ "bootstrapProfile": "limited" });
    let full = json!({});
    let plain = json!({ "publicUrl": "ws://192.168.1.10:18789" });
    let node = json!({ "bootstrapProfile": "node" });
    let voice = json!({ "bootstrapProfile": "voice-node" });
    let link = json!({ "joinUrl": true });
    let mut seed = 20;
    for (asks, role, scopes, is_given) in [
        (
            &limited,
            "operator",
            &["operator.read", "operator.talk"][..],
            true,
        ),
        (&limited, "operator", &[], true),
        (&limited, "operator", &["operator.admin"], false),
        (&limited, "operator", &["operator.pairing"], false),
        (&full, "operator", &["operator.admin"], true),
        (&full, "operator", &["operator.pairing"], true),
        (&plain, "operator", &["operator.admin"], false),
        (&plain, "operator", &["operator.write"], true),
        (&node, "node", &[], true),
        (&node, "operator", &[], false),
        (&voice, "operator", &["operator.talk"], true),
        (&voice, "operator", &["operator.write"], false),
        (&voice, "node", &[], true),
        (&link, "operator", &[], false),
        (&link, "node", &[], true),
    ] {
        seed += 1;
        let (made, code) = make(&mut admin, asks.clone()).await;
        let device = Device::new(seed);
        let (_, answer) = present(&gateway, &device, role, scopes, &code).await;
        assert_eq!(answer["ok"], is_given, "{asks} {role} {scopes:?}: {answer}");
        if !is_given {
            assert_spent(&answer);
        }
        let is_downgraded = asks == &plain;
        assert_eq!(
            made.get("accessDowngraded").is_some(),
            is_downgraded,
            "{made}"
        );
    }
    let list = admin.call("device.pair.list", json!({})).await;
    for device in list["payload"]["paired"].as_array().unwrap() {
        let scopes = device["scopes"].as_array().unwrap();
        let is_full = scopes.contains(&json!("operator.admin"));
        assert!(!is_full || scopes.len() == 6, "{device}");
    }
    assert_eq!(
        list["payload"]["pending"],
        json!([]),
        "nobody waits for a person"
    );
}

#[tokio::test]
async fn of_two_devices_with_one_code_one_is_let_in() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    for round in 0..5 {
        let (_, code) = make(&mut admin, json!({ "bootstrapProfile": "node" })).await;
        let devices = [Device::new(50 + round), Device::new(60 + round)];
        let (one, other) = tokio::join!(
            present(&gateway, &devices[0], "node", &[], &code),
            present(&gateway, &devices[1], "node", &[], &code)
        );
        let answers = [one.1, other.1];
        let refused: Vec<&Value> = answers.iter().filter(|it| it["ok"] == false).collect();
        assert_eq!(refused.len(), 1, "{answers:?}");
        assert_spent(refused[0]);
    }
}

#[tokio::test]
async fn a_code_gives_a_known_device_more_and_ends_what_it_was() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let (mut before, hello) = operator(&gateway, &device, &["operator.read"]).await;
    let old = hello["payload"]["auth"]["deviceToken"].clone();
    let mut admin = admin(&gateway, 4).await;
    let (_, code) = make(&mut admin, json!({ "bootstrapProfile": "limited" })).await;
    let (_, hello) = present(&gateway, &device, "operator", &["operator.write"], &code).await;
    assert_eq!(
        hello["payload"]["auth"]["scopes"],
        json!(["operator.write"]),
        "{hello}"
    );
    assert_eq!(hello["payload"]["auth"]["deviceTokens"][0]["role"], "node");
    assert_eq!(
        before.closed().await,
        Some((4001, "device removed".to_owned()))
    );
    let mut asks = phone("operator", &["operator.read"], &code);
    asks["auth"] = json!({ "deviceToken": old });
    let (_, refused) = connect_from(&gateway, ELSEWHERE, asks, Some(&device)).await;
    assert_eq!(
        refused["error"]["details"]["code"],
        "AUTH_DEVICE_TOKEN_MISMATCH"
    );
}

#[tokio::test]
async fn guesses_of_codes_are_locked_out() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let (_, right) = make(&mut admin, json!({})).await;
    let mut wrong = right.clone();
    wrong.bootstrap_token = "guess".into();
    for n in 0..10 {
        let (_, answer) = present(&gateway, &Device::new(n), "node", &[], &wrong).await;
        assert_spent(&answer);
    }
    let (_, answer) = present(&gateway, &Device::new(11), "node", &[], &right).await;
    assert_eq!(
        answer["error"]["details"]["code"], "AUTH_RATE_LIMITED",
        "{answer}"
    );
    // Somebody elsewhere is not locked out with the one who guessed.
    let asks = phone("node", &[], &right);
    let (_, answer) = connect_from(&gateway, "198.51.100.2", asks, Some(&Device::new(11))).await;
    assert_eq!(answer["ok"], true, "{answer}");
}

#[tokio::test]
async fn only_so_many_codes_wait_at_a_time() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let mut first = None;
    for _ in 0..32 {
        let (_, code) = make(&mut admin, json!({ "bootstrapProfile": "node" })).await;
        first.get_or_insert(code);
    }
    let answer = admin.call("device.pair.setupCode", json!({})).await;
    assert_eq!(answer["error"]["code"], "UNAVAILABLE", "{answer}");
    assert_eq!(answer["error"]["retryable"], true);
    let wait = answer["error"]["retryAfterMs"].as_u64().unwrap();
    assert!((1_000..=600_000).contains(&wait), "{wait}");
    // A used code makes room.
    let (_, hello) = present(&gateway, &Device::new(1), "node", &[], &first.unwrap()).await;
    assert_eq!(hello["ok"], true, "{hello}");
    make(&mut admin, json!({})).await;
}

#[tokio::test]
async fn codes_outlive_the_gateway_and_end_with_the_device_they_were_made_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.sqlite");
    let start = async || {
        Gateway::builder(reachable())
            .store(Store::open(&path, &OpenOptions::create()).unwrap())
            .token_key(TokenKey::from_bytes([3; 32]))
            .start()
            .await
            .unwrap()
    };
    let running = start().await;
    let maker = Device::new(1);
    let (mut boss, _) = operator(&running, &maker, &["operator.admin"]).await;
    let (_, ends) = make(&mut boss, json!({})).await;
    let mut owner = admin(&running, 4).await;
    let (_, lives) = make(&mut owner, json!({})).await;
    let removed = owner
        .call("device.pair.remove", json!({ "deviceId": maker.id() }))
        .await;
    assert_eq!(removed["ok"], true, "{removed}");
    assert_spent(
        &present(&running, &Device::new(2), "node", &[], &ends)
            .await
            .1,
    );
    drop((boss, owner));
    running.shutdown("test").await;

    let running = start().await;
    assert_spent(
        &present(&running, &Device::new(2), "node", &[], &ends)
            .await
            .1,
    );
    let (_, hello) = present(&running, &Device::new(2), "node", &[], &lives).await;
    assert_eq!(hello["ok"], true, "{hello}");
    running.shutdown("test").await;
    // Spent for good, and the token that it gave is known.
    let running = start().await;
    assert_spent(
        &present(&running, &Device::new(3), "node", &[], &lives)
            .await
            .1,
    );
    let mut asks = phone("node", &[], &lives);
    asks["auth"] = json!({ "deviceToken": hello["payload"]["auth"]["deviceToken"] });
    let (_, hello) = connect_from(&running, ELSEWHERE, asks, Some(&Device::new(2))).await;
    assert_eq!(hello["ok"], true, "{hello}");
    let secret = lives.bootstrap_token.expose().as_bytes();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret));
    }
}

#[tokio::test]
async fn a_gateway_that_cannot_be_reached_makes_no_code() {
    let refused = async |options: GatewayOptions, asks: Value| -> String {
        let gateway = Gateway::builder(options).start().await.unwrap();
        let answer = admin(&gateway, 4)
            .await
            .call("device.pair.setupCode", asks)
            .await;
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST", "{answer}");
        answer["error"]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        refused(options(), json!({})).await,
        "Gateway is only bound to loopback. Set gateway.bind=lan, enable tailscale serve, or \
         configure plugins.entries.device-pair.config.publicUrl."
    );
    let said = refused(reachable(), json!({ "publicUrl": "ws://example.com" })).await;
    assert!(
        said.starts_with("request.publicUrl is not encrypted"),
        "{said}"
    );
    let said = refused(reachable(), json!({ "publicUrl": "nonsense" })).await;
    assert!(
        said.starts_with("request.publicUrl is not an address"),
        "{said}"
    );
    for (asks, said) in [
        (
            json!({ "publicUrl": "" }),
            "at /publicUrl: must not have fewer than 1 characters",
        ),
        (
            json!({ "bootstrapProfile": "admin" }),
            "at /bootstrapProfile: must be equal to one of the allowed values",
        ),
        (
            json!({ "joinUrl": false }),
            "at /joinUrl: must be equal to constant",
        ),
    ] {
        let wanted = format!("invalid device.pair.setupCode params: {said}");
        assert_eq!(refused(reachable(), asks).await, wanted);
    }
    // Nobody has to prove anything here: there is nothing that a code could stand for.
    let mut open = reachable();
    open.auth = AuthGate::open();
    let gateway = Gateway::builder(open).start().await.unwrap();
    let mut asks = params(4, "gateway-client", "backend", "operator");
    asks["scopes"] = json!(["operator.admin"]);
    let (mut peer, _) = connect(&gateway, asks, None).await;
    let answer = peer.call("device.pair.setupCode", json!({})).await;
    let said = answer["error"]["message"].as_str().unwrap();
    assert!(said.contains("gateway.auth.mode is `none`"), "{said}");
}

#[tokio::test]
async fn an_own_address_comes_with_the_bind_that_it_comes_from() {
    let mut options = options();
    options.reach.bind = openclaw_policy::BindMode::Custom;
    let gateway = Gateway::builder(options.clone())
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap();
    let mut owner = admin(&gateway, 4).await;
    let answer = owner.call("device.pair.setupCode", json!({})).await;
    let said = answer["error"]["message"].as_str().unwrap();
    assert!(
        said.starts_with("Gateway is only bound to loopback"),
        "{said}"
    );
    // The program learns of Tailscale later than the Gateway starts.
    gateway.set_reach(Reach {
        tailscale: Some((
            openclaw_policy::TailscaleMode::Serve,
            "https://box.tail1.ts.net".to_owned(),
        )),
        ..Reach::default()
    });
    let (made, code) = make(&mut owner, json!({})).await;
    assert_eq!(made["urlSource"], "gateway.tailscale.mode=serve");
    assert_eq!(code.url, "wss://box.tail1.ts.net");
    assert_eq!(made["access"], "full");
    gateway.shutdown("test").await;
}

#[tokio::test]
async fn protocol_3_has_no_setup_codes() {
    let gateway = gateway().await;
    let mut v3 = admin(&gateway, 3).await;
    for method in ["device.pair.setupCode", "device.pair.setupStatus"] {
        let answer = v3.call(method, json!({})).await;
        assert_eq!(
            answer["error"]["message"],
            format!("unknown method: {method}")
        );
    }
    let (_, code) = make(&mut admin(&gateway, 4).await, json!({})).await;
    let mut asks = phone("node", &[], &code);
    asks["minProtocol"] = json!(3);
    asks["maxProtocol"] = json!(3);
    let (_, refused) = connect_from(&gateway, ELSEWHERE, asks, Some(&Device::new(1))).await;
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(
        said.contains("unexpected property 'bootstrapToken'"),
        "{said}"
    );
}

#[tokio::test]
async fn codes_are_for_admins() {
    let gateway = gateway().await;
    let holds = ["operator.pairing", "operator.write", "operator.approvals"];
    let (mut weak, _) = operator(&gateway, &Device::new(1), &holds).await;
    for (method, asks) in [
        ("device.pair.setupCode", json!({})),
        ("device.pair.setupStatus", json!({ "setupId": "x" })),
    ] {
        let answer = weak.call(method, asks).await;
        assert_eq!(answer["error"]["message"], "missing scope: operator.admin");
    }
}
