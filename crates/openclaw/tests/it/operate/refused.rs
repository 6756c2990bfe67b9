//! What a Gateway does not serve, or does not let this connection do, is said with the way out.

use serde_json::json;

use crate::support::{Say, Scripted, VERSION};

/// A line for each command, and the method that it asks for first.
const COMMANDS: [(&[&str], &str); 22] = [
    (&["agent", "-m", "hi"], "agent"),
    (&["gateway", "agent", "-m", "hi"], "agent"),
    (
        &["message", "send", "-t", "4", "-m", "x", "--channel", "c"],
        "send",
    ),
    (
        &["message", "send", "-t", "4", "-m", "x"],
        "channels.status",
    ),
    (
        &["gateway", "send", "-t", "4", "-m", "x", "--channel", "c"],
        "send",
    ),
    (
        &[
            "message",
            "poll",
            "-t",
            "4",
            "--channel",
            "c",
            "--poll-question",
            "q",
            "--poll-option",
            "a",
            "--poll-option",
            "b",
        ],
        "poll",
    ),
    (&["sessions"], "sessions.list"),
    (&["sessions", "preview", "k"], "sessions.preview"),
    (&["sessions", "reset", "k"], "sessions.reset"),
    (&["sessions", "delete", "k"], "sessions.delete"),
    (&["cron", "list"], "cron.list"),
    (&["cron", "status"], "cron.status"),
    (&["cron", "rm", "j"], "cron.remove"),
    (&["cron", "run", "j"], "cron.run"),
    (&["cron", "runs", "j"], "cron.runs"),
    (&["channels", "status"], "channels.status"),
    (&["channels", "list"], "channels.status"),
    (&["channels", "logout", "--channel", "c"], "channels.logout"),
    (&["pairing", "list"], "channels.pairing.list"),
    (
        &["pairing", "approve", "telegram", "X"],
        "channels.pairing.list",
    ),
    (&["system", "event", "--text", "x"], "wake"),
    (&["system", "heartbeat", "last"], "last-heartbeat"),
];

#[test]
fn a_method_that_is_not_served_is_named_with_what_to_do() {
    let gateway = Scripted::start(3, |_, _| None);
    for (args, method) in COMMANDS {
        let ran = gateway.run(args);
        assert_eq!(ran.code, 1, "{args:?}");
        let expected = format!(
            "unknown method: {method}\nThis Gateway ({VERSION}) does not serve `{method}`. Ask one"
        );
        assert!(ran.stderr.contains(&expected), "{args:?}: {}", ran.stderr);
        let mut args = args.to_vec();
        args.push("--json");
        let error = &gateway.run(&args).json()["error"];
        assert_eq!(error["served"], false, "{args:?}");
        assert_eq!(error["message"], format!("unknown method: {method}"));
    }
}

#[test]
fn a_missing_scope_is_told_with_those_that_are_there() {
    let gateway = Scripted::start(4, |_, _| {
        Some(vec![Say::Refused(
            "FORBIDDEN",
            "missing scope: operator.admin",
        )])
    });
    for (args, _) in COMMANDS {
        let ran = gateway.run(args);
        assert_eq!(ran.code, 1, "{args:?}");
        let held = "This connection has operator.read, operator.write.";
        assert!(
            ran.stderr.contains("missing scope: operator.admin"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(held), "{args:?}: {}", ran.stderr);
    }
    let ran = gateway.run(&["cron", "status", "--json"]);
    assert_eq!(
        ran.json()["error"]["scopes"],
        json!(["operator.read", "operator.write"])
    );
}
