//! Changing the file.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use openclaw_config::write::{Draft, Stamp, WriteError, save};
use openclaw_config::{ConfigPath, LoadError, hash};
use serde_json::{Value, json};

use crate::home::Home;

fn stamp() -> Stamp {
    Stamp {
        version: "1.2.3".into(),
        at: UNIX_EPOCH + Duration::from_millis(1_790_181_192_144),
    }
}

fn path(text: &str) -> ConfigPath {
    text.parse().expect("a path of ours")
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).expect("it was just written");
    metadata.permissions().mode() & 0o777
}

fn set(home: &Home, at: &str, value: Value) -> Result<(), String> {
    let mut draft = Draft::open(&home.config(), &home.env).map_err(|error| error.to_string())?;
    draft
        .set(&path(at), value)
        .map_err(|error| error.to_string())?;
    draft
        .save(&stamp())
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[test]
fn a_change_keeps_everything_else_and_its_order() {
    let home = Home::with("{zeta: 1}".replace("zeta", "ui").as_str());
    home.put("openclaw.json", "// note\n{tools: {z: 1, a: [2]}, gateway: {port: 1, bind: 'lan', auth: {token: '${T}'}}, channels: {telegram: {botToken: '${B}'}}}");
    set(&home, "gateway.port", json!(20_000)).unwrap();
    assert_eq!(
        home.text("openclaw.json"),
        r#"{
  "tools": {
    "z": 1,
    "a": [
      2
    ]
  },
  "gateway": {
    "port": 20000,
    "bind": "lan",
    "auth": {
      "token": "${T}"
    }
  },
  "channels": {
    "telegram": {
      "botToken": "${B}"
    }
  },
  "meta": {
    "lastTouchedVersion": "1.2.3",
    "lastTouchedAt": "2026-09-23T16:33:12.144Z"
  }
}
"#
    );
}

#[test]
fn files_and_directories_are_private() {
    let home = Home::new();
    let config = home.path().join("new/deep/openclaw.json");
    let saved = save(&config, json!({}), None, &home.env, &stamp()).unwrap();
    assert_eq!(
        (
            mode(&config),
            mode(config.parent().unwrap()),
            mode(&home.path().join("new"))
        ),
        (0o600, 0o700, 0o700)
    );
    assert_eq!(saved.hash, hash(Some(&saved.text)));
    assert_eq!(std::fs::read_to_string(&config).unwrap(), saved.text);
    // A backup of a file that others could read is not.
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o644)).unwrap();
    save(&config, json!({}), None, &home.env, &stamp()).unwrap();
    assert_eq!(
        (mode(&config), mode(&config.with_extension("json.bak"))),
        (0o600, 0o600)
    );
}

#[test]
fn five_backups_are_kept_the_newest_first() {
    let home = Home::new();
    for port in 1..=8 {
        set(&home, "gateway.port", json!(port)).unwrap();
    }
    let port = |name: &str| {
        let value: Value = serde_json::from_str(&home.text(name)).unwrap();
        value["gateway"]["port"].as_u64().unwrap()
    };
    let names = ["", ".bak", ".bak.1", ".bak.2", ".bak.3", ".bak.4"];
    let ports = names.map(|end| port(&format!("openclaw.json{end}")));
    assert_eq!(ports, [8, 7, 6, 5, 4, 3]);
    let count = std::fs::read_dir(home.state("")).unwrap().count();
    assert_eq!(count, names.len(), "no sixth backup, no temporary file");
}

#[test]
fn a_result_that_is_not_valid_is_not_written() {
    let home = Home::with("{gateway: {port: 1}}");
    let before = home.text("openclaw.json");
    for (at, value, expected) in [
        (
            "gateway.bind",
            json!("bogus"),
            "Config validation failed: gateway.bind: Invalid input (allowed: \"auto\", \"lan\", \"loopback\", \"custom\", \"tailnet\")",
        ),
        (
            "gateway.nope",
            json!(1),
            "Config validation failed: gateway: Unrecognized key: \"nope\"",
        ),
        (
            "gateway.port",
            json!("x"),
            "Config validation failed: gateway.port: Invalid input: expected number, received string",
        ),
        (
            "meta",
            json!(7),
            "Config validation failed: meta: Invalid input: expected object, received number",
        ),
        (
            "gateway.port.x",
            json!(1),
            "cannot set gateway.port.x: gateway.port holds a number; unset it first",
        ),
    ] {
        assert_eq!(set(&home, at, value).unwrap_err(), expected);
        assert_eq!(home.text("openclaw.json"), before, "{at}");
    }
    assert_eq!(std::fs::read_dir(home.state("")).unwrap().count(), 1);
}

#[test]
fn a_change_may_mend_a_file_that_is_not_valid() {
    let home = Home::with("{gateway: {bogus: 1, port: 1}}");
    assert!(
        set(&home, "gateway.bind", json!("lan"))
            .unwrap_err()
            .contains("bogus")
    );
    let mut draft = Draft::open(&home.config(), &home.env).unwrap();
    assert_eq!(draft.unset(&path("gateway.bogus")).unwrap(), json!(1));
    draft.save(&stamp()).unwrap();
    assert_eq!(home.load().config.gateway.port.unwrap().get(), 1);
}

