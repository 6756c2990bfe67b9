//! The program as a service manager sees it: pairing, answering, ending.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use openclaw_connect::plan::client_info;
use openclaw_connect::{
    ConnectPlan, Connection, Connector, Credentials, Endpoint, Session, SessionEvent, Trust,
};
use openclaw_gateway_server::{Gateway, GatewayOptions, NodeCall};
use openclaw_policy::AuthGate;
use openclaw_protocol::Scope;
use openclaw_protocol::client::{ClientId, ClientMode};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

const TOKEN: &str = "node-program-test-token";
/// Every wait of a test ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with a sealed home.
fn program(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-node"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("OPENCLAW_STATE_DIR", home.join("state"))
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    command
}

/// Ends the child with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The next event of this name on the program's stdout.
fn event(lines: &mut impl Iterator<Item = std::io::Result<String>>, name: &str) -> Value {
    for line in lines {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if event["event"] == name {
            return event;
        }
    }
    panic!("no event {name}")
}

async fn call(operator: &Session, method: &str, params: &Value) -> Value {
    let params = to_raw_value(params).unwrap();
    let answer = operator.call_raw(method, Some(&params), PATIENCE).await;
    serde_json::from_str(answer.unwrap().get()).unwrap()
}

/// Approves the commands of the next node that asks for it, as a person would.
async fn approve(gateway: &Gateway) {
    let url = format!("ws://{}", gateway.addresses()[0]);
    let endpoint = Endpoint::new(url.parse().unwrap(), Trust::System);
    let info = client_info(ClientId::Cli, ClientMode::Cli, "1.0.0");
    let plan =
        ConnectPlan::operator(info, [Scope::Admin]).with_credentials(Credentials::token(TOKEN));
    let Connection {
        session: operator,
        mut events,
        ..
    } = Connector::new().connect(&endpoint, plan).await.unwrap();
    loop {
        let list = call(&operator, "node.pair.list", &json!({})).await;
        if let Some(request) = list["pending"][0]["requestId"].as_str() {
            let params = json!({ "requestId": request });
            call(&operator, "node.pair.approve", &params).await;
            return;
        }
        loop {
            match events.recv().await.expect("the gateway is gone") {
                SessionEvent::Event(event) if *event.name == *"node.pair.requested" => break,
                _ => {}
            }
        }
    }
}

#[test]
fn it_pairs_answers_and_ends_with_0_when_told_to_stop() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let options = GatewayOptions {
        auth: AuthGate::token(TOKEN),
        ..GatewayOptions::default()
    };
    let listen = "127.0.0.1:0".parse().unwrap();
    let gateway = runtime
        .block_on(Gateway::builder(options).bind(listen).serve())
        .unwrap();
    let port = gateway.addresses()[0].port().to_string();

    let child = program(home.path(), &["--port", &port, "--json"])
        .env("OPENCLAW_GATEWAY_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let start = event(&mut lines, "start");
    let online = event(&mut lines, "online");
    assert_eq!(online["protocol"], 4);

    let answer = runtime.block_on(async {
        approve(&gateway).await;
        let node_id = start["nodeId"].as_str().unwrap().into();
        let params = to_raw_value(&json!({ "bins": ["sh"] })).unwrap();
        let call = NodeCall {
            params: Some(params),
            ..NodeCall::new(node_id, "system.which")
        };
        let mut handle = gateway.call_node(&call).unwrap();
        handle.result().await.unwrap()
    });
    let answer: Value = serde_json::from_str(answer.payload.get()).unwrap();
    assert!(
        answer["bins"]["sh"].as_str().unwrap().ends_with("/sh"),
        "{answer}"
    );

    let pid = rustix::process::Pid::from_child(&running.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    runtime.block_on(gateway.shutdown("test"));
}

#[test]
fn what_starting_again_does_not_mend_ends_with_78() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("openclaw.json"), "{ gateway: { port: 'x' } }").unwrap();
    let output = program(home.path(), &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("Node host failed"), "{said}");

    std::fs::write(state.join("openclaw.json"), "{}").unwrap();
    std::fs::write(state.join("node.json"), "no JSON").unwrap();
    let output = program(home.path(), &["--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["ok"], false);
}

#[test]
fn help_has_an_example_and_wrong_use_is_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let output = program(home.path(), &["--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
    let output = program(home.path(), &["--bogus"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = program(home.path(), &["--host", "g", "--tls-fingerprint", "xyz"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("Invalid TLS fingerprint"), "{said}");
}
