//! Who is let in to the endpoints, and what ends when the client or the Gateway goes.

use std::time::Duration;

use openclaw_agent::testing::{Act, FakeModel, recorded};
use openclaw_gateway_server::{
    ApiOptions, AuthDecision, AuthHook, Connecting, Gateway, GatewayOptions,
};
use openclaw_policy::AuthGate;
use openclaw_protocol::Scope;
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::{all_on, gateway, question, says};
use crate::join;
use crate::runs::agents_of;

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn what_is_not_switched_on_is_not_there() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, ApiOptions::default()).await;
    for path in [
        CHAT,
        "/v1/models",
        "/v1/models/openclaw",
        "/v1/responses",
        "/tools/invoke",
        "/hooks/wake",
        "/hooks",
    ] {
        let (status, text) = Call::post(path, &question("hi")).send(&gateway).await;
        assert_eq!((status, text.as_str()), (404, "Not Found"), "{path}");
    }
    assert!(model.asked().is_empty());
}

#[tokio::test]
async fn nobody_comes_in_without_the_secret() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    for call in [
        Call::post(CHAT, &question("hi")),
        Call::new("GET", "/v1/models"),
        Call::post("/tools/invoke", &json!({"tool": "sessions"})),
    ] {
        let none = call.clone().without("authorization");
        let (status, answer) = none.json(&gateway).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (401, &json!("token_missing"))
        );
        // Headers of Tailscale and of proxies prove nothing here.
        let named = call
            .clone()
            .without("authorization")
            .header("tailscale-user-login", "ann@example.com");
        assert_eq!(named.send(&gateway).await.0, 403);
        let wrong = call
            .header("authorization", "Bearer wrong")
            .from("192.168.7.7");
        let (status, answer) = wrong.json(&gateway).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (401, &json!("unauthorized"))
        );
        assert!(
            !answer.to_string().contains("wrong"),
            "no secret is repeated: {answer}"
        );
    }
    assert!(model.asked().is_empty());
}

#[tokio::test]
async fn guesses_are_counted_together_with_those_of_websockets() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let wrong = || {
        Call::new("GET", "/v1/models")
            .header("authorization", "Bearer no")
            .from("192.168.7.8")
    };
    for _ in 0..10 {
        assert_eq!(wrong().send(&gateway).await.0, 401);
    }
    let answer = wrong().open(&gateway).await;
    assert_eq!(answer.status, 429);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait));
    let right = Call::new("GET", "/v1/models").from("192.168.7.8");
    assert_eq!(right.send(&gateway).await.0, 429, "the right one waits too");
    let (_, refused) = join::connect_from(
        &gateway,
        "192.168.7.8",
        join::params(4, "cli", "cli", "operator"),
        None,
    )
    .await;
    assert_eq!(
        refused["error"]["details"]["code"], "AUTH_RATE_LIMITED",
        "{refused}"
    );
    assert_eq!(
        Call::new("GET", "/v1/models").send(&gateway).await.0,
        200,
        "others go on"
    );
}

#[tokio::test]
async fn pages_of_other_sites_and_forged_routes_are_refused() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    for (name, value, code) in [
        ("origin", "https://evil.example", "forbidden"),
        ("origin", "null", "forbidden"),
        ("x-forwarded-for", "127.0.0.1", "proxy_attribution_required"),
    ] {
        let call = Call::post(CHAT, &question("hi")).header(name, value);
        let (status, answer) = call.json(&gateway).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (403, &json!(code)),
            "{name}: {value}"
        );
    }
    let own = Call::new("GET", "/v1/models").header("origin", "http://127.0.0.1:18789");
    assert_eq!(own.send(&gateway).await.0, 200);
    assert!(model.asked().is_empty());
}

/// A Gateway that asks programs on its own host for nothing.
async fn open(model: &FakeModel, hook: Option<AuthDecision>) -> Gateway {
    let mut options = GatewayOptions {
        agents: agents_of(model),
        api: all_on(),
        ..GatewayOptions::default()
    };
    options.auth = AuthGate::open();
    let mut builder = Gateway::builder(options);
    if let Some(decision) = hook {
        builder = builder.auth_hook(Always(decision));
    }
    builder.start().await.unwrap()
}

struct Always(AuthDecision);

#[async_trait::async_trait]
impl AuthHook for Always {
    async fn decide(&self, _: Connecting<'_>) -> AuthDecision {
        self.0.clone()
    }
}

