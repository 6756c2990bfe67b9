//! `openclaw status --deep`: everything about the way to the Gateway on one screen.

use openclaw_tailscale::stand_in::StandIn;
use serde_json::json;

use crate::support::{ClosedPort, Home, TOKEN};

#[test]
fn credentials_certificate_exposure_and_nodes_are_shown() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": {
        "mode": "local",
        "auth": { "mode": "token", "token": TOKEN },
        "tls": { "enabled": true },
    } }));
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let ran = home
        .run(&["status", "--deep", "--json", "--port", &port])
        .ok();
    assert!(!ran.stdout.contains(TOKEN), "{ran:#?}");
    let report = ran.json();
    assert_eq!(report["gateway"]["reachable"], true, "{report:#}");
    assert_eq!(
        report["auth"]["sources"],
        json!([{ "kind": "token", "source": "config gateway.auth.token" }])
    );
    let tls = &report["tls"];
    assert_eq!(tls["enabled"], true);
    assert!(
        tls["subject"].is_string() && tls["daysLeft"].as_i64().unwrap() > 30,
        "{tls}"
    );
    let fingerprint = tls["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), "sha256:".len() + 64, "{tls}");
    assert_eq!(report["exposure"]["bind"], "loopback");
    assert_eq!(report["exposure"]["tailscale"], "off");
    assert!(report["tunnel"].is_null());
    assert_eq!(
        report["nodeCounts"],
        json!({ "known": 0, "connected": 0, "pending": 0 })
    );

    let text = home.run(&["status", "--deep", "--port", &port]).ok().stdout;
    for says in [
        "token from config gateway.auth.token",
        fingerprint,
        "bind loopback · not on Tailscale · listens on 127.0.0.1:",
        "· TLS · auth token",
        "0 known · 0 connected · 0 pending",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let plain = home.run(&["status", "--json", "--port", &port]).ok().json();
    assert!(plain.get("tls").is_none(), "only --deep asks: {plain:#}");
}

#[test]
fn a_gateway_that_is_down_is_part_of_the_report() {
    let closed = ClosedPort::take();
    let home = Home::configured();
    let report = home
        .run(&["status", "--deep", "--json", "--port", &closed.text()])
        .ok()
        .json();
    assert_eq!(report["gateway"]["reachable"], false);
    assert_eq!(report["tls"], json!({ "enabled": false }));
    assert_eq!(report["auth"]["sources"][0]["kind"], "token");
}

#[test]
fn what_has_become_of_tailscale_is_shown_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let stand_in = StandIn::write(folder.path()).unwrap();
    stand_in.set_state("NeedsLogin").unwrap();
    let home = Home::new().with("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
    home.write_config(&json!({ "gateway": {
        "mode": "local",
        "auth": { "mode": "token", "token": TOKEN },
        "tailscale": { "mode": "serve" },
    } }));
    let mut gateway = home.gateway(&[]);
    gateway.process.stderr_line("serve failed");
    let port = gateway.port_text();
    for args in [
        &["status", "--port", &port][..],
        &["status", "--deep", "--port", &port],
        &["gateway", "status", "--port", &port],
    ] {
        let ran = home.run(args).ok();
        assert!(
            ran.stdout.contains("degraded") && ran.stdout.contains("tailscale up"),
            "{args:?}: {ran:#?}"
        );
    }
    let answer = home
        .run(&["gateway", "status", "--json", "--port", &port])
        .ok()
        .json();
    assert_eq!(answer["tailscale"]["state"], "degraded");
    let report = home.run(&["doctor", "--json", "--port", &port]).json();
    let checks = report["checks"].as_array().unwrap();
    let tailscale = checks
        .iter()
        .find(|check| check["id"] == "tailscale")
        .unwrap();
    assert_eq!(tailscale["status"], "warn");
    assert!(
        tailscale["remedy"]
            .as_str()
            .unwrap()
            .contains("tailscale up"),
        "{tailscale}"
    );
}
