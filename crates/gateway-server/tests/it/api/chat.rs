//! `/v1/chat/completions`: whole answers and streams.

use openclaw_agent::testing::{Act, FakeModel};
use serde_json::{Value, json};

use super::call::Call;
use super::{all_on, gateway, question, says};

const PATH: &str = "/v1/chat/completions";

#[tokio::test]
async fn an_answer_looks_like_that_of_openai() {
    let model = says(&["Hello", " there"]).await;
    let gateway = gateway(&model, all_on()).await;
    let (status, answer) = Call::post(PATH, &question("hi")).json(&gateway).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["id"].as_str().unwrap().starts_with("chatcmpl_"));
    assert!(answer["created"].as_u64().unwrap() > 1_600_000_000);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "openclaw");
    let choice = json!({
        "index": 0, "finish_reason": "stop",
        "message": { "role": "assistant", "content": "Hello there" },
    });
    assert_eq!(answer["choices"], json!([choice]));
    assert_eq!(answer["usage"]["prompt_tokens"], 10);
    assert_eq!(answer["usage"]["completion_tokens"], 5);
    assert_eq!(answer["usage"]["total_tokens"], 15);
}

#[tokio::test]
async fn a_stream_looks_like_that_of_openai() {
    let model = says(&["Hello", " there"]).await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("hi");
    ask["stream"] = true.into();
    ask["stream_options"] = json!({ "include_usage": true });
    let mut answer = Call::post(PATH, &ask).open(&gateway).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/event-stream; charset=utf-8")
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let events: Vec<Value> = answer
        .events()
        .await
        .into_iter()
        .map(|(name, data)| {
            assert_eq!(
                (name.as_str(), &data["object"]),
                ("", &json!("chat.completion.chunk"))
            );
            data
        })
        .collect();
    let first = &events[0]["choices"][0];
    assert_eq!(first["delta"]["role"], "assistant");
    assert_eq!(first["finish_reason"], Value::Null);
    assert!(events.iter().all(|one| one["id"] == events[0]["id"]));
    let text: String = events
        .iter()
        .filter_map(|one| one["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "Hello there");
    let [.., finish, usage] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(finish["choices"][0]["finish_reason"], "stop");
    assert_eq!(finish["choices"][0]["delta"], json!({}));
    assert_eq!(
        (&usage["choices"], &usage["usage"]["total_tokens"]),
        (&json!([]), &json!(15))
    );
}

#[tokio::test]
async fn a_conversation_is_context_and_system_goes_to_the_prompt() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let ask = json!({ "messages": [
        { "role": "system", "content": "Speak like a pirate." },
        { "role": "user", "content": "My name is Ann." },
        { "role": "assistant", "content": "Aye." },
        { "role": "user", "content": [{ "type": "text", "text": "Who am I?" }] },
    ]});
    let (status, _) = Call::post(PATH, &ask).json(&gateway).await;
    assert_eq!(status, 200);
    let asked = &model.asked()[0];
    assert!(asked.body.to_string().contains("Speak like a pirate."));
    assert!(
        asked
            .question
            .contains("User: My name is Ann.\nAssistant: Aye."),
        "{}",
        asked.question
    );
    assert!(
        asked.question.ends_with("User: Who am I?"),
        "{}",
        asked.question
    );
}

#[tokio::test]
async fn a_user_has_one_session_and_strangers_have_their_own() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("first words");
    ask["user"] = "ann".into();
    for _ in 0..2 {
        assert_eq!(Call::post(PATH, &ask).send(&gateway).await.0, 200);
    }
    assert_eq!(
        Call::post(PATH, &question("alone")).send(&gateway).await.0,
        200
    );
    let seen: Vec<usize> = model
        .asked()
        .iter()
        .map(|asked| asked.body.to_string().matches("first words").count())
        .collect();
    assert_eq!(seen, [1, 2, 0]);
}

fn weather() -> Value {
    json!([{ "type": "function", "function": {
        "name": "get_weather", "description": "The weather.",
        "parameters": { "type": "object", "properties": { "city": { "type": "string" } } },
    }}])
}

