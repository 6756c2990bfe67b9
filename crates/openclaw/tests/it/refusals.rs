//! What `gateway run` refuses: exit code 78, nothing touched, and the way out named.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Home, TOKEN};

fn refusal(name: &str, home: &Home, args: &[&str]) {
    let mut all = vec!["gateway", "run", "--port", "0"];
    all.extend(args);
    let ran = home.run(&all);
    assert_eq!(ran.code, 78, "{name}: {ran:#?}");
    assert_snapshot!(format!("refused_{name}"), ran.shown(None));
    assert!(
        !home.state().join("state").exists(),
        "{name}: state was touched"
    );
}

#[test]
fn no_configuration() {
    refusal("no_config", &Home::new(), &[]);
}

#[test]
fn another_mode() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": { "auth": { "token": TOKEN } } }));
    refusal("mode_unset", &home, &[]);
    home.write_config(
        &json!({ "gateway": { "mode": "remote", "remote": { "url": "ws://127.0.0.1:1" } } }),
    );
    refusal("mode_remote", &home, &[]);
}

#[test]
fn exposed_without_auth() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": { "mode": "local" } }));
    refusal("lan_without_auth", &home, &["--bind", "lan"]);
    refusal("lan_auth_none", &home, &["--bind", "lan", "--auth", "none"]);
    refusal(
        "lan_weak_token",
        &home,
        &["--bind", "lan", "--token", "short"],
    );
    home.write_config(&json!({
        "gateway": { "mode": "local", "bind": "lan", "remote": { "token": TOKEN } },
    }));
    refusal("lan_remote_token_only", &home, &[]);
}

#[test]
fn incomplete_auth() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": { "mode": "local", "auth": { "mode": "password" } } }));
    refusal("password_missing", &home, &[]);
    home.write_config(&json!({
        "gateway": { "mode": "local", "auth": { "token": TOKEN, "password": "another-secret" } },
    }));
    refusal("both_secrets", &home, &[]);
    home.write_config(&json!({
        "gateway": { "mode": "local", "auth": { "token": "${NOT_SET_ANYWHERE}" } },
    }));
    refusal("secret_unavailable", &home, &[]);
}

#[test]
fn a_bind_that_cannot_be() {
    let home = Home::configured();
    refusal("custom_without_host", &home, &["--bind", "custom"]);
    home.write_config(&json!({
        "gateway": {
            "mode": "local", "bind": "custom", "customBindHost": "203.0.113.9",
            "auth": { "token": TOKEN },
        },
    }));
    refusal("custom_not_here", &home, &[]);
    home.write_config(&json!({
        "gateway": { "mode": "local", "auth": { "token": TOKEN }, "tailscale": { "mode": "funnel" } },
    }));
    refusal("funnel_with_token", &home, &[]);
}

#[test]
fn a_wrong_configuration_with_everything_that_is_wrong() {
    let home = Home::new();
    home.write_config_text(
        "{\n  gateway: {\n    mode: 'local',\n    port: 'abc',\n    bogus: 1,\n  },\n}\n",
    );
    refusal("invalid_config", &home, &[]);
    home.write_config_text("{ gateway: { mode: 'local' ");
    refusal("broken_json5", &home, &[]);
    home.write_config_text("{ gateway: { mode: 'local', token: 'x' } }");
    refusal("legacy_token", &home, &[]);
}

#[test]
fn under_json_an_exposure_names_its_code_and_what_mends_it() {
    let home = Home::new();
    home.write_config(&json!({ "gateway": { "mode": "local" } }));
    let ran = home.run(&["gateway", "run", "--port", "0", "--bind", "lan", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (78, ""));
    let error = ran.json()["error"].clone();
    assert_eq!(
        (&error["type"], &error["code"]),
        (
            &json!("gateway_start_refused"),
            &json!("exposed_without_auth")
        )
    );
    let remedy = error["remedy"].as_array().unwrap();
    assert_eq!(remedy.last().unwrap(), "gateway.bind=loopback", "{error}");
    let hints = error["hints"].as_array().unwrap();
    assert_eq!(hints.len(), remedy.len(), "{error}");
    assert_eq!(
        hints.last().unwrap(),
        "or openclaw config set gateway.bind loopback"
    );
}

#[test]
fn under_json_a_refusal_is_one_object() {
    let ran = Home::new().run(&["gateway", "run", "--port", "0", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (78, ""));
    let answer = ran.json();
    assert_eq!(answer["error"]["type"], "config_error");
    assert_eq!(
        answer["error"]["hints"][0],
        "openclaw config set gateway.mode local"
    );
}
