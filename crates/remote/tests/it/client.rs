//! Opening and calling.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openclaw_connect::{DeviceTokens, MemoryTokens};
use openclaw_identity::{DeviceIdentity, DeviceKey, GatewayOrigin};
use openclaw_protocol::methods::health::{Health, HealthParams};
use openclaw_protocol::{Role, ScopeSet};
use openclaw_remote::client::Failure;
use openclaw_remote::{ErrorType, Identity, OpenOptions, Remote, RemoteError, Target};
use serde_json::{Value, json};

use crate::fake_gateways::{Answer, FakeGateways, connector, hello};
use crate::target::Home;

fn answers(method: &str, params: &Value) -> Result<Value, Value> {
    match method {
        "health" => Ok(json!({"ok": true, "asked": params})),
        "agent" => Ok(json!({"status": "ok"})),
        _ => {
            Err(json!({"code": "INVALID_REQUEST", "message": format!("unknown method: {method}")}))
        }
    }
}

fn admitting() -> Arc<FakeGateways> {
    Arc::new(FakeGateways::new().on(18789, |_| Answer::Admit(hello(), answers)))
}

fn local() -> Target {
    Home::new(json!({"gateway": {"auth": {"token": "t"}}}))
        .resolve()
        .unwrap()
}

fn device() -> Arc<DeviceIdentity> {
    Arc::new(DeviceIdentity::new(DeviceKey::from_seed([9; 32]), 0))
}

fn options(network: &Arc<FakeGateways>) -> OpenOptions {
    OpenOptions::with_identity(Identity::Device(device(), None)).with_connector(connector(network))
}

fn in_directory(directory: &Path, network: &Arc<FakeGateways>) -> OpenOptions {
    OpenOptions::with_identity(Identity::Directory(directory.to_owned()))
        .with_connector(connector(network))
}

