//! A Gateway that goes on by other rules.

use openclaw_gateway_server::GatewayOptions;
use openclaw_policy::AuthGate;
use openclaw_policy::node_commands::NodeCommandRules;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{admin, connect, gateway, node, operator, options, params};
use crate::peer::Peer;

fn with_token(token: &str) -> GatewayOptions {
    GatewayOptions {
        auth: AuthGate::token(token),
        ..options()
    }
}

fn params_with(token: &str) -> Value {
    let mut params = params(4, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.admin"]);
    params["auth"]["token"] = json!(token);
    params
}

async fn is_alive(peer: &mut Peer<DuplexStream>) -> bool {
    peer.call("health", json!({})).await["ok"] == true
}

#[tokio::test]
async fn ghsa_m8wm_r5vq_qjpg_an_old_token_is_worth_nothing_after_it_was_changed() {
    let gateway = gateway().await;
    let mut v3 = admin(&gateway, 3).await;
    let mut v4 = admin(&gateway, 4).await;
    let device = Device::new(1);
    let (_, joined) = operator(&gateway, &device, &["operator.read"]).await;
    let device_token = joined["payload"]["auth"]["deviceToken"].as_str().unwrap();
    let mut with_own_token = params(4, "cli", "cli", "operator");
    with_own_token["scopes"] = json!(["operator.read"]);
    with_own_token["auth"] = json!({ "deviceToken": device_token });
    let (mut own, joined) = connect(&gateway, with_own_token, Some(&device)).await;
    assert_eq!(joined["ok"], true, "{joined}");

    // The same rules again change nothing.
    gateway.reload(&options());
    assert!(is_alive(&mut v3).await && is_alive(&mut v4).await);

    gateway.reload(&with_token("tok2"));
    let changed = Some((4001, "gateway auth changed".to_owned()));
    assert_eq!(v3.closed().await, changed);
    assert_eq!(v4.closed().await, changed);
    assert!(
        is_alive(&mut own).await,
        "a device's own token is as good as before"
    );
    let (_, refused) = connect(&gateway, params_with("tok1"), None).await;
    assert_eq!(
        refused["error"]["details"]["code"], "AUTH_TOKEN_MISMATCH",
        "{refused}"
    );
    let (_, joined) = connect(&gateway, params_with("tok2"), None).await;
    assert_eq!(joined["ok"], true, "{joined}");
}

#[tokio::test]
async fn a_command_that_is_denied_is_denied_at_once() {
    let gateway = gateway().await;
    let mut host = node(
        &gateway,
        3,
        &Device::new(2),
        &["system.which", "system.run"],
    )
    .await;
    let mut admin = admin(&gateway, 4).await;
    gateway.reload(&GatewayOptions {
        node_commands: NodeCommandRules {
            deny: vec!["system.run".to_owned()],
            ..NodeCommandRules::default()
        },
        ..options()
    });
    assert_eq!(
        host.closed().await,
        Some((1012, "service restart".to_owned()))
    );
    assert!(is_alive(&mut admin).await);
    let _host = node(
        &gateway,
        3,
        &Device::new(2),
        &["system.which", "system.run"],
    )
    .await;
    let list = admin.call("node.list", json!({})).await;
    assert_eq!(
        list["payload"]["nodes"][0]["commands"],
        json!(["system.which"]),
        "{list}"
    );
}

#[tokio::test]
async fn a_device_token_does_not_buy_more_guesses_of_the_shared_secret() {
    let mut rules = options();
    rules.rate_limit.exempt_loopback = false;
    let gateway = openclaw_gateway_server::Gateway::builder(rules)
        .start()
        .await
        .unwrap();
    let device = Device::new(3);
    let (_, joined) = operator(&gateway, &device, &["operator.read"]).await;
    let token = joined["payload"]["auth"]["deviceToken"].clone();
    for _ in 0..2 {
        for _ in 0..5 {
            let (_, refused) = connect(&gateway, params_with("wrong"), None).await;
            assert_eq!(
                refused["error"]["details"]["code"], "AUTH_TOKEN_MISMATCH",
                "{refused}"
            );
        }
        let mut own = params(4, "cli", "cli", "operator");
        own["scopes"] = json!(["operator.read"]);
        own["auth"] = json!({ "deviceToken": token });
        let (_, joined) = connect(&gateway, own, Some(&device)).await;
        assert_eq!(joined["ok"], true, "{joined}");
    }
    let (_, refused) = connect(&gateway, params_with("tok1"), None).await;
    assert_eq!(
        refused["error"]["details"]["code"], "AUTH_RATE_LIMITED",
        "{refused}"
    );
    // Other rules begin to count anew.
    gateway.reload(&options());
    let (_, joined) = connect(&gateway, params_with("tok1"), None).await;
    assert_eq!(joined["ok"], true, "{joined}");
}
