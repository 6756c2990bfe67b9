//! What a program sends us.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use openclaw_channels::webhook::{SIGNATURE, SigningSecret, TIMESTAMP, Webhook, signature};
use openclaw_channels::{Channel, ChatKind, Content, HookAnswer, HookRequest, MediaKind};
use serde_json::{Value, json};

use super::{options, webhook};
use crate::host::{MemoryHost, Running};
use crate::receiver::SECRET;

const NOW_S: u64 = 1_770_000_000;
const BODY: &str =
    r#"{"id":"7f3","chat":{"id":"kitchen"},"from":{"id":"ann","name":"Ann"},"text":"hello"}"#;
/// `printf '1770000000.BODY' | openssl dgst -sha256 -hmac SECRET`
const KNOWN: &str = "v1=6fb28757d9f7a854de777c648ea17473e28cddc17ac4b44aa1eb0b8a246673c5";

type Headers<'a> = Vec<(&'a str, &'a str)>;

fn with(headers: &[(&str, &str)], body: &str) -> HookRequest {
    HookRequest {
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn sign(time: u64, body: &str) -> String {
    signature(
        &SigningSecret(SECRET.to_owned().into()),
        time,
        body.as_bytes(),
    )
}

fn signed(time: u64, body: &str) -> HookRequest {
    with(
        &[
            (TIMESTAMP, &time.to_string()),
            (SIGNATURE, &sign(time, body)),
        ],
        body,
    )
}

fn error(answer: &HookAnswer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["ok"], false, "{}", answer.body);
    body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_signed_message_comes_in() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    let request = with(&[(TIMESTAMP, "1770000000"), (SIGNATURE, KNOWN)], BODY);
    let answer = webhook.hook(&*host, request).await;
    assert_eq!(
        answer,
        HookAnswer::new(200, r#"{"ok":true,"duplicate":false}"#)
    );
    let kept = &host.kept(1).await[0];
    assert_eq!(
        (kept.update_id.as_str(), kept.sender.id.as_str()),
        ("7f3", "ann")
    );
    assert_eq!((kept.chat.kind, kept.is_for_us), (ChatKind::Direct, true));
    assert_eq!(
        (webhook.address(kept).as_str(), kept.at_ms),
        ("webhook:kitchen", NOW_S * 1000)
    );
    assert_eq!(host.texts(), ["hello"]);
    assert_eq!(webhook.hook_path(), Some("/hooks/kitchen"));
}

#[tokio::test]
async fn what_is_not_signed_with_our_secret_is_refused() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    let other = SigningSecret("another".to_owned().into());
    let other = signature(&other, NOW_S, BODY.as_bytes());
    let bare = sign(0, BODY);
    let longer = format!("{KNOWN}00");
    let upper = KNOWN.replace("v1=", "V1=");
    let cases: [(&str, Headers<'_>, &str); 13] = [
        ("nothing", vec![], BODY),
        ("no time", vec![(SIGNATURE, KNOWN)], BODY),
        ("no signature", vec![(TIMESTAMP, "1770000000")], BODY),
        (
            "another secret",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, &other)],
            BODY,
        ),
        (
            "another time",
            vec![(TIMESTAMP, "1770000001"), (SIGNATURE, KNOWN)],
            BODY,
        ),
        (
            "another body",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, KNOWN)],
            "{}",
        ),
        (
            "no version",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, &KNOWN[3..])],
            BODY,
        ),
        (
            "a part of it",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, &KNOWN[..60])],
            BODY,
        ),
        (
            "more than it",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, &longer)],
            BODY,
        ),
        (
            "none at all",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, "v1=")],
            BODY,
        ),
        (
            "another version",
            vec![(TIMESTAMP, "1770000000"), (SIGNATURE, &upper)],
            BODY,
        ),
        (
            "no number",
            vec![(TIMESTAMP, "+1770000000"), (SIGNATURE, &bare)],
            BODY,
        ),
        (
            "two",
            vec![
                (TIMESTAMP, "1770000000"),
                (SIGNATURE, KNOWN),
                (SIGNATURE, KNOWN),
            ],
            BODY,
        ),
    ];
    for (what, headers, body) in cases {
        let answer = webhook.hook(&*host, with(&headers, body)).await;
        assert_eq!(answer.status, 401, "{what}");
        let why = error(&answer);
        assert!(!why.contains(SECRET) && !why.contains(&KNOWN[3..]), "{why}");
    }
    assert!(host.texts().is_empty());
}

#[tokio::test]
async fn a_leading_zero_is_part_of_what_is_signed() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    // The same number, written otherwise than it was signed.
    let request = with(&[(TIMESTAMP, "01770000000"), (SIGNATURE, KNOWN)], BODY);
    assert_eq!(webhook.hook(&*host, request).await.status, 401);
}

#[tokio::test]
async fn an_empty_secret_believes_nobody() {
    let host = MemoryHost::new();
    let mut options = options(None);
    options.secret = SigningSecret(String::new().into());
    let mac = signature(&options.secret, NOW_S, BODY.as_bytes());
    let request = with(&[(TIMESTAMP, "1770000000"), (SIGNATURE, &mac)], BODY);
    assert_eq!(
        Webhook::new(options).hook(&*host, request).await.status,
        401
    );
    assert!(host.texts().is_empty());
}

#[tokio::test]
async fn what_is_too_old_or_from_the_future_is_refused() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    for time in [NOW_S - 301, NOW_S + 301, 0, u64::MAX, u64::MAX / 1000] {
        let answer = webhook.hook(&*host, signed(time, BODY)).await;
        assert_eq!(answer.status, 401, "{time}");
        assert!(error(&answer).contains("timestamp"), "{time}");
    }
    assert!(host.texts().is_empty());
    for (at, time) in [NOW_S - 300, NOW_S + 300].into_iter().enumerate() {
        let body = BODY.replace("7f3", &format!("n{at}"));
        assert_eq!(
            webhook.hook(&*host, signed(time, &body)).await.status,
            200,
            "{time}"
        );
    }
}

