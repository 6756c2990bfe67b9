//! `openclaw devices` and `openclaw nodes` when no Gateway runs: on its state, under its lock.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{ClosedPort, Gateway, Home, TOKEN};

/// A Gateway that asks a person about devices of this machine too.
fn asking() -> Home {
    let home = Home::new();
    home.write_config(&json!({
        "gateway": {
            "mode": "local",
            "auth": { "mode": "token", "token": TOKEN },
            "nodes": { "pairing": { "autoApproveLocal": false } },
        },
    }));
    home
}

/// A node that asks to be let in, until it was heard: its home, and its request.
fn waiting(gateway: &Gateway) -> (Home, String) {
    let node_home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let port = gateway.port_text();
    let mut node = node_home.start(&["node", "run", "--port", &port, "--json"]);
    let line = node.stdout_line("\"event\":\"waiting-for-approval\"");
    let waiting: Value = serde_json::from_str(&line).unwrap();
    (node_home, waiting["requestId"].as_str().unwrap().to_owned())
}

fn stop(mut gateway: Gateway) {
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
}

#[test]
fn what_waits_is_approved_without_a_gateway_and_holds_at_its_next_start() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let (node_home, request) = waiting(&gateway);
    stop(gateway);
    let closed = ClosedPort::take();
    let port = closed.text();

    let listed = home
        .run(&["devices", "list", "--json", "--port", &port])
        .ok();
    assert!(
        listed
            .stderr
            .starts_with("note: no Gateway runs at ws://127.0.0.1:"),
        "{listed:#?}"
    );
    let listed = listed.json();
    assert_eq!(listed["via"], "local-store");
    assert_eq!(listed["pending"][0]["requestId"], *request);
    let text = home.run(&["devices", "list", "--port", &port]).ok().stdout;
    assert!(text.contains(&request), "{text}");

    let unknown = home.run(&["devices", "approve", "nope", "--port", &port]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown
            .stderr
            .contains("No pending device request matches nope."),
        "{}",
        unknown.stderr
    );
    let approved = home
        .run(&["devices", "approve", &request, "--json", "--port", &port])
        .ok()
        .json();
    assert_eq!(approved["via"], "local-store");
    assert_eq!(approved["requestId"], *request);

    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let mut node = node_home.start(&["node", "run", "--port", &port, "--json"]);
    node.stdout_line("\"event\":\"online\"");
}

#[test]
fn the_same_record_is_approved_as_a_node() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let (node_home, request) = waiting(&gateway);
    stop(gateway);
    let closed = ClosedPort::take();
    let port = closed.text();
    let pending = home
        .run(&["nodes", "pending", "--json", "--port", &port])
        .ok()
        .json();
    assert_eq!(pending[0]["requestId"], *request);
    let unknown = home.run(&["nodes", "approve", "nope", "--port", &port]);
    assert!(
        unknown
            .stderr
            .contains(&format!("Pending requestIds: {request}")),
        "{unknown:#?}"
    );
    let approved = home
        .run(&["nodes", "approve", &request, "--port", &port])
        .ok()
        .json();
    assert_eq!(approved["via"], "local-store");
    let gone = home.run(&["devices", "approve", &request, "--port", &port]);
    assert_eq!(gone.code, 1, "one record, approved once");
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let mut node = node_home.start(&["node", "run", "--port", &port, "--json"]);
    node.stdout_line("\"event\":\"online\"");
}

#[test]
fn requests_are_turned_down_and_devices_removed() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let (_node_home, request) = waiting(&gateway);
    stop(gateway);
    let closed = ClosedPort::take();
    let port = closed.text();
    let on = |words: &[&str]| {
        let mut args = words.to_vec();
        args.extend(["--port", &port]);
        home.run(&args)
    };
    let rejected = on(&["devices", "reject", &request, "--json"]).ok().json();
    assert_eq!(rejected["via"], "local-store");
    assert_eq!(on(&["devices", "reject", &request]).code, 1);

    let paired = Home::configured();
    let gateway = paired.gateway(&[]);
    paired
        .run(&["devices", "list", "--port", &gateway.port_text()])
        .ok();
    stop(gateway);
    let on = |words: &[&str]| {
        let mut args = words.to_vec();
        args.extend(["--port", &port]);
        paired.run(&args)
    };
    let listed = on(&["devices", "list", "--json"]).ok().json();
    let device = listed["paired"][0]["deviceId"].as_str().unwrap().to_owned();
    let rotated = on(&[
        "devices",
        "rotate",
        "--device",
        &device[..8],
        "--role",
        "operator",
    ])
    .ok();
    let rotated = rotated.json();
    assert_eq!(
        (&rotated["via"], rotated.get("token")),
        (&json!("local-store"), None)
    );
    let wider = on(&["devices", "rotate", "--device", &device, "--role", "node"]);
    assert_eq!(wider.code, 1, "{wider:#?}");
    let revoked = on(&[
        "devices", "revoke", "--device", &device, "--role", "operator",
    ])
    .ok();
    assert!(revoked.json()["revokedAtMs"].is_u64());
    assert_eq!(
        on(&["devices", "remove", &device]).ok().stdout,
        format!("Removed {device}\n")
    );
    assert_eq!(
        on(&["devices", "list", "--json"]).ok().json()["paired"],
        json!([])
    );
}

