//! `openclaw nodes run`: on a node of our own, and against Gateways that ask people.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::node::{approve, node, node_home};
use crate::support::{Home, Say, Scripted};

fn allow(node_home: &Home, file: &Value) {
    fs::create_dir_all(node_home.state()).unwrap();
    let path = node_home.state().join("exec-approvals.json");
    fs::write(path, file.to_string()).unwrap();
}

#[test]
fn a_program_runs_on_a_node_as_far_as_the_node_allows_it() {
    let home = Home::configured();
    let gateway = home.gateway(&[]);
    let port = gateway.port_text();
    let node_home = node_home();
    let full = json!({ "version": 1, "defaults": { "security": "full", "ask": "off" } });
    allow(&node_home, &full);
    let mut node = node(&node_home, &gateway, "box");
    approve(&home, &port);
    let run = |words: &[&str]| {
        let base = ["nodes", "run", "--node", "box", "--port", &port];
        home.run(&[&base, words].concat())
    };
    let until_ready = || {
        (0..200)
            .map(|_| run(&["--", "/bin/echo", "hi"]))
            .find(|ran| ran.code == 0)
    };
    let ran = until_ready().expect("the node's commands come with its approval");
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("hi\n", ""));

    let raw = run(&[
        "--raw",
        "echo $GREETING; echo bad >&2; exit 3",
        "--env",
        "GREETING=tea",
    ]);
    assert_eq!((raw.code, raw.stdout.as_str()), (1, "tea\n"));
    assert_eq!(raw.stderr, "bad\nrun exit 3\n");
    let slow = run(&["--command-timeout", "300ms", "--", "/bin/sleep", "30"]);
    assert_eq!((slow.code, slow.stderr.as_str()), (1, "run timed out\n"));
    let json = run(&["--json", "--", "pwd"]).ok().json();
    assert_eq!(json["payload"]["exitCode"], 0);

    let none = run(&["--", "no-such-program-anywhere"]);
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("no-such-program-anywhere"), "{none:?}");
    // An option makes it stricter, before anything is asked of the node.
    let denied = run(&["--security", "deny", "--", "/bin/echo", "hi"]);
    assert_eq!(denied.code, 1);
    assert_eq!(
        denied.stderr,
        "nodes run failed: exec denied: host=node security=deny\n"
    );

    let deny = json!({ "version": 1, "defaults": { "security": "deny" } });
    allow(&node_home, &deny);
    let denied = run(&["--", "/bin/echo", "hi"]);
    assert_eq!((denied.code, denied.stdout.as_str()), (1, ""));
    assert!(denied.stderr.contains("security=deny"), "{denied:?}");

    let listed = json!({
        "version": 1, "defaults": { "security": "allowlist", "ask": "off" },
        "agents": { "*": { "allowlist": [{ "pattern": "/**/echo" }] } },
    });
    allow(&node_home, &listed);
    assert_eq!(run(&["--", "/bin/echo", "listed"]).ok().stdout, "listed\n");
    let missed = run(&["--", "/bin/pwd"]);
    assert_eq!((missed.code, missed.stdout.as_str()), (1, ""));
    assert!(missed.stderr.contains("allowlist miss"), "{missed:?}");
    assert_eq!(node.stop(Signal::TERM), 0);
}

