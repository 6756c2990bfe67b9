//! `openclaw node run` and `openclaw nodes`: a node from its first connection to its removal.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Gateway, Home, Process, TOKEN};

/// A node of the Gateway, in a home of its own, online.
pub(crate) fn node(home: &Home, gateway: &Gateway, name: &str) -> Process {
    let port = gateway.port_text();
    let mut node = home.start(&[
        "node",
        "run",
        "--port",
        &port,
        "--display-name",
        name,
        "--json",
    ]);
    node.stdout_line("\"event\":\"online\"");
    node
}

pub(crate) fn node_home() -> Home {
    Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN)
}

/// Runs `openclaw nodes …` against the Gateway until `wanted` holds of its JSON.
fn nodes_until(home: &Home, args: &[&str], wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let answer = home.run(args).ok().json();
        if wanted(&answer) {
            return answer;
        }
    }
    panic!("never came: {:#?}", home.run(args));
}

/// Approves the one node that waits.
pub(crate) fn approve(home: &Home, port: &str) {
    let pending = nodes_until(
        home,
        &["nodes", "pending", "--json", "--port", port],
        |pending| pending.as_array().is_some_and(|list| !list.is_empty()),
    );
    let request = pending[0]["requestId"].as_str().unwrap();
    let approved = home
        .run(&["nodes", "approve", request, "--port", port])
        .ok()
        .json();
    assert_eq!(approved["requestId"], request);
}

#[test]
fn a_node_is_approved_described_invoked_renamed_and_removed() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let node_home = node_home();
    let mut node = node(&node_home, &gateway, "Kitchen Pi");
    let on = |words: &[&str]| {
        let mut args = vec!["nodes"];
        args.extend(words);
        args.extend(["--port", &port]);
        home.run(&args)
    };
    approve(&home, &port);

    let list = on(&["status", "--connected", "--json"]).ok().json();
    assert_eq!(list["nodes"][0]["displayName"], "Kitchen Pi");
    let id = list["nodes"][0]["nodeId"].as_str().unwrap().to_owned();
    let people = on(&["status"]).ok().stdout;
    assert!(
        people.starts_with("Known: 1 · Paired: 1 · Connected: 1\n"),
        "{people}"
    );

    for wanted in [id.as_str(), &id[..8], "kitchen-pi"] {
        let described = on(&["describe", "--node", wanted, "--json"]).ok().json();
        assert_eq!(described["nodeId"], id, "{wanted}");
    }
    let people = on(&["describe", "--node", "kitchen-pi"]).ok().stdout;
    assert!(people.contains("- system.which\n"), "{people}");

    let answer = on(&[
        "invoke",
        "--node",
        "kitchen-pi",
        "--command",
        "system.which",
        "--params",
        "{\"bins\":[\"sh\"]}",
    ])
    .ok()
    .json();
    assert_eq!(answer["ok"], true);
    assert!(
        answer["payload"]["bins"]["sh"]
            .as_str()
            .unwrap()
            .ends_with("/sh"),
        "{answer}"
    );
    let refused = on(&["invoke", "--node", "kitchen-pi", "--command", "camera.snap"]);
    assert_eq!(refused.code, 1);
    assert_eq!(refused.json()["error"]["type"], "gateway_request_error");
    assert!(
        refused
            .stderr
            .starts_with("nodes invoke failed: node command not allowed"),
        "{}",
        refused.stderr
    );

    let renamed = on(&["rename", "--node", &id, "--name", "Pantry"]).ok();
    assert_eq!(renamed.stdout, format!("node rename ok: {id} -> Pantry\n"));
    assert_eq!(
        on(&["remove", "--node", "pantry"]).ok().stdout,
        format!("node remove ok: {id}\n")
    );
    assert_eq!(node.stop(Signal::TERM), 0);
}

#[test]
fn a_request_that_is_turned_down_or_unknown_is_named() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let node_home = node_home();
    let _node = node(&node_home, &gateway, "x");
    let pending = nodes_until(
        &home,
        &["nodes", "pending", "--json", "--port", &port],
        |pending| pending.as_array().is_some_and(|list| !list.is_empty()),
    );
    let request = pending[0]["requestId"].as_str().unwrap();
    let unknown = home.run(&["nodes", "approve", "nope", "--port", &port]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown
            .stderr
            .contains("Unknown node pairing requestId: nope"),
        "{}",
        unknown.stderr
    );
    assert!(unknown.stderr.contains(request), "{}", unknown.stderr);
    assert_eq!(unknown.json()["error"]["code"], "INVALID_REQUEST");
    home.run(&["nodes", "reject", request, "--port", &port])
        .ok();
    assert!(
        home.run(&["nodes", "approve", request, "--port", &port])
            .code
            == 1
    );
}

#[test]
fn an_unknown_node_is_answered_with_the_known_ones() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let ran = home.run(&[
        "nodes",
        "describe",
        "--node",
        "foo",
        "--port",
        &gateway.port_text(),
    ]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            1,
            "nodes describe failed: unknown node: foo\nhint: openclaw nodes status\n"
        )
    );
    let ran = home
        .run(&["nodes", "pending", "--port", &gateway.port_text()])
        .ok();
    assert_eq!(ran.stdout, "No pending pairing requests.\n");
    let ran = home
        .run(&["nodes", "list", "--json", "--port", &gateway.port_text()])
        .ok();
    assert_eq!(ran.json(), json!({ "pending": [], "paired": [] }));
}

#[test]
fn a_node_comes_back_by_itself_and_remembers_its_gateway() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let node_home = node_home();
    let mut first = node(&node_home, &gateway, "x");
    assert_eq!(first.stop(Signal::INT), 0);
    // The port is in `node.json` now.
    let mut second = node_home.start(&["node", "run"]);
    second.stderr_line(&format!(
        "node host gateway connected: ws://127.0.0.1:{port}"
    ));
    drop(gateway);
    second.stderr_line("node host gateway connect failed");
    let gateway = home.start(&["gateway", "run", "--port", &port]);
    second.stderr_line("node host gateway connected");
    assert_eq!(second.stop(Signal::TERM), 0);
    drop(gateway);
}

#[test]
fn a_wrong_token_ends_the_node_with_the_reason() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let node_home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", "wrong-token-planted");
    let ran = node_home.run(&["node", "run", "--port", &gateway.port_text()]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("token mismatch"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("wrong-token-planted"));
}

#[test]
fn a_damaged_node_file_is_never_replaced() {
    let home = node_home();
    std::fs::create_dir_all(home.state()).unwrap();
    let file = home.state().join("node.json");
    std::fs::write(&file, "{ \"version\": 2 }").unwrap();
    let ran = home.run(&["node", "run"]);
    assert_eq!(ran.code, 78, "{ran:#?}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "{ \"version\": 2 }"
    );
}
