//! What clients ask of channels.

use base64::Engine as _;
use openclaw_channels::testing::{FakeTelegram, Fault};
use openclaw_store::Store;
use serde_json::json;

use super::*;

async fn house() -> (FakeTelegram, Store, Gateway, Peer<DuplexStream>) {
    let (telegram, store) = (FakeTelegram::start().await, Store::in_memory().unwrap());
    let model = echo().await;
    let gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    let client = join::admin(&gateway, 4).await;
    (telegram, store, gateway, client)
}

#[tokio::test]
async fn a_message_is_sent_once_for_a_key() {
    let (telegram, _store, _gateway, mut client) = house().await;
    let first = ok(&mut client, "send", to_ann("hello", "k1")).await;
    assert_eq!(
        (&first["runId"], &first["channel"]),
        (&json!("k1"), &json!("telegram"))
    );
    let again = ok(&mut client, "send", to_ann("hello", "k1")).await;
    assert_eq!(first, again);
    assert_eq!(sent(&telegram), ["hello"]);
    let mut silent = to_ann("<b>bold</b>", "k2");
    silent["silent"] = json!(true);
    silent["parseMode"] = json!("HTML");
    ok(&mut client, "send", silent).await;
    let call = telegram.nth("sendMessage", 1).await;
    assert_eq!(call.params["disable_notification"], true);
    assert_eq!(call.text("text").as_deref(), Some("<b>bold</b>"));
}

