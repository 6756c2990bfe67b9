//! Errors as answers: what programs and people get.

use std::sync::Arc;

use openclaw_remote::{Description, ErrorType, Identity, OpenOptions, Remote, Target};
use serde_json::{Value, json};

use crate::fake_gateways::{Answer, FakeGateways, connector};
use crate::target::Home;

fn local() -> Target {
    Home::new(json!({"gateway": {"auth": {"token": "t"}}}))
        .resolve()
        .unwrap()
}

async fn describe(target: &Target, network: FakeGateways) -> Description {
    let network = Arc::new(network);
    let options = OpenOptions::with_identity(Identity::Nobody).with_connector(connector(&network));
    match Remote::open(target, options).await {
        Ok(_) => panic!("opened"),
        Err(error) => error.describe(),
    }
}

#[tokio::test]
async fn nobody_listens() {
    let description = describe(&local(), FakeGateways::new()).await;
    assert_eq!(
        description.lines(),
        [
            "Gateway not reachable at ws://127.0.0.1:18789 (ECONNREFUSED).",
            "Start it with `openclaw gateway run` or check `openclaw gateway status`.",
            "Gateway target: ws://127.0.0.1:18789",
            "Source: local loopback",
            "Config: /c/openclaw.json",
            "Bind: loopback",
        ]
    );
    let answer = description.to_json();
    assert_eq!(answer["error"]["type"], "gateway_transport_error");
    assert_eq!(answer["error"]["kind"], "closed");
    assert_eq!(
        answer["error"]["reason"],
        "connect ECONNREFUSED 127.0.0.1:18789"
    );
    assert_eq!(answer["gateway"]["urlSource"], "local loopback");
}

#[tokio::test]
async fn a_wrong_token() {
    let message = "unauthorized: gateway token mismatch (use this gateway's gateway.auth.token or pair the device)";
    let details = json!({
        "code": "AUTH_TOKEN_MISMATCH", "authReason": "token_mismatch",
        "canRetryWithDeviceToken": false, "recommendedNextStep": "update_auth_credentials",
    });
    let error = json!({"code": "INVALID_REQUEST", "message": message, "details": details});
    let network = FakeGateways::new().on(18789, move |_| Answer::Refuse(error.clone()));
    let answer = describe(&local(), network).await.to_json();
    assert_eq!(
        answer,
        json!({
            "ok": false,
            "error": {
                "type": "gateway_request_error", "code": "INVALID_REQUEST", "message": message,
                "details": details, "retryable": false,
                "causes": ["Sent: token from config gateway.auth.token"],
                "remedies": [
                    "`openclaw auth explain` shows which credential counts here and where it comes from; \
                     the gateway's own is gateway.auth.* on its machine."
                ],
            },
            "gateway": {
                "url": "ws://127.0.0.1:18789", "urlSource": "local loopback",
                "bindDetail": "Bind: loopback",
            },
        })
    );
}

#[tokio::test]
async fn a_close_without_answer() {
    let network = FakeGateways::new().on(18789, |_| Answer::Close(1013, "gateway starting"));
    let description = describe(&local(), network).await;
    assert_eq!(
        description.message,
        "gateway closed (1013): gateway starting"
    );
    let error = &description.to_json()["error"];
    assert_eq!(
        (&error["code"], &error["reason"]),
        (&json!(1013), &json!("gateway starting"))
    );
}

#[tokio::test]
async fn a_lock_out_says_when_to_come_back() {
    let network = FakeGateways::new().on(18789, |_| {
        Answer::Refuse(json!({
            "code": "INVALID_REQUEST",
            "message": "unauthorized: too many failed authentication attempts (retry later)",
            "details": {"code": "AUTH_RATE_LIMITED"}, "retryable": true, "retryAfterMs": 299_990,
        }))
    });
    let answer = describe(&local(), network).await.to_json();
    assert_eq!(answer["error"]["retryAfterMs"], 299_990);
    assert_eq!(answer["error"]["retryable"], true);
}

#[test]
fn refused_targets_have_the_type_that_programs_match_on() {
    let kind = |home: Home| {
        let answer: Value = Description::of_refused(&home.resolve().unwrap_err()).to_json();
        answer["error"]["type"].as_str().unwrap().to_owned()
    };
    let no_credentials = Home::new(json!({})).url("ws://127.0.0.1:1");
    assert_eq!(kind(no_credentials), ErrorType::GatewayCredentials.as_str());
    let no_url = Home::new(json!({"gateway": {"mode": "remote"}}));
    assert_eq!(kind(no_url), ErrorType::Cli.as_str());
    let plaintext = Home::new(json!({})).url("ws://203.0.113.5").token("t");
    assert_eq!(kind(plaintext), ErrorType::Cli.as_str());
}
