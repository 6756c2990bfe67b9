//! `openclaw message` and `openclaw gateway send`.

use serde_json::{Value, json};

use crate::support::{ClosedPort, Home, Say, Scripted};

fn gateway(channels: &'static [&'static str]) -> Scripted {
    Scripted::start(4, move |method, _| {
        let answer = match method {
            "channels.status" => json!({ "ts": 1, "channelOrder": channels, "channelLabels": {} }),
            "send" | "poll" => json!({ "runId": "k", "messageId": "504", "channel": "telegram" }),
            _ => return None,
        };
        Some(vec![Say::Result(answer)])
    })
}

/// The params of the request for this method, without its random key.
fn asked(gateway: &Scripted, method: &str) -> Value {
    let all = gateway.asked();
    let (_, params) = all.iter().find(|(name, _)| name == method).unwrap();
    let mut params = params.clone();
    params
        .as_object_mut()
        .unwrap()
        .remove("idempotencyKey")
        .unwrap();
    params
}

#[test]
fn a_message_goes_by_the_channel_that_is_named_or_the_only_one() {
    let gateway = gateway(&["telegram"]);
    let people = gateway
        .run(&["message", "send", "--target", "42", "-m", "tea"])
        .ok();
    assert_eq!(people.stdout, "sent by telegram: message 504\n");
    assert_eq!(
        asked(&gateway, "send"),
        json!({ "to": "42", "message": "tea", "channel": "telegram" })
    );
    let args = [
        "gateway",
        "--timeout",
        "9000",
        "send",
        "--channel",
        "telegram",
        "--to",
        "42",
        "-m",
        "tea",
        "--json",
    ];
    let sent = gateway.run(&args).ok().json();
    assert_eq!(
        sent,
        json!({
            "action": "send", "channel": "telegram", "dryRun": false, "handledBy": "core",
            "payload": {
                "channel": "telegram", "to": "42", "via": "gateway", "message": "tea", "mediaUrl": null,
                "result": { "runId": "k", "messageId": "504", "channel": "telegram" },
            },
        })
    );
    assert_eq!(
        gateway.asked().len(),
        1,
        "a channel that is named is not looked for"
    );
}

#[test]
fn a_poll_has_answers_to_choose() {
    let gateway = gateway(&["telegram"]);
    let args = [
        "message",
        "poll",
        "-t",
        "42",
        "--poll-question",
        "Tea?",
        "--poll-option",
        "Yes",
        "--poll-option",
        "No",
    ];
    gateway.run(&args).ok();
    assert_eq!(
        asked(&gateway, "poll"),
        json!({ "to": "42", "question": "Tea?", "options": ["Yes", "No"], "channel": "telegram" })
    );
    let ran = gateway.run(&args[..8]);
    assert_eq!((ran.code, gateway.asked().len()), (2, 0));
    assert!(
        ran.stderr.contains("2 to 12 answers, and 1"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_dry_run_needs_no_gateway() {
    let nobody = ClosedPort::take();
    let home = Home::configured();
    let port = nobody.text();
    let args = [
        "message",
        "send",
        "--port",
        &port,
        "-t",
        "42",
        "-m",
        "tea",
        "--dry-run",
        "--json",
    ];
    let ran = home.run(&args).ok().json();
    assert_eq!(
        (&ran["dryRun"], &ran["handledBy"]),
        (&json!(true), &json!("dry-run"))
    );
}

#[test]
fn without_one_channel_nothing_is_sent() {
    for (channels, code, part) in [
        (&[][..], 1, "the Gateway has no channel to send by"),
        (
            &["signal", "telegram"][..],
            2,
            "choose one with --channel: signal, telegram",
        ),
    ] {
        let gateway = gateway(channels);
        let ran = gateway.run(&["message", "send", "-t", "42", "-m", "tea"]);
        assert_eq!(ran.code, code);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
        assert!(gateway.asked().iter().all(|(method, _)| method != "send"));
    }
    let gateway = gateway(&["telegram"]);
    let ran = gateway.run(&["message", "send", "-t", "42", "-m", " "]);
    assert_eq!((ran.code, gateway.asked().len()), (2, 0));
}

#[test]
fn what_protocol_3_has_not_is_refused_before_anything_is_sent() {
    let gateway = Scripted::start(3, |_, _| None);
    for option in [
        &["--silent"][..],
        &["--reply-to", "7"],
        &["--thread-id", "7"],
    ] {
        let mut args = vec!["message", "send", "-t", "4", "-m", "x", "--channel", "c"];
        args.extend(option);
        let ran = gateway.run(&args);
        let expected = format!("{} needs a Gateway of protocol 4", option[0]);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    }
    assert_eq!(gateway.asked(), []);
}