fn failed(result: Result<Remote, RemoteError>) -> RemoteError {
    match result {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn one_call_in_one_line() {
    let network = admitting();
    let params = HealthParams {
        probe: Some(true),
        ..HealthParams::default()
    };
    let health = Remote::call_once::<Health>(&local(), options(&network), &params)
        .await
        .unwrap();
    let health: Value = serde_json::from_str(health.get()).unwrap();
    assert_eq!(health, json!({"ok": true, "asked": {"probe": true}}));

    let told = network.told();
    let (_, connect) = &told[0];
    assert_eq!(
        (&connect["client"]["id"], &connect["client"]["mode"]),
        (&json!("cli"), &json!("cli"))
    );
    assert_eq!(connect["role"], "operator");
    assert_eq!(
        connect["scopes"],
        json!([
            "operator.admin",
            "operator.read",
            "operator.write",
            "operator.approvals",
            "operator.pairing"
        ])
    );
    assert_eq!(connect["device"]["id"], device().device_id().as_str());
}

#[tokio::test]
async fn several_calls_on_one_connection() {
    let network = admitting();
    let remote = Remote::open(&local(), options(&network)).await.unwrap();
    assert_eq!(remote.hello().server.version, "2026.9.6");
    remote
        .call::<Health>(&HealthParams::default())
        .await
        .unwrap();
    let answer = remote.call_raw_expect_final("agent", None).await.unwrap();
    assert_eq!(answer.get(), r#"{"status":"ok"}"#);
    let error = remote.call_raw("bogus", None).await.unwrap_err();
    assert_eq!(error.describe().kind, ErrorType::GatewayRequest);
    assert_eq!(error.to_string(), "unknown method: bogus");
    remote.close().await;
    assert_eq!(network.told().len(), 1);
}

#[tokio::test]
async fn nothing_to_show_opens_no_socket() {
    let network = admitting();
    let target = Home::new(json!({})).resolve().unwrap();
    let error = Remote::call_once::<Health>(&target, options(&network), &HealthParams::default())
        .await
        .unwrap_err();
    assert_eq!(error.describe().kind, ErrorType::GatewayCredentials);
    assert!(
        error
            .to_string()
            .starts_with("gateway health requires credentials"),
        "{error}"
    );
    assert!(network.dialled().is_empty());
}

#[tokio::test]
async fn a_paired_device_needs_no_secret() {
    let tokens = Arc::new(MemoryTokens::new());
    let origin = GatewayOrigin::of_url("ws://127.0.0.1:18789").unwrap();
    tokens
        .put(
            &origin,
            &Role::Operator,
            &"issued".into(),
            &ScopeSet::empty(),
        )
        .unwrap();
    let network = admitting();
    let mut options = options(&network);
    options.identity = Identity::Device(device(), Some(tokens));
    let target = Home::new(json!({})).resolve().unwrap();
    Remote::open(&target, options).await.unwrap();
    assert_eq!(network.told()[0].1["auth"], json!({"token": "issued"}));
}

#[tokio::test]
async fn the_directory_keeps_key_and_token() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("identity");
    let network = Arc::new(FakeGateways::new().on(18789, |_| {
        let mut hello = hello();
        hello["auth"]["deviceToken"] = json!("issued");
        Answer::Admit(hello, answers)
    }));
    Remote::open(&local(), in_directory(&directory, &network))
        .await
        .unwrap()
        .close()
        .await;
    let bare = Home::new(json!({})).resolve().unwrap();
    Remote::open(&bare, in_directory(&directory, &network))
        .await
        .unwrap();
    let told = network.told();
    assert_eq!(told[0].1["device"]["id"], told[1].1["device"]["id"]);
    assert_eq!(told[1].1["auth"], json!({"token": "issued"}));
}

#[tokio::test]
async fn on_this_machine_a_secret_is_enough_without_a_usable_directory() {
    let home = tempfile::tempdir().unwrap();
    let blocked = home.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let directory = blocked.join("identity");
    let network = admitting();
    Remote::open(&local(), in_directory(&directory, &network))
        .await
        .unwrap();
    let told = network.told();
    assert_eq!(told[0].1["device"], Value::Null);
    assert_eq!(told[0].1["auth"], json!({"token": "t"}));

    // Elsewhere a call without a device would be worth nothing.
    let elsewhere = Home::new(
        json!({"gateway": {"mode": "remote", "remote": {"url": "ws://192.168.7.7:18789", "token": "t"}}}),
    );
    let error = failed(
        Remote::open(
            &elsewhere.resolve().unwrap(),
            in_directory(&directory, &network),
        )
        .await,
    );
    assert!(matches!(error.failure, Failure::Identity(_)), "{error}");
    assert_eq!(network.told().len(), 1);
}

/// Refuses devices, as a Gateway does that wants an approval first.
fn wants_approval(connect: &Value) -> Answer {
    if connect["device"].is_null() {
        return Answer::Admit(hello(), answers);
    }
    Answer::Refuse(json!({
        "code": "NOT_PAIRED",
        "message": "pairing required: device is asking for more scopes than currently approved",
        "details": {"code": "PAIRING_REQUIRED", "reason": "scope-upgrade", "requestId": "r-1"},
    }))
}

#[tokio::test]
async fn a_pending_device_does_not_lock_its_owner_out_of_the_gateways_machine() {
    let network = Arc::new(FakeGateways::new().on(18789, wants_approval));
    Remote::open(&local(), options(&network)).await.unwrap();
    assert_eq!(network.told().len(), 2);
}

#[tokio::test]
async fn elsewhere_a_pending_device_is_told_what_to_run() {
    let network = Arc::new(FakeGateways::new().on(18789, wants_approval));
    let config = json!({"gateway": {"mode": "remote", "remote": {"url": "ws://192.168.7.7:18789", "token": "t"}}});
    let target = Home::new(config).resolve().unwrap();
    let error = failed(Remote::open(&target, options(&network)).await);
    let description = error.describe();
    assert_eq!(description.kind, ErrorType::GatewayRequest);
    assert_eq!(
        description.to_json()["error"]["details"]["requestId"],
        "r-1"
    );
    assert!(
        description.remedies[0].contains("`openclaw devices approve r-1`"),
        "{description:?}"
    );
    assert_eq!(network.told().len(), 1, "asked once");
}

#[tokio::test]
async fn a_wrong_secret_is_an_error_although_the_device_has_a_token() {
    let tokens = Arc::new(MemoryTokens::new());
    let origin = GatewayOrigin::of_url("ws://127.0.0.1:18789").unwrap();
    tokens
        .put(
            &origin,
            &Role::Operator,
            &"issued".into(),
            &ScopeSet::empty(),
        )
        .unwrap();
    let network = Arc::new(FakeGateways::new().on(18789, |_| {
        Answer::Refuse(json!({
            "code": "INVALID_REQUEST",
            "message": "unauthorized: gateway token mismatch (use this gateway's gateway.auth.token or pair the device)",
            "details": {"code": "AUTH_TOKEN_MISMATCH", "authReason": "token_mismatch", "canRetryWithDeviceToken": true, "recommendedNextStep": "retry_with_device_token"},
        }))
    }));
    let mut options = options(&network);
    options.identity = Identity::Device(device(), Some(tokens));
    let target = Home::new(json!({"gateway": {"auth": {"token": "wrong"}}}))
        .env("OPENCLAW_GATEWAY_TOKEN", "another")
        .resolve()
        .unwrap();
    let error = failed(Remote::open(&target, options).await);
    assert_eq!(
        network.told().len(),
        1,
        "no second try behind the user's back"
    );
    assert_eq!(
        error.describe().causes,
        ["Sent: token from config gateway.auth.token (env OPENCLAW_GATEWAY_TOKEN holds another)"]
    );
    assert!(!format!("{error:?}").contains("\"wrong\""));
}

#[tokio::test(start_paused = true)]
async fn one_deadline_for_everything() {
    let network = Arc::new(FakeGateways::new().on(18789, |_| Answer::Silence));
    let options = options(&network).with_timeout(Duration::from_millis(4000));
    let started = tokio::time::Instant::now();
    let error = Remote::call_once::<Health>(&local(), options, &HealthParams::default())
        .await
        .unwrap_err();
    assert_eq!(started.elapsed(), Duration::from_secs(4));
    assert_eq!(error.to_string(), "gateway timeout after 4000ms");
    assert_eq!(
        error.describe().to_json(),
        json!({
            "ok": false,
            "error": {"type": "gateway_transport_error", "kind": "timeout", "message": "gateway timeout after 4000ms", "timeoutMs": 4000,
                "details": {"reason": "timeout"},
                "remedies": ["Wait longer with --timeout MS, or see what the gateway does: `openclaw logs`."],
            },
            "gateway": {"url": "ws://127.0.0.1:18789", "urlSource": "local loopback", "bindDetail": "Bind: loopback"},
        })
    );
}