async fn forecaster() -> FakeModel {
    FakeModel::start(|asked| {
        if asked.question.contains("gave:") {
            return vec![Act::text("It is sunny.")];
        }
        vec![
            Act::text("Let me look."),
            Act::call("call_1", "get_weather", r#"{"city":"Oslo"}"#),
        ]
    })
    .await
}

#[tokio::test]
async fn tools_of_the_client_are_called_by_the_client() {
    let model = forecaster().await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("Weather in Oslo?");
    ask["tools"] = weather();
    ask["tool_choice"] = "required".into();
    let (status, answer) = Call::post(PATH, &ask).json(&gateway).await;
    assert_eq!(status, 200, "{answer}");
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], "Let me look.");
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["type"], "function");
    assert_eq!(call["function"]["name"], "get_weather");
    assert_eq!(call["function"]["arguments"], r#"{"city":"Oslo"}"#);
    assert_eq!(model.asked().len(), 1, "the run ended with the call");

    let messages = json!([
        { "role": "user", "content": "Weather in Oslo?" },
        choice["message"],
        { "role": "tool", "tool_call_id": call["id"], "content": "sunny" },
    ]);
    let ask = json!({ "messages": messages, "tools": weather() });
    let (_, answer) = Call::post(PATH, &ask).json(&gateway).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "It is sunny.");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn calls_are_streamed_too() {
    let model = forecaster().await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("Weather in Oslo?");
    ask["tools"] = weather();
    ask["stream"] = true.into();
    let events = Call::post(PATH, &ask).open(&gateway).await.events().await;
    let deltas: Vec<&Value> = events.iter().map(|(_, one)| &one["choices"][0]).collect();
    let call = deltas
        .iter()
        .find_map(|one| one["delta"]["tool_calls"].get(0))
        .unwrap();
    assert_eq!(
        (&call["index"], &call["function"]["name"]),
        (&json!(0), &json!("get_weather"))
    );
    assert_eq!(deltas.last().unwrap()["finish_reason"], "tool_calls");
}

#[tokio::test]
async fn a_required_call_that_is_not_made_is_an_error() {
    let model = says(&["I would rather talk."]).await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("Weather?");
    ask["tools"] = weather();
    ask["tool_choice"] = json!({ "type": "function", "function": { "name": "get_weather" } });
    let (status, answer) = Call::post(PATH, &ask).json(&gateway).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (502, &json!("api_error"))
    );
    ask["stream"] = true.into();
    let events = Call::post(PATH, &ask).open(&gateway).await.events().await;
    let text =
        serde_json::to_string(&events.iter().map(|(_, one)| one).collect::<Vec<_>>()).unwrap();
    assert!(!text.contains("rather talk"), "prose was held: {text}");
    assert_eq!(
        events.last().unwrap().1["error"]["code"],
        "tool_call_missing"
    );
}

#[tokio::test]
async fn a_tool_of_the_agent_keeps_its_name() {
    let model = says(&["no"]).await;
    let gateway = gateway(&model, all_on()).await;
    let mut ask = question("run it");
    ask["tools"] = json!([{ "type": "function", "function": { "name": "exec" } }]);
    let (status, answer) = Call::post(PATH, &ask).json(&gateway).await;
    assert_eq!(status, 400);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("`exec`")
    );
    assert!(model.asked().is_empty());
}

#[tokio::test]
async fn a_picture_reaches_the_model() {
    let model = says(&["a dot"]).await;
    let gateway = gateway(&model, all_on()).await;
    let ask = json!({ "messages": [{ "role": "user", "content": [
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,cGljdHVyZQ==" } },
    ]}]});
    let (status, answer) = Call::post(PATH, &ask).json(&gateway).await;
    assert_eq!(status, 200, "{answer}");
    assert!(model.asked()[0].body.to_string().contains("cGljdHVyZQ=="));
    let ask = ask.to_string().replace(
        "data:image/png;base64,cGljdHVyZQ==",
        "http://169.254.169.254/",
    );
    let (status, answer) = Call::new("POST", PATH).body(ask).json(&gateway).await;
    assert_eq!((status, model.asked().len()), (400, 1), "{answer}");
}

