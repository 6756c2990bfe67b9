//! `openclaw agent`: from what is said to the reply, and Ctrl-C.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Say, Scripted};

/// What a Gateway says of a run that goes well.
fn reply(params: &Value) -> Vec<Say> {
    let run = &params["idempotencyKey"];
    let said = |text: &str, seq: u64| {
        let data = json!({ "text": text, "delta": "" });
        let event =
            json!({ "runId": run, "stream": "assistant", "data": data, "seq": seq, "ts": 1 });
        Say::Event("agent", event)
    };
    vec![
        Say::Result(json!({ "runId": run, "status": "accepted", "acceptedAt": 1 })),
        said("Hello", 1),
        said("Hello there.", 2),
        Say::Result(json!({
            "runId": run, "status": "ok", "summary": "completed",
            "result": { "payloads": [{ "text": "Hello there.", "mediaUrl": null }], "meta": { "durationMs": 3 } },
        })),
    ]
}

fn gateway(protocol: u64) -> Scripted {
    Scripted::start(protocol, |method, params| {
        (method == "agent").then(|| reply(params))
    })
}

#[test]
fn the_reply_is_shown_to_people_and_programs() {
    for protocol in [3, 4] {
        let gateway = gateway(protocol);
        let people = gateway.run(&["agent", "--message", "hi"]).ok();
        assert_eq!(
            (people.stdout.as_str(), people.stderr.as_str()),
            ("Hello there.\n", "")
        );
        let (_, mut params) = gateway.next();
        let run = params["idempotencyKey"].take();
        assert_eq!(
            params,
            json!({ "message": "hi", "agentId": "ops", "timeout": 600, "idempotencyKey": null })
        );
        let args = [
            "agent",
            "--session-key",
            "agent:ops:main",
            "-m",
            "hi",
            "--timeout",
            "7",
            "--json",
        ];
        let program = gateway.run(&args).ok().json();
        assert_eq!(program["result"]["payloads"][0]["text"], "Hello there.");
        assert_eq!(program["status"], "ok");
        let (_, params) = gateway.next();
        assert_eq!(params["timeout"], 7);
        assert_ne!(
            params["idempotencyKey"], run,
            "a key of its own for each run"
        );
    }
}

#[test]
fn gateway_agent_is_the_same_and_counts_milliseconds() {
    let gateway = gateway(4);
    let url = format!("ws://127.0.0.1:{}", gateway.port);
    let home = gateway.home();
    let before = [
        "gateway",
        "--url",
        &url,
        "--token",
        "t",
        "--timeout",
        "1500",
        "agent",
        "-m",
        "hi",
    ];
    let after = [
        "gateway",
        "agent",
        "-m",
        "hi",
        "--timeout",
        "1500",
        "--token",
        "t",
        "--url",
        &url,
    ];
    for args in [before, after] {
        assert_eq!(home.run(&args).ok().stdout, "Hello there.\n", "{args:?}");
        assert_eq!(gateway.next().1["timeout"], 2);
    }
}

