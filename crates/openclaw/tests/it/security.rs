//! `openclaw security audit`

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{ClosedPort, Home, TOKEN};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A home with this configuration, and modes as they should be.
fn home(config: &Value) -> Home {
    let home = Home::new();
    home.write_config(config);
    chmod(&home.config_file(), 0o600);
    chmod(&home.state(), 0o700);
    home
}

fn sound() -> Home {
    home(&json!({ "gateway": { "mode": "local", "auth": { "mode": "token", "token": TOKEN } } }))
}

fn ids(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["checkId"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings
        .find(|finding| finding["checkId"] == id)
        .unwrap_or_else(|| panic!("no {id} in {report:#}"))
}

#[test]
fn a_sound_installation_has_notes_alone() {
    let home = sound();
    let report = home.run(&["security", "audit", "--json"]).ok().json();
    assert_eq!(
        ids(&report),
        ["summary.attack_surface", "gateway.trusted_proxies_missing"]
    );
    assert_eq!(
        report["summary"],
        json!({ "critical": 0, "warn": 0, "info": 2 })
    );
    assert!(report["ts"].is_u64() && report.get("deep").is_none());
    assert_snapshot!(
        "audit_sound",
        home.run(&["security", "audit"]).ok().shown(None)
    );
    home.run(&["security", "audit", "--fail-on", "warn"]).ok();
}

#[test]
fn everything_that_is_wrong_is_said_with_what_mends_it() {
    let home = home(&json!({
        "gateway": {
            "mode": "local", "bind": "loopback",
            "auth": { "mode": "password", "password": "short" },
            "tailscale": { "mode": "funnel" },
            "allowRealIpFallback": true,
            "controlUi": { "allowInsecureAuth": true, "dangerouslyDisableDeviceAuth": true },
        },
        "discovery": { "mdns": { "mode": "full" } },
        "logging": { "redactSensitive": "off" },
    }));
    chmod(&home.config_file(), 0o644);
    chmod(&home.state(), 0o755);
    let ran = home.run(&["security", "audit"]).ok();
    assert_snapshot!("audit_bad", ran.shown(None));
    assert!(
        !ran.stdout.contains('\u{1b}'),
        "no colour without a terminal"
    );
    for (limit, code) in [("critical", 1), ("warn", 1)] {
        let ran = home.run(&["security", "audit", "--json", "--fail-on", limit]);
        assert_eq!(ran.code, code, "{limit}");
        assert_eq!(
            ran.json()["summary"]["critical"],
            5,
            "the report is printed all the same"
        );
    }
}

#[test]
fn warnings_fail_only_where_they_are_asked_to() {
    let home = sound();
    chmod(&home.state(), 0o755);
    let audit = |limit: &str| home.run(&["security", "audit", "--fail-on", limit]).code;
    assert_eq!((audit("critical"), audit("warn")), (0, 1));
    let ran = home.run(&["security", "audit", "--fail-on", "info"]);
    assert_eq!(ran.code, 2, "{ran:#?}");
}

#[test]
fn a_secret_of_the_command_line_is_weighed_instead() {
    let home = home(&json!({ "gateway": { "mode": "local" } }));
    let audit = |args: &[&str]| {
        let mut all = vec!["security", "audit", "--json"];
        all.extend(args);
        home.run(&all).ok().json()
    };
    finding(&audit(&[]), "gateway.token_not_configured");
    let report = audit(&["--auth", "password", "--password", "null"]);
    assert_eq!(
        finding(&report, "gateway.password_placeholder_value")["severity"],
        "critical"
    );
    finding(&audit(&["--auth", "none"]), "gateway.loopback_no_auth");
}

#[test]
fn an_exposed_gateway_without_auth_is_critical_and_would_not_start() {
    let home = home(&json!({
        "gateway": {
            "mode": "local", "bind": "lan", "auth": { "mode": "none" },
            "remote": { "token": TOKEN },
        },
    }));
    let report = home.run(&["security", "audit", "--json"]).ok().json();
    let found = finding(&report, "gateway.bind_no_auth");
    assert_eq!(found["severity"], "critical");
    finding(&report, "gateway.control_ui.allowed_origins_required");
    assert!(!report.to_string().contains(TOKEN));
}

#[test]
fn fixing_takes_files_from_others_and_follows_no_link() {
    let home = home(&json!({
        "gateway": { "mode": "local", "auth": { "mode": "token", "token": TOKEN } },
        "logging": { "redactSensitive": "off" },
    }));
    let (state, outside) = (home.state(), home.tmp().join("outside"));
    for dir in [state.join("identity"), outside.clone()] {
        fs::create_dir(&dir).unwrap();
        chmod(&dir, 0o755);
    }
    for file in [
        state.join("identity/device-auth.json"),
        state.join("exec-approvals.json"),
        outside.join("victim.json"),
    ] {
        fs::write(&file, "{\"version\":1}").unwrap();
        chmod(&file, 0o666);
    }
    symlink(outside.join("victim.json"), state.join("node.json")).unwrap();
    symlink(&outside, state.join("credentials")).unwrap();
    chmod(&state, 0o755);
    chmod(&home.config_file(), 0o644);

    let ran = home
        .run(&["security", "audit", "--fix", "--json"])
        .ok()
        .json();
    let fix = &ran["fix"];
    assert_eq!(
        (&fix["ok"], &fix["configWritten"]),
        (&json!(true), &json!(true)),
        "{fix:#}"
    );
    for path in [
        state.clone(),
        state.join("identity"),
        state.join("identity/device-auth.json"),
        state.join("exec-approvals.json"),
        home.config_file(),
    ] {
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    assert_eq!(mode(&outside), 0o755);
    assert_eq!(mode(&outside.join("victim.json")), 0o666);
    assert_eq!(home.config()["logging"]["redactSensitive"], "tools");
    let skipped: Vec<&str> = fix["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|action| action["skipped"].as_str())
        .collect();
    assert_eq!(skipped, ["a symbolic link", "a symbolic link"]);
    let after = ids(&ran["report"]);
    assert!(!after.contains(&"logging.redact_off"), "{after:?}");
    assert!(after.contains(&"fs.node_file.symlink"), "{after:?}");

    let again = home.run(&["security", "audit", "--fix"]).ok();
    assert_snapshot!("audit_fix_again", again.shown(None));
}

#[test]
fn the_running_gateway_is_asked_what_it_should_refuse() {
    let home = sound();
    let mut gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let audit = |port: &str| {
        let args = ["security", "audit", "--deep", "--json", "--port", port];
        home.run(&args).ok().json()
    };
    let report = audit(&port);
    let deep = &report["deep"];
    assert_eq!(deep["gateway"]["ok"], true, "{deep:#}");
    assert_eq!(deep["gateway"]["url"], format!("ws://127.0.0.1:{port}"));
    assert_eq!(deep["withoutCredentials"], "refused");
    assert_eq!(deep["foreignOrigin"], "refused");
    assert!(
        !ids(&report).iter().any(|id| id.contains("probe")),
        "{report:#}"
    );
    let listed = home
        .run(&["devices", "list", "--json", "--port", &port])
        .ok()
        .json();
    assert!(
        listed["paired"].as_array().unwrap().len() <= 1,
        "looking pairs nothing but what the list itself paired: {listed:#}"
    );
    assert_eq!(gateway.process.stop(Signal::TERM), 0);

    let report = audit(&port);
    let failed = finding(&report, "gateway.probe_failed");
    assert_eq!(failed["severity"], "warn");
    assert_eq!(report["deep"]["gateway"]["ok"], false);
    assert_eq!(report["deep"]["withoutCredentials"], "unknown");
}

#[test]
fn a_gateway_that_lets_strangers_in_is_caught() {
    let home = home(&json!({
        "gateway": {
            "mode": "local", "auth": { "mode": "token", "token": TOKEN },
            "controlUi": { "allowedOrigins": ["*"] },
        },
    }));
    let gateway = home.gateway(&[]);
    let args = [
        "security",
        "audit",
        "--deep",
        "--json",
        "--port",
        &gateway.port_text(),
    ];
    let report = home.run(&args).ok().json();
    assert_eq!(report["deep"]["foreignOrigin"], "accepted");
    assert_eq!(
        finding(&report, "gateway.probe_accepts_foreign_origin")["severity"],
        "critical"
    );

    let open = sound();
    let gateway = open.gateway(&["--auth", "none"]);
    let args = [
        "security",
        "audit",
        "--deep",
        "--json",
        "--port",
        &gateway.port_text(),
    ];
    let report = open.run(&args).ok().json();
    assert_eq!(report["deep"]["withoutCredentials"], "accepted");
    finding(&report, "gateway.probe_accepts_anybody");
    let listed = ["devices", "list", "--json", "--port", &gateway.port_text()];
    let listed = open.run(&listed).ok().stdout;
    assert!(
        !listed.contains("security audit"),
        "the device of the question is gone: {listed}"
    );
}

#[test]
fn paired_devices_and_what_they_may_do_are_listed() {
    let home = sound();
    let mut gateway = home.gateway(&[]);
    home.run(&["devices", "list", "--port", &gateway.port_text()])
        .ok();
    let running = home.run(&["security", "audit", "--json"]).ok().json();
    finding(&running, "devices.admin");
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    let stopped = home.run(&["security", "audit", "--json"]).ok().json();
    assert_eq!(
        finding(&running, "devices.admin"),
        finding(&stopped, "devices.admin"),
        "what a Gateway holds and what it leaves is the same"
    );
    assert!(
        !ids(&stopped).iter().any(|id| id.starts_with("fs.")),
        "{stopped:#}"
    );
    fs::write(
        home.state().join("state/openclaw-gateway.sqlite"),
        "garbage",
    )
    .unwrap();
    let damaged = home.run(&["security", "audit", "--json"]).ok().json();
    finding(&damaged, "devices.unreadable");
}

#[test]
fn the_rules_of_the_node_are_read() {
    let home = sound();
    let file = home.state().join("exec-approvals.json");
    fs::write(
        &file,
        json!({ "version": 1, "agents": { "ops": { "security": "full", "ask": "off" } } })
            .to_string(),
    )
    .unwrap();
    chmod(&file, 0o600);
    let report = home.run(&["security", "audit", "--json"]).ok().json();
    let found = finding(&report, "tools.exec.security_full_configured");
    assert_eq!(found["severity"], "critical");
    assert!(found["detail"].as_str().unwrap().contains("ops"), "{found}");
    fs::write(&file, "{").unwrap();
    let report = home.run(&["security", "audit", "--json"]).ok().json();
    finding(&report, "node_host.exec_approvals_unreadable");
}

#[test]
fn a_broken_configuration_is_refused_as_everywhere() {
    let home = sound();
    home.write_config_text("{ gateway: { mode: 'local', bogus: 1 } }");
    let ran = home.run(&["security", "audit", "--json"]);
    assert_eq!(
        (ran.code, ran.json()["error"]["type"].as_str()),
        (78, Some("config_invalid"))
    );
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let planted = [
        "planted-short",
        "planted-env-5678",
        "planted-remote-9abc",
        "1:planted-bot",
    ];
    let home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", planted[1]);
    home.write_config(&json!({
        "gateway": {
            "mode": "local",
            "auth": { "mode": "token", "token": planted[0] },
            "remote": { "url": "wss://gateway.example/x?ticket=planted-short", "token": planted[2] },
        },
        "channels": { "telegram": { "botToken": planted[3] } },
        "logging": { "level": "trace" },
    }));
    chmod(&home.config_file(), 0o644);
    let closed = ClosedPort::take();
    for args in [
        &["security", "audit"][..],
        &["security", "audit", "--json", "--log-level", "trace"],
        &[
            "security",
            "audit",
            "--deep",
            "--json",
            "--port",
            &closed.text(),
        ],
        &["security", "audit", "--fix", "--json"],
    ] {
        let ran = home.run(args).ok();
        for secret in planted {
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.contains(secret), "{secret} in {args:?}: {said}");
        }
    }
    let report = home.run(&["security", "audit", "--json"]).ok().json();
    finding(&report, "gateway.env_token_overrides_config");
}
