//! `openclaw doctor`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{ClosedPort, Home, Systemctl, TOKEN, unit_file};

/// A check of a report.
#[track_caller]
fn check<'r>(report: &'r Value, id: &str) -> &'r Value {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["id"] == id)
        .unwrap_or_else(|| panic!("no check `{id}`: {report:#}"))
}

/// A home whose files nobody else may read.
fn private(home: &Home) {
    fs::set_permissions(home.state(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(home.config_file(), fs::Permissions::from_mode(0o600)).unwrap();
}

fn config(port: u16) -> Value {
    json!({ "gateway": {
        "mode": "local", "port": port, "auth": { "mode": "token", "token": TOKEN },
    } })
}

#[test]
fn a_gateway_that_runs_is_found_sound() {
    let home = Home::configured();
    private(&home);
    let gateway = home.gateway(&[]);
    let report = home
        .run(&["doctor", "--json", "--port", &gateway.port_text()])
        .ok()
        .json();
    assert_eq!(report["ok"], true, "{report:#}");
    for id in [
        "config.valid",
        "state.lock",
        "port.owner",
        "gateway.answers",
        "gateway.version",
        "nodes.version",
        "fs",
        "exposure",
        "devices",
        "clock",
    ] {
        assert_eq!(check(&report, id)["status"], "ok", "{id}: {report:#}");
    }
    for id in ["service.gateway", "service.node"] {
        assert_eq!(check(&report, id)["status"], "skipped", "{id}: {report:#}");
    }
    // With everything there is, too.
    home.run(&["doctor", "--deep", "--port", &gateway.port_text()])
        .ok();
}

#[test]
fn what_is_wrong_has_a_remedy_and_a_code() {
    let home = Home::new();
    home.write_config_text("{gateway: {bnd: 'lan'}}");
    let ran = home.run(&["doctor", "--json"]);
    assert_eq!(ran.code, 1);
    let report = ran.json();
    let valid = check(&report, "config.valid");
    assert_eq!(valid["status"], "fail");
    assert!(valid["detail"].as_str().unwrap().contains("bnd"), "{valid}");
    assert_eq!(report["ok"], false);
    for check in report["checks"].as_array().unwrap() {
        if check["status"] == "fail" || check["status"] == "warn" {
            assert!(check["remedy"].is_string(), "{check}");
        }
    }
}

#[test]
fn a_port_that_somebody_else_has_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = Home::new();
    home.write_config(&config(port));
    private(&home);
    let report = home.run(&["doctor", "--json", "--timeout", "300"]).json();
    let owner = check(&report, "port.owner");
    assert_eq!(owner["status"], "warn", "{report:#}");
    let pid = format!("pid {}", std::process::id());
    assert!(owner["detail"].as_str().unwrap().contains(&pid), "{owner}");
}

#[test]
fn fix_mends_modes_and_the_lock_of_a_killed_gateway_and_says_so() {
    let home = Home::configured();
    private(&home);
    let mut gateway = home.gateway(&[]);
    gateway.process.stop(Signal::KILL);
    fs::set_permissions(home.config_file(), fs::Permissions::from_mode(0o644)).unwrap();
    let closed = ClosedPort::take();
    let args = ["doctor", "--json", "--port", &closed.text()];
    let before = home.run(&args);
    assert_eq!(before.code, 1, "an open configuration fails: {before:#?}");
    let report = before.json();
    assert_eq!(check(&report, "state.lock")["status"], "warn");
    assert_eq!(
        check(&report, "fs.config.perms_world_readable")["status"],
        "fail"
    );

    let ran = home
        .run(&["doctor", "--fix", "--port", &closed.text()])
        .ok();
    assert!(ran.stdout.contains("chmod 600 "), "{ran:#?}");
    assert!(ran.stdout.contains("left behind by pid "), "{ran:#?}");
    let mode = home.config_file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let after = home.run(&args).ok().json();
    assert!(
        after["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["id"] != "state.lock")
    );
    assert_eq!(check(&after, "fs")["status"], "ok");
}

#[test]
fn without_fix_nothing_is_changed() {
    let home = Home::configured();
    fs::set_permissions(home.config_file(), fs::Permissions::from_mode(0o644)).unwrap();
    let closed = ClosedPort::take();
    home.run(&["doctor", "--port", &closed.text()]);
    let mode = home.config_file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn a_service_that_does_not_fit_is_found() {
    let systemctl = Systemctl::new();
    let closed = ClosedPort::take();
    let home = systemctl.home(Home::new());
    home.write_config(&config(closed.port));
    private(&home);
    home.run(&["gateway", "install"]).ok();
    systemctl.says("ActiveState=active\nMainPID=42\n");
    let report = home.run(&["doctor", "--json"]).json();
    assert_eq!(
        check(&report, "service.gateway")["status"],
        "ok",
        "{report:#}"
    );
    assert_eq!(check(&report, "service.gateway.fits")["status"], "ok");

    // The original's own unit: another program, an older version, a secret, another port.
    let unit = format!(
        "[Service]\nExecStart=/usr/bin/node /opt/openclaw.mjs gateway --port 18789\n\
         Environment=OPENCLAW_GATEWAY_TOKEN={TOKEN}\n\
         Environment=OPENCLAW_SERVICE_VERSION=2026.2.6-3\n"
    );
    fs::write(unit_file(&home.path(), "openclaw-gateway.service"), unit).unwrap();
    systemctl.says("ActiveState=failed\nMainPID=0\nExecMainStatus=78\n");
    let ran = home.run(&["doctor", "--json"]);
    assert!(!ran.stdout.contains(TOKEN), "{ran:#?}");
    let report = ran.json();
    let runs = check(&report, "service.gateway");
    assert_eq!(runs["status"], "warn");
    assert!(
        runs["detail"].as_str().unwrap().contains("code 78"),
        "{runs}"
    );
    let fits = check(&report, "service.gateway.fits");
    assert_eq!(fits["status"], "warn");
    let detail = fits["detail"].as_str().unwrap();
    for says in [
        "another program",
        "2026.2.6-3",
        "holds a secret",
        "port 18789",
    ] {
        assert!(detail.contains(says), "{says}: {detail}");
    }
    assert_eq!(fits["remedy"], "openclaw gateway install --force");
}

#[test]
fn a_request_that_waits_is_shown() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": {
        "mode": "local",
        "auth": { "mode": "token", "token": TOKEN },
        "nodes": { "pairing": { "autoApproveLocal": false } },
    } }));
    private(&home);
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let mut node = Home::new()
        .with("OPENCLAW_GATEWAY_TOKEN", TOKEN)
        .start(&["node", "run", "--port", &port, "--json"]);
    node.stdout_line("\"event\":\"waiting-for-approval\"");
    let report = home.run(&["doctor", "--json", "--port", &port]).json();
    let waiting = report["checks"].as_array().unwrap().iter().any(|check| {
        check["id"] == "devices.pending" && check["status"] == "warn" && check["remedy"].is_string()
    });
    assert!(waiting, "{report:#}");
}
