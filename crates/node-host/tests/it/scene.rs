//! One host, its folder, and the Gateway that calls it.

use std::path::{Path, PathBuf};

use openclaw_config::Env;
use openclaw_node_client::RunError;
use openclaw_node_client::connect::{Endpoint, Trust};
use openclaw_node_host::approvals::{Ask, ConfiguredPolicy, Security};
use openclaw_node_host::{NodeHost, NodeHostBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::fake_gateway::{FakeGateway, Peer};

/// Where the programs of the tests are.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A folder with a host's files, before the host runs.
pub(crate) struct Ground {
    dir: tempfile::TempDir,
    pub(crate) gateway: FakeGateway,
}

/// A host that is online.
pub(crate) struct Scene {
    pub(crate) ground: Ground,
    pub(crate) peer: Peer,
    /// Events of the host so far, by name and payload.
    pub(crate) events: Vec<(String, Value)>,
    shutdown: CancellationToken,
    tasks: JoinSet<Result<(), RunError>>,
    calls: usize,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["state", "home", "work"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        Self {
            dir,
            gateway: FakeGateway::new(),
        }
    }

    /// The folder, without links in its path.
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.root().join("state").join(name)
    }

    /// Writes the approvals file.
    pub(crate) fn approve(&self, file: &Value) {
        std::fs::write(self.state("exec-approvals.json"), file.to_string()).unwrap();
    }

    pub(crate) fn approvals(&self) -> Value {
        let text = std::fs::read_to_string(self.state("exec-approvals.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) fn environment(&self) -> Env {
        Env::empty()
            .with("PATH", PATH)
            .with("HOME", self.root().join("home"))
            .with("OPENCLAW_GATEWAY_TOKEN", "sesame-9")
            .with("COLOUR", "blue")
    }

    pub(crate) fn host(&self) -> NodeHostBuilder {
        let endpoint = Endpoint::new("ws://127.0.0.1:18789".parse().unwrap(), Trust::System);
        NodeHost::builder(endpoint, self.root().join("state"))
            .connector(self.gateway.connector())
            .environment(self.environment())
            .working_dir(self.work())
    }

    /// Runs a host and lets it in.
    pub(crate) async fn run(mut self, host: NodeHostBuilder, protocol: u64) -> Scene {
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(host.build().unwrap().run(shutdown.clone()));
        let peer = self.gateway.admit(protocol).await;
        Scene {
            ground: self,
            peer,
            events: Vec::new(),
            shutdown,
            tasks,
            calls: 0,
        }
    }
}

/// A host that asks for nothing and allows what `security` and `ask` allow.
pub(crate) async fn scene(security: Security, ask: Ask, protocol: u64) -> Scene {
    let ground = Ground::new();
    let policy = ConfiguredPolicy {
        security: Some(security),
        ask: Some(ask),
    };
    let host = ground.host().exec_policy(move |_| policy);
    ground.run(host, protocol).await
}

impl Scene {
    pub(crate) fn work(&self) -> PathBuf {
        self.ground.work()
    }

    /// Calls a command and gives the whole `node.invoke.result`.
    pub(crate) async fn ask(&mut self, command: &str, params: &Value) -> Value {
        let id = self.call(command, params).await;
        self.answer(&id).await
    }

    /// Calls a command and does not wait.
    pub(crate) async fn call(&mut self, command: &str, params: &Value) -> String {
        let id = format!("i{}", self.calls);
        self.calls += 1;
        let more = json!({"paramsJSON": params.to_string(), "timeoutMs": 20_000});
        self.peer.invoke(&id, command, &more).await;
        id
    }

    /// The answer to a call; events on the way are acknowledged and kept.
    pub(crate) async fn answer(&mut self, id: &str) -> Value {
        loop {
            let request = self.next().await;
            if request["method"] == "node.invoke.result" {
                assert_eq!(request["params"]["id"], id);
                return request["params"].clone();
            }
        }
    }

    /// Waits for an event of this name.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let request = self.next().await;
            if request["params"]["event"] == name {
                return request["params"]["payload"].clone();
            }
        }
    }

    async fn next(&mut self) -> Value {
        let request = self.peer.next_request().await;
        self.peer.acknowledge(&request, &json!({"ok": true})).await;
        if request["method"] == "node.event" {
            let name = request["params"]["event"].as_str().unwrap().to_owned();
            self.events
                .push((name, request["params"]["payload"].clone()));
        }
        request
    }

    /// Runs a command that has to be let through; gives its result.
    pub(crate) async fn run(&mut self, params: &Value) -> Value {
        let answer = self.ask("system.run", params).await;
        assert_eq!(answer["ok"], true, "{answer}");
        payload(&answer)
    }

    /// Runs a command that has to be refused; gives code and message.
    pub(crate) async fn refused(&mut self, params: &Value) -> (String, String) {
        let answer = self.ask("system.run", params).await;
        refusal(&answer)
    }

    /// The `reason` of the last `exec.denied`.
    pub(crate) fn denied(&self) -> Option<&str> {
        let denied = self
            .events
            .iter()
            .rev()
            .find(|(name, _)| name == "exec.denied");
        denied.and_then(|(_, payload)| payload["reason"].as_str())
    }

    pub(crate) async fn stop(mut self) -> Ground {
        self.shutdown.cancel();
        let host = self.tasks.join_next();
        let (ended, ()) = tokio::join!(host, self.peer.gone());
        ended.unwrap().unwrap().unwrap();
        self.ground
    }
}

/// The payload of a good answer.
pub(crate) fn payload(answer: &Value) -> Value {
    serde_json::from_str(answer["payloadJSON"].as_str().unwrap()).unwrap()
}

/// Code and message of a bad one.
pub(crate) fn refusal(answer: &Value) -> (String, String) {
    assert_eq!(answer["ok"], false, "{answer}");
    let text = |key: &str| answer["error"][key].as_str().unwrap().to_owned();
    (text("code"), text("message"))
}

/// Where a program of the test machine really is.
pub(crate) fn program(name: &str) -> String {
    let found = std::env::split_paths(PATH)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file());
    found
        .unwrap_or_else(|| Path::new("/nowhere").join(name))
        .to_str()
        .unwrap()
        .to_owned()
}
