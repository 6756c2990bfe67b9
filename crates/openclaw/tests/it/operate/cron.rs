//! `openclaw cron`.

use serde_json::{Value, json};

use crate::support::Scripted;

#[test]
fn what_changes_a_job_asks_for_it_and_prints_json() {
    for (args, method, params) in [
        (
            &[
                "cron",
                "add",
                "--name",
                "tea",
                "--every",
                "1h",
                "--system-event",
                "Tea",
            ][..],
            "cron.add",
            json!({
                "name": "tea", "schedule": { "kind": "every", "everyMs": 3_600_000 },
                "sessionTarget": "main", "wakeMode": "now",
                "payload": { "kind": "systemEvent", "text": "Tea" },
            }),
        ),
        (
            &["cron", "edit", "j", "--every", "2h"],
            "cron.update",
            json!({ "id": "j", "patch": { "schedule": { "kind": "every", "everyMs": 7_200_000 } } }),
        ),
        (
            &["cron", "enable", "j"],
            "cron.update",
            json!({ "id": "j", "patch": { "enabled": true } }),
        ),
        (
            &["cron", "disable", "j"],
            "cron.update",
            json!({ "id": "j", "patch": { "enabled": false } }),
        ),
        (&["cron", "rm", "j"], "cron.remove", json!({ "id": "j" })),
        (
            &["cron", "run", "j"],
            "cron.run",
            json!({ "id": "j", "mode": "force" }),
        ),
        (
            &["cron", "run", "j", "--due"],
            "cron.run",
            json!({ "id": "j", "mode": "due" }),
        ),
        (
            &["cron", "runs", "--id", "j"],
            "cron.runs",
            json!({ "id": "j", "limit": 50 }),
        ),
        (&["cron", "status"], "cron.status", json!({})),
    ] {
        let answer = json!({ "ok": true, "removed": true, "more": [1] });
        let gateway = Scripted::answering(3, method, answer.clone());
        let ran = gateway.run(args).ok();
        assert_eq!(ran.json(), answer, "{args:?}");
        assert_eq!(gateway.next(), (method.to_owned(), params), "{args:?}");
    }
}

#[test]
fn jobs_are_listed() {
    let answer = json!({ "jobs": [{
        "id": "j", "name": "tea", "enabled": true, "sessionTarget": "main",
        "schedule": { "kind": "every", "everyMs": 60_000 }, "state": {},
    }] });
    let gateway = Scripted::answering(3, "cron.list", answer.clone());
    let people = gateway.run(&["cron", "list"]).ok();
    assert!(
        people.stdout.contains("j    tea   every 1m"),
        "{}",
        people.stdout
    );
    assert_eq!(gateway.next().1, json!({ "includeDisabled": false }));
    assert_eq!(
        gateway
            .run(&["cron", "list", "--all", "--json"])
            .ok()
            .json(),
        answer
    );
    assert_eq!(gateway.next().1, json!({ "includeDisabled": true }));
    let gateway = Scripted::answering(3, "cron.list", json!({ "jobs": [] }));
    assert_eq!(gateway.run(&["cron", "list"]).ok().stdout, "No jobs.\n");
}

#[test]
fn a_job_that_is_not_there_is_an_error_in_json_too() {
    let gateway = Scripted::answering(3, "cron.remove", json!({ "ok": true, "removed": false }));
    let ran = gateway.run(&["cron", "rm", "j"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["error"]["message"], "there is no job j");
    assert!(
        ran.stderr
            .starts_with("cron rm failed: there is no job j\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn half_a_job_never_reaches_the_gateway() {
    let gateway = Scripted::start(3, |_, _| None);
    for args in [
        &["cron", "add", "--name", "n", "--every", "1h"][..],
        &["cron", "add", "--name", "n", "--message", "hi"],
        &[
            "cron",
            "add",
            "--name",
            "n",
            "--every",
            "0s",
            "--message",
            "hi",
        ],
        &[
            "cron",
            "add",
            "--name",
            "n",
            "--at",
            "tomorrow",
            "--message",
            "hi",
        ],
        &["cron", "edit", "j"],
        &["cron", "edit", "j", "--tz", "UTC"],
        &["cron", "rm", " "],
        &["cron"],
    ] {
        assert_eq!(gateway.run(args).code, 2, "{args:?}");
    }
    let session = [
        "cron",
        "add",
        "--name",
        "n",
        "--every",
        "1h",
        "--message",
        "hi",
        "--session",
        "session:x",
    ];
    let ran = gateway.run(&session);
    assert_eq!(ran.code, 1);
    let said: Value = ran.json();
    assert_eq!(said["error"]["needsProtocol"], 4);
    assert_eq!(gateway.asked(), []);
}
