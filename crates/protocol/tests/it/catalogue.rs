//! Names, access, generations and visibility of every declared method, as observed.

use std::collections::{BTreeMap, BTreeSet};

use openclaw_protocol::catalogue::{EVENTS, METHODS, method};
use openclaw_protocol::methods as m;
use openclaw_protocol::{Access, Audience, Generation, Method, MethodInfo, Role, Scope};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    method: String,
    versions: Vec<String>,
    role: String,
    scope: String,
    #[serde(default)]
    scope_by_version: BTreeMap<String, String>,
    advertised: BTreeMap<String, bool>,
}

const RELEASES: [(&str, Generation); 2] = [("2026.2", Generation::V3), ("2026.9", Generation::V4)];

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("../vectors/methods-tier1.json")).unwrap()
}

/// What the observed words mean here.
fn expected(row: &Row, release: &str) -> Access {
    let scope = row
        .scope_by_version
        .get(release)
        .unwrap_or(&row.scope)
        .as_str();
    match (row.method.as_str(), release) {
        // In 2026.9 the table says `operator.admin`, which is what a second `connect` meets.
        ("connect", _) => return Access::FirstFrame,
        // The table says `operator`; a node was seen to be answered, too.
        ("health", "2026.9") => return Access::OperatorOrNode(Scope::Read),
        // A browser is as powerful as a shell: the newer rule holds for both.
        ("browser.request", _) => return Access::Operator(Scope::Admin),
        // Dynamic as well, and the lowest is that of its family.
        ("channels.pairing.approve", _) => return Access::Operator(Scope::Pairing),
        _ => {}
    }
    match (row.role.as_str(), scope) {
        ("node", "node") => Access::Node,
        // Dynamic: the lowest scope by name, more by params.
        ("operator", "dynamic") => Access::Operator(Scope::Write),
        ("operator", scope) => {
            let scope = Scope::from(scope);
            assert!(scope.is_known(), "{} {scope}", row.method);
            Access::Operator(scope)
        }
        other => panic!("{} {other:?}", row.method),
    }
}

#[test]
fn names_are_unique() {
    let methods: BTreeSet<&str> = METHODS.iter().map(|info| info.name).collect();
    assert_eq!(methods.len(), METHODS.len());
    let events: BTreeSet<&str> = EVENTS.iter().map(|info| info.name).collect();
    assert_eq!(events.len(), EVENTS.len());
}

#[test]
fn every_observed_method_is_declared_as_observed() {
    let rows = rows();
    assert_eq!(rows.len(), 103);
    let mut dynamic = 0;
    for row in &rows {
        let name = row.method.as_str();
        let info: &MethodInfo = method(name).unwrap_or_else(|| panic!("{name} is not declared"));
        for (release, generation) in RELEASES {
            let here = row.versions.iter().any(|it| it == release);
            let access = info.access(generation);
            assert_eq!(access.is_some(), here, "{name} in {release}");
            if !here {
                continue;
            }
            assert_eq!(access, Some(&expected(row, release)), "{name} in {release}");
            assert_eq!(
                info.advertised, row.advertised[release],
                "{name} in {release}"
            );
            let scope = row.scope_by_version.get(release).unwrap_or(&row.scope);
            dynamic += usize::from(scope == "dynamic");
        }
    }
    assert_eq!(
        dynamic, 6,
        "agent, channels.pairing.approve, node.invoke, sessions.create, .delete, .patch"
    );
}

/// What the params of a method demand beyond its name: `None` where it does not look at them.
fn demanded(name: &str, params: &serde_json::Value) -> Option<Access> {
    fn of<M: Method>(params: &serde_json::Value) -> Option<Access> {
        M::stricter_access(&serde_json::from_value(params.clone()).unwrap())
    }
    match name {
        "agent" => of::<m::agent::Agent>(params),
        "channels.pairing.approve" => {
            of::<m::channels::pairing::approve::ChannelsPairingApprove>(params)
        }
        "node.invoke" => of::<m::node::invoke::NodeInvoke>(params),
        "sessions.create" => of::<m::sessions::create::SessionsCreate>(params),
        "sessions.delete" => of::<m::sessions::delete::SessionsDelete>(params),
        "sessions.patch" => of::<m::sessions::patch::SessionsPatch>(params),
        other => panic!("{other} is dynamic and has no row here"),
    }
}

