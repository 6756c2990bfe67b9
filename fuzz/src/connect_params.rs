//! The params of `connect`.
//!
//! - Params are accepted if and only if the schema, told here once more, accepts them.
//! - What was accepted is written without loss and is accepted again in the same dialect.
//! - `Debug` shows no credential.
//! - A refusal says something, and no more than a page.

use openclaw_protocol::connect::{Connect, ConnectParams, read};
use openclaw_protocol::{Generation, Raw};
use serde_json::{Map, Value};

use crate::json::has_fraction;
use crate::marker::SECRET;

/// Longest list of problems, in bytes.
const PROBLEMS: usize = 16 * 1024;

/// Reads a text as the params of a `connect`.
pub fn connect_params(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(raw) = Raw::from_string(text.to_owned()) else {
        return;
    };
    let value = serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    match read(Some(&raw)) {
        Ok(connect) => {
            assert!(accepts(&value), "accepted against the schema: {value}");
            assert_eq!(connect.dialect == Generation::V3, is_old(&value));
            assert_no_loss(&connect, &value);
            assert_derived(&connect.params);
            assert_secrets_are_hidden(value);
        }
        Err(problems) => {
            assert!(!accepts(&value), "refused against the schema: {value}");
            let said = problems.to_string();
            assert!(!said.is_empty() && !problems.is_empty());
            assert!(said.len() <= PROBLEMS, "{} bytes of problems", said.len());
        }
    }
}

fn assert_no_loss(connect: &Connect, value: &Value) {
    let written = serde_json::value::to_raw_value(&connect.params).expect("plain data");
    let again = read(Some(&written)).expect("what was accepted is accepted again");
    assert_eq!(again.dialect, connect.dialect);
    if has_fraction(value) {
        return;
    }
    let twice = serde_json::value::to_raw_value(&again.params).expect("plain data");
    assert_eq!(written.get(), twice.get());
    let mut kept: Value = serde_json::from_str(written.get()).expect("JSON");
    // Members of any shape: `null` says the same as nothing.
    let (Value::Object(kept), Value::Object(value)) = (&mut kept, value) else {
        panic!("params are objects");
    };
    let mut given = value.clone();
    for name in ["computerUse", "workerRuns", "modelCatalog"] {
        given.retain(|key, value| key != name || !value.is_null());
    }
    assert_eq!(*kept, given);
}

fn assert_derived(params: &ConnectParams) {
    let (min, max) = (params.min_protocol, params.max_protocol);
    let expected = [Generation::V4, Generation::V3]
        .into_iter()
        .find(|generation| (min..=max).contains(&generation.number()));
    assert_eq!(Generation::negotiate(min, max), expected);
    let set = params.scope_set();
    for scope in params.scopes.iter().flatten() {
        assert!(set.contains(scope));
        let times = set.iter().filter(|held| *held == scope).count();
        assert_eq!(times, 1, "a set has no repeats");
    }
    assert_eq!(
        params.effective_role().as_str(),
        params
            .role
            .as_ref()
            .map_or("operator", |role| role.as_str())
    );
}

/// With every credential replaced by a marker, the marker is nowhere in `Debug`.
fn assert_secrets_are_hidden(mut value: Value) {
    if value.to_string().contains(SECRET) {
        return;
    }
    let Some(Value::Object(auth)) = value.get_mut("auth") else {
        return;
    };
    for secret in auth.values_mut() {
        *secret = Value::from(format!("{SECRET}-credential"));
    }
    let raw = serde_json::value::to_raw_value(&value).expect("plain data");
    let connect = read(Some(&raw)).expect("a credential may be any text");
    assert!(!format!("{connect:?}").contains(SECRET));
}

fn is_old(value: &Value) -> bool {
    matches!(
        value.get("maxProtocol").and_then(Value::as_u64),
        Some(0..=3)
    )
}

/// Whether one object has the members it must have, and each member is as it must be.
struct Object<'a> {
    members: &'a Map<String, Value>,
    is_new: bool,
}

impl Object<'_> {
    fn all(&self, fits: impl Fn(&str, &Value) -> bool) -> bool {
        self.members.iter().all(|(key, value)| fits(key, value))
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.members.contains_key(*name))
    }
}

fn accepts(value: &Value) -> bool {
    let Value::Object(members) = value else {
        return false;
    };
    let is_new = !is_old(value);
    let root = Object { members, is_new };
    root.has(&["minProtocol", "maxProtocol", "client"])
        && root.all(|key, value| match key {
            "minProtocol" | "maxProtocol" => value.as_u64().is_some_and(|n| n > 0),
            "client" => inside(value, is_new, is_client),
            "caps" | "commands" | "scopes" => value
                .as_array()
                .is_some_and(|items| items.iter().all(|item| is_named(item, usize::MAX))),
            "permissions" => value
                .as_object()
                .is_some_and(|flags| flags.values().all(Value::is_boolean)),
            "role" => is_named(value, usize::MAX),
            "pathEnv" | "locale" | "userAgent" => value.is_string(),
            "device" => inside(value, is_new, is_device),
            "auth" => inside(value, is_new, is_auth),
            "computerUse" | "workerRuns" | "modelCatalog" => is_new,
            _ => false,
        })
}

fn inside(value: &Value, is_new: bool, fits: fn(&Object<'_>) -> bool) -> bool {
    value
        .as_object()
        .is_some_and(|members| fits(&Object { members, is_new }))
}

fn is_named(value: &Value, most: usize) -> bool {
    value
        .as_str()
        .is_some_and(|text| (1..=most).contains(&text.chars().count()))
}

fn is_client(client: &Object<'_>) -> bool {
    const IDS: &str = "webchat-ui openclaw-control-ui webchat cli gateway-client openclaw-macos \
                       openclaw-ios openclaw-android node-host test fingerprint openclaw-probe";
    const NEW_IDS: &str =
        "openclaw-browser-copilot openclaw-tui openclaw-linux openclaw-watchos openclaw-worker";
    const MODES: &str = "webchat cli ui backend node probe test";
    let listed = |value: &Value, old: &str, new: &str| {
        let word = value.as_str().filter(|word| !word.is_empty());
        word.is_some_and(|word| {
            old.split(' ').any(|listed| listed == word)
                || client.is_new && new.split(' ').any(|listed| listed == word)
        })
    };
    client.has(&["id", "version", "platform", "mode"])
        && client.all(|key, value| match key {
            "id" => listed(value, IDS, NEW_IDS),
            "mode" => listed(value, MODES, "worker"),
            "displayName" | "version" | "platform" | "deviceFamily" | "modelIdentifier"
            | "instanceId" => is_named(value, usize::MAX),
            "buildId" => client.is_new && is_named(value, 96),
            "timeZone" => client.is_new && is_named(value, 64),
            _ => false,
        })
}

fn is_device(device: &Object<'_>) -> bool {
    device.has(&["id", "publicKey", "signature", "signedAt"])
        && (!device.is_new || device.has(&["nonce"]))
        && device.all(|key, value| match key {
            "id" | "publicKey" | "signature" | "nonce" => is_named(value, usize::MAX),
            "signedAt" => value.is_u64(),
            _ => false,
        })
}

fn is_auth(auth: &Object<'_>) -> bool {
    auth.all(|key, value| match key {
        "token" | "password" => value.is_string(),
        "deviceToken" | "bootstrapToken" | "approvalRuntimeToken" | "agentRuntimeIdentityToken" => {
            auth.is_new && value.is_string()
        }
        _ => false,
    })
}