#[test]
fn a_stream_shows_each_piece_once() {
    let gateway = gateway(3);
    let people = gateway.run(&["agent", "-m", "hi", "--stream"]).ok();
    assert_eq!(people.stdout, "Hello there.\n");
    let program = gateway
        .run(&["agent", "-m", "hi", "--stream", "--json"])
        .ok();
    let lines: Vec<Value> = program
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0], json!({ "type": "delta", "text": "Hello" }));
    assert_eq!(lines[1], json!({ "type": "delta", "text": " there." }));
    assert_eq!(
        (&lines[2]["type"], &lines[2]["result"]["status"]),
        (&json!("final"), &json!("ok"))
    );
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_run_that_fails_is_a_failure() {
    let timeout = Scripted::start(3, |_, _| {
        Some(vec![
            Say::Result(json!({ "runId": "r", "status": "accepted" })),
            Say::Result(
                json!({ "runId": "r", "status": "timeout", "summary": "aborted", "result": { "payloads": [] } }),
            ),
        ])
    });
    let ran = timeout.run(&["agent", "-m", "hi"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (1, "No reply (aborted).\n")
    );
    assert!(
        ran.stderr
            .starts_with("agent failed: the run ended with `timeout`: aborted"),
        "{ran:#?}"
    );
    let refused = Scripted::start(4, |_, _| {
        Some(vec![
            Say::Result(json!({ "runId": "r", "status": "accepted" })),
            Say::Refused("UNAVAILABLE", "no model"),
        ])
    });
    let ran = refused.run(&["agent", "-m", "hi", "--json"]);
    assert_eq!(
        (ran.code, &ran.json()["error"]["message"]),
        (1, &json!("no model"))
    );
}

/// A Gateway whose runs last until they are aborted.
fn endless(protocol: u64, abort: &'static str, answer: Value) -> Scripted {
    Scripted::start(protocol, move |method, params| match method {
        "agent" => {
            let run = &params["idempotencyKey"];
            Some(vec![Say::Result(
                json!({ "runId": run, "status": "accepted" }),
            )])
        }
        _ if method == abort => Some(vec![Say::Result(answer.clone())]),
        _ => None,
    })
}

fn interrupted(gateway: &Scripted, args: &[&str]) -> (i32, String, (String, Value), Value) {
    let home = gateway.home();
    let mut process = gateway.begin(&home, args);
    let (_, asked) = gateway.next();
    let code = process.stop(Signal::INT);
    (code, process.everything(), gateway.next(), asked)
}

#[test]
fn ctrl_c_aborts_the_run_where_it_runs() {
    let gateway = endless(
        3,
        "chat.abort",
        json!({ "ok": true, "aborted": true, "runIds": ["x"] }),
    );
    let (code, said, (method, params), asked) = interrupted(&gateway, &["agent", "-m", "hi"]);
    assert_eq!((code, method.as_str()), (130, "chat.abort"));
    assert_eq!(
        params,
        json!({ "sessionKey": "agent:ops:main", "runId": asked["idempotencyKey"] })
    );
    assert!(said.contains("was aborted"), "{said}");

    let answer = json!({ "ok": true, "abortedRunId": "x", "status": "aborted" });
    let gateway = endless(4, "sessions.abort", answer);
    let args = ["agent", "-m", "hi", "--session-id", "s", "--json"];
    let (code, said, (method, params), asked) = interrupted(&gateway, &args);
    assert_eq!((code, method.as_str()), (130, "sessions.abort"));
    assert_eq!(params, json!({ "runId": asked["idempotencyKey"] }));
    let error: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(error["error"]["type"], "interrupted");
    assert_eq!(error["error"]["aborted"], true);
}

#[test]
fn a_run_that_goes_on_is_told_apart() {
    let gateway = endless(
        3,
        "chat.abort",
        json!({ "ok": true, "aborted": false, "runIds": [] }),
    );
    let (code, said, ..) = interrupted(&gateway, &["agent", "-m", "hi"]);
    assert_eq!(code, 130);
    assert!(said.contains("was not aborted and may go on"), "{said}");
}

#[test]
fn what_protocol_3_has_not_is_refused_before_anything_runs() {
    let gateway = gateway(3);
    let ran = gateway.run(&["agent", "-m", "hi", "--model", "p/m"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("--model needs a Gateway of protocol 4"),
        "{}",
        ran.stderr
    );
    assert_eq!(gateway.asked(), []);
    let ran = gateway.run(&["agent", "-m", " "]);
    assert_eq!((ran.code, gateway.asked().len()), (2, 0));
    let ran = gateway.run(&["agent", "-m", "hi", "--timeout", "0"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("--timeout must be a positive integer (seconds)."),
        "{}",
        ran.stderr
    );
}
