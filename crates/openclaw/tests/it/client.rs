//! Commands that ask a Gateway: answers, and what is said when there is none.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{ClosedPort, Home, TOKEN};

#[test]
fn health_is_shown_to_people_and_programs() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let people = home.run(&["health", "--port", &port]).ok();
    assert!(
        people.stdout.contains("Agents: main (default)"),
        "{}",
        people.stdout
    );
    let program = home.run(&["health", "--port", &port, "--json"]).ok();
    assert_eq!(
        (program.json()["ok"].as_bool(), program.stderr.as_str()),
        (Some(true), "")
    );
    let ok = home.run(&["gateway", "health", "--port", &port]).ok();
    assert!(
        ok.stdout.starts_with("Gateway Health\nOK ("),
        "{}",
        ok.stdout
    );
}

#[test]
fn a_gateway_that_is_down_is_named_with_the_way_to_start_it() {
    let home = Home::configured();
    let port = ClosedPort::take();
    let ran = home.run(&["health", "--port", &port.text()]);
    assert_snapshot!("down_health", ran.shown(Some(port.port)));
    let ran = home.run(&[
        "gateway",
        "call",
        "health",
        "--port",
        &port.text(),
        "--json",
    ]);
    assert_snapshot!("down_call_json", ran.shown(Some(port.port)));
    let ran = home.run(&[
        "gateway",
        "probe",
        "--port",
        &port.text(),
        "--timeout",
        "5000",
    ]);
    assert_snapshot!(
        "down_probe",
        ran.shown(Some(port.port)).replace("5000ms", "[BUDGET]")
    );
}

#[test]
fn an_explicit_url_takes_no_credentials_from_anywhere() {
    let home = Home::configured().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let gateway = home.gateway(&[]);
    let url = format!("ws://127.0.0.1:{}", gateway.port);
    for args in [
        &["health", "--url", &url][..],
        &["--url", &url, "gateway", "call", "health"],
        &["nodes", "status", "--url", &url],
        &["devices", "list", "--url", &url],
        &["logs", "--url", &url],
    ] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{args:?}");
        assert!(
            ran.stderr
                .contains("gateway url override requires explicit credentials"),
            "{}",
            ran.stderr
        );
    }
    let ran = home.run(&["health", "--url", &url]);
    assert_snapshot!("url_without_credentials", ran.shown(Some(gateway.port)));
    let ran = home.run(&["health", "--url", &url, "--json"]);
    assert_eq!(ran.json()["error"]["type"], "gateway_credentials_required");
    home.run(&["health", "--url", &url, "--token", TOKEN]).ok();
    home.run(&["--token", TOKEN, "--url", &url, "gateway", "health"])
        .ok();
}

#[test]
fn a_wrong_credential_is_an_error_although_the_device_is_paired() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    home.run(&["health", "--port", &port]).ok();
    let ran = home.run(&[
        "gateway", "call", "health", "--port", &port, "--token", "wrong", "--json",
    ]);
    assert_eq!(ran.code, 1);
    let error = &ran.json()["error"];
    assert_eq!(error["type"], "gateway_request_error");
    assert_eq!(error["details"]["code"], "AUTH_TOKEN_MISMATCH");
    assert!(!ran.stdout.contains("wrong"), "{}", ran.stdout);
}

#[test]
fn without_any_credential_no_socket_is_opened() {
    let ran = Home::new().run(&["health", "--port", &ClosedPort::take().text()]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("gateway health requires credentials before opening a websocket"),
        "{}",
        ran.stderr
    );
}