/// What a person answers.
#[derive(Clone, Copy)]
enum Person {
    Says(&'static str),
    IsNotThere,
}

/// A Gateway with one node, which wants a person for every command.
fn asking(protocol: u64, person: Person) -> Scripted {
    Scripted::start(protocol, move |method, params| match method {
        "node.list" => {
            let commands: &[&str] = match protocol {
                3 => &["system.run"],
                _ => &["system.run", "system.run.prepare"],
            };
            result(json!({ "ts": 1, "nodes": [
                { "nodeId": "n1", "displayName": "box", "platform": "linux", "commands": commands },
            ] }))
        }
        "exec.approval.request" => {
            let decision = match person {
                Person::Says(word) => json!(word),
                Person::IsNotThere => Value::Null,
            };
            let times = json!({ "id": params["id"], "createdAtMs": 1, "expiresAtMs": 2 });
            let (mut first, mut last) = (times.clone(), times);
            first["status"] = "accepted".into();
            last["decision"] = decision;
            match protocol {
                3 => result(last),
                _ => Some(vec![Say::Result(first), Say::Result(last)]),
            }
        }
        "node.invoke" if params["command"] == "system.run.prepare" => result(json!({
            "ok": true, "nodeId": "n1", "command": "system.run.prepare",
            "payload": {
                "plan": { "argv": ["/usr/bin/ls", "-a"], "commandText": "/usr/bin/ls -a", "cwd": "/srv" },
                "execPolicy": { "security": "allowlist", "ask": "on-miss" },
            },
        })),
        "node.invoke" if params["params"]["approved"] == true => result(json!({
            "ok": true, "nodeId": "n1", "command": "system.run",
            "payload": { "success": true, "exitCode": 0, "stdout": "a b\n", "stderr": "" },
        })),
        "node.invoke" => Some(vec![Say::Refused(
            "UNAVAILABLE",
            "SYSTEM_RUN_DENIED: approval required",
        )]),
        _ => None,
    })
}

fn result(result: Value) -> Option<Vec<Say>> {
    Some(vec![Say::Result(result)])
}

/// The next so many calls: questions to a person, and runs.
fn heard(gateway: &Scripted, calls: usize) -> (Vec<Value>, Vec<Value>) {
    let (mut questions, mut runs) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        match gateway.next() {
            (method, params) if method == "exec.approval.request" => questions.push(params),
            (_, params) if params["command"] == "system.run" => runs.push(params),
            _ => {}
        }
    }
    (questions, runs)
}

#[test]
fn what_a_person_approved_runs_under_that_approval() {
    let gateway = asking(4, Person::Says("allow-once"));
    let home = Home::configured();
    let port = gateway.port.to_string();
    let args = [
        "nodes",
        "run",
        "--node",
        "box",
        "--port",
        &port,
        "--cwd",
        "/srv",
        "--env",
        "TOKEN=planted",
        "--",
        "ls",
        "-a",
    ];
    let ran = home.run(&args).ok();
    assert_eq!(ran.stdout, "a b\n");
    assert!(!ran.stderr.contains("planted"), "{ran:?}");

    let (questions, runs) = heard(&gateway, 5);
    let request = &questions[0];
    assert_eq!(request["commandArgv"], json!(["/usr/bin/ls", "-a"]));
    assert_eq!(request["systemRunPlan"]["commandText"], "/usr/bin/ls -a");
    assert_eq!(request["env"], json!({ "TOKEN": "planted" }));
    assert_eq!(request["nodeId"], "n1");
    assert!(
        ran.stderr.contains(&format!(
            "openclaw approvals resolve {} allow-once",
            request["id"].as_str().unwrap()
        )),
        "{ran:?}"
    );

    assert_eq!(runs.len(), 2, "first without a person: {runs:?}");
    assert!(
        runs[0]["params"].get("approved").is_none() && runs[0]["params"].get("runId").is_none()
    );
    let approved = &runs[1]["params"];
    assert_eq!(approved["runId"], request["id"]);
    assert_eq!(approved["approvalDecision"], "allow-once");
    for (key, expected) in [
        ("command", &request["commandArgv"]),
        ("systemRunPlan", &request["systemRunPlan"]),
        ("cwd", &request["cwd"]),
        ("env", &request["env"]),
        ("agentId", &request["agentId"]),
    ] {
        assert_eq!(&approved[key], expected, "{key}");
    }
    assert_ne!(runs[0]["idempotencyKey"], runs[1]["idempotencyKey"]);
}

