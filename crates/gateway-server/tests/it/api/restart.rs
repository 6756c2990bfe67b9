//! What the end of a Gateway means for those who asked over HTTP.

use std::time::Duration;

use openclaw_agent::testing::{FakeModel, recorded};
use openclaw_gateway_server::{ApiOptions, Gateway, GatewayOptions, HookOptions};
use openclaw_store::Store;
use serde_json::{Value, json};

use super::call::Call;
use super::{all_on, question, says};
use crate::join;
use crate::runs::agents_of;

async fn over(store: &Store, model: &FakeModel) -> Gateway {
    let options = GatewayOptions {
        agents: agents_of(model),
        api: ApiOptions {
            hooks: Some(HookOptions::new("hook-secret")),
            ..all_on()
        },
        ..join::options()
    };
    let built = Gateway::builder(options).store(store.clone()).start();
    built.await.unwrap()
}

#[tokio::test]
async fn a_run_whose_client_is_gone_does_not_go_on() {
    let model = FakeModel::start(|asked| recorded(asked, Duration::from_millis(5))).await;
    let store = Store::in_memory().unwrap();
    let gateway = over(&store, &model).await;
    let mut ask = question("SLOW");
    ask["stream"] = true.into();
    let mut stream = Call::post("/v1/chat/completions", &ask)
        .open(&gateway)
        .await;
    let (_, first) = stream.event().await.unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    stream.event().await.unwrap();
    gateway.shutdown("test").await;

    let gateway = over(&store, &model).await;
    let mut operator = join::admin(&gateway, 4).await;
    let wait = json!({ "runId": first["id"], "timeoutMs": 5000 });
    let waited = operator.call("agent.wait", wait).await;
    assert_eq!(waited["payload"]["status"], "error", "{waited}");
    assert_eq!(model.asked().len(), 1);
}

#[tokio::test]
async fn a_hook_that_is_sent_again_after_a_restart_is_done_once() {
    let model = says(&["done"]).await;
    let store = Store::in_memory().unwrap();
    let body = json!({ "message": "pay", "deliver": false, "waitForCompletion": true });
    let hook = || {
        Call::post("/hooks/agent", &body)
            .header("authorization", "Bearer hook-secret")
            .header("idempotency-key", "k1")
    };
    let gateway = over(&store, &model).await;
    let (status, first) = hook().json(&gateway).await;
    assert_eq!(status, 200, "{first}");
    gateway.shutdown("test").await;

    let gateway = over(&store, &model).await;
    let (status, again) = hook().json(&gateway).await;
    assert_eq!((status, again), (200, first));
    assert_eq!(model.asked().len(), 1);
}

#[tokio::test]
async fn what_is_switched_holds_at_once() {
    let model = says(&["ok"]).await;
    let gateway = over(&Store::in_memory().unwrap(), &model).await;
    let ask = || Call::post("/v1/chat/completions", &question("hi"));
    assert_eq!(ask().send(&gateway).await.0, 200);
    let options = GatewayOptions {
        agents: agents_of(&model),
        ..join::options()
    };
    gateway.reload(&options);
    assert_eq!(ask().send(&gateway).await.0, 404);
    let hook = Call::post("/hooks/wake", &json!({ "text": "x" }));
    assert_eq!(
        hook.header("authorization", "Bearer hook-secret")
            .send(&gateway)
            .await
            .0,
        404
    );
    assert_eq!(model.asked().len(), 1);
}