#[test]
fn params_that_ask_for_more_need_more() {
    let invoke = |command: &str| json!({"nodeId": "n", "command": command, "idempotencyKey": "k"});
    let agent = |message: &str| json!({"message": message, "idempotencyKey": "k"});
    let rows = [
        ("agent", agent("hello"), false),
        ("agent", agent("/status"), false),
        ("agent", agent("/new"), true),
        ("agent", agent("/RESET now"), true),
        (
            "channels.pairing.approve",
            json!({"channel": "c", "accountId": "a", "requestId": "r"}),
            false,
        ),
        (
            "channels.pairing.approve",
            json!({"channel": "c", "accountId": "a", "requestId": "r", "bootstrapCommandOwner": true}),
            true,
        ),
        ("node.invoke", invoke("camera.snap"), false),
        ("node.invoke", invoke("system.run"), false),
        ("node.invoke", invoke("browser.proxy"), true),
        ("node.invoke", invoke("browser.proxy.start"), true),
        ("node.invoke", invoke("fs.listDir"), true),
        ("node.invoke", invoke("terminal.upload"), true),
        ("sessions.create", json!({}), false),
        ("sessions.create", json!({"incognito": true}), true),
        ("sessions.create", json!({"execNode": "n"}), true),
        (
            "sessions.delete",
            json!({"key": "k", "archivedOnly": true}),
            false,
        ),
        ("sessions.delete", json!({"key": "k"}), true),
        ("sessions.patch", json!({"key": "k", "label": "l"}), false),
        (
            "sessions.patch",
            json!({"key": "k", "permissionMode": "full"}),
            true,
        ),
    ];
    let dynamic: BTreeSet<String> = self::rows()
        .into_iter()
        .filter(|row| row.scope_by_version.get("2026.9").unwrap_or(&row.scope) == "dynamic")
        .map(|row| row.method)
        .collect();
    let seen: BTreeSet<String> = rows.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(seen, dynamic);
    for (name, params, needs_admin) in rows {
        let wanted = needs_admin.then_some(Access::Operator(Scope::Admin));
        assert_eq!(demanded(name, &params), wanted, "{name} {params}");
    }
}

#[test]
fn the_older_generation_is_no_way_around_the_newer_rules() {
    for info in METHODS {
        let (Some(v3), Some(v4)) = (info.access(Generation::V3), info.access(Generation::V4))
        else {
            continue;
        };
        match (v3.scope(), v4.scope()) {
            (Some(older), Some(newer)) => {
                assert!(older.implies(newer), "{}: {older} < {newer}", info.name);
            }
            (None, None) => assert_eq!(v3, v4, "{}", info.name),
            other => panic!("{}: {other:?}", info.name),
        }
    }
}

#[test]
fn nothing_is_declared_that_was_not_observed() {
    let observed: BTreeSet<String> = rows().into_iter().map(|row| row.method).collect();
    for info in METHODS {
        assert!(observed.contains(info.name), "{}", info.name);
    }
}

#[test]
fn nodes_may_call_their_own_methods_and_health_only() {
    let for_nodes = |generation| -> Vec<&str> {
        let admits = |info: &&MethodInfo| {
            info.access(generation)
                .is_some_and(|access| access.admits(&Role::Node))
        };
        METHODS
            .iter()
            .filter(admits)
            .map(|info| info.name)
            .collect()
    };
    let mut v3 = for_nodes(Generation::V3);
    v3.sort_unstable();
    assert_eq!(v3, ["node.event", "node.invoke.result", "skills.bins"]);
    let v4 = for_nodes(Generation::V4);
    assert_eq!(v4.len(), 12, "{v4:?}");
    assert!(v4.contains(&"health") && !v4.contains(&"node.list"));
}

#[test]
fn guarded_events_stay_guarded() {
    for info in EVENTS {
        let wanted = match info.name {
            name if name.starts_with("exec.approval.") => Audience::Operators(Scope::Approvals),
            name if name.contains(".pair.") => Audience::Operators(Scope::Pairing),
            "talk.mode" => Audience::Operators(Scope::Talk),
            "health" | "heartbeat" | "tick" | "shutdown" | "update.available"
            | "gateway.suspension" => Audience::Everyone,
            name if name.starts_with("node.invoke.") => Audience::Target,
            "connect.challenge" | "models.snapshot" => Audience::Target,
            _ => Audience::Operators(Scope::Read),
        };
        assert_eq!(info.audience, wanted, "{}", info.name);
    }
}

#[test]
fn events_of_the_older_generation_are_all_there() {
    let mut v3: Vec<&str> = EVENTS
        .iter()
        .filter(|info| info.since == Generation::V3)
        .map(|info| info.name)
        .collect();
    v3.sort_unstable();
    // `features.events` of a 2026.2.6-3 hello.
    let mut hello = [
        "connect.challenge",
        "agent",
        "chat",
        "presence",
        "tick",
        "talk.mode",
        "shutdown",
        "health",
        "heartbeat",
        "cron",
        "node.pair.requested",
        "node.pair.resolved",
        "node.invoke.request",
        "device.pair.requested",
        "device.pair.resolved",
        "voicewake.changed",
        "exec.approval.requested",
        "exec.approval.resolved",
    ];
    hello.sort_unstable();
    assert_eq!(v3, hello);
}

#[test]
fn every_schema_can_be_made() {
    for info in METHODS {
        assert!(
            (info.params_schema)().as_object().is_some(),
            "{}",
            info.name
        );
        assert!(
            serde_json::to_value((info.result_schema)()).is_ok(),
            "{}",
            info.name
        );
    }
    for info in EVENTS {
        assert!(
            serde_json::to_value((info.payload_schema)()).is_ok(),
            "{}",
            info.name
        );
    }
}