#[test]
fn plaintext_to_the_world_is_refused() {
    let ran = Home::new().run(&[
        "health",
        "--url",
        "ws://gateway.example:18789",
        "--token",
        TOKEN,
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("SECURITY ERROR"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(TOKEN));
}

#[test]
fn calls_print_the_answer_and_the_gateways_own_errors() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let ran = home
        .run(&["gateway", "call", "node.list", "--port", &port])
        .ok();
    assert!(
        ran.stdout.starts_with("Gateway call: node.list\n{\n"),
        "{}",
        ran.stdout
    );
    let ran = home
        .run(&["gateway", "call", "node.list", "--port", &port, "--json"])
        .ok();
    assert_eq!(ran.json()["nodes"], json!([]));
    let ran = home.run(&["gateway", "call", "no.such.method", "--port", &port]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (1, "Gateway call failed: unknown method: no.such.method\n")
    );
    let ran = home.run(&[
        "gateway",
        "call",
        "node.describe",
        "--params",
        "{\"nodeId\":\"x\"}",
        "--port",
        &port,
        "--json",
    ]);
    assert_eq!(ran.json()["error"]["message"], "unknown nodeId");
}

#[test]
fn status_never_fails_and_says_what_is_wrong() {
    let home = Home::new();
    let port = ClosedPort::take();
    let down = home.run(&["status", "--port", &port.text()]).ok();
    assert!(
        down.stdout.contains("(missing; defaults apply)"),
        "{}",
        down.stdout
    );
    home.write_config_text("{ gateway: { port: 'abc' } }");
    let invalid = home.run(&["status"]).ok();
    assert!(
        invalid.stdout.contains("openclaw.json (invalid)"),
        "{}",
        invalid.stdout
    );
    assert!(
        invalid.stdout.contains("gateway.port: Invalid input"),
        "{}",
        invalid.stdout
    );
    let report = home.run(&["status", "--json"]).ok().json();
    assert_eq!(report["gateway"]["reachable"], false);
    assert_eq!(report["gateway"]["misconfigured"], true);
    assert_eq!(report["configIssues"].as_array().unwrap().len(), 1);
}

#[test]
fn status_of_a_running_gateway_collects_its_answers() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let people = home.run(&["status", "--port", &port]).ok();
    assert!(people.stdout.contains(" · reachable "), "{}", people.stdout);
    assert!(
        people.stdout.contains(" · auth token · "),
        "{}",
        people.stdout
    );
    let report = home
        .run(&["status", "--all", "--json", "--port", &port])
        .ok()
        .json();
    assert_eq!(report["gateway"]["reachable"], true);
    assert_eq!(report["collection"]["source"], "gateway");
    for key in [
        "os",
        "sessions",
        "heartbeat",
        "health",
        "nodes",
        "devices",
        "presence",
    ] {
        assert!(!report[key].is_null(), "{key} missing in {report}");
    }
}

#[test]
fn gateway_status_shows_listener_and_probe() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let people = home.run(&["gateway", "status", "--port", &port]).ok();
    assert!(
        people
            .stdout
            .contains("Connectivity probe: ok\nCapability: admin\n"),
        "{}",
        people.stdout
    );
    let report = home
        .run(&["gateway", "status", "--port", &port, "--json"])
        .ok()
        .json();
    assert_eq!(report["rpc"]["ok"], true);
    assert_eq!(report["port"]["status"], "busy");
    assert_eq!(report["gateway"]["portSource"], "--port");
    let report = home
        .run(&["gateway", "status", "--no-probe", "--json"])
        .ok()
        .json();
    assert!(report.get("rpc").is_none());
}

#[test]
fn gateway_status_fails_only_when_an_answer_is_required() {
    let home = Home::configured();
    let closed = ClosedPort::take();
    let port = closed.text();
    assert_eq!(home.run(&["gateway", "status", "--port", &port]).code, 0);
    assert_eq!(
        home.run(&["gateway", "status", "--port", &port, "--require-rpc"])
            .code,
        1
    );
    let ran = home.run(&[
        "gateway",
        "status",
        "--port",
        &port,
        "--require-rpc",
        "--json",
    ]);
    assert_eq!(
        (ran.code, ran.json()["rpc"]["ok"].as_bool()),
        (1, Some(false))
    );
}

#[test]
fn probe_tries_every_gateway_and_mixes_no_credentials() {
    let (here, there) = (Home::configured(), Home::configured());
    let (near, far) = (here.gateway(&[]), there.gateway(&[]));
    here.write_config(&json!({
        "gateway": {
            "mode": "local", "port": near.port, "auth": { "mode": "token", "token": TOKEN },
            "remote": { "url": format!("ws://127.0.0.1:{}", far.port), "token": "wrong" },
        },
    }));
    let report = here.run(&["gateway", "probe", "--json"]).ok().json();
    let targets = report["targets"].as_array().unwrap();
    assert_eq!(report["primaryTargetId"], "localLoopback");
    assert_eq!(targets[0]["id"], "configRemote");
    assert_eq!(
        (
            targets[0]["active"].as_bool(),
            targets[0]["connect"]["ok"].as_bool()
        ),
        (Some(false), Some(false))
    );
    assert_eq!(
        (
            targets[1]["active"].as_bool(),
            targets[1]["connect"]["ok"].as_bool()
        ),
        (Some(true), Some(true))
    );
    let url = format!("ws://127.0.0.1:{}", far.port);
    let report = here
        .run(&[
            "gateway", "probe", "--url", &url, "--token", TOKEN, "--json",
        ])
        .ok()
        .json();
    assert_eq!(report["primaryTargetId"], "explicit");
    assert_eq!(report["warnings"][0]["code"], "multiple_gateways");
}

#[test]
fn an_invalid_configuration_stops_a_client_with_every_error() {
    let home = Home::new();
    home.write_config_text("{ gateway: { port: 'abc', bogus: 1 } }");
    let ran = home.run(&["health", "--json"]);
    assert_eq!(ran.code, 78);
    let error = &ran.json()["error"];
    assert_eq!(error["type"], "config_invalid");
    assert_eq!(error["issues"].as_array().unwrap().len(), 2);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let mut command = home.command(&["config", "schema"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