#[tokio::test]
async fn a_request_that_comes_again_does_nothing_twice() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    assert_eq!(webhook.hook(&*host, signed(NOW_S, BODY)).await.status, 200);
    let again = HookAnswer::new(200, r#"{"ok":true,"duplicate":true}"#);
    // To the bit, and signed anew, and with other words under the same id.
    assert_eq!(webhook.hook(&*host, signed(NOW_S, BODY)).await, again);
    assert_eq!(webhook.hook(&*host, signed(NOW_S + 1, BODY)).await, again);
    let other = BODY.replace("hello", "rm -rf");
    assert_eq!(webhook.hook(&*host, signed(NOW_S, &other)).await, again);
    assert_eq!(host.texts(), ["hello"]);
    // When nobody remembers it any more, its time is over.
    host.kept.lock().unwrap().clear();
    host.now_ms.fetch_add(301 * 1000, Ordering::SeqCst);
    assert_eq!(webhook.hook(&*host, signed(NOW_S, BODY)).await.status, 401);
    assert!(host.texts().is_empty());
}

#[tokio::test]
async fn what_is_not_kept_may_come_again() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    host.refuses.store(1, Ordering::SeqCst);
    let answer = webhook.hook(&*host, signed(NOW_S, BODY)).await;
    assert_eq!(answer.status, 503);
    assert!(error(&answer).contains("again"));
    assert_eq!(webhook.hook(&*host, signed(NOW_S, BODY)).await.status, 200);
    assert_eq!(host.texts(), ["hello"]);
}

#[tokio::test]
async fn groups_presses_and_files_are_understood() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    let base =
        json!({"chat": {"id": "g", "kind": "group", "threadId": "t"}, "from": {"id": "ann"}});
    let send = async |id: &str, more: Value| {
        let mut body = base.clone();
        body["id"] = json!(id);
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = webhook.hook(&*host, signed(NOW_S, &body.to_string())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    send("1", json!({"text": "a"})).await;
    send(
        "2",
        json!({"text": "b", "mentioned": true, "messageId": "m2", "atMs": 5}),
    )
    .await;
    send(
        "3",
        json!({"text": "c", "replyTo": {"messageId": "m", "isOurs": true}}),
    )
    .await;
    send(
        "4",
        json!({"press": {"id": "p", "data": "/approve 1 deny"}}),
    )
    .await;
    let file = json!({"url": "/files/1", "mimeType": "image/png", "name": "a.png", "bytes": 3});
    send("5", json!({"files": [file]})).await;
    let kept = host.kept(5).await;
    let for_us: Vec<bool> = kept.iter().map(|one| one.is_for_us).collect();
    assert_eq!(for_us, [false, true, true, true, false]);
    assert_eq!(kept[1].chat.thread_id.as_deref(), Some("t"));
    assert_eq!(
        (kept[1].message_id.as_deref(), kept[1].at_ms),
        (Some("m2"), 5)
    );
    assert_eq!(kept[1].chat.kind, ChatKind::Group);
    assert!(matches!(&kept[3].content, Content::Press { press_id, .. } if press_id == "p"));
    let Content::Message { media, .. } = &kept[4].content else {
        panic!("{:?}", kept[4])
    };
    assert_eq!(
        (media[0].kind, media[0].id.as_str()),
        (MediaKind::Image, "/files/1")
    );
}

#[tokio::test]
async fn signed_nonsense_is_refused_with_what_is_wrong() {
    let (webhook, host) = (webhook(None), MemoryHost::new());
    let long = format!(
        r#"{{"id":"{}","chat":{{"id":"k"}},"from":{{"id":"a"}},"text":"x"}}"#,
        "i".repeat(201)
    );
    for (body, part) in [
        ("", "no JSON object"),
        (
            r#"["1",null,{"id":"k"},{"id":"a"},null,"x"]"#,
            "no JSON object",
        ),
        ("{", "EOF"),
        ("{}", "missing field"),
        (
            r#"{"id":"","chat":{"id":"k"},"from":{"id":"a"},"text":"x"}"#,
            "id is empty",
        ),
        (
            r#"{"id":"1","chat":{"id":"k\n"},"from":{"id":"a"},"text":"x"}"#,
            "chat.id",
        ),
        (
            r#"{"id":"1","chat":{"id":"k"},"from":{"id":" "},"text":"x"}"#,
            "from.id",
        ),
        (long.as_str(), "longer than 200"),
        (
            r#"{"id":"1","chat":{"id":"k"},"from":{"id":"a"}}"#,
            "text, files or press",
        ),
        (
            r#"{"id":"1","chat":{"id":"k"},"from":{"id":"a"},"txt":"x"}"#,
            "unknown field `txt`",
        ),
        (
            r#"{"id":"1","chat":{"id":"k","kind":"crowd"},"from":{"id":"a"},"text":"x"}"#,
            "crowd",
        ),
        (
            r#"{"id":"1","chat":{"id":"k"},"from":{"id":"a"},"text":"x","press":{"id":"p","data":"d"}}"#,
            "neither text nor files",
        ),
    ] {
        let answer = webhook.hook(&*host, signed(NOW_S, body)).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(error(&answer).contains(part), "{body}: {}", answer.body);
    }
    assert!(host.texts().is_empty());
}

#[tokio::test]
async fn it_runs_until_it_is_stopped() {
    let host = MemoryHost::new();
    let running = Running::start(Arc::new(webhook(None)), &host);
    host.connected().await;
    running.stop().await;
}
