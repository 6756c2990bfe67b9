//! `openclaw config`

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Home, TOKEN};

#[test]
fn values_are_set_read_and_removed() {
    let home = Home::new();
    let set = home.run(&["config", "set", "gateway.port", "20330"]).ok();
    assert_eq!(
        set.stdout,
        "Updated gateway.port. Restart the gateway to apply.\n"
    );
    home.run(&["config", "set", "gateway.bind", "lan"]).ok();
    home.run(&[
        "config",
        "set",
        "gateway.nodes.allowCommands",
        "['camera.snap']",
    ])
    .ok();
    assert_eq!(
        home.run(&["config", "get", "gateway.port"]).ok().stdout,
        "20330\n"
    );
    assert_eq!(
        home.run(&["config", "get", "gateway.bind"]).ok().stdout,
        "lan\n"
    );
    assert_eq!(
        home.run(&["config", "get", "gateway.bind", "--json"])
            .ok()
            .json(),
        "lan"
    );
    assert_eq!(
        home.run(&["config", "get", "gateway.nodes"]).ok().json(),
        json!({ "allowCommands": ["camera.snap"] })
    );
    let removed = home.run(&["config", "unset", "gateway.port"]).ok();
    assert_eq!(
        removed.stdout,
        "Removed gateway.port. Restart the gateway to apply.\n"
    );
    assert_eq!(home.run(&["config", "get", "gateway.port"]).code, 1);
}

#[test]
fn a_written_file_is_private_and_has_a_backup() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    home.run(&["config", "set", "gateway.port", "1"]).ok();
    home.run(&["config", "set", "gateway.port", "2"]).ok();
    let mode = |path: std::path::PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(home.config_file()), 0o600);
    assert_eq!(mode(home.state()), 0o700);
    assert!(home.state().join("openclaw.json.bak").exists());
}

#[test]
fn secrets_are_set_and_never_shown() {
    let home = Home::configured();
    for args in [
        &["config", "get", "gateway"][..],
        &["config", "get", "gateway.auth.token"],
        &["config", "get", "gateway.auth", "--json"],
        &["config", "validate", "--json"],
    ] {
        let ran = home.run(args).ok();
        assert!(!ran.stdout.contains(TOKEN), "{args:?}");
    }
    let ran = home.run(&["config", "get", "gateway.auth.token"]).ok();
    assert_eq!(ran.stdout, "__OPENCLAW_REDACTED__\n");
    let ran = home.run(&[
        "config",
        "set",
        "gateway.auth.token",
        "__OPENCLAW_REDACTED__",
    ]);
    assert_eq!(ran.code, 2);
    assert_eq!(home.config()["gateway"]["auth"]["token"], TOKEN);
}

#[test]
fn refusals_say_what_could_be_meant() {
    let home = Home::configured();
    for (name, args) in [
        ("get_unset", &["config", "get", "gateway.bind"][..]),
        ("get_unknown", &["config", "get", "gateway.porrt"]),
        ("get_bad_path", &["config", "get", "a[0"]),
        (
            "set_bad_word",
            &["config", "set", "gateway.bind", "loopbak"],
        ),
        ("set_unknown", &["config", "set", "gateway.bogus", "1"]),
        ("set_in_the_way", &["config", "set", "gateway.mode.x", "1"]),
        ("unset_missing", &["config", "unset", "gateway.bind"]),
    ] {
        let ran = home.run(args);
        assert_snapshot!(format!("config_{name}"), ran.shown(None));
    }
    assert_eq!(home.config()["gateway"]["auth"]["token"], TOKEN);
}

#[test]
fn validation_reports_everything_at_once() {
    let home = Home::new();
    home.write_config_text(
        "{\n  gateway: {\n    port: 'abc',\n    bindd: 'lan',\n    mode: 'locl',\n  },\n}\n",
    );
    let ran = home.run(&["config", "validate"]);
    assert_snapshot!("config_invalid", ran.shown(None));
    let ran = home.run(&["config", "validate", "--json"]);
    assert_eq!(ran.code, 78);
    let answer = ran.json();
    assert_eq!(answer["valid"], false);
    assert_eq!(answer["issues"].as_array().unwrap().len(), 3, "{answer}");
}

#[test]
fn a_valid_or_missing_file_is_valid() {
    let home = Home::new();
    assert_eq!(
        home.run(&["config", "validate"]).ok().stdout,
        "Config valid: ~/.openclaw/openclaw.json (missing; defaults apply)\n"
    );
    home.write_config(&json!({ "gateway": { "port": 1 } }));
    let answer = home.run(&["config", "validate", "--json"]).ok();
    assert_eq!(answer.stdout.lines().count(), 1);
    assert_eq!(answer.json()["valid"], true);
}

#[test]
fn profiles_have_files_of_their_own() {
    let home = Home::new();
    let file = |args: &[&str]| home.run(args).ok().stdout;
    assert_eq!(
        file(&["config", "file"]),
        "[DIR]/home/.openclaw/openclaw.json\n"
    );
    assert_eq!(
        file(&["--profile", "work", "config", "file"]),
        "[DIR]/home/.openclaw-work/openclaw.json\n"
    );
    assert_eq!(
        file(&["config", "file", "--dev"]),
        "[DIR]/home/.openclaw-dev/openclaw.json\n"
    );
    assert_eq!(
        file(&["config", "file", "--profile=Default"]),
        "[DIR]/home/.openclaw/openclaw.json\n"
    );
    let home = Home::new().with("OPENCLAW_CONFIG_PATH", "/elsewhere/x.json5");
    let answer = home.run(&["config", "file", "--json"]).ok().json();
    assert_eq!(
        answer,
        json!({ "path": "/elsewhere/x.json5", "exists": false, "source": "env OPENCLAW_CONFIG_PATH" })
    );
}

#[test]
fn the_schema_describes_our_keys() {
    let schema = Home::new().run(&["config", "schema"]).ok().json();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(schema["properties"]["gateway"]["properties"]["port"].is_object());
}
