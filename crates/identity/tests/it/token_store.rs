//! Tokens by gateway and role, and the file that is shared with the original.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use openclaw_identity::{DeviceId, DeviceKey, GatewayOrigin, TokenStore, TokenStoreError};
use openclaw_protocol::{Role, Scope};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

const NOW: u64 = 1_770_000_000_000;
const NO_SCOPES: [&str; 0] = [];

fn device() -> DeviceId {
    DeviceKey::from_seed([5; 32]).device_id()
}

fn open(dir: &Path) -> TokenStore {
    TokenStore::load(dir, &device()).unwrap()
}

fn at(url: &str) -> GatewayOrigin {
    GatewayOrigin::of_url(url).unwrap()
}

fn local() -> GatewayOrigin {
    at("ws://127.0.0.1:18789")
}

fn remote() -> GatewayOrigin {
    at("wss://gate.example")
}

fn put(store: &TokenStore, origin: &GatewayOrigin, role: &Role, token: &str) {
    store
        .put(origin, role, &SecretString::from(token), NO_SCOPES, NOW)
        .unwrap();
}

fn get(store: &TokenStore, origin: &GatewayOrigin, role: &Role) -> Option<String> {
    store
        .get(origin, role)
        .unwrap()
        .map(|stored| stored.token.expose_secret().to_owned())
}

fn json_in(dir: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(dir.join(name)).unwrap()).unwrap()
}

fn write_shared(dir: &Path, content: &Value) {
    fs::write(dir.join("device-auth.json"), content.to_string()).unwrap();
}

fn shared_with(token: &str) -> Value {
    json!({
        "version": 1,
        "deviceId": device().as_str(),
        "tokens": {"operator": {
            "token": token, "role": "operator", "scopes": ["operator.admin"], "updatedAtMs": 5
        }}
    })
}

#[test]
fn what_is_stored_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert!(store.get(&remote(), &Role::Node).unwrap().is_none());
    let scopes = [" operator.write", "operator.read", "", "operator.read"];
    store
        .put(
            &remote(),
            &Role::Operator,
            &SecretString::from("t1"),
            scopes,
            NOW,
        )
        .unwrap();
    let stored = open(dir.path())
        .get(&remote(), &Role::Operator)
        .unwrap()
        .unwrap();
    assert_eq!(stored.token.expose_secret(), "t1");
    assert_eq!(stored.role, "operator");
    assert_eq!(stored.scopes, ["operator.read", "operator.write"]);
    assert_eq!(stored.updated_at_ms, NOW);
    put(&store, &remote(), &Role::Operator, "t2");
    assert_eq!(
        get(&store, &remote(), &Role::Operator).as_deref(),
        Some("t2")
    );
}

#[test]
fn a_token_is_not_offered_to_another_gateway_or_role() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, &remote(), &Role::Operator, "secret");
    for other in [
        at("wss://gate.example:8443"),
        at("ws://gate.example:443"),
        at("wss://gate.example.org"),
        at("wss://other.example"),
        local(),
        at("ws://localhost:18789"),
        GatewayOrigin::through_ssh("gate.example", 443).unwrap(),
    ] {
        assert_eq!(get(&store, &other, &Role::Operator), None, "{other}");
    }
    assert_eq!(get(&store, &remote(), &Role::Node), None);
    assert!(
        !dir.path().join("device-auth.json").exists(),
        "not for the original either"
    );
}

#[test]
fn the_shared_token_is_for_this_machine_alone() {
    let dir = tempfile::tempdir().unwrap();
    write_shared(dir.path(), &shared_with("theirs"));
    let store = open(dir.path());
    assert_eq!(
        get(&store, &local(), &Role::Operator).as_deref(),
        Some("theirs")
    );
    assert_eq!(
        get(&store, &at("wss://[::1]:1"), &Role::Operator).as_deref(),
        Some("theirs")
    );
    assert_eq!(get(&store, &local(), &Role::Node), None);
    for other in [
        remote(),
        at("ws://192.168.1.5:18789"),
        at("ws://127.evil.com:18789"),
        GatewayOrigin::through_ssh("me@127.0.0.1", 18789).unwrap(),
    ] {
        assert_eq!(get(&store, &other, &Role::Operator), None, "{other}");
    }
}

