//! Secrets that a command prints are asked for when a connection is opened.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use openclaw_remote::{Identity, OpenOptions, Remote, SecretValue};
use serde_json::json;

use crate::fake_gateways::{Answer, FakeGateways, connector, hello};
use crate::target::Home;

fn home(directory: &std::path::Path, script: &str) -> Home {
    let path = directory.join("vault");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    Home::new(json!({
        "gateway": {"auth": {"token": {"source": "exec", "provider": "vault", "id": "gateway"}}},
        "secrets": {"providers": {"vault": {"source": "exec", "command": path, "timeoutMs": 2000, "maxOutputBytes": 200}}},
    }))
}

async fn open(home: &Home, network: &Arc<FakeGateways>) -> Result<Remote, String> {
    let target = home.resolve().unwrap();
    let token = target.credentials.token.as_ref().unwrap();
    assert!(
        matches!(token.value, SecretValue::Command(_)),
        "not run before it is needed"
    );
    let options = OpenOptions::with_identity(Identity::Nobody).with_connector(connector(network));
    Remote::open(&target, options)
        .await
        .map_err(|error| error.describe().message)
}

fn network() -> Arc<FakeGateways> {
    Arc::new(FakeGateways::new().on(18789, |_| Answer::Admit(hello(), |_, _| Ok(json!({})))))
}

#[tokio::test]
async fn its_answer_is_the_token() {
    let directory = tempfile::tempdir().unwrap();
    let script = r#"cat >/dev/null; echo '{"protocolVersion":1,"values":{"gateway":"printed"}}'"#;
    let network = network();
    open(&home(directory.path(), script), &network)
        .await
        .unwrap();
    assert_eq!(network.told()[0].1["auth"], json!({"token": "printed"}));
}

#[tokio::test]
async fn what_goes_wrong_is_told_without_its_output() {
    let directory = tempfile::tempdir().unwrap();
    for (script, expected) in [
        ("echo hunter2; exit 3", "exit status: 3"),
        (
            "cat >/dev/null; echo hunter2",
            "its answer is no JSON object",
        ),
        ("yes hunter2", "longer than 200 bytes"),
        ("exec sleep 60", "no answer within 2000ms"),
    ] {
        let network = network();
        let error = open(&home(directory.path(), script), &network)
            .await
            .unwrap_err();
        assert!(error.contains(expected), "{script}: {error}");
        assert!(error.contains("gateway.auth.token"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(network.dialled().is_empty(), "no socket was opened");
    }
}