#[test]
fn a_february_gateway_is_asked_in_its_own_words() {
    let gateway = asking(3, Person::Says("allow-always"));
    let home = Home::configured();
    let port = gateway.port.to_string();
    let args = [
        "nodes", "run", "--node", "box", "--port", &port, "--ask", "always", "--raw", "ls | wc",
    ];
    assert_eq!(home.run(&args).ok().stdout, "a b\n");
    let (questions, runs) = heard(&gateway, 3);
    let request = &questions[0];
    let mut keys: Vec<&str> = request
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["agentId", "ask", "command", "host", "id", "timeoutMs"]
    );
    assert_eq!(
        (&request["command"], &request["ask"]),
        (&json!("ls | wc"), &json!("always"))
    );
    assert_eq!(runs.len(), 1, "a person comes first: {runs:?}");
    assert_eq!(runs[0]["params"]["rawCommand"], "ls | wc");
    assert_eq!(
        runs[0]["params"]["command"],
        json!(["/bin/sh", "-lc", "ls | wc"])
    );
}

#[test]
fn without_a_yes_nothing_runs() {
    for (person, why) in [
        (Person::Says("deny"), "exec denied: user denied"),
        (
            Person::IsNotThere,
            "exec denied: approval required (approval UI not available)",
        ),
        (
            Person::Says("perhaps"),
            "exec denied: unknown decision `perhaps`",
        ),
    ] {
        let gateway = asking(4, person);
        let home = Home::configured();
        let port = gateway.port.to_string();
        let args = [
            "nodes", "run", "--node", "box", "--port", &port, "--", "ls", "-a",
        ];
        let ran = home.run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(why), "{ran:?}");
        let (_, runs) = heard(&gateway, 4);
        assert!(
            runs.iter()
                .all(|run| run["params"].get("approved").is_none())
        );
        let json = home.run(&[&["--json"], &args[..]].concat());
        assert_eq!(json.json()["error"]["type"], "exec_denied", "{json:?}");
    }
}

#[test]
fn the_node_hears_what_this_side_wants_when_it_prepares() {
    let home = Home::configured();
    for (options, security, ask) in [
        (&[][..], "full", "off"),
        (&["--security", "allowlist"], "allowlist", "off"),
        (&["--ask", "always"], "full", "always"),
    ] {
        let gateway = asking(4, Person::Says("allow-once"));
        let port = gateway.port.to_string();
        let base = ["nodes", "run", "--node", "box", "--port", &port];
        home.run(&[&base, options, &["--", "ls", "-a"]].concat())
            .ok();
        let (method, _) = gateway.next();
        assert_eq!(method, "node.list");
        let (_, prepare) = gateway.next();
        assert_eq!(prepare["command"], "system.run.prepare");
        assert_eq!(prepare["params"]["security"], security);
        assert_eq!(prepare["params"]["ask"], ask);
    }
}

#[test]
fn another_command_than_the_one_that_was_typed_never_runs() {
    let gateway = asking(4, Person::Says("allow-once"));
    let home = Home::configured();
    let port = gateway.port.to_string();
    // The node of the script prepares `ls -a`, whatever it is asked.
    let ran = home.run(&[
        "nodes", "run", "--node", "box", "--port", &port, "--", "rm", "-r", "x",
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("prepared another command"), "{ran:?}");
    assert!(heard(&gateway, 2).1.is_empty() && gateway.asked().is_empty());
}

#[test]
fn a_run_needs_a_node_and_a_command() {
    let home = Home::configured();
    for (args, code, why) in [
        (
            &["--", "ls"][..],
            2,
            "node required (set --node or tools.exec.node)",
        ),
        (
            &["--node", "box"],
            2,
            "Missing required argument \"command\".",
        ),
        (
            &["--node", "box", "--raw", "ls", "--", "ls"],
            2,
            "Cannot combine --raw with COMMAND.",
        ),
        (
            &["--node", "box", "--security", "some", "--", "ls"],
            2,
            "allowlist",
        ),
        (
            &["--node", "box", "--env", "planted", "--", "ls"],
            2,
            "use NAME=VALUE",
        ),
    ] {
        let ran = home.run(&[&["nodes", "run"], args].concat());
        assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{args:?}: {ran:?}");
    }
}
