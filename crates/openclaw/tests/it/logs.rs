//! `openclaw logs`

use serde_json::Value;

use crate::support::{ClosedPort, Home};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_gateways_log_is_shown() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let people = home.run(&["logs", "--port", &port]).ok();
    assert!(
        people
            .stdout
            .starts_with("Log file: [DIR]/tmp/openclaw/openclaw-"),
        "{}",
        people.stdout
    );
    let shown = lines(&home.run(&["logs", "--port", &port, "--json"]).ok().stdout);
    assert_eq!(
        (shown[0]["type"].as_str(), shown[0]["sourceKind"].as_str()),
        (Some("meta"), Some("gateway"))
    );
    let listening = shown.iter().find(|line| {
        line["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("listening"))
    });
    let listening = listening.unwrap_or_else(|| panic!("{shown:#?}"));
    assert_eq!(
        (listening["level"].as_str(), listening["subsystem"].as_str()),
        (Some("info"), Some("gateway"))
    );
}

#[test]
fn with_the_gateway_down_its_file_is_read() {
    let home = Home::configured();
    let mut gateway = home.gateway(&[]);
    assert_eq!(gateway.process.stop(rustix::process::Signal::TERM), 0);
    let closed = ClosedPort::take();
    let ran = home.run(&["logs", "--port", &closed.text()]).ok();
    assert_eq!(
        ran.stderr,
        "Local Gateway RPC unavailable; reading configured file log instead.\n"
    );
    assert!(
        ran.stdout
            .contains(" info gateway stopping signal=SIGTERM\n"),
        "{}",
        ran.stdout
    );
    let plain = home
        .run(&["logs", "--plain", "--limit", "1", "--port", &closed.text()])
        .ok();
    assert_eq!(lines(&plain.stdout).len(), 1);
}

#[test]
fn a_gateway_elsewhere_that_is_down_is_an_error() {
    let home = Home::new();
    let closed = ClosedPort::take();
    let url = format!("ws://127.0.0.1:{}", closed.port);
    let ran = home.run(&["logs", "--url", &url, "--token", "x", "--json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["error"]["type"], "gateway_transport_error");
}

#[test]
fn following_shows_what_comes_later() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let mut follow = home.start(&[
        "logs",
        "--follow",
        "--interval",
        "20",
        "--json",
        "--port",
        &port,
    ]);
    follow.stdout_line("\"type\":\"meta\"");
    let wrong = home.run(&["health", "--port", &port, "--token", "wrong"]);
    assert_eq!(wrong.code, 1);
    let line: Value = serde_json::from_str(&follow.stdout_line("connect refused")).unwrap();
    assert_eq!(line["type"], "log");
}

#[test]
fn the_configured_file_is_written_and_read() {
    let home = Home::configured();
    let file = home.path().join("own.log");
    let mut config = home.config();
    config["logging"]["file"] = file.to_str().unwrap().into();
    home.write_config(&config);
    let gateway = home.gateway(&[]);
    let ran = home.run(&["logs", "--port", &gateway.port_text()]).ok();
    assert!(
        ran.stdout.starts_with("Log file: [DIR]/home/own.log\n"),
        "{}",
        ran.stdout
    );
    assert!(file.exists());
}
