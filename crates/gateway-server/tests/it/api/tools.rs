//! `/tools/invoke`: one tool, without a model.

use openclaw_agent::testing::FakeModel;
use openclaw_agent::tool::ToolPolicy;
use openclaw_gateway_server::{ApiOptions, Gateway, GatewayOptions, ToolRules};
use serde_json::{Value, json};

use super::call::Call;
use super::{all_on, gateway, question, says};
use crate::join;
use crate::runs::agents_of;

const PATH: &str = "/tools/invoke";

async fn invoke(gateway: &Gateway, body: Value) -> (u16, Value) {
    Call::post(PATH, &body).json(gateway).await
}

#[tokio::test]
async fn a_tool_answers() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let first = Call::post("/v1/chat/completions", &question("hi"));
    let first = first.header("x-openclaw-session-key", "project");
    assert_eq!(first.send(&gateway).await.0, 200);
    for body in [
        json!({"tool": "sessions", "action": "list"}),
        json!({"tool": "sessions", "args": {"action": "list"}, "sessionKey": "main", "agentId": "main"}),
        json!({"tool": "sessions_list", "args": {"limit": 5}, "dryRun": false}),
        json!({"tool": "exec", "name": "sessions_list"}),
    ] {
        let (status, answer) = invoke(&gateway, body.clone()).await;
        assert_eq!(
            (status, &answer["ok"]),
            (200, &json!(true)),
            "{body}: {answer}"
        );
        let content = &answer["result"]["content"][0];
        assert_eq!(content["type"], "text");
        assert!(
            content["text"].as_str().unwrap().contains("project"),
            "{content}"
        );
    }
}

#[tokio::test]
async fn what_is_denied_is_not_there() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    for tool in [
        "exec",
        "nodes",
        "cron",
        "write",
        "sessions_send",
        "gateway",
        "unheard_of",
    ] {
        let (status, answer) =
            invoke(&gateway, json!({"tool": tool, "args": {"command": "id"}})).await;
        let told = json!({"ok": false, "error": {
            "type": "not_found", "message": format!("Tool not available: {tool}"),
        }});
        assert_eq!((status, answer), (404, told));
    }
    let send = json!({"tool": "sessions", "args": {"action": "send", "sessionKey": "main", "message": "x"}});
    assert_eq!(invoke(&gateway, send).await.0, 404);
}

async fn with(model: &FakeModel, tools: ToolRules, policy: Vec<ToolPolicy>) -> Gateway {
    let mut agents = agents_of(model);
    agents.agents[0].tools = policy;
    let options = GatewayOptions {
        agents,
        api: ApiOptions {
            tools: Some(tools),
            ..ApiOptions::default()
        },
        ..join::options()
    };
    Gateway::builder(options).start().await.unwrap()
}

#[tokio::test]
async fn the_configuration_decides_and_the_agents_policy_stays() {
    let model = says(&["ok"]).await;
    let open = ToolRules {
        allow: vec!["nodes".parse().unwrap()],
        deny: vec!["sessions_list".parse().unwrap()],
    };
    let nodes = || json!({"tool": "nodes", "args": {"action": "status"}});
    let gateway = with(&model, open.clone(), vec![]).await;
    let (status, answer) = invoke(&gateway, nodes()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        invoke(&gateway, json!({"tool": "sessions", "action": "list"}))
            .await
            .0,
        404
    );
    let never = ToolPolicy {
        allow: None,
        deny: vec!["nodes".parse().unwrap()],
    };
    let gateway = with(&model, open, vec![never]).await;
    assert_eq!(invoke(&gateway, nodes()).await.0, 404);
}

#[tokio::test]
async fn wrong_requests_are_told_apart() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    for (body, kind) in [
        (json!([]), "invalid_request_error"),
        (json!({}), "invalid_request_error"),
        (json!({"tool": 7}), "invalid_request_error"),
        (
            json!({"tool": "sessions", "args": []}),
            "invalid_request_error",
        ),
        (
            json!({"tool": "sessions", "agentId": "nobody"}),
            "invalid_request_error",
        ),
        (
            json!({"tool": "sessions", "sessionKey": "agent::x"}),
            "invalid_request_error",
        ),
        (
            json!({"tool": "sessions", "args": {"action": "fly"}}),
            "tool_error",
        ),
        (json!({"tool": "sessions", "args": {}}), "tool_error"),
    ] {
        let (status, answer) = invoke(&gateway, body.clone()).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (400, &json!(kind)),
            "{body}: {answer}"
        );
        assert_eq!(answer["ok"], false);
    }
    assert_eq!(Call::new("GET", PATH).send(&gateway).await.0, 405);
    let large = Call::new("POST", PATH).header("content-length", "2097153");
    assert_eq!(large.send(&gateway).await.0, 413);
}

#[tokio::test]
async fn a_page_of_the_local_network_is_not_fetched() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let body = json!({"tool": "web_fetch", "args": {"url": model.base_url()}});
    let (status, answer) = invoke(&gateway, body).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (403, &json!("forbidden")),
        "{answer}"
    );
    assert!(model.asked().is_empty());
}
