//! Sending: what people see, and what a failure means.

use std::time::Duration;

use openclaw_channels::telegram::{ReplyMode, Telegram};
use openclaw_channels::testing::{FakeTelegram, Fault};
use openclaw_channels::{Button, Channel, Outbound, Part, Poll, SendEnd, Sent, Target, Text};
use serde_json::json;

use crate::host::{bot, options};

pub(crate) fn to(chat: i64) -> Target {
    Target {
        to: format!("telegram:{chat}"),
        thread_id: None,
        reply_to: None,
    }
}

pub(crate) fn markdown(text: &str) -> Part {
    Part::Text {
        text: Text::Markdown(text.to_owned()),
        buttons: vec![],
        silent: false,
    }
}

pub(crate) fn sent(end: SendEnd) -> Sent {
    match end {
        SendEnd::Sent(sent) => sent,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn markdown_is_shown_as_it_is_meant() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let sent = sent(bot.send(&to(7), &markdown("**a** < `b`"), "k").await);
    assert_eq!(
        (sent.message_id.as_str(), &sent.ids["chatId"]),
        ("1", &json!("7"))
    );
    assert_eq!(server.shown()[0].text, "a < b");
    let call = &server.calls_of("sendMessage")[0];
    assert_eq!(call.text("text").unwrap(), "<b>a</b> &lt; <code>b</code>");
    assert_eq!(call.text("parse_mode").unwrap(), "HTML");
    assert_eq!(call.text("chat_id").unwrap(), "7");
    assert!(call.text("disable_notification").is_none() && call.member("reply_markup").is_none());
}

#[tokio::test]
async fn markup_that_the_server_cannot_read_is_shown_plain() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let native = Part::Text {
        text: Text::Native("<b>open & <x>".into()),
        buttons: vec![],
        silent: true,
    };
    sent(bot.send(&to(7), &native, "k").await);
    let calls = server.calls_of("sendMessage");
    assert_eq!(
        (calls.len(), calls[0].is_done, calls[1].is_done),
        (2, false, true)
    );
    assert_eq!(calls[1].text("parse_mode"), None);
    assert_eq!(calls[1].text("disable_notification").unwrap(), "true");
    assert_eq!(server.shown()[0].text, "<b>open & <x>");
    // Another refusal is not tried in other words.
    server.fail(
        "sendMessage",
        Fault::refuse(400, "Bad Request: chat not found"),
    );
    let end = bot.send(&to(7), &markdown("x"), "k").await;
    assert!(
        matches!(&end, SendEnd::Failed(why) if why.contains("chat not found")),
        "{end:?}"
    );
    assert_eq!(server.shown().len(), 1);
}

#[tokio::test]
async fn threads_replies_buttons_and_previews_are_told_to_the_server() {
    let server = FakeTelegram::start().await;
    let mut options = options(&server);
    options.reply_mode = ReplyMode::First;
    options.link_preview = false;
    let bot = Telegram::new(options);
    let target = Target {
        thread_id: Some("5".into()),
        reply_to: Some("3".into()),
        ..to(-100)
    };
    let part = Part::Text {
        text: Text::Markdown("ok?".into()),
        buttons: vec![vec![Button {
            text: "Yes".into(),
            data: "y".into(),
        }]],
        silent: false,
    };
    sent(bot.send(&target, &part, "k").await);
    let shown = &server.shown()[0];
    assert_eq!((shown.thread_id, shown.reply_to), (Some(5), Some(3)));
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]});
    assert_eq!(shown.reply_markup, Some(keyboard));
    let call = &server.calls_of("sendMessage")[0];
    let reply = json!({"message_id": 3, "allow_sending_without_reply": true});
    assert_eq!(call.member("reply_parameters"), Some(reply));
    assert_eq!(
        call.member("link_preview_options"),
        Some(json!({"is_disabled": true}))
    );
    bot.typing(&target).await;
    let typing = server.nth("sendChatAction", 0).await;
    assert_eq!(typing.text("action").unwrap(), "typing");
    assert_eq!(typing.number("message_thread_id"), Some(5));
}

#[tokio::test]
async fn the_general_topic_and_what_is_no_number_are_left_out() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let target = Target {
        thread_id: Some("1".into()),
        // And answers are off unless somebody wants them.
        reply_to: Some("3".into()),
        ..to(-100)
    };
    sent(bot.send(&target, &markdown("x"), "k").await);
    let target = Target {
        thread_id: Some("general".into()),
        ..to(-100)
    };
    sent(bot.send(&target, &markdown("y"), "k").await);
    for call in server.calls_of("sendMessage") {
        assert!(
            call.text("message_thread_id").is_none() && call.text("reply_parameters").is_none()
        );
    }
    // A failing sign does no harm.
    server.fail(
        "sendChatAction",
        Fault::refuse(403, "Forbidden: bot was blocked by the user"),
    );
    bot.typing(&target).await;
}

#[tokio::test]
async fn a_topic_that_is_gone_and_a_group_that_moved_are_followed() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let target = Target {
        thread_id: Some("5".into()),
        ..to(-100)
    };
    server.fail(
        "sendMessage",
        Fault::refuse(400, "Bad Request: message thread not found"),
    );
    server.fail("sendMessage", Fault::moved(-1_000_000_000_100));
    let sent = sent(bot.send(&target, &markdown("x"), "k").await);
    assert_eq!(sent.ids["chatId"], "-1000000000100");
    assert_eq!(
        (server.shown().len(), server.shown()[0].thread_id),
        (1, None)
    );
    // But not without end.
    for _ in 0..5 {
        server.fail("sendMessage", Fault::moved(-200));
    }
    let end = bot.send(&to(-100), &markdown("x"), "k").await;
    assert!(
        matches!(&end, SendEnd::Failed(why) if why.contains("again and again")),
        "{end:?}"
    );
    assert_eq!(server.shown().len(), 1);
}

