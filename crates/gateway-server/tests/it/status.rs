//! What hello, `health` and `status` say of agents, models and sessions.

use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::agents::AgentProfile;
use openclaw_gateway_server::{Gateway, GatewayOptions};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::join::{self, admin};
use crate::peer::Peer;
use crate::runs::{agents_of, gateway_with};

/// Two agents, none of them `main`, and main sessions that are called `here`.
async fn peers() -> (Gateway, FakeModel, [Peer<DuplexStream>; 2]) {
    let model = FakeModel::start(|_| vec![Act::text("Good morning.")]).await;
    let mut agents = agents_of(&model);
    agents.agents[0].id = "home".to_owned();
    agents.agents[0].name = Some("At home".to_owned());
    agents.agents.push(AgentProfile::new("work"));
    agents.main_key = "here".to_owned();
    let gateway = gateway_with(agents).await;
    let peers = [admin(&gateway, 3).await, admin(&gateway, 4).await];
    (gateway, model, peers)
}

async fn ask(peer: &mut Peer<DuplexStream>, session: &str) {
    let key = uuid::Uuid::new_v4().to_string();
    let params = json!({ "message": "hello", "sessionKey": session, "idempotencyKey": key });
    let said = peer.call("agent", params).await;
    assert_eq!(said["ok"], true, "{said}");
    let params = json!({ "runId": key, "timeoutMs": 60_000 });
    let waited = peer.call("agent.wait", params).await;
    assert_eq!(waited["payload"]["status"], "ok", "{waited}");
}

async fn call(peer: &mut Peer<DuplexStream>, method: &str, params: Value) -> Value {
    let answer = peer.call(method, params).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["payload"].clone()
}

/// The snapshot, when this many sessions are in it.
async fn health_with(peer: &mut Peer<DuplexStream>, count: u64) -> Value {
    loop {
        let health = call(peer, "health", json!({})).await;
        if health["sessions"]["count"] == count {
            return health;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn sessions_and_agents_are_counted() {
    let (_gateway, _model, [mut old, mut new]) = peers().await;
    for peer in [&mut old, &mut new] {
        let none = call(peer, "status", json!({})).await;
        assert_eq!(none["sessions"]["count"], 0, "{none}");
        assert_eq!(none["heartbeat"]["defaultAgentId"], "home");
        assert_eq!(none["sessions"]["defaults"]["model"], "fake-1");
        assert_eq!(none["heartbeat"]["agents"][1]["agentId"], "work");
    }
    ask(&mut new, "here").await;
    ask(&mut new, "agent:work:tea").await;
    ask(&mut new, "agent:work:tea").await;
    for peer in [&mut old, &mut new] {
        let status = call(peer, "status", json!({})).await;
        let sessions = &status["sessions"];
        assert_eq!(sessions["count"], 2, "{status}");
        assert_eq!(sessions["recent"][0]["key"], "agent:work:tea");
        assert_eq!(sessions["recent"][0]["agentId"], "work");
        assert_eq!(
            sessions["byAgent"][0]["recent"][0]["key"],
            "agent:home:here"
        );
        assert_eq!(sessions["byAgent"][1]["count"], 1);
        let health = health_with(peer, 2).await;
        assert_eq!(health["defaultAgentId"], "home");
        let agents = &health["agents"];
        assert_eq!(
            (&agents[0]["name"], &agents[0]["isDefault"]),
            (&json!("At home"), &json!(true))
        );
        assert_eq!(agents[1]["sessions"]["recent"][0]["key"], "agent:work:tea");
        assert_eq!(health["sessions"]["recent"].as_array().unwrap().len(), 2);
    }
    let removed = json!({ "key": "agent:work:tea" });
    call(&mut new, "sessions.delete", removed).await;
    health_with(&mut new, 1).await;
}

#[tokio::test]
async fn what_waits_for_the_next_run_is_shown() {
    let (_gateway, _model, [_, mut new]) = peers().await;
    call(
        &mut new,
        "system-event",
        json!({ "text": "the door is open" }),
    )
    .await;
    let status = call(&mut new, "status", json!({})).await;
    let queued = status["queuedSystemEvents"].as_array().unwrap();
    assert_eq!(queued.len(), 1, "{status}");
    assert!(queued[0].as_str().unwrap().contains("the door is open"));
}

async fn hello(gateway: &Gateway, generation: u64) -> Value {
    let mut params = join::params(generation, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.read"]);
    join::connect(gateway, params, None).await.1
}

#[tokio::test]
async fn the_hello_names_who_answers() {
    let model = FakeModel::start(|_| vec![Act::text("Hm.")]).await;
    let mut agents = agents_of(&model);
    agents.agents[0].id = "home".to_owned();
    agents.main_key = "here".to_owned();
    let with_model = gateway_with(agents.clone()).await;
    agents.agents[0].models.clear();
    agents.providers.clear();
    agents.is_global = true;
    let global = Gateway::builder(GatewayOptions {
        agents,
        ..join::options()
    });
    let global = global.start().await.unwrap();
    for generation in [3, 4] {
        let answer = hello(&with_model, generation).await;
        let said = &answer["payload"]["snapshot"]["sessionDefaults"];
        assert_eq!(said["defaultAgentId"], "home", "{said}");
        assert_eq!(said["mainKey"], "here");
        assert_eq!(said["mainSessionKey"], "agent:home:here");
        assert_eq!(said["scope"], "per-sender");
        let is_known = (generation == 4).then_some(true);
        assert_eq!(
            said.get("modelConfigured"),
            is_known.map(Value::from).as_ref()
        );
        let answer = hello(&global, generation).await;
        let said = &answer["payload"]["snapshot"]["sessionDefaults"];
        assert_eq!(
            (&said["scope"], &said["mainSessionKey"]),
            (&json!("global"), &json!("global"))
        );
        let is_known = (generation == 4).then_some(false);
        assert_eq!(
            said.get("modelConfigured"),
            is_known.map(Value::from).as_ref()
        );
    }
}