#[tokio::test]
async fn a_caller_without_a_secret_may_narrow_itself() {
    let model = says(&["ok"]).await;
    let gateway = open(&model, None).await;
    let chat = |scopes| {
        Call::post(CHAT, &question("hi"))
            .without("authorization")
            .header("x-openclaw-scopes", scopes)
    };
    let (status, answer) = chat("operator.read").json(&gateway).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (403, &json!("forbidden"))
    );
    let list = Call::new("GET", "/v1/models").without("authorization");
    let list = list.header("x-openclaw-scopes", "operator.read");
    assert_eq!(list.send(&gateway).await.0, 200);
    assert_eq!(chat("operator.write").send(&gateway).await.0, 200);
    let other = chat("operator.write").header("x-openclaw-model", "fake/fake-1");
    assert_eq!(
        other.send(&gateway).await.0,
        403,
        "another model takes operator.admin"
    );
    let remote = Call::post(CHAT, &question("hi"))
        .without("authorization")
        .from("192.168.7.7");
    assert_eq!(
        remote.send(&gateway).await.0,
        401,
        "without a secret it is for this host alone"
    );
    assert_eq!(model.asked().len(), 1);
}

#[tokio::test]
async fn the_embedder_narrows_and_refuses() {
    let model = says(&["ok"]).await;
    let refuse = AuthDecision::Refuse("not today".to_owned());
    let narrow = AuthDecision::Narrow([Scope::Read].into_iter().collect());
    for decision in [refuse, narrow] {
        let gateway = open(&model, Some(decision)).await;
        let call = Call::post(CHAT, &question("hi"));
        assert_eq!(call.send(&gateway).await.0, 403);
    }
    assert!(model.asked().is_empty());
}

#[tokio::test]
async fn methods_and_sizes_are_bounded() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let answer = Call::new("GET", CHAT).open(&gateway).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert_eq!(
        Call::post("/v1/models", &json!({})).send(&gateway).await.0,
        405
    );
    let told = Call::new("POST", CHAT).header("content-length", "20971521");
    let (status, answer) = told.json(&gateway).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (413, &json!("invalid_request_error"))
    );
    let bare = Call::new("POST", CHAT)
        .header("content-length", "20971521")
        .without("authorization");
    assert_eq!(bare.send(&gateway).await.0, 401, "who comes before what");
    // A length that is not told is found out.
    let mut untold = Vec::new();
    for _ in 0..22 {
        untold.extend_from_slice(b"100000\r\n");
        untold.resize(untold.len() + 0x10_0000, b' ');
        untold.extend_from_slice(b"\r\n");
    }
    let chunked = Call::new("POST", CHAT)
        .header("transfer-encoding", "chunked")
        .body(untold);
    assert_eq!(chunked.send(&gateway).await.0, 413);
    assert!(model.asked().is_empty());
}

async fn endless() -> FakeModel {
    FakeModel::start(|asked| recorded(asked, Duration::from_millis(5))).await
}

/// Waits until no run goes on.
async fn rests(gateway: &Gateway, key: &str) -> Value {
    let mut peer = join::admin(gateway, 4).await;
    loop {
        let history = peer
            .call("chat.history", json!({ "sessionKey": key }))
            .await;
        if history["payload"]
            .get("inFlightRun")
            .is_none_or(Value::is_null)
        {
            return history;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_run_ends_when_its_client_goes() {
    let model = endless().await;
    let gateway = gateway(&model, all_on()).await;
    for is_stream in [true, false] {
        let key = format!("agent:main:gone-{is_stream}");
        let mut ask = question("SLOW");
        ask["stream"] = is_stream.into();
        let call = Call::post(CHAT, &ask).header("x-openclaw-session-key", &key);
        if is_stream {
            let mut answer = call.open(&gateway).await;
            for _ in 0..3 {
                answer.event().await.unwrap();
            }
            drop(answer);
        } else {
            let before = model.asked().len();
            tokio::select! {
                answer = call.send(&gateway) => panic!("{answer:?}"),
                () = async {
                    while model.asked().len() == before {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                } => {}
            }
        }
        let history = rests(&gateway, &key).await;
        assert!(
            !history.to_string().contains("word3999"),
            "it did not run to its end"
        );
    }
}

#[tokio::test]
async fn a_gateway_that_stops_says_so() {
    let model = endless().await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("SLOW");
    let whole = Call::post(CHAT, &ask).start(&gateway).await;
    while model.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ask["stream"] = true.into();
    let mut stream = Call::post(CHAT, &ask).open(&gateway).await;
    stream.event().await.unwrap();
    gateway.shutdown("test over").await;
    let events = stream.events().await;
    assert_eq!(
        events.last().unwrap().1["error"]["type"],
        "service_unavailable"
    );
    let mut whole = Answer::read(whole).await;
    assert_eq!(whole.status, 503);
    assert!(whole.rest().await.contains("stopping"));
}

#[tokio::test]
async fn a_limit_of_the_provider_is_told_as_one() {
    let model =
        FakeModel::start(|_| vec![Act::refuse(429, &[("retry-after", "3600")], "slow down")]).await;
    let gateway = gateway(&model, all_on()).await;
    let (status, answer) = Call::post(CHAT, &question("hi")).json(&gateway).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (429, &json!("rate_limit_error")),
        "{answer}"
    );
}
