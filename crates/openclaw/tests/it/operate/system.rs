//! `openclaw system`.

use serde_json::json;

use crate::support::Scripted;

#[test]
fn who_is_here_is_shown() {
    let answer = json!([{ "host": "pi", "ip": "10.0.0.7", "mode": "gateway", "ts": 1, "text": "Gateway: pi" }]);
    let gateway = Scripted::answering(3, "system-presence", answer.clone());
    let people = gateway.run(&["system", "presence"]).ok();
    assert!(
        people.stdout.contains("pi    10.0.0.7  gateway"),
        "{}",
        people.stdout
    );
    assert_eq!(
        gateway.run(&["system", "presence", "--json"]).ok().json(),
        answer
    );
}

#[test]
fn lines_are_left_for_the_agent() {
    let gateway = Scripted::answering(3, "wake", json!({ "ok": true }));
    let ran = gateway
        .run(&["system", "event", "--text", "The door is open"])
        .ok();
    assert_eq!(ran.stdout, "ok\n");
    assert_eq!(
        gateway.next().1,
        json!({ "mode": "next-heartbeat", "text": "The door is open" })
    );
    gateway
        .run(&["system", "event", "--text", "x", "--mode", "now"])
        .ok();
    assert_eq!(gateway.next().1["mode"], "now");
    for (code, args) in [
        (
            2,
            &["system", "event", "--text", "x", "--mode", "later"][..],
        ),
        (2, &["system", "event"]),
        (1, &["system", "event", "--text", "x", "--session-key", "k"]),
    ] {
        assert_eq!(gateway.run(args).code, code, "{args:?}");
    }
    assert_eq!(gateway.asked(), []);
}

#[test]
fn heartbeats_are_seen_and_switched() {
    let gateway = Scripted::answering(3, "last-heartbeat", json!(null));
    let ran = gateway.run(&["system", "heartbeat", "last"]).ok();
    assert_eq!(ran.stdout, "No heartbeat since the Gateway started.\n");
    for (word, enabled, said) in [("enable", true, "on"), ("disable", false, "off")] {
        let answer = json!({ "ok": true, "enabled": enabled });
        let gateway = Scripted::answering(3, "set-heartbeats", answer);
        let ran = gateway.run(&["system", "heartbeat", word]).ok();
        assert_eq!(ran.stdout, format!("Heartbeats are {said}.\n"));
        assert_eq!(gateway.next().1, json!({ "enabled": enabled }));
    }
}