#[test]
fn a_gateway_that_is_meant_elsewhere_is_never_replaced_by_the_state_here() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let (_node_home, request) = waiting(&gateway);
    stop(gateway);
    let closed = ClosedPort::take();
    let url = format!("ws://127.0.0.1:{}", closed.port);
    let by_url = home.run(&[
        "devices", "approve", &request, "--url", &url, "--token", TOKEN, "--json",
    ]);
    assert_eq!(by_url.code, 1);
    assert_eq!(by_url.json()["error"]["type"], "gateway_transport_error");
    home.write_config(&json!({
        "gateway": { "mode": "remote", "remote": { "url": url, "token": TOKEN } },
    }));
    let by_mode = home.run(&["devices", "approve", &request, "--json"]);
    assert_eq!(by_mode.json()["error"]["type"], "gateway_transport_error");
    let variable = asking()
        .with("OPENCLAW_GATEWAY_URL", &url)
        .with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let by_variable = variable.run(&["devices", "list", "--json"]);
    assert_eq!(
        by_variable.json()["error"]["type"],
        "gateway_transport_error"
    );
    let listed = home
        .run(&["devices", "list", "--json", "--port", &closed.text()])
        .ok()
        .json();
    assert_eq!(
        listed["pending"][0]["requestId"], *request,
        "it still waits"
    );
}

#[test]
fn a_gateway_that_runs_is_not_gone_round() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let (_node_home, request) = waiting(&gateway);
    let closed = ClosedPort::take();
    let elsewhere = home.run(&[
        "devices",
        "approve",
        &request,
        "--json",
        "--port",
        &closed.text(),
    ]);
    assert_eq!(elsewhere.code, 1);
    let error = &elsewhere.json()["error"];
    assert_eq!(error["type"], "gateway_transport_error");
    assert!(error["stateOwner"].is_u64(), "{error:#}");
    assert!(
        error["hints"]
            .to_string()
            .contains("openclaw gateway status --deep"),
        "{error:#}"
    );

    let port = gateway.port_text();
    let wrong = [
        "devices", "approve", &request, "--token", "wrong", "--port", &port,
    ];
    let refused = home.run(&wrong);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("hint: openclaw auth explain"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("hint: or stop the Gateway"),
        "{}",
        refused.stderr
    );
    let listed = home
        .run(&["devices", "list", "--json", "--port", &port])
        .ok()
        .json();
    assert!(listed.get("via").is_none(), "{listed:#}");
    assert!(
        listed["pending"].to_string().contains(&request),
        "neither of them approved anything: {listed:#}"
    );
}

#[test]
fn an_operator_that_waits_itself_is_told_both_ways_out() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let (_node_home, request) = waiting(&gateway);
    home.write_config(&json!({
        "gateway": {
            "mode": "local",
            "auth": { "mode": "none" },
            "nodes": { "pairing": { "autoApproveLocal": false } },
        },
    }));
    let refused = home.run(&["devices", "approve", &request, "--port", &port]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("or stop the Gateway"),
        "{}",
        refused.stderr
    );
    stop(gateway);
    home.run(&["devices", "approve", &request, "--port", &port])
        .ok();
}

#[test]
fn without_any_state_there_is_nothing_to_act_on() {
    let home = Home::configured();
    let closed = ClosedPort::take();
    let ran = home.run(&["devices", "list", "--json", "--port", &closed.text()]);
    assert_eq!(ran.code, 1);
    let error = &ran.json()["error"];
    assert_eq!(error["type"], "gateway_transport_error");
    assert!(
        error["hints"].to_string().contains("openclaw gateway run"),
        "{error:#}"
    );
    assert!(!home.state().join("state").exists(), "nothing was made");
    assert!(!home.state().join("identity/gateway-token.key").exists());
}
