//! `openclaw auth explain`

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Home, Ran, TOKEN};

const OTHER: &str = "planted-other-token-0123456789abcdef-0123";

/// The text with each digest named in the order in which it comes: `[D1]`, `[D2]`.
fn masked(text: &str) -> String {
    let mut known: Vec<String> = Vec::new();
    let mut masked = String::new();
    for line in text.split_inclusive('\n') {
        let word = line
            .split_whitespace()
            .find(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(word) = word else {
            masked.push_str(line);
            continue;
        };
        let at = known.iter().position(|digest| digest == word);
        let at = at.unwrap_or_else(|| {
            known.push(word.to_owned());
            known.len() - 1
        });
        masked.push_str(&line.replacen(word, &format!("[D{}]", at + 1), 1));
    }
    masked
}

fn explain(home: &Home, args: &[&str]) -> Ran {
    let mut all = vec!["auth", "explain"];
    all.extend(args);
    home.run(&all).ok()
}

fn json_of(home: &Home, args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    explain(home, &all).json()
}

fn ignored(explanation: &Value, side: &str) -> Vec<String> {
    let ignored = explanation["ignored"].as_array().unwrap().iter();
    ignored
        .filter(|ignored| ignored["side"] == side)
        .map(|ignored| ignored["source"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn one_secret_in_one_place_needs_no_mending() {
    let home = Home::configured();
    assert_snapshot!("auth_local", masked(&explain(&home, &[]).shown(None)));
    let explanation = json_of(&home, &[]);
    assert_eq!(explanation["server"]["token"]["state"], "used");
    assert_eq!(
        explanation["server"]["token"]["digest"],
        explanation["client"]["token"]["digest"]
    );
    assert_eq!(explanation["client"]["sends"], "token");
    assert_eq!(explanation["mend"], json!([]));
    assert!(
        !home.state().join("identity").exists(),
        "nothing is made by looking"
    );
}

#[test]
fn a_stale_variable_is_named_with_its_place() {
    let home = Home::configured().with("OPENCLAW_GATEWAY_TOKEN", OTHER);
    assert_snapshot!("auth_env_differs", masked(&explain(&home, &[]).shown(None)));

    let home = Home::configured();
    fs::write(
        home.state().join(".env"),
        format!("OPENCLAW_GATEWAY_TOKEN={OTHER}\n"),
    )
    .unwrap();
    let explanation = json_of(&home, &[]);
    let other = &explanation["client"]["token"]["others"][0];
    assert_eq!(other["source"], "env OPENCLAW_GATEWAY_TOKEN");
    assert_eq!(other["exactly"], "in ~/.openclaw/.env");
    assert_eq!(other["agrees"], false);
    assert!(
        explanation["mend"][0]["command"]
            .as_str()
            .unwrap()
            .contains("in ~/.openclaw/.env"),
        "{explanation:#}"
    );

    let same = Home::configured().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    let explanation = json_of(&same, &[]);
    assert_eq!(explanation["client"]["token"]["others"][0]["agrees"], true);
    assert_eq!(explanation["mend"], json!([]));
}

#[test]
fn an_explicit_url_takes_nothing_and_says_what_to_pass() {
    let home = Home::configured().with("OPENCLAW_GATEWAY_PASSWORD", OTHER);
    let bare = explain(&home, &["--url", "wss://gateway.example"]);
    assert_snapshot!("auth_url_bare", masked(&bare.shown(None)));
    let explanation = json_of(
        &home,
        &["--url", "wss://gateway.example", "--token", "given-by-hand"],
    );
    let client = &explanation["client"];
    assert_eq!(
        (&client["sends"], &client["token"]["from"]),
        (&json!("token"), &json!("--token"))
    );
    assert_eq!(client["password"]["state"], "unset");
    assert_eq!(
        ignored(&explanation, "client"),
        ["config gateway.auth.token", "env OPENCLAW_GATEWAY_PASSWORD"]
    );
    assert_eq!(client.get("refusal"), None);
}

#[test]
fn a_remote_token_lets_nobody_into_this_gateway() {
    let home = Home::new();
    home.write_config(&json!({
        "gateway": {
            "mode": "local",
            "remote": {
                "url": "wss://gateway.example", "token": OTHER,
                "tlsFingerprint": "ab".repeat(32),
            },
        },
    }));
    let explanation = json_of(&home, &[]);
    assert_eq!(explanation["server"]["token"]["state"], "unset");
    assert_eq!(
        explanation["client"]["token"]["from"],
        "config gateway.remote.token"
    );
    assert_eq!(
        ignored(&explanation, "gateway"),
        ["config gateway.remote.token"]
    );
    assert_eq!(
        ignored(&explanation, "client"),
        [
            "config gateway.remote.url",
            "config gateway.remote.tlsFingerprint"
        ]
    );
}

#[test]
fn a_remote_target_shows_every_place_in_its_order() {
    let home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
    home.write_config(&json!({
        "gateway": {
            "mode": "remote",
            "auth": { "token": OTHER },
            "remote": { "url": "wss://gateway.example", "token": OTHER },
        },
    }));
    let ran = explain(&home, &[]);
    assert_snapshot!("auth_remote", masked(&ran.shown(None)));
    let explanation = json_of(&home, &[]);
    assert_eq!(explanation["server"]["runsHere"], false);
    let others = explanation["client"]["token"]["others"].as_array().unwrap();
    let agree: Vec<_> = others.iter().map(|other| other["agrees"].clone()).collect();
    assert_eq!(agree, [json!(true), json!(false)]);
}

#[test]
fn what_is_configured_and_unavailable_is_said_with_its_cause() {
    let home = Home::new();
    home.write_config(&json!({
        "gateway": { "mode": "local", "auth": { "token": { "source": "env", "id": "NOT_SET" } } },
    }));
    let explanation = json_of(&home, &[]);
    assert_eq!(explanation["server"]["token"]["state"], "unavailable");
    assert!(
        explanation["server"]["token"]["error"]
            .as_str()
            .unwrap()
            .contains("NOT_SET"),
        "{explanation:#}"
    );
    assert!(explanation["client"]["refusal"]["message"].is_string());
    assert!(!explanation["mend"].as_array().unwrap().is_empty());
}

#[test]
fn a_service_that_was_installed_with_another_token_is_found() {
    let home = Home::configured();
    let units = home.path().join(".config/systemd/user");
    fs::create_dir_all(&units).unwrap();
    fs::write(
        units.join("openclaw-gateway.service"),
        format!("[Service]\nEnvironment=OPENCLAW_GATEWAY_TOKEN={OTHER}\n"),
    )
    .unwrap();
    let explanation = json_of(&home, &[]);
    let other = &explanation["server"]["token"]["others"][0];
    assert_eq!(other["source"], "service OPENCLAW_GATEWAY_TOKEN");
    assert_eq!(other["agrees"], false);
    assert!(
        explanation["mend"][0]["command"]
            .as_str()
            .unwrap()
            .contains("daemon-reload"),
        "{explanation:#}"
    );
}

#[test]
fn the_token_of_this_device_is_shown_and_when_it_would_be_sent() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    home.run(&["devices", "list", "--port", &port]).ok();
    let explanation = json_of(&home, &["--port", &port]);
    let device = &explanation["client"]["deviceToken"];
    assert_eq!(
        (&device["present"], &device["used"]),
        (&json!(true), &json!(false))
    );
    home.write_config(&json!({ "gateway": { "mode": "local" } }));
    let explanation = json_of(&home, &["--port", &port]);
    assert_eq!(explanation["client"]["sends"], "device token");
    assert_eq!(explanation["client"]["deviceToken"]["used"], true);
    home.write_config(&json!({
        "gateway": { "mode": "remote", "remote": { "url": "wss://gateway.example" } },
    }));
    let elsewhere = json_of(&home, &[]);
    assert_eq!(elsewhere["client"]["deviceToken"]["present"], false);
}

#[test]
fn digests_say_nothing_from_one_run_to_the_next() {
    let home = Home::configured();
    let digest = || json_of(&home, &[])["server"]["token"]["digest"].clone();
    let all: Vec<Value> = (0..3).map(|_| digest()).collect();
    assert!(all.iter().any(|one| *one != all[0]), "{all:?}");
}

#[test]
fn no_secret_is_printed_whatever_the_target() {
    let planted = [
        TOKEN,
        OTHER,
        "planted-password-4567",
        "planted-remote-pw-89ab",
        "planted-by-hand-cdef",
        "planted-edge-0123",
    ];
    let home = Home::new()
        .with("OPENCLAW_GATEWAY_TOKEN", planted[1])
        .with("OPENCLAW_GATEWAY_PASSWORD", planted[2]);
    home.write_config(&json!({
        "gateway": {
            "mode": "remote",
            "auth": { "token": planted[0] },
            "remote": {
                "url": "wss://gateway.example", "password": planted[3],
                "edgeAuth": { "cf-access": planted[5] },
            },
        },
    }));
    for args in [
        &[][..],
        &["--json"],
        &["--json", "--log-level", "trace"],
        &["--port", "1", "--json"],
        &["--url", "wss://x.example", "--token", planted[4], "--json"],
        &["--url", "ws://203.0.113.9", "--password", planted[4]],
        &["--url", "wss://x.example"],
    ] {
        let ran = explain(&home, args);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        for secret in planted {
            assert!(!said.contains(secret), "{secret} in {args:?}: {said}");
        }
    }
}
