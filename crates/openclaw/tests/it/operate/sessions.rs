//! `openclaw sessions`.

use serde_json::json;

use crate::support::Scripted;

#[test]
fn sessions_are_listed() {
    let answer = json!({
        "ts": 1, "path": "/s/sessions.json", "count": 1, "defaults": {},
        "sessions": [{ "key": "agent:ops:main", "kind": "direct", "model": "m", "totalTokens": 5 }],
    });
    let gateway = Scripted::answering(3, "sessions.list", answer);
    let people = gateway.run(&["sessions"]).ok();
    assert!(
        people
            .stdout
            .starts_with("Session store: /s/sessions.json\nSessions listed: 1\n\n")
    );
    assert!(
        people.stdout.contains("agent:ops:main  direct"),
        "{}",
        people.stdout
    );
    let program = gateway
        .run(&["sessions", "--active", "120", "--json"])
        .ok()
        .json();
    assert_eq!(
        (
            &program["path"],
            &program["count"],
            &program["activeMinutes"]
        ),
        (&json!("/s/sessions.json"), &json!(1), &json!(120))
    );
    let (_, first) = gateway.next();
    assert_eq!(
        first,
        json!({ "includeGlobal": true, "includeUnknown": true })
    );
    let (_, second) = gateway.next();
    assert_eq!(second["activeMinutes"], 120);
}

#[test]
fn a_session_is_looked_into_and_begun_anew() {
    let preview = json!({ "ts": 1, "previews": [{
        "key": "k", "status": "ok", "items": [{ "role": "user", "text": "hi\u{1b}[2Jthere" }],
    }] });
    let gateway = Scripted::answering(4, "sessions.preview", preview);
    let shown = gateway
        .run(&["sessions", "preview", "k", "--limit", "4"])
        .ok();
    assert_eq!(shown.stdout, "k\n  user: hi\u{fffd}[2Jthere\n");
    assert_eq!(gateway.next().1, json!({ "keys": ["k"], "limit": 4 }));

    let gateway = Scripted::answering(
        3,
        "sessions.reset",
        json!({ "ok": true, "key": "agent:ops:k" }),
    );
    let reset = gateway.run(&["sessions", "reset", "k"]).ok();
    assert_eq!(reset.stdout, "session reset ok: agent:ops:k\n");
    assert_eq!(gateway.next().1, json!({ "key": "k" }));
}

#[test]
fn a_session_that_is_not_there_is_not_deleted() {
    let answer =
        json!({ "ok": true, "key": "agent:ops:k", "deleted": true, "archived": ["/s/a.jsonl"] });
    let gateway = Scripted::answering(3, "sessions.delete", answer);
    let deleted = gateway.run(&["sessions", "delete", "k"]).ok();
    assert_eq!(
        deleted.stdout,
        "session delete ok: agent:ops:k\ntranscript put away: /s/a.jsonl\n"
    );
    let answer = json!({ "ok": true, "key": "agent:ops:k", "deleted": false, "archived": [] });
    let gateway = Scripted::answering(3, "sessions.delete", answer);
    for json in [&[][..], &["--json"]] {
        let mut args = vec!["sessions", "delete", "k"];
        args.extend(json);
        let ran = gateway.run(&args);
        assert_eq!(ran.code, 1, "{ran:#?}");
        let all = ran.stdout + &ran.stderr;
        assert!(all.contains("there is no session agent:ops:k"), "{all}");
    }
}
