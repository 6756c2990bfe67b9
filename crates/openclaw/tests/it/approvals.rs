//! `openclaw approvals`: rules of this machine, a Gateway and a node, and commands that wait.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Home, Say, Scripted};

fn home() -> Home {
    Home::configured()
}

fn result(result: Value) -> Option<Vec<Say>> {
    Some(vec![Say::Result(result)])
}

fn refuse(code: &'static str, message: &'static str) -> Option<Vec<Say>> {
    Some(vec![Say::Refused(code, message)])
}

/// The params of the calls of this method among the next so many calls.
fn params_of(gateway: &Scripted, calls: usize, method: &str) -> Vec<Value> {
    let calls = (0..calls).map(|_| gateway.next());
    calls
        .filter_map(|(name, params)| (name == method).then_some(params))
        .collect()
}

/// The approvals file of this machine.
fn local(home: &Home) -> Value {
    let text = fs::read_to_string(home.state().join("exec-approvals.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn rules_of_this_machine_are_read_and_changed_without_a_gateway() {
    let home = home();
    let empty = home.run(&["approvals", "get", "--json"]).ok().json();
    assert_eq!(empty["exists"], false);
    assert_eq!(empty["file"]["version"], 1);
    assert!(!home.state().join("exec-approvals.json").exists());

    let added = home
        .run(&["approvals", "allowlist", "add", "/usr/bin/uptime", "--json"])
        .ok()
        .json();
    let list = json!([{ "pattern": "/usr/bin/uptime" }]);
    assert_eq!(added["file"]["agents"]["*"]["allowlist"], list);
    assert_eq!(local(&home)["agents"]["*"]["allowlist"], list);

    let again = home
        .run(&["exec-approvals", "allowlist", "add", "/usr/bin/uptime"])
        .ok();
    assert!(again.stderr.contains("on the list already"), "{again:?}");
    assert!(again.stdout.contains("/usr/bin/uptime"), "{again:?}");

    home.run(&["approvals", "allowlist", "remove", "/usr/bin/uptime"])
        .ok();
    assert_eq!(local(&home)["agents"]["*"]["allowlist"], json!([]));
    let gone = home.run(&["approvals", "allowlist", "remove", "/usr/bin/uptime"]);
    assert_eq!(gone.code, 1);
    assert!(
        gone.stderr.contains("is not on the list of agent *"),
        "{gone:?}"
    );
}

#[test]
fn a_whole_file_is_set_and_a_bad_one_changes_nothing() {
    let home = home();
    let file = home.path().join("new.json");
    let path = file.to_str().unwrap();
    fs::write(
        &file,
        r#"{"version":1,"socket":{"path":"/s","token":"planted"},"defaults":{"security":"deny"}}"#,
    )
    .unwrap();
    let set = home
        .run(&["approvals", "set", "--file", path, "--json"])
        .ok();
    assert_eq!(set.json()["file"]["defaults"]["security"], "deny");
    assert!(!set.stdout.contains("planted"), "{set:?}");
    for bad in [
        "{",
        "[]",
        r#"{"version":2}"#,
        r#"{"version":1,"defaults":{"security":"some"}}"#,
    ] {
        fs::write(&file, bad).unwrap();
        let ran = home.run(&["approvals", "set", "--file", path]);
        assert_eq!(ran.code, 1, "{bad}: {ran:?}");
        assert!(ran.stderr.starts_with("approvals set failed: "), "{ran:?}");
        assert_eq!(local(&home)["defaults"]["security"], "deny", "{bad}");
    }
    let neither = home.run(&["approvals", "set"]);
    assert_eq!(neither.code, 2, "{neither:?}");
}

/// A Gateway that keeps approvals, of its own and of one node, and lets somebody else write once
/// in between.
fn keeper(stale_once: bool) -> Scripted {
    let stale = std::sync::atomic::AtomicBool::new(stale_once);
    Scripted::start(4, move |method, params| match method {
        "node.list" => {
            result(json!({ "ts": 1, "nodes": [{ "nodeId": "n1", "displayName": "Kitchen" }] }))
        }
        "exec.approvals.get" | "exec.approvals.node.get" => result(json!({
            "path": "/far/exec-approvals.json", "exists": true, "hash": "h1",
            "file": { "version": 1, "agents": { "ops": { "allowlist": [{ "pattern": "/bin/a", "later": 1 }] } } },
        })),
        _ if stale.swap(false, std::sync::atomic::Ordering::SeqCst) => refuse(
            "INVALID_REQUEST",
            "exec approvals changed since last load; re-run exec.approvals.get and retry",
        ),
        "exec.approvals.set" | "exec.approvals.node.set" => result(json!({
            "path": "/far/exec-approvals.json", "exists": true, "hash": "h2", "file": params["file"],
        })),
        _ => None,
    })
}

#[test]
fn rules_of_the_gateway_are_changed_against_what_was_read() {
    let gateway = keeper(true);
    let home = home();
    let port = gateway.port.to_string();
    let args = [
        "approvals",
        "allowlist",
        "add",
        "/bin/b",
        "--agent",
        "ops",
        "--json",
        "--port",
        &port,
    ];
    let changed = home.run(&args).ok().json();
    assert_eq!(changed["hash"], "h2");
    let set = params_of(&gateway, 4, "exec.approvals.set");
    assert_eq!(
        set.len(),
        2,
        "tried again after somebody else wrote: {set:?}"
    );
    assert_eq!(set[1]["baseHash"], "h1");
    // What this version does not know stays.
    let list = json!([{ "pattern": "/bin/a", "later": 1 }, { "pattern": "/bin/b" }]);
    assert_eq!(set[1]["file"]["agents"]["ops"]["allowlist"], list);
}

#[test]
fn rules_of_a_node_go_through_its_gateway() {
    let gateway = keeper(false);
    let home = home();
    let port = gateway.port.to_string();
    let get = home
        .run(&["approvals", "get", "--node", "kitchen", "--port", &port])
        .ok();
    assert!(get.stdout.contains("/far/exec-approvals.json"), "{get:?}");
    assert!(get.stdout.contains("/bin/a"), "{get:?}");
    home.run(&[
        "approvals",
        "allowlist",
        "remove",
        "/bin/a",
        "--agent",
        "ops",
        "--node",
        "kitchen",
        "--port",
        &port,
    ])
    .ok();
    let set = params_of(&gateway, 5, "exec.approvals.node.set");
    assert_eq!((set.len(), &set[0]["nodeId"]), (1, &json!("n1")));
    let unknown = home.run(&["approvals", "get", "--node", "cellar", "--port", &port]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("unknown node: cellar"),
        "{unknown:?}"
    );
}

/// A Gateway with one command that waits.
fn waiting() -> Scripted {
    Scripted::start(4, |method, params| match (method, params["id"].as_str()) {
        ("exec.approval.list", _) => result(json!([{
            "id": "a1", "createdAtMs": 1, "expiresAtMs": 120_001,
            "request": { "command": "ls\nrm x", "agentId": "main", "sessionKey": null },
        }])),
        ("exec.approval.get", Some("a1")) => result(json!({
            "id": "a1", "commandText": "ls\nrm x", "allowedDecisions": ["allow-once", "deny"],
            "host": "node", "nodeId": "n1", "agentId": null, "expiresAtMs": 120_001,
        })),
        ("exec.approval.resolve", Some("a1")) => result(json!({ "ok": true })),
        _ => refuse("INVALID_REQUEST", "unknown or expired approval id"),
    })
}

#[test]
fn a_command_that_waits_is_listed_shown_and_resolved() {
    let gateway = waiting();
    let home = home();
    let port = gateway.port.to_string();
    for word in ["pending", "list"] {
        let list = home
            .run(&["approvals", word, "--json", "--port", &port])
            .ok();
        let expected = json!({
            "id": "a1", "kind": "exec", "agentId": "main", "sessionKey": null,
            "createdAtMs": 1, "expiresAtMs": 120_001, "summary": "ls\nrm x",
        });
        assert_eq!(list.json()["approvals"], json!([expected]));
    }
    let people = home.run(&["approvals", "pending", "--port", &port]).ok();
    assert!(people.stdout.contains("a1: ls\\u{A}rm x\n"), "{people:?}");
    let shown = home.run(&["approvals", "show", "a1", "--port", &port]).ok();
    assert!(shown.stdout.contains("allow-once, deny"), "{shown:?}");

    let resolved = home
        .run(&[
            "approvals",
            "resolve",
            "a1",
            "deny",
            "--reason",
            "no",
            "--port",
            &port,
        ])
        .ok();
    assert_eq!(
        resolved.stdout,
        "Approval a1 resolved deny; CLI reason: no.\n"
    );
    let params = params_of(&gateway, 5, "exec.approval.resolve");
    assert_eq!(params, [json!({ "id": "a1", "decision": "deny" })]);
}

#[test]
fn an_answer_that_cannot_be_is_refused() {
    let gateway = waiting();
    let home = home();
    let port = gateway.port.to_string();
    let unknown = home.run(&["approvals", "resolve", "a2", "deny", "--port", &port]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("unknown or expired approval id")
            && unknown.stderr.contains("hint: openclaw approvals pending"),
        "{unknown:?}"
    );
    let resolve = ["approvals", "resolve", "a1"];
    for (more, code) in [
        (&["maybe"][..], 2),
        (&["deny", "--expires-in-days", "5"], 2),
        (&["allow-always", "--expires-in-days", "0"], 2),
        (&["allow-always", "--expires-in-days", "4000"], 2),
    ] {
        let args = [&resolve, more, &["--port", &port]].concat();
        let ran = home.run(&args);
        assert_eq!(ran.code, code, "{more:?}: {ran:?}");
    }
    assert_eq!(gateway.next().0, "exec.approval.resolve");
    assert!(gateway.asked().is_empty());
}

#[test]
fn a_february_gateway_has_no_list_and_says_so() {
    let gateway = Scripted::start(3, |method, _| match method {
        "exec.approval.resolve" => result(json!({ "ok": true })),
        _ => None,
    });
    let home = home();
    let port = gateway.port.to_string();
    for words in [&["pending"][..], &["show", "a1"]] {
        let args = [&["approvals"], words, &["--port", &port]].concat();
        let ran = home.run(&args);
        assert_eq!(ran.code, 1);
        assert!(
            ran.stderr.contains("needs a Gateway of protocol 4"),
            "{ran:?}"
        );
    }
    home.run(&["approvals", "resolve", "a1", "allow-once", "--port", &port])
        .ok();
}

/// A question asked by one terminal, seen and answered by another, on a Gateway of ours.
#[test]
fn a_command_that_waits_is_seen_shown_and_answered_once() {
    let home = home();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let cli = |words: &[&str]| home.run(&[words, &["--port", &port]].concat());
    for (id, decision) in [("question-one", "allow-once"), ("question-two", "deny")] {
        let params = json!({
            "id": id, "commandArgv": ["rm", "-r", "a b"], "cwd": "/srv", "timeoutMs": 60_000,
        });
        let params = params.to_string();
        let call = [
            "gateway",
            "call",
            "exec.approval.request",
            "--params",
            &params,
        ];
        let more = ["--timeout", "60000", "--json", "--port", &port];
        let mut asker = home.start(&[&call[..], &more].concat());
        let pending = loop {
            let pending = cli(&["approvals", "pending", "--json"]).ok().json();
            if pending.to_string().contains(id) {
                break pending.to_string();
            }
        };
        assert!(pending.contains(r#"rm -r \"a b\""#), "{pending}");
        let shown = cli(&["approvals", "show", id]).ok();
        assert!(shown.stdout.contains("rm -r \"a b\""), "{shown:?}");
        cli(&["approvals", "resolve", id, decision]).ok();
        let late = cli(&["approvals", "resolve", id, "allow-once"]);
        assert_eq!(late.code, 1, "{late:?}");
        assert_eq!(asker.end(), 0);
        let said = asker.everything();
        assert!(
            said.contains(&format!("\"decision\": \"{decision}\"")),
            "{said}"
        );
    }
    let none = cli(&["approvals", "resolve", "nothing-like-it", "deny"]);
    assert_eq!(none.code, 1, "{none:?}");
}

/// The rules of the Gateway's machine, through the Gateway.
#[test]
fn rules_of_a_gateway_are_changed_through_it() {
    let home = home();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let cli = |words: &[&str]| home.run(&[words, &["--port", &port]].concat());
    let add = [
        "approvals",
        "allowlist",
        "add",
        "/usr/bin/uptime",
        "--gateway",
        "--json",
    ];
    let added = cli(&add).ok().json();
    let list = json!([{ "pattern": "/usr/bin/uptime" }]);
    assert_eq!(added["file"]["agents"]["*"]["allowlist"], list);
    let get = ["approvals", "get", "--gateway", "--json"];
    let read = cli(&get).ok().json();
    assert_eq!(read["file"]["agents"]["*"]["allowlist"], list);
    assert_eq!(local(&home)["agents"]["*"]["allowlist"], list);
}
