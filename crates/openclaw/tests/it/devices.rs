//! `openclaw devices`

use serde_json::Value;

use crate::support::{Home, TOKEN};

/// A Gateway that asks a person about devices of this machine too.
fn asking() -> Home {
    let home = Home::new();
    home.write_config(&serde_json::json!({
        "gateway": {
            "mode": "local",
            "auth": { "mode": "token", "token": TOKEN },
            "nodes": { "pairing": { "autoApproveLocal": false } },
        },
    }));
    home
}

fn list(home: &Home, port: &str) -> Value {
    home.run(&["devices", "list", "--json", "--port", port])
        .ok()
        .json()
}

#[test]
fn nothing_is_listed_and_nothing_can_be_approved_at_first() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let ran = home.run(&["devices", "approve", "nope", "--port", &port]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("No pending device request matches nope."),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: openclaw devices list"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_node_that_waits_is_approved_by_the_command_it_is_told() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let node_home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let mut node = node_home.start(&["node", "run", "--port", &port, "--json"]);
    let line = node.stdout_line("\"event\":\"waiting-for-approval\"");
    let waiting: Value = serde_json::from_str(&line).unwrap();
    let request = waiting["requestId"].as_str().unwrap();
    assert_eq!(
        waiting["command"],
        format!("openclaw devices approve {request}")
    );

    let listed = list(&home, &port);
    let pending = listed["pending"].as_array().unwrap();
    assert!(
        pending.iter().any(|entry| entry["requestId"] == request),
        "{listed}"
    );
    let preview = home.run(&["devices", "approve", "--port", &port]);
    assert_eq!(preview.code, 1, "without an id nothing is approved");
    let approved = home
        .run(&["devices", "approve", request, "--port", &port])
        .ok();
    assert!(
        approved.stdout.starts_with("Approved "),
        "{}",
        approved.stdout
    );
    node.stdout_line("\"event\":\"online\"");
}

#[test]
fn a_request_is_turned_down() {
    let home = asking();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let node_home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let mut node = node_home.start(&["node", "run", "--port", &port, "--json"]);
    let line = node.stdout_line("\"event\":\"waiting-for-approval\"");
    let waiting: Value = serde_json::from_str(&line).unwrap();
    let request = waiting["requestId"].as_str().unwrap();
    let rejected = home
        .run(&["devices", "reject", request, "--port", &port])
        .ok();
    assert!(
        rejected.stdout.starts_with("Rejected "),
        "{}",
        rejected.stdout
    );
    assert_eq!(
        home.run(&["devices", "reject", request, "--port", &port])
            .code,
        1
    );
}

#[test]
fn tokens_are_rotated_and_revoked_and_devices_removed() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let listed = list(&home, &port);
    let device = listed["paired"][0]["deviceId"].as_str().unwrap().to_owned();
    assert!(
        listed["paired"][0]["tokens"][0].get("token").is_none(),
        "{listed}"
    );

    let on = |words: &[&str]| {
        let mut args = vec!["devices"];
        args.extend(words);
        args.extend(["--port", &port]);
        home.run(&args)
    };
    let rotated = on(&["rotate", "--device", &device[..8], "--role", "operator"])
        .ok()
        .json();
    assert_eq!(
        (rotated["deviceId"].as_str(), rotated["role"].as_str()),
        (Some(device.as_str()), Some("operator"))
    );
    let wider = on(&["rotate", "--device", &device, "--role", "node"]);
    assert_eq!(wider.code, 1, "a role that was never approved");
    assert_eq!(wider.json()["ok"], false);
    let revoked = on(&["revoke", "--device", &device, "--role", "operator"])
        .ok()
        .json();
    assert!(revoked["revokedAtMs"].is_u64(), "{revoked}");
    let removed = on(&["remove", &device]).ok();
    assert_eq!(removed.stdout, format!("Removed {device}\n"));
    let unknown = on(&["remove", "desk"]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("unknown device: desk"),
        "{}",
        unknown.stderr
    );
}
