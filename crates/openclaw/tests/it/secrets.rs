//! No secret is in anything that the program prints or logs.

use rustix::process::Signal;
use serde_json::json;

use crate::support::{Home, TOKEN};

/// Secrets in every place that holds one.
const PLANTED: &[&str] = &[
    TOKEN,
    "planted-password-89ab",
    "planted-remote-token-cdef",
    "planted-env-token-4567",
    "planted-wrong-0123",
];

#[test]
fn no_secret_is_printed_or_logged_at_the_finest_level() {
    let home = Home::new().with("OPENCLAW_GATEWAY_PASSWORD", PLANTED[3]);
    home.write_config(&json!({
        "gateway": {
            "mode": "local",
            "auth": { "mode": "token", "token": PLANTED[0], "password": PLANTED[1] },
            "remote": { "url": "wss://gateway.example", "token": PLANTED[2] },
        },
        "logging": { "level": "trace" },
    }));
    let mut gateway = home.gateway(&["--log-level", "trace"]);
    let port = gateway.port_text();
    let mut said = String::new();
    for args in [
        &["health", "--port", &port][..],
        &["status", "--all", "--json", "--port", &port],
        &["gateway", "status", "--deep", "--json", "--port", &port],
        &[
            "gateway",
            "probe",
            "--json",
            "--port",
            &port,
            "--timeout",
            "300",
        ],
        &["gateway", "call", "config.get", "--json", "--port", &port],
        &["devices", "list", "--json", "--port", &port],
        &["health", "--port", &port, "--token", PLANTED[4]],
        &[
            "health",
            "--port",
            &port,
            "--password",
            PLANTED[4],
            "--json",
        ],
        &["config", "get", "gateway"],
        &["config", "validate", "--json"],
        &[
            "logs",
            "--json",
            "--limit",
            "5000",
            "--max-bytes",
            "1000000",
            "--port",
            &port,
        ],
    ] {
        let mut all = args.to_vec();
        all.extend(["--log-level", "trace"]);
        let ran = home.run(&all);
        said.push_str(&ran.stdout);
        said.push_str(&ran.stderr);
    }
    assert_eq!(gateway.process.stop(Signal::TERM), 0);
    said.push_str(&gateway.process.everything());
    for entry in std::fs::read_dir(home.tmp().join("openclaw")).unwrap() {
        said.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for secret in PLANTED {
        let at = said.find(secret);
        assert!(
            at.is_none(),
            "{secret} in …{}…",
            &said[at.unwrap_or(0).saturating_sub(200)..][..400.min(said.len())]
        );
    }
    for (file, place) in [
        ("device-auth.json", "/tokens/operator/token".to_owned()),
        (
            "gateway-tokens.json",
            format!("/gateways/ws:~1~1127.0.0.1:{port}/operator/token"),
        ),
    ] {
        let stored = std::fs::read_to_string(home.state().join("identity").join(file)).unwrap();
        let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
        let token = stored
            .pointer(&place)
            .and_then(serde_json::Value::as_str)
            .unwrap();
        assert!(
            !said.contains(token),
            "the device token in {file} was printed"
        );
    }
}