#[tokio::test]
async fn a_file_is_sent_with_its_text() {
    let (telegram, _store, _gateway, mut client) = house().await;
    let mut params = to_ann("a picture", "k1");
    params["buffer"] = json!(base64::engine::general_purpose::STANDARD.encode(b"\x89PNG"));
    params["filename"] = json!("dot.png");
    ok(&mut client, "send", params).await;
    let call = telegram.nth("sendPhoto", 0).await;
    assert_eq!(call.text("caption").as_deref(), Some("a picture"));
    assert_eq!(call.files[0].bytes, b"\x89PNG");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_in_words() {
    let (telegram, store, _gateway, mut client) = house().await;
    for (params, part) in [
        (
            json!({ "channel": "signal", "to": "1", "message": "x", "idempotencyKey": "a" }),
            "unsupported channel: signal",
        ),
        (
            json!({ "channel": "telegram", "to": "nobody", "message": "x", "idempotencyKey": "b" }),
            "is no Telegram address",
        ),
        (
            json!({ "channel": "telegram", "to": "1", "message": " ", "idempotencyKey": "c" }),
            "text or media",
        ),
        (
            json!({ "channel": "telegram", "to": "1", "message": "x", "idempotencyKey": "" }),
            "idempotencyKey",
        ),
        (
            json!({ "channel": "telegram", "accountId": "work", "to": "1", "message": "x", "idempotencyKey": "d" }),
            "no account `work`",
        ),
        (
            json!({ "channel": "telegram", "to": "1", "mediaUrl": "/etc/passwd", "idempotencyKey": "e" }),
            "fetches no files",
        ),
        (
            json!({ "channel": "telegram", "to": "1", "buffer": "%%", "idempotencyKey": "f" }),
            "base64",
        ),
    ] {
        let error = refused(&mut client, "send", params).await;
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(telegram.calls_of("sendMessage").is_empty());
    assert!(store.open_deliveries().await.unwrap().is_empty());
    telegram.fail(
        "sendMessage",
        Fault::refuse(403, "Forbidden: bot was blocked by the user"),
    );
    let error = refused(&mut client, "send", to_ann("x", "g")).await;
    assert!(
        error.contains("UNAVAILABLE") && error.contains("blocked"),
        "{error}"
    );
    // The same key tells the same, and asks nobody.
    assert_eq!(refused(&mut client, "send", to_ann("x", "g")).await, error);
    assert_eq!(telegram.calls_of("sendMessage").len(), 1);
}

#[tokio::test]
async fn a_question_is_sent_with_its_options() {
    let (telegram, _store, _gateway, mut client) = house().await;
    let params = json!({
        "channel": "telegram", "to": "4242", "question": "Tea?", "options": ["yes", "no"],
        "idempotencyKey": "p1",
    });
    let answer = ok(&mut client, "poll", params.clone()).await;
    assert!(answer["messageId"].is_string(), "{answer}");
    assert_eq!(
        telegram
            .nth("sendPoll", 0)
            .await
            .text("question")
            .as_deref(),
        Some("Tea?")
    );
    for (member, value) in [
        ("options", json!(["only"])),
        ("maxSelections", json!(3)),
        ("durationSeconds", json!(0)),
        ("question", json!(" ")),
    ] {
        let mut wrong = params.clone();
        wrong[member] = value;
        let error = refused(&mut client, "poll", wrong).await;
        assert!(error.contains("INVALID_REQUEST"), "{member}: {error}");
    }
}

#[tokio::test]
async fn a_message_is_changed_and_taken_away() {
    let (telegram, _store, _gateway, mut client) = house().await;
    let sent = ok(&mut client, "send", to_ann("hello", "k1")).await;
    let act = |action: &str, more: Value, key: &str| {
        let mut params = json!({ "to": "4242", "messageId": sent["messageId"] });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        json!({ "channel": "telegram", "action": action, "params": params, "idempotencyKey": key })
    };
    ok(
        &mut client,
        "message.action",
        act("edit", json!({ "message": "bye" }), "a1"),
    )
    .await;
    telegram.shown_to(ANN, |text| text == "bye").await;
    ok(
        &mut client,
        "message.action",
        act("react", json!({ "emoji": "👍" }), "a2"),
    )
    .await;
    ok(
        &mut client,
        "message.action",
        act("delete", json!({}), "a3"),
    )
    .await;
    assert!(telegram.shown().is_empty());
    let error = refused(&mut client, "message.action", act("dance", json!({}), "a4")).await;
    assert!(error.contains("does not support action dance"), "{error}");
    let error = refused(&mut client, "message.action", act("edit", json!({}), "a5")).await;
    assert!(error.contains("edit requires message"), "{error}");
}

#[tokio::test]
async fn an_account_is_shown_probed_stopped_and_started() {
    let (telegram, _store, _gateway, mut client) = house().await;
    let connected = async |client: &mut Peer<DuplexStream>, wanted: bool| {
        until(async || {
            let status = ok(client, "channels.status", json!({})).await;
            let row = status["channelAccounts"]["telegram"][0].clone();
            (row["connected"] == wanted && row["running"] == wanted).then_some(status)
        })
        .await
    };
    let status = connected(&mut client, true).await;
    assert_eq!(status["channelOrder"], json!(["telegram"]));
    assert_eq!(status["channelLabels"]["telegram"], "Telegram");
    assert_eq!(status["channelDefaultAccountId"]["telegram"], "default");
    let row = &status["channelAccounts"]["telegram"][0];
    assert_eq!(
        (&row["mode"], &row["dmPolicy"]),
        (&json!("polling"), &json!("allowlist"))
    );
    assert!(!status.to_string().contains(telegram.token()));
    let probed = ok(&mut client, "channels.status", json!({ "probe": true })).await;
    assert_eq!(
        probed["channelAccounts"]["telegram"][0]["probe"]["ok"],
        true
    );
    let name = json!({ "channel": "telegram" });
    let stopped = ok(&mut client, "channels.stop", name.clone()).await;
    assert_eq!(stopped["stopped"], true);
    connected(&mut client, false).await;
    assert_eq!(
        ok(&mut client, "channels.stop", name.clone()).await["stopped"],
        false
    );
    assert_eq!(
        ok(&mut client, "channels.start", name.clone()).await["started"],
        true
    );
    connected(&mut client, true).await;
    assert_eq!(
        ok(&mut client, "channels.start", name.clone()).await["started"],
        false
    );
    let logout = ok(&mut client, "channels.logout", name).await;
    assert_eq!(
        (&logout["cleared"], &logout["stopped"]),
        (&json!(false), &json!(true))
    );
    for method in ["channels.start", "channels.stop", "channels.logout"] {
        let error = refused(&mut client, method, json!({ "channel": "signal" })).await;
        assert!(error.contains("unsupported channel: signal"), "{error}");
    }
    let error = refused(
        &mut client,
        "channels.status",
        json!({ "channel": "signal" }),
    )
    .await;
    assert!(error.contains("unknown channel: signal"), "{error}");
}

#[tokio::test]
async fn without_a_channel_nothing_is_listed_and_nothing_sent() {
    let store = Store::in_memory().unwrap();
    let gateway = gateway(&store, join::options()).await;
    let mut client = join::admin(&gateway, 4).await;
    let status = ok(&mut client, "channels.status", json!({})).await;
    assert_eq!(status["channelOrder"], json!([]));
    let error = refused(&mut client, "send", to_ann("x", "k")).await;
    assert!(error.contains("unsupported channel: telegram"), "{error}");
    let params = json!({ "to": "42", "message": "x", "idempotencyKey": "k" });
    let error = refused(&mut client, "send", params).await;
    assert!(error.contains("no channel is configured"), "{error}");
}
