//! A person, an agent whose model uses one tool, and what the person sees.

use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::{Gateway, GatewayOptions};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use super::agents_of;
use crate::device::Device;
use crate::join::{self, admin, node};
use crate::nodes::approve_all;
use crate::peer::Peer;

/// A Gateway whose model calls this tool first, and then says what came of it.
pub(super) struct Scene {
    pub(super) gateway: Gateway,
    pub(super) state: tempfile::TempDir,
    model: FakeModel,
    pub(super) person: Peer<DuplexStream>,
}

pub(super) async fn scene(tool: &'static str, arguments: Value) -> Scene {
    let model = FakeModel::start(move |asked| match asked.results.last() {
        Some(result) => vec![Act::text(format!("It says: {result}"))],
        None => vec![Act::call("call_1", tool, arguments.to_string())],
    })
    .await;
    let mut agents = agents_of(&model);
    agents.exec.security = None;
    let state = tempfile::tempdir().unwrap();
    let options = GatewayOptions {
        agents,
        state_dir: Some(state.path().to_owned()),
        ..join::options()
    };
    let gateway = Gateway::builder(options).start().await.unwrap();
    let person = admin(&gateway, 4).await;
    Scene {
        gateway,
        state,
        model,
        person,
    }
}

impl Scene {
    /// Says something to the agent.
    pub(super) async fn say(&mut self) {
        let key = uuid::Uuid::new_v4().to_string();
        let params = json!({ "sessionKey": "main", "message": "do it", "idempotencyKey": key });
        let said = self.person.call("chat.send", params).await;
        assert_eq!(said["ok"], true, "{said}");
    }

    /// The model has said what it wants.
    pub(super) async fn model_asked(&self) {
        while self.model.asked().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    /// The question that people are asked.
    pub(super) async fn asked(&mut self) -> Value {
        self.person.event("exec.approval.requested").await["payload"].clone()
    }

    pub(super) async fn answer(&mut self, question: &Value, decision: &str) {
        let params = json!({ "id": question["id"], "decision": decision });
        let said = self.person.call("exec.approval.resolve", params).await;
        assert_eq!(said["ok"], true, "{said}");
    }

    /// What the agent says in the end.
    pub(super) async fn reply(&mut self) -> String {
        loop {
            let chat = self.person.event("chat").await["payload"].clone();
            if chat["state"] == "final" {
                return chat["message"]["content"][0]["text"]
                    .as_str()
                    .unwrap()
                    .to_owned();
            }
            assert_ne!(chat["state"], "error", "{chat}");
        }
    }
}

/// The same with a node, paired and approved.
pub(super) async fn with_node(
    tool: &'static str,
    arguments: Value,
) -> (Scene, Peer<DuplexStream>, Device) {
    let mut scene = scene(tool, arguments).await;
    let device = Device::new(1);
    let commands = &["system.run", "system.run.prepare"];
    let mut node = node(&scene.gateway, 4, &device, commands).await;
    approve_all(&mut scene.person).await;
    node.event("node.pair.resolved").await;
    (scene, node, device)
}