#[test]
fn a_token_of_this_machine_is_shared_in_the_original_format() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let scopes = [Scope::Write, Scope::Admin].map(|scope| scope.as_str().to_owned());
    store
        .put(
            &local(),
            &Role::Operator,
            &SecretString::from("t"),
            scopes,
            NOW,
        )
        .unwrap();
    put(&store, &local(), &Role::Node, "n");
    let text = fs::read_to_string(dir.path().join("device-auth.json")).unwrap();
    let expected = json!({
        "version": 1,
        "deviceId": device().as_str(),
        "tokens": {
            "operator": {
                "token": "t", "role": "operator",
                "scopes": ["operator.admin", "operator.write"], "updatedAtMs": NOW
            },
            "node": {"token": "n", "role": "node", "scopes": [], "updatedAtMs": NOW}
        }
    });
    assert_eq!(text, format!("{expected:#}\n"));
    assert_eq!(
        json_in(dir.path(), "gateway-tokens.json")["gateways"]["ws://127.0.0.1:18789"],
        expected["tokens"]
    );
}

#[test]
fn members_of_others_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut shared = shared_with("old");
    shared["theirs"] = json!([1]);
    shared["tokens"]["operator"]["theirs"] = json!("kept");
    shared["tokens"]["other"] = json!({"token": "x"});
    write_shared(dir.path(), &shared);
    put(&open(dir.path()), &local(), &Role::Operator, "new");
    let mut expected = shared;
    expected["tokens"]["operator"]["token"] = json!("new");
    expected["tokens"]["operator"]["scopes"] = json!([]);
    expected["tokens"]["operator"]["updatedAtMs"] = json!(NOW);
    assert_eq!(json_in(dir.path(), "device-auth.json"), expected);
}

#[test]
fn tokens_of_another_device_key_are_not_used() {
    let dir = tempfile::tempdir().unwrap();
    write_shared(dir.path(), &shared_with("shared"));
    put(&open(dir.path()), &remote(), &Role::Operator, "ours");
    let other = DeviceKey::from_seed([6; 32]).device_id();
    let store = TokenStore::load(dir.path(), &other).unwrap();
    assert_eq!(get(&store, &remote(), &Role::Operator), None);
    assert_eq!(get(&store, &local(), &Role::Operator), None);
    // Looking changes nothing; storing starts afresh.
    assert_eq!(
        get(&open(dir.path()), &remote(), &Role::Operator).as_deref(),
        Some("ours")
    );
    put(&store, &local(), &Role::Node, "n");
    for name in ["gateway-tokens.json", "device-auth.json"] {
        let stored = json_in(dir.path(), name);
        assert_eq!(stored["deviceId"], other.as_str());
        assert!(!stored.to_string().contains("ours") && !stored.to_string().contains("shared"));
    }
}

#[test]
fn removal_is_for_one_gateway_and_role() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, &remote(), &Role::Operator, "a");
    put(&store, &remote(), &Role::Node, "b");
    put(&store, &local(), &Role::Operator, "c");
    assert!(store.remove(&remote(), &Role::Operator).unwrap());
    assert!(!store.remove(&remote(), &Role::Operator).unwrap());
    assert_eq!(get(&store, &remote(), &Role::Operator), None);
    assert_eq!(get(&store, &remote(), &Role::Node).as_deref(), Some("b"));
    assert_eq!(get(&store, &local(), &Role::Operator).as_deref(), Some("c"));
}

#[test]
fn removal_on_this_machine_takes_the_shared_copy_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, &local(), &Role::Operator, "same");
    assert!(store.remove(&local(), &Role::Operator).unwrap());
    assert_eq!(get(&store, &local(), &Role::Operator), None);
    assert_eq!(json_in(dir.path(), "device-auth.json")["tokens"], json!({}));
}

#[test]
fn a_newer_shared_token_outlives_the_removal_of_ours() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, &local(), &Role::Operator, "stale");
    write_shared(dir.path(), &shared_with("rotated by the original"));
    assert_eq!(
        get(&store, &local(), &Role::Operator).as_deref(),
        Some("stale")
    );
    assert!(store.remove(&local(), &Role::Operator).unwrap());
    let next = get(&store, &local(), &Role::Operator);
    assert_eq!(next.as_deref(), Some("rotated by the original"));
    assert!(store.remove(&local(), &Role::Operator).unwrap());
    assert_eq!(get(&store, &local(), &Role::Operator), None);
}

#[test]
fn a_refused_token_is_discarded_unless_it_was_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let refused = SecretString::from("refused");
    put(&store, &remote(), &Role::Node, "fresh");
    assert!(!store.discard(&remote(), &Role::Node, &refused).unwrap());
    assert_eq!(
        get(&store, &remote(), &Role::Node).as_deref(),
        Some("fresh")
    );
    put(&store, &remote(), &Role::Node, "refused");
    assert!(store.discard(&remote(), &Role::Node, &refused).unwrap());
    assert_eq!(get(&store, &remote(), &Role::Node), None);
}

