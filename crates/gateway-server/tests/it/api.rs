//! HTTP endpoints for other programs: what they answer, and to whom they do not.

use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::{ApiOptions, Gateway, GatewayOptions, ToolRules};
use serde_json::{Value, json};

use crate::join;
use crate::runs::agents_of;

mod call;
mod chat;
mod door;
mod hooks;
mod page;
mod responses;
mod restart;
mod tools;

/// A model that says these words and what they cost.
pub(crate) async fn says(words: &'static [&'static str]) -> FakeModel {
    FakeModel::start(move |_| {
        let usage = Act::Usage {
            input: 10,
            output: 5,
        };
        words
            .iter()
            .copied()
            .map(Act::text)
            .chain([usage])
            .collect()
    })
    .await
}

/// Everything switched on.
pub(crate) fn all_on() -> ApiOptions {
    ApiOptions {
        chat_completions: true,
        responses: true,
        tools: Some(ToolRules::default()),
        ..ApiOptions::default()
    }
}

/// A Gateway with this model and these endpoints.
pub(crate) async fn gateway(model: &FakeModel, api: ApiOptions) -> Gateway {
    let mut agents = agents_of(model);
    agents.providers[0].models[0].images = true;
    let options = GatewayOptions {
        agents,
        api,
        ..join::options()
    };
    Gateway::builder(options).start().await.unwrap()
}

/// A question to `/v1/chat/completions`.
pub(crate) fn question(text: &str) -> Value {
    json!({ "model": "openclaw", "messages": [{ "role": "user", "content": text }] })
}
