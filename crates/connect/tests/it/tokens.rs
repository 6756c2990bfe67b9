//! Device tokens: when they are sent, kept and given up.

use std::sync::Arc;

use openclaw_connect::{
    ConnectPlan, Connector, Credentials, DeviceTokens, Dialect, MemoryTokens, Proof,
};
use openclaw_identity::{DeviceIdentity, DeviceKey, GatewayOrigin, TokenStore};
use openclaw_protocol::{Role, ScopeSet};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::fake_gateway::{hello, over_pipe, plan};

fn origin() -> GatewayOrigin {
    GatewayOrigin::of_url("ws://127.0.0.1:1").unwrap()
}

fn device() -> Arc<DeviceIdentity> {
    Arc::new(DeviceIdentity::new(DeviceKey::from_seed([3; 32]), 0))
}

fn with(tokens: &Arc<MemoryTokens>) -> ConnectPlan {
    plan()
        .with_device(device())
        .with_tokens(Arc::clone(tokens) as Arc<dyn DeviceTokens>)
}

fn kept(tokens: &dyn DeviceTokens) -> Option<String> {
    let token = tokens.get(&origin(), &Role::Operator).unwrap();
    token.map(|token| token.expose_secret().to_owned())
}

fn keep(tokens: &dyn DeviceTokens, token: &str) {
    tokens
        .put(
            &origin(),
            &Role::Operator,
            &token.into(),
            &ScopeSet::empty(),
        )
        .unwrap();
}

fn hello_with(token: &str) -> Value {
    let mut hello = hello(4);
    hello["auth"]["deviceToken"] = json!(token);
    hello
}

/// Connects to a Gateway that issues this token; returns the `auth` it saw.
async fn connect(plan: ConnectPlan, issued: &str) -> Value {
    let (result, (connect, _gateway)) = over_pipe(plan, &Connector::new(), async |mut gateway| {
        (gateway.admit(hello_with(issued)).await, gateway)
    })
    .await;
    result.expect("admitted");
    connect.params["auth"].clone()
}

/// Connects to a Gateway that refuses; returns which credential that was.
async fn refused(plan: ConnectPlan, error: Value) -> Proof {
    let (result, ()) = over_pipe(plan, &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        let connect = gateway.request().await;
        gateway.refuse(&connect.id, error).await;
        gateway.close(1008, "unauthorized").await;
        gateway.drain().await;
    })
    .await;
    match result {
        Err(openclaw_connect::ConnectError::Handshake { proof, .. }) => proof,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_issued_token_is_kept_and_used_next_time() {
    let tokens = Arc::new(MemoryTokens::new());
    let auth = connect(
        with(&tokens).with_credentials(Credentials::token("shared")),
        "dev-1",
    )
    .await;
    assert_eq!(auth, json!({"token": "shared"}));
    assert_eq!(kept(&*tokens).as_deref(), Some("dev-1"));
    assert_eq!(
        connect(with(&tokens), "dev-2").await,
        json!({"token": "dev-1"})
    );
    assert_eq!(
        kept(&*tokens).as_deref(),
        Some("dev-2"),
        "a rotated one replaces it"
    );
    let auth = connect(with(&tokens).with_dialect(Dialect::V4), "dev-2").await;
    assert_eq!(auth, json!({"deviceToken": "dev-2"}));
}

#[tokio::test]
async fn an_explicit_credential_hides_a_kept_token_even_when_it_is_wrong() {
    let tokens = Arc::new(MemoryTokens::new());
    keep(&*tokens, "dev-1");
    let wrong = json!({"code": "INVALID_REQUEST", "message": "unauthorized: gateway token mismatch", "details": {"code": "AUTH_TOKEN_MISMATCH"}});
    let plan = with(&tokens).with_credentials(Credentials::token("wrong"));
    assert_eq!(refused(plan, wrong).await, Proof::Shared);
    assert_eq!(
        kept(&*tokens).as_deref(),
        Some("dev-1"),
        "and does not cost it"
    );
    let auth = connect(
        with(&tokens).with_credentials(Credentials::password("pw")),
        "dev-1",
    )
    .await;
    assert_eq!(auth, json!({"password": "pw"}));
}

#[tokio::test]
async fn a_refused_token_is_given_up_and_others_are_not() {
    let tokens = Arc::new(MemoryTokens::new());
    for (details, message, is_kept) in [
        (
            json!({"code": "PAIRING_REQUIRED"}),
            "pairing required: …",
            true,
        ),
        (
            json!({"code": "AUTH_SCOPE_MISMATCH"}),
            "unauthorized: device token scope mismatch",
            true,
        ),
        (
            json!({"code": "AUTH_DEVICE_TOKEN_MISMATCH"}),
            "unauthorized: …",
            false,
        ),
        (
            json!(null),
            "unauthorized: gateway token mismatch (provide gateway auth token)",
            false,
        ),
    ] {
        keep(&*tokens, "dev-1");
        let error = json!({"code": "INVALID_REQUEST", "message": message, "details": details});
        assert_eq!(refused(with(&tokens), error).await, Proof::DeviceToken);
        assert_eq!(kept(&*tokens).is_some(), is_kept, "{message}");
    }
}

#[tokio::test]
async fn without_a_device_there_is_no_device_token() {
    let tokens = Arc::new(MemoryTokens::new());
    keep(&*tokens, "dev-1");
    let plan = plan().with_tokens(Arc::clone(&tokens) as Arc<dyn DeviceTokens>);
    assert_eq!(connect(plan, "dev-2").await, Value::Null);
    assert_eq!(kept(&*tokens).as_deref(), Some("dev-1"));
}

#[tokio::test]
async fn the_store_on_disk_does_the_same() {
    let home = tempfile::tempdir().unwrap();
    let store = TokenStore::load(home.path(), device().device_id()).unwrap();
    let tokens: Arc<dyn DeviceTokens> = Arc::new(store);
    let plan = || {
        plan()
            .with_device(device())
            .with_tokens(Arc::clone(&tokens))
    };
    connect(
        plan().with_credentials(Credentials::token("shared")),
        "dev-1",
    )
    .await;
    assert_eq!(kept(&*tokens).as_deref(), Some("dev-1"));
    assert_eq!(connect(plan(), "dev-1").await, json!({"token": "dev-1"}));
    let stale = SecretString::from("dev-0");
    tokens.discard(&origin(), &Role::Operator, &stale).unwrap();
    assert_eq!(
        kept(&*tokens).as_deref(),
        Some("dev-1"),
        "another one is not given up"
    );
}