#[tokio::test]
async fn the_wait_that_the_server_asks_for_is_handed_on() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    server.fail("sendMessage", Fault::too_many(17));
    let end = bot.send(&to(7), &markdown("x"), "k").await;
    let SendEnd::Again {
        after, is_limit, ..
    } = end
    else {
        panic!("{end:?}")
    };
    assert_eq!((after, is_limit), (Duration::from_secs(17), true));
    assert!(server.shown().is_empty() && server.calls().len() == 1);
}

#[tokio::test]
async fn what_may_have_arrived_is_unknown_and_not_sent_again() {
    let server = FakeTelegram::start().await;
    let mut options = options(&server);
    options.timeout = Duration::from_millis(300);
    let bot = Telegram::new(options);
    let garbage = Fault::Raw {
        status: 200,
        body: "<html>".into(),
    };
    for fault in [
        Fault::DropAfter,
        Fault::Drop,
        Fault::StallAfter,
        Fault::server(504),
        garbage,
    ] {
        let before = server.calls().len();
        server.fail("sendMessage", fault.clone());
        let end = bot.send(&to(7), &markdown("x"), "k").await;
        assert!(matches!(end, SendEnd::Unknown(_)), "{fault:?}: {end:?}");
        assert_eq!(server.calls().len(), before + 1, "{fault:?}");
    }
    // Both that were done and those that were not look alike from here.
    assert_eq!(server.shown().len(), 2);
}

#[tokio::test]
async fn what_certainly_did_not_arrive_may_be_sent_again() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    for status in [500, 502, 503] {
        server.fail("sendMessage", Fault::server(status));
        let end = bot.send(&to(7), &markdown("x"), "k").await;
        assert!(
            matches!(
                end,
                SendEnd::Again {
                    is_limit: false,
                    ..
                }
            ),
            "{status}: {end:?}"
        );
    }
    assert!(server.shown().is_empty());
    // No connection is left over from before.
    let bot = Telegram::new(options(&server));
    drop(server);
    let end = bot.send(&to(7), &markdown("x"), "k").await;
    let SendEnd::Again { why, is_limit, .. } = end else {
        panic!("{end:?}")
    };
    assert!(!is_limit && !why.is_empty());
}

#[tokio::test]
async fn who_blocked_us_gets_nothing_more() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    server.fail(
        "sendMessage",
        Fault::refuse(403, "Forbidden: bot was blocked by the user"),
    );
    let end = bot.send(&to(7), &markdown("x"), "k").await;
    assert!(
        matches!(&end, SendEnd::Failed(why) if why.contains("blocked by the user")),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_long_text_arrives_whole_in_pieces_that_the_server_takes() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let code: String = (0..200)
        .map(|at| format!("let x{at} = \"<{at}>\" & 1;\n"))
        .collect();
    let words = "**bold** and _it_ &c. ".repeat(300);
    let text = format!("{words}\n\n```rust\n{code}```\nend");
    let message = Outbound {
        text: Text::Markdown(text),
        ..Outbound::default()
    };
    let parts = bot.parts(&message);
    assert!(parts.len() >= 3, "{}", parts.len());
    assert_eq!(parts, bot.parts(&message));
    for part in &parts {
        sent(bot.send(&to(7), part, "k").await);
    }
    // None was refused, neither for its length nor for its markup.
    assert_eq!(server.calls().len(), parts.len());
    let all: String = server
        .shown()
        .iter()
        .map(|one| format!("{}\n", one.text))
        .collect();
    for at in 0..200 {
        assert!(
            all.contains(&format!("let x{at} = \"<{at}>\" & 1;")),
            "{at}"
        );
    }
    assert_eq!(all.matches("&c.").count(), 300);
}

#[tokio::test]
async fn questions_are_asked_as_polls() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let mut poll = Poll {
        question: "Tea?".into(),
        options: vec!["yes".into(), "no".into()],
        is_multiple: true,
        is_anonymous: false,
        open_for: Some(Duration::from_secs(60)),
    };
    let part = Part::Poll {
        poll: poll.clone(),
        silent: true,
    };
    let sent = sent(bot.send(&to(7), &part, "k").await);
    assert!(sent.ids["pollId"].is_string(), "{sent:?}");
    let call = &server.calls_of("sendPoll")[0];
    assert_eq!(
        call.member("options"),
        Some(json!([{"text": "yes"}, {"text": "no"}]))
    );
    assert_eq!(
        (
            call.number("open_period"),
            call.text("is_anonymous").unwrap()
        ),
        (Some(60), "false".into())
    );
    poll.options.pop();
    let end = bot
        .send(
            &to(7),
            &Part::Poll {
                poll,
                silent: false,
            },
            "k",
        )
        .await;
    assert!(matches!(end, SendEnd::Failed(_)), "{end:?}");
}

#[tokio::test]
async fn a_probe_says_who_we_are_or_why_not() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let probe = bot.probe(Duration::from_secs(30)).await.unwrap();
    assert_eq!(
        probe["bot"],
        json!({"id": 999, "username": "fake_bot", "name": "Fake"})
    );
    server.fail("getMe", Fault::Stall);
    let error = bot.probe(Duration::from_millis(200)).await.unwrap_err();
    assert!(
        !error.is_final && error.message.contains("in time"),
        "{error}"
    );
    server.fail("getMe", Fault::refuse(401, "Unauthorized"));
    assert!(
        bot.probe(Duration::from_secs(30))
            .await
            .unwrap_err()
            .is_final
    );
}