#[tokio::test]
async fn a_model_that_fails_is_an_error_and_not_an_answer() {
    let model = FakeModel::start(|_| vec![Act::text("half "), Act::Fail("broken".into())]).await;
    let gateway = gateway(&model, all_on()).await;
    let (status, answer) = Call::post(PATH, &question("hi")).json(&gateway).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (502, &json!("api_error")),
        "{answer}"
    );
    let mut ask = question("hi");
    ask["stream"] = true.into();
    let events = Call::post(PATH, &ask).open(&gateway).await.events().await;
    assert!(
        events.last().unwrap().1["error"]["message"].is_string(),
        "{events:?}"
    );
    assert!(
        events
            .iter()
            .all(|(_, one)| one["choices"][0]["finish_reason"].is_null())
    );
}

#[tokio::test]
async fn without_a_model_the_client_hears_how_to_get_one() {
    let model = says(&["never"]).await;
    let mut options = openclaw_gateway_server::GatewayOptions {
        api: all_on(),
        ..crate::join::options()
    };
    options.agents.providers.clear();
    let gateway = openclaw_gateway_server::Gateway::builder(options)
        .start()
        .await
        .unwrap();
    let (status, answer) = Call::post(PATH, &question("hi")).json(&gateway).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (503, &json!("no_model"))
    );
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("openclaw config set")
    );
    assert!(model.asked().is_empty());
}

#[tokio::test]
async fn who_and_what_is_asked_must_be_there() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let ask = question("hi");
    for (name, value, status) in [
        ("x-openclaw-agent-id", "main", 200),
        ("x-openclaw-agent-id", "nobody", 400),
        ("x-openclaw-model", "fake/fake-1", 200),
        ("x-openclaw-model", "fake/fake-2", 400),
        ("x-openclaw-session-key", "project", 200),
        ("x-openclaw-session-key", "agent:main:project", 200),
        ("x-openclaw-session-key", "agent:other:project", 400),
        ("x-openclaw-session-key", "cron:1", 400),
        ("x-openclaw-session-key", "agent:main:subagent:1", 400),
    ] {
        let (got, answer) = Call::post(PATH, &ask)
            .header(name, value)
            .json(&gateway)
            .await;
        assert_eq!(got, status, "{name}: {value}: {answer}");
    }
    for model in ["gpt-4o", "openclaw/nobody", ""] {
        let mut ask = question("hi");
        ask["model"] = model.into();
        let (status, answer) = Call::post(PATH, &ask).json(&gateway).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!("model_not_found")),
            "{model}"
        );
    }
    for body in [
        "",
        "{",
        "[]",
        r#"{"messages": []}"#,
        r#"{"messages": [{"role": "user", "content": " "}]}"#,
    ] {
        let (status, answer) = Call::new("POST", PATH).body(body).json(&gateway).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (400, &json!("invalid_request_error")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn models_are_agents() {
    let model = says(&["ok"]).await;
    let gateway = gateway(&model, all_on()).await;
    let (status, list) = Call::new("GET", "/v1/models").json(&gateway).await;
    assert_eq!((status, &list["object"]), (200, &json!("list")));
    let ids: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["openclaw", "openclaw/default", "openclaw/main"]);
    for path in ["openclaw%2Fmain", "openclaw/main", "openclaw"] {
        let (status, one) = Call::new("GET", &format!("/v1/models/{path}"))
            .json(&gateway)
            .await;
        assert_eq!((status, &one["object"]), (200, &json!("model")), "{path}");
    }
    let (status, one) = Call::new("GET", "/v1/models/gpt-4o").json(&gateway).await;
    assert_eq!(
        (status, &one["error"]["code"]),
        (404, &json!("model_not_found"))
    );
}
