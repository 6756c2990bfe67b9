//! A real Gateway, an operator on it, and programs that run beside it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openclaw_gateway_server::{Gateway, GatewayBuilder, GatewayOptions};
use openclaw_node_client::connect::plan::client_info;
use openclaw_node_client::connect::{
    ConnectPlan, Connection, Connector, Credentials, Endpoint, Events, Session, SessionEvent, Trust,
};
use openclaw_node_client::protocol::Scope;
use openclaw_node_client::protocol::client::{ClientId, ClientMode};
use openclaw_policy::AuthGate;
use openclaw_policy::node_commands::NodeCommandRules;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The token of the Gateway.
pub(crate) const TOKEN: &str = "a-token-of-the-tests-0123456789";
/// Every wait of a test ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Gateway with an operator, and a folder for nodes.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) dir: tempfile::TempDir,
    operator: Session,
    events: Events,
    /// How many nodes were called.
    calls: AtomicU64,
}

/// A Gateway that allows the commands of the examples.
pub(crate) fn builder() -> GatewayBuilder {
    builder_with(|_| {})
}

/// The same with other options.
pub(crate) fn builder_with(change: impl FnOnce(&mut GatewayOptions)) -> GatewayBuilder {
    let allow = ["thermo.read", "camera.snap", "relay.state", "pump.state"];
    let mut options = GatewayOptions {
        auth: AuthGate::token(TOKEN),
        node_commands: NodeCommandRules {
            allow: allow.map(str::to_owned).into(),
            deny: Vec::new(),
        },
        ..GatewayOptions::default()
    };
    change(&mut options);
    Gateway::builder(options)
}

/// The endpoint for `host:port` without TLS.
pub(crate) fn plain(address: &str) -> Endpoint {
    Endpoint::new(format!("ws://{address}").parse().unwrap(), Trust::System)
}

impl World {
    pub(crate) async fn new() -> Self {
        let builder = builder().bind("127.0.0.1:0".parse().unwrap());
        Self::with(builder, plain).await
    }

    /// A Gateway built so, reached by its operator at the endpoint for `host:port`.
    pub(crate) async fn with(
        builder: GatewayBuilder,
        endpoint: impl FnOnce(&str) -> Endpoint,
    ) -> Self {
        let gateway = builder.serve().await.unwrap();
        let endpoint = endpoint(&gateway.addresses()[0].to_string());
        let info = client_info(ClientId::Cli, ClientMode::Cli, "1.0.0");
        let plan =
            ConnectPlan::operator(info, [Scope::Admin]).with_credentials(Credentials::token(TOKEN));
        let connected = Connector::new().connect(&endpoint, plan).await.unwrap();
        let Connection {
            session, events, ..
        } = connected;
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("token"), TOKEN).unwrap();
        Self {
            gateway,
            dir,
            operator: session,
            events,
            calls: AtomicU64::new(0),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.gateway.addresses()[0])
    }

    /// A file in the folder.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) async fn call(&self, method: &str, params: &Value) -> Result<Value, String> {
        let params = to_raw_value(params).unwrap();
        let answer = self
            .operator
            .call_raw(method, Some(&params), PATIENCE)
            .await;
        match answer {
            Ok(raw) => Ok(serde_json::from_str(raw.get()).unwrap()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Approves the commands of the next node that asks for it.
    pub(crate) async fn approve(&mut self) {
        loop {
            let list = self.call("node.pair.list", &json!({})).await.unwrap();
            if let Some(request) = list["pending"][0]["requestId"].as_str() {
                let params = json!({"requestId": request});
                self.call("node.pair.approve", &params).await.unwrap();
                return;
            }
            self.event("node.pair.requested").await;
        }
    }

    /// Waits for an event of this name.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let wait = async {
            loop {
                let event = self.events.recv().await.expect("the gateway is gone");
                if let SessionEvent::Event(event) = event
                    && *event.name == *name
                {
                    let text = event.payload.as_ref().map_or("null", |raw| raw.get());
                    return serde_json::from_str(text).unwrap();
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, wait).await;
        found.unwrap_or_else(|_| panic!("no `{name}` came"))
    }

    /// What a command of a node gives, or the error's text.
    pub(crate) async fn invoke(
        &self,
        node: &str,
        command: &str,
        params: Value,
    ) -> Result<Value, String> {
        let params = json!({
            "nodeId": node, "command": command, "params": params,
            "idempotencyKey": format!("{command}-{}", self.calls.fetch_add(1, Ordering::Relaxed)),
        });
        let answer = self.call("node.invoke", &params).await?;
        Ok(answer["payload"].clone())
    }
}

/// An example that runs. Killed when dropped.
pub(crate) struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts an example with these arguments and nothing of the environment.
    pub(crate) fn start(name: &str, args: &[&str]) -> Self {
        let mut child = Command::new(example(name))
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for a line that begins so; gives the rest of it.
    pub(crate) async fn line(&mut self, begins: &str) -> String {
        let wait = async {
            let mut seen = Vec::new();
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if let Some(rest) = line.strip_prefix(begins) {
                    return rest.to_owned();
                }
                seen.push(line);
            }
            panic!("it ended without `{begins}`: {seen:#?}");
        };
        let found = tokio::time::timeout(PATIENCE, wait).await;
        found.unwrap_or_else(|_| panic!("no line with `{begins}` came"))
    }

    /// The id under which it introduces itself.
    pub(crate) async fn node_id(&mut self) -> String {
        self.line("this is node ").await
    }

    /// Waits for its end: whether it was a good one.
    pub(crate) async fn end(mut self) -> bool {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it does not end").unwrap().success()
    }
}

/// Where cargo puts examples: beside the folder of this test.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is not there; build it: cargo build -p openclaw-node-client --examples",
        path.display()
    );
    path
}