#[test]
fn removing_nothing_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert!(!store.remove(&local(), &Role::Node).unwrap());
    assert!(
        !store
            .discard(&local(), &Role::Node, &SecretString::from("x"))
            .unwrap()
    );
    assert!(!dir.path().join("gateway-tokens.json").exists());
    assert!(!dir.path().join("device-auth.json").exists());
}

#[test]
fn concurrent_changes_all_survive() {
    let dir = tempfile::tempdir().unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for number in 1..=8_u16 {
            let (dir, start) = (dir.path(), &start);
            scope.spawn(move || {
                let store = open(dir);
                start.wait();
                put(
                    &store,
                    &at(&format!("wss://gate.example:{number}")),
                    &Role::Node,
                    "t",
                );
                put(
                    &store,
                    &local(),
                    &Role::from(format!("role{number}").as_str()),
                    "t",
                );
            });
        }
    });
    let store = open(dir.path());
    let shared = json_in(dir.path(), "device-auth.json");
    assert_eq!(shared["tokens"].as_object().unwrap().len(), 8);
    for number in 1..=8 {
        let origin = at(&format!("wss://gate.example:{number}"));
        assert_eq!(get(&store, &origin, &Role::Node).as_deref(), Some("t"));
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("identity");
    put(&open(&dir), &local(), &Role::Node, "t");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["gateway-tokens.json", "device-auth.json", "tokens.lock"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
}

#[test]
fn damaged_files_are_named_and_left_alone() {
    for content in [
        "",
        "[]",
        "{",
        "{}",
        r#"{"version":2}"#,
        r#"{"version":1,"deviceId":"x","tok"#,
    ] {
        let dir = tempfile::tempdir().unwrap();
        let ours = dir.path().join("gateway-tokens.json");
        fs::write(&ours, content).unwrap();
        let error = TokenStore::load(dir.path(), &device()).unwrap_err();
        assert!(
            matches!(error, TokenStoreError::Unreadable { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("gateway-tokens.json"), "{error}");
        assert_eq!(fs::read_to_string(&ours).unwrap(), content);

        let dir = tempfile::tempdir().unwrap();
        let shared = dir.path().join("device-auth.json");
        fs::write(&shared, content).unwrap();
        let store = open(dir.path());
        assert!(store.get(&local(), &Role::Node).is_err());
        assert!(
            store
                .put(
                    &local(),
                    &Role::Node,
                    &SecretString::from("t"),
                    NO_SCOPES,
                    NOW
                )
                .is_err()
        );
        assert_eq!(fs::read_to_string(&shared).unwrap(), content);
        // A gateway elsewhere has nothing to do with that file.
        put(&store, &remote(), &Role::Node, "t");
        assert_eq!(get(&store, &remote(), &Role::Node).as_deref(), Some("t"));
    }
}

#[test]
fn odd_entries_are_no_tokens() {
    for entry in [
        json!(null),
        json!("t"),
        json!({}),
        json!({"token": ""}),
        json!({"token": 5}),
        json!([{"token": "t"}]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut shared = shared_with("t");
        shared["tokens"]["operator"] = entry;
        write_shared(dir.path(), &shared);
        let store = open(dir.path());
        assert_eq!(get(&store, &local(), &Role::Operator), None);
        put(&store, &local(), &Role::Operator, "new");
        assert_eq!(
            json_in(dir.path(), "device-auth.json")["tokens"]["operator"]["token"],
            "new"
        );
    }
    // The token is all that is needed.
    let dir = tempfile::tempdir().unwrap();
    let mut shared = shared_with("t");
    shared["tokens"]["operator"] = json!({"token": "t", "scopes": [1, "a"]});
    write_shared(dir.path(), &shared);
    let stored = open(dir.path())
        .get(&local(), &Role::Operator)
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.scopes, stored.updated_at_ms),
        (vec!["a".to_owned()], 0)
    );
}

#[test]
fn no_token_is_ever_shown() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, &remote(), &Role::Node, "hush-hush");
    let stored = store.get(&remote(), &Role::Node).unwrap().unwrap();
    assert!(!format!("{stored:?} {store:?}").contains("hush"));
    fs::write(
        dir.path().join("gateway-tokens.json"),
        r#"{"version":"hush-hush"}"#,
    )
    .unwrap();
    let error = store.get(&remote(), &Role::Node).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hush"));
}
