//! Runs of the agent: what clients see, what is kept, what survives.

use openclaw_agent::model::{Api, KeyHeader, ModelRef, ModelSpec, ProviderSpec, Timeouts};
use openclaw_agent::testing::FakeModel;
use openclaw_gateway_server::agents::{AgentOptions, ExecSecurity};
use openclaw_gateway_server::{Gateway, GatewayOptions};
use serde_json::json;
use tokio::io::DuplexStream;

use crate::join;
use crate::peer::Peer;

mod approvals;
mod chaos;
mod commands;
mod nodes;
mod scene;
mod sessions;

/// The agent `main`, whose model `fake/fake-1` is this one, and who may run commands.
pub(crate) fn agents_of(model: &FakeModel) -> AgentOptions {
    agents_at(model, Api::OpenAiChat)
}

/// The same in another interface.
pub(crate) fn agents_at(model: &FakeModel, api: Api) -> AgentOptions {
    let mut agents = AgentOptions::default();
    agents.agents[0].models = vec![ModelRef::new("fake", "fake-1")];
    agents.providers = vec![ProviderSpec {
        name: "fake".to_owned(),
        base_url: model.base_url().parse().unwrap(),
        api,
        api_key: Some("test-key".to_owned().into()),
        auth: KeyHeader::Usual,
        headers: Vec::new(),
        models: vec![ModelSpec::new("fake-1")],
        timeouts: Timeouts::default(),
    }];
    agents.exec.security = Some(ExecSecurity::Full);
    agents
}

/// A Gateway with these agents.
pub(crate) async fn gateway_with(agents: AgentOptions) -> Gateway {
    let options = GatewayOptions {
        agents,
        ..join::options()
    };
    Gateway::builder(options).start().await.unwrap()
}

/// An operator with every scope that declares these capabilities.
pub(crate) async fn connect_with(
    gateway: &Gateway,
    generation: u64,
    caps: &[&str],
) -> Peer<DuplexStream> {
    let mut params = join::params(generation, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.admin"]);
    params["caps"] = json!(caps);
    let (peer, response) = join::connect(gateway, params, None).await;
    assert_eq!(response["ok"], true, "{response}");
    peer
}
