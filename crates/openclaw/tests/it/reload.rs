//! A Gateway whose configuration changes while it runs.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Home, TOKEN};

const NEXT_TOKEN: &str = "another-token-0123456789abcdef-0123456789";

fn config(token: &str) -> Value {
    json!({ "gateway": {
        "mode": "local", "auth": { "mode": "token", "token": token }, "reload": { "mode": "hybrid" },
    }})
}

/// The code of `gateway health` with this token at this port.
fn health(home: &Home, port: &str, token: &str) -> i32 {
    home.run(&["gateway", "health", "--port", port, "--token", token])
        .code
}

#[test]
fn a_token_that_is_changed_in_the_file_counts_at_once() {
    let home = Home::new();
    home.write_config(&config(TOKEN));
    let mut gateway = home.gateway(&[]);
    let port = gateway.port_text();
    assert_eq!(health(&home, &port, TOKEN), 0);
    home.write_config(&config(NEXT_TOKEN));
    gateway.process.stderr_line("config reloaded");
    assert_eq!(health(&home, &port, TOKEN), 1);
    assert_eq!(health(&home, &port, NEXT_TOKEN), 0);
    let said = gateway.process.everything();
    assert!(
        !said.contains(TOKEN) && !said.contains(NEXT_TOKEN),
        "a token was said: {said}"
    );
}

#[test]
fn a_secret_from_a_file_is_read_again_at_a_hangup() {
    let home = Home::new();
    let file = home.path().join("token");
    fs::write(&file, TOKEN).unwrap();
    home.write_config(&json!({
        "gateway": { "mode": "local", "auth": { "mode": "token", "token":
            { "source": "file", "provider": "token", "id": "value" } } },
        "secrets": { "providers": { "token":
            { "source": "file", "path": file, "mode": "singleValue" } } },
    }));
    let mut gateway = home.gateway(&[]);
    let port = gateway.port_text();
    assert_eq!(health(&home, &port, TOKEN), 0);
    fs::write(&file, NEXT_TOKEN).unwrap();
    gateway.process.signal(Signal::HUP);
    gateway.process.stderr_line("config reloaded");
    assert_eq!(health(&home, &port, TOKEN), 1);
    assert_eq!(health(&home, &port, NEXT_TOKEN), 0);
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
}

#[test]
fn a_configuration_that_is_refused_changes_nothing() {
    let home = Home::new();
    home.write_config(&config(TOKEN));
    let mut gateway = home.gateway(&[]);
    let port = gateway.port_text();
    home.write_config_text("{ gateway: { prot: 1 } }");
    let line = gateway.process.stderr_line("config reload skipped");
    assert!(line.contains("Unrecognized key: \"prot\""), "{line}");
    let mut exposed = config("short");
    exposed["gateway"]["bind"] = json!("lan");
    home.write_config(&exposed);
    let line = gateway.process.stderr_line("config reload skipped");
    assert!(line.contains("Refusing to bind gateway to lan"), "{line}");
    assert_eq!(health(&home, &port, TOKEN), 0);
}

#[test]
fn another_bind_takes_a_restart_in_the_same_process() {
    let home = Home::new();
    let bound = |mode: &str| {
        let mut config = config(TOKEN);
        config["gateway"]["bind"] = json!("custom");
        config["gateway"]["customBindHost"] = json!("127.0.0.2");
        config["gateway"]["reload"]["mode"] = json!(mode);
        config
    };
    home.write_config(&config(TOKEN));
    let mut gateway = home.gateway(&[]);
    let port = gateway.port_text();
    home.write_config(&bound("hot"));
    let line = gateway
        .process
        .stderr_line("config reload requires gateway restart");
    assert!(
        line.contains("hot mode ignoring (gateway.bind, gateway.customBindHost)"),
        "{line}"
    );
    home.write_config(&bound("off"));
    gateway.process.stderr_line("waits for the next start");
    home.write_config(&bound("hybrid"));
    gateway
        .process
        .stdout_line(&format!("listening on ws://127.0.0.2:{port}"));
    assert_eq!(health(&home, &port, TOKEN), 0);
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
}
