//! A Gateway with a certificate of its own behind a tunnel: the question of trust is the same as
//! without one, and what is trusted belongs to the far end.

use openclaw_tls_pin::ServerCertFiles;
use serde_json::json;

use crate::ssh::World;
use crate::support::{Home, TOKEN};
use crate::trust::Session;

/// A world whose Gateway speaks TLS, and the fingerprint of its certificate.
fn world() -> (World, String) {
    let there = Home::new();
    there.write_config(&json!({ "gateway": {
        "mode": "local", "auth": { "mode": "token", "token": TOKEN }, "tls": { "enabled": true },
    }}));
    let world = World::around(there);
    let files = ServerCertFiles::in_state_dir(&world.there.state());
    let fingerprint = format!("sha256:{}", files.fingerprint().unwrap());
    (world, fingerprint)
}

#[test]
fn a_person_decides_once_whatever_the_near_port_is() {
    let (world, fingerprint) = world();
    let (target, port) = (world.target(), world.gateway.port_text());
    let args = [
        "health", "--ssh", &target, "--port", &port, "--token", TOKEN,
    ];
    let origin = format!("ssh://{target}/{port}");
    let mut session = Session::start(&world.here, &args);
    let said = session.until("Type yes");
    assert!(said.contains(&format!("{origin} presents:")), "{said}");
    assert!(said.contains(&fingerprint), "{said}");
    assert_eq!(session.answers("no").0, 1);
    let list = || world.here.run(&["trust", "list", "--json"]).ok().json();
    assert_eq!(list()["gateways"], json!([]));

    let mut session = Session::start(&world.here, &args);
    session.until("Type yes");
    let (code, said) = session.answers("yes");
    assert_eq!(code, 0, "{said}");
    assert_eq!(list()["gateways"][0]["origin"], origin);
    assert_eq!(list()["gateways"][0]["pins"][0]["pin"], fingerprint);
    // Every later command knows the Gateway, each through a near port of its own.
    for _ in 0..2 {
        world.here.run(&args).ok();
    }
    let ran = world.here.run(&["trust", "remove", &origin, "--json"]).ok();
    assert_eq!(ran.json()["removed"], json!([fingerprint]));
    world.assert_nothing_left();
}

#[test]
fn without_a_person_the_certificate_and_the_command_are_named_and_nothing_is_sent() {
    let (world, fingerprint) = world();
    let (target, port) = (world.target(), world.gateway.port_text());
    let args = [
        "health", "--ssh", &target, "--port", &port, "--token", TOKEN, "--json",
    ];
    let origin = format!("ssh://{target}/{port}");
    let ran = world.here.run(&args);
    assert_eq!(ran.code, 1);
    let error = ran.json()["error"].clone();
    assert_eq!(error["type"], "gateway_transport_error", "{error:#}");
    assert_eq!(error["details"]["reason"], "tls-untrusted", "{error:#}");
    let text = error.to_string();
    assert!(text.contains(&fingerprint), "{text}");
    let add = format!("openclaw trust add {origin}");
    assert!(text.contains(&add), "{text}");

    let ran = world.here.run(&["trust", "add", &origin]);
    assert_eq!(ran.code, 2);
    let asks = format!("hint: openclaw health --ssh {target} --port {port}, at a terminal");
    assert!(ran.stderr.contains(&asks), "{}", ran.stderr);
    // By its fingerprint, without a terminal.
    let add = ["trust", "add", &origin, "--fingerprint", &fingerprint];
    world.here.run(&add).ok();
    world.here.run(&args).ok();
    let shown = world.here.run(&["trust", "show", &origin]).ok().stdout;
    assert!(shown.contains(&fingerprint), "{shown}");
    world.assert_nothing_left();
}

#[test]
fn another_certificate_than_the_trusted_one_is_refused_and_the_source_of_the_pin_named() {
    let (world, _) = world();
    let (target, port) = (world.target(), world.gateway.port_text());
    let origin = format!("ssh://{target}/{port}");
    let other = format!("sha256:{}", "ab".repeat(32));
    let add = ["trust", "add", &origin, "--fingerprint", &other];
    world.here.run(&add).ok();
    let args = [
        "health", "--ssh", &target, "--port", &port, "--token", TOKEN,
    ];
    let session = Session::start(&world.here, &args);
    let (code, said) = session.answers("yes");
    assert_eq!(code, 1);
    assert!(!said.contains("Type yes"), "{said}");
    let pinned = format!("Pinned: {other} (from state known-gateways.json)");
    for wanted in [&pinned, &format!("openclaw trust remove {origin}")] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    world.assert_nothing_left();
}

#[test]
fn a_tunnel_that_stays_wants_the_certificate_trusted_first() {
    let (world, fingerprint) = world();
    let (target, port) = (world.target(), world.gateway.port_text());
    let up = ["tunnel", "up", "--ssh", &target, "--port", &port, "--json"];
    let ran = world.here.run(&up);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains(&fingerprint), "{ran:#?}");
    let origin = format!("ssh://{target}/{port}");
    let add = ["trust", "add", &origin, "--fingerprint", &fingerprint];
    world.here.run(&add).ok();
    let answer = world.here.run(&up).ok().json();
    let url = answer["url"].as_str().unwrap();
    assert!(url.starts_with("wss://127.0.0.1:"), "{answer:#}");
    world.here.run(&["tunnel", "down"]).ok();
    world.assert_nothing_left();
}
