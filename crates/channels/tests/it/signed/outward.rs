//! What we send to a program.

use std::time::Duration;

use openclaw_channels::webhook::{SigningSecret, Webhook};
use openclaw_channels::{
    Action, Button, Channel, File, FileKind, MediaKind, MediaRef, Outbound, Poll, SendEnd, Sent,
    Target, Text,
};
use serde_json::json;

use super::{options, webhook};
use crate::receiver::{Receiver, SECRET};

fn to() -> Target {
    Target {
        to: "webhook:kitchen".into(),
        thread_id: Some("t".into()),
        reply_to: Some("m1".into()),
    }
}

fn text(text: &str) -> Outbound {
    Outbound {
        text: Text::Markdown(text.into()),
        ..Outbound::default()
    }
}

async fn send(webhook: &Webhook, message: &Outbound, key: &str) -> SendEnd {
    let parts = webhook.parts(message);
    assert_eq!(parts.len(), 1);
    webhook.send(&to(), &parts[0], key).await
}

fn sent(end: SendEnd) -> Sent {
    match end {
        SendEnd::Sent(sent) => sent,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_we_say_is_signed_and_has_an_id() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    receiver.answer("200 OK", r#"{"messageId": "m7"}"#);
    assert_eq!(
        sent(send(&webhook, &text("**hi**"), "key-1").await).message_id,
        "m7"
    );
    // Without an id of its own the message has that of the delivery.
    receiver.answer("204 No Content", "");
    assert_eq!(
        sent(send(&webhook, &text("yo"), "key-2").await).message_id,
        "key-2"
    );
    let got = receiver.got();
    let expected = json!({
        "type": "message", "to": "kitchen", "threadId": "t", "replyTo": "m1", "text": "**hi**",
        "markup": "markdown", "id": "key-1", "account": "default",
    });
    assert_eq!(got[0].json(), expected);
    assert!(
        got[0].head.starts_with("POST /deliver?key=k3y HTTP/1.1"),
        "{}",
        got[0].head
    );
    assert_eq!(got[0].header("idempotency-key").unwrap(), "key-1");
    for one in &got {
        assert!(one.is_signed_over(&one.body));
        assert!(!one.is_signed_over(b"{}"));
    }
}

#[tokio::test]
async fn what_failed_is_sent_again_under_the_same_id() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    receiver.answer("503 Down", r#"{"error": "starting"}"#);
    receiver.drop_next();
    receiver.answer("429 Slow", "");
    let mut ends = Vec::new();
    for _ in 0..4 {
        ends.push(send(&webhook, &text("hi"), "key-1").await);
    }
    let SendEnd::Again {
        why,
        is_limit: false,
        ..
    } = &ends[0]
    else {
        panic!("{:?}", ends[0])
    };
    assert_eq!(why, "the receiver says 503: starting");
    assert!(
        matches!(
            &ends[1],
            SendEnd::Again {
                is_limit: false,
                ..
            }
        ),
        "{:?}",
        ends[1]
    );
    assert!(
        matches!(&ends[2], SendEnd::Again { is_limit: true, .. }),
        "{:?}",
        ends[2]
    );
    assert!(matches!(&ends[3], SendEnd::Sent(_)), "{:?}", ends[3]);
    let got = receiver.got();
    assert_eq!(got.len(), 4);
    for one in got {
        assert_eq!(
            (one.json()["id"].clone(), one.is_signed_over(&one.body)),
            (json!("key-1"), true)
        );
    }
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_handed_on_within_bounds() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    for (header, seconds) in [("17", 17), ("999999999", 3600), ("soon", 2), ("-1", 2)] {
        receiver.answer(&format!("429 Slow\r\nretry-after: {header}"), "");
        let end = send(&webhook, &text("hi"), "k").await;
        let SendEnd::Again {
            after,
            is_limit: true,
            ..
        } = end
        else {
            panic!("{header}: {end:?}")
        };
        assert_eq!(after, Duration::from_secs(seconds), "{header}");
    }
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again() {
    let receiver = Receiver::start().await;
    let refused = webhook(Some(&receiver));
    for status in [
        "400 No",
        "401 No",
        "404 No",
        "301 Moved\r\nlocation: http://127.0.0.1:1/",
    ] {
        receiver.answer(status, r#"{"error": "no"}"#);
        let end = send(&refused, &text("hi"), "k").await;
        assert!(matches!(end, SendEnd::Failed(_)), "{status}: {end:?}");
    }
    let listens_only = webhook(None);
    let end = send(&listens_only, &text("hi"), "k").await;
    assert!(
        matches!(&end, SendEnd::Failed(why) if why.contains("no address")),
        "{end:?}"
    );
    assert!(!listens_only.capabilities().edit && !listens_only.capabilities().files);
    listens_only.typing(&to()).await;
    listens_only.acknowledge("p", None).await;
}

#[tokio::test]
async fn a_receiver_that_is_away_is_tried_again_and_its_address_told_to_nobody() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    drop(receiver);
    let end = send(&webhook, &text("hi"), "k").await;
    let SendEnd::Again { why, .. } = end else {
        panic!("{end:?}")
    };
    assert!(!why.contains("k3y") && !why.contains("/deliver"), "{why}");
    let shown = format!("{webhook:?} {:?}", options(None));
    assert!(!shown.contains(SECRET) && !shown.contains("k3y"), "{shown}");
    let mut options = options(None);
    options.deliver_to = Some("http://user:pa55@e.org/x?key=k3y".parse().unwrap());
    options.proxy = Some("http://user:pa55@e.org/".parse().unwrap());
    let shown = format!("{options:?} {:?}", SigningSecret(SECRET.to_owned().into()));
    assert!(shown.contains("e.org"), "{shown}");
    for secret in ["pa55", "k3y", SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn files_polls_and_buttons_are_delivered_part_by_part() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    let message = Outbound {
        text: Text::Markdown("x ".repeat(20_000)),
        files: vec![File {
            name: "a.png".into(),
            mime_type: "image/png".into(),
            kind: FileKind::Photo,
            bytes: b"\x00\xff".to_vec(),
        }],
        buttons: vec![vec![Button {
            text: "Yes".into(),
            data: "y".into(),
        }]],
        poll: Some(Poll {
            question: "Tea?".into(),
            options: vec!["yes".into(), "no".into()],
            is_multiple: false,
            is_anonymous: true,
            open_for: None,
        }),
        silent: true,
    };
    let parts = webhook.parts(&message);
    for (at, part) in parts.iter().enumerate() {
        sent(webhook.send(&to(), part, &format!("k{at}")).await);
    }
    let got: Vec<_> = receiver.got().iter().map(|got| got.json()).collect();
    assert_eq!(got.len(), 5);
    assert!(
        got.iter()
            .all(|one| one["silent"] == true && one["type"] == "message")
    );
    assert!(got[1].get("buttons").is_none());
    assert_eq!(got[2]["buttons"], json!([[{"text": "Yes", "data": "y"}]]));
    let file = json!({"name": "a.png", "mimeType": "image/png", "kind": "photo", "base64": "AP8="});
    assert_eq!(got[3]["file"], file);
    assert_eq!(got[4]["poll"]["question"], "Tea?");
    assert!(webhook.parts(&text(" ")).is_empty());
}

#[tokio::test]
async fn messages_are_changed_by_the_id_that_the_receiver_gave() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    assert_eq!(
        sent(webhook.edit(&to(), "m7", "new", &[]).await).message_id,
        "m7"
    );
    let emoji = Some("👍".to_owned());
    for action in [
        Action::React {
            message_id: "m7".into(),
            emoji,
        },
        Action::Edit {
            message_id: "m7".into(),
            text: "b".into(),
        },
        Action::Delete {
            message_id: "m7".into(),
        },
        Action::Pin {
            message_id: "m7".into(),
        },
        Action::Unpin {
            message_id: "m7".into(),
        },
    ] {
        let done = webhook.act(&to(), &action).await.unwrap();
        assert_eq!(done, json!({"ok": true, "messageId": "m7"}));
    }
    webhook.typing(&to()).await;
    webhook.acknowledge("p", Some("noted")).await;
    let got = receiver.got();
    let kinds: Vec<_> = got
        .iter()
        .map(|got| got.json()["type"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "edit",
        "react",
        "edit",
        "delete",
        "pin",
        "unpin",
        "typing",
        "acknowledge",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(got[1].json()["emoji"], "👍");
    assert_eq!(got[7].json()["pressId"], "p");
    assert!(got.iter().all(|one| one.is_signed_over(&one.body)));
    let mut ids: Vec<_> = got.iter().map(|got| got.json()["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    receiver.answer("410 Gone", r#"{"error": "no such message"}"#);
    let why = webhook
        .act(
            &to(),
            &Action::Delete {
                message_id: "m".into(),
            },
        )
        .await
        .unwrap_err();
    assert!(why.contains("no such message"), "{why}");
}

fn media(url: &str) -> MediaRef {
    MediaRef {
        id: url.into(),
        kind: MediaKind::Image,
        mime_type: Some("image/png".into()),
        file_name: Some("a.png".into()),
        bytes: None,
    }
}

#[tokio::test]
async fn files_are_fetched_from_the_receiver_by_a_signed_request() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    let whole = receiver.url.replace("/deliver?key=k3y", "/files/1");
    for url in ["/files/1", whole.as_str()] {
        receiver.answer("200 OK", "picture");
        let file = webhook.fetch(&media(url), 7).await.unwrap();
        assert_eq!(
            (file.bytes.as_slice(), file.kind),
            (&b"picture"[..], FileKind::Photo)
        );
    }
    for got in receiver.got() {
        assert!(got.head.starts_with("GET /files/1 "), "{}", got.head);
        assert!(got.is_signed_over(whole.as_bytes()));
    }
}

#[tokio::test]
async fn files_from_elsewhere_or_too_large_are_not_fetched() {
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let webhook = webhook(Some(&receiver));
    for url in [
        other.url.as_str(),
        "http://169.254.169.254/latest/meta-data",
        "//127.0.0.1:1/x",
        "file:///etc/passwd",
        "data:,x",
        "https://127.0.0.1/",
    ] {
        let error = webhook.fetch(&media(url), 100).await.unwrap_err();
        assert!(
            error.is_final && error.message.contains("host that we deliver to"),
            "{url}: {error}"
        );
    }
    assert!(receiver.got().is_empty() && other.got().is_empty());
    let mut told = media("/files/1");
    told.bytes = Some(101);
    assert!(webhook.fetch(&told, 100).await.unwrap_err().is_final);
    assert!(receiver.got().is_empty());
    receiver.answer("200 OK", "too long");
    let error = webhook.fetch(&media("/files/1"), 7).await.unwrap_err();
    assert!(
        error.is_final && error.message.contains("more than 7 bytes"),
        "{error}"
    );
    receiver.answer("404 No", "");
    assert!(
        webhook
            .fetch(&media("/files/1"), 7)
            .await
            .unwrap_err()
            .is_final
    );
    receiver.answer("502 No", "");
    assert!(
        !webhook
            .fetch(&media("/files/1"), 7)
            .await
            .unwrap_err()
            .is_final
    );
}

#[tokio::test]
async fn a_probe_asks_the_receiver() {
    let receiver = Receiver::start().await;
    let webhook = webhook(Some(&receiver));
    let probe = webhook.probe(Duration::from_secs(10)).await.unwrap();
    assert_eq!(
        probe,
        json!({"ok": true, "path": "/hooks/kitchen", "delivers": true})
    );
    assert_eq!(receiver.got()[0].json()["type"], "ping");
    receiver.answer("401 No", "");
    assert!(
        webhook
            .probe(Duration::from_secs(10))
            .await
            .unwrap_err()
            .is_final
    );
    receiver.answer("503 No", "");
    assert!(
        !webhook
            .probe(Duration::from_secs(10))
            .await
            .unwrap_err()
            .is_final
    );
    let silent = super::webhook(None).probe(Duration::ZERO).await.unwrap();
    assert_eq!(silent["delivers"], false);
}

#[test]
fn addresses_are_what_the_program_calls_its_chats() {
    let webhook = webhook(None);
    for given in ["kitchen", " webhook:kitchen "] {
        assert_eq!(webhook.target(given).unwrap(), "webhook:kitchen");
    }
    for given in ["", "webhook:", " ", "a\nb", &"x".repeat(201)] {
        assert!(webhook.target(given).is_err(), "{given}");
    }
}