#[test]
fn a_file_that_is_no_json5_is_not_touched() {
    for text in ["{", "[]", ""] {
        let home = Home::with(text);
        let error = Draft::open(&home.config(), &home.env).unwrap_err();
        let LoadError::Invalid(invalid) = error else {
            panic!("{error}")
        };
        assert_eq!(invalid.issues.len(), 1);
        assert_eq!(home.text("openclaw.json"), text);
    }
}

#[test]
fn a_variable_without_value_does_not_stop_a_write() {
    let home = Home::with("{gateway: {remote: {url: '${URL}'}}}");
    set(&home, "gateway.port", json!(1)).unwrap();
    assert!(home.text("openclaw.json").contains("\"${URL}\""));
}

#[test]
fn another_writer_in_between_is_noticed() {
    let home = Home::with("{gateway: {port: 1}}");
    let mut draft = Draft::open(&home.config(), &home.env).unwrap();
    draft.set(&path("gateway.port"), json!(2)).unwrap();
    home.put("openclaw.json", "{gateway: {port: 3}}");
    let error = draft.save(&stamp()).unwrap_err();
    assert!(matches!(error, WriteError::Changed { .. }));
    assert_eq!(
        error.to_string(),
        "config changed since last load; re-run config.get and retry"
    );
    assert_eq!(home.text("openclaw.json"), "{gateway: {port: 3}}");
    // A file that was there and is gone is a change as well.
    let draft = Draft::open(&home.config(), &home.env).unwrap();
    std::fs::remove_file(home.config()).unwrap();
    assert!(draft.save(&stamp()).is_err());
}

#[test]
fn writers_take_turns_and_none_is_lost() {
    let home = Home::with("{}");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let home = &home;
            scope.spawn(move || {
                for number in 0..5 {
                    let at = format!("tools.w{writer}n{number}");
                    loop {
                        match set(home, &at, json!(1)) {
                            Ok(()) => break,
                            Err(error) => assert!(error.contains("changed since"), "{error}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(
        home.load()
            .config
            .other("tools")
            .unwrap()
            .as_object()
            .unwrap()
            .len(),
        20
    );
}

#[test]
fn a_link_to_the_file_is_followed() {
    let home = Home::new();
    let real = home.path().join("dotfiles/openclaw.json");
    std::fs::create_dir(real.parent().unwrap()).unwrap();
    std::fs::write(&real, "{}").unwrap();
    std::os::unix::fs::symlink(&real, home.config()).unwrap();
    set(&home, "gateway.port", json!(7)).unwrap();
    assert!(
        std::fs::symlink_metadata(home.config())
            .unwrap()
            .is_symlink()
    );
    assert!(
        std::fs::read_to_string(&real)
            .unwrap()
            .contains("\"port\": 7")
    );
    assert!(real.with_extension("json.bak").exists());
}

#[test]
fn includes_stay_and_keys_beside_them_win() {
    let home = Home::with("{gateway: {$include: 'g.json'}}");
    home.put(
        "g.json",
        "{port: 1, bind: 'lan', trustedProxies: ['10.0.0.1']}",
    );
    set(&home, "gateway.port", json!(2)).unwrap();
    let loaded = home.load();
    assert_eq!(
        loaded.raw["gateway"],
        json!({"$include": "g.json", "port": 2})
    );
    assert_eq!(loaded.config.gateway.port.unwrap().get(), 2);
    assert_eq!(loaded.config.gateway.bind.as_str(), "lan");
}

#[test]
fn what_an_include_decides_is_not_silently_left() {
    let home = Home::with("{gateway: {$include: 'g.json', port: 2}}");
    home.put(
        "g.json",
        "{port: 1, bind: 'lan', trustedProxies: ['10.0.0.1']}",
    );
    let mut draft = Draft::open(&home.config(), &home.env).unwrap();
    // Arrays concatenate: the one that is set would not be the one that holds.
    let error = draft
        .set(&path("gateway.trustedProxies"), json!(["10.0.0.2"]))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "cannot change gateway.trustedProxies here: it comes from the included file "
        ),
        "{error}"
    );
    for at in ["gateway.bind", "gateway.port"] {
        let error = draft.unset(&path(at)).unwrap_err().to_string();
        assert!(error.contains("g.json; edit that file"), "{error}");
    }
    assert_eq!(
        *draft.value(),
        json!({"gateway": {"$include": "g.json", "port": 2}})
    );
    assert_eq!(
        draft.unset(&path("gateway.nope")).unwrap_err().to_string(),
        "Config path not found: gateway.nope"
    );
    draft
        .set(&path("gateway.$include"), json!("h.json"))
        .unwrap();
}

#[test]
fn items_of_an_array_can_be_taken_away() {
    let home = Home::with("{gateway: {trustedProxies: ['10.0.0.1', '10.0.0.2']}}");
    let mut draft = Draft::open(&home.config(), &home.env).unwrap();
    assert_eq!(
        draft.unset(&path("gateway.trustedProxies[0]")).unwrap(),
        json!("10.0.0.1")
    );
    draft.save(&stamp()).unwrap();
    assert_eq!(
        home.load().resolved["gateway"]["trustedProxies"],
        json!(["10.0.0.2"])
    );
}

#[test]
fn a_reader_sees_one_file_or_the_other_and_never_half_of_it() {
    let home = Home::with("{}");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..40 {
                set(&home, "tools.text", json!("x".repeat(number * 2000))).unwrap();
            }
        });
        let mut reads = 0;
        while !writer.is_finished() || reads == 0 {
            home.load();
            reads += 1;
        }
    });
}
