//! Changing what was sent.

use std::time::Duration;

use openclaw_channels::testing::{FakeTelegram, Fault};
use openclaw_channels::{Action, Channel, Draft, SendEnd};
use serde_json::json;

use crate::host::bot;
use crate::send::{markdown, sent, to};

#[tokio::test]
async fn a_text_grows_while_it_is_written() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let id = sent(bot.send(&to(7), &markdown("Let"), "k").await).message_id;
    for text in ["Let me", "Let me **see", "Let me **see**."] {
        sent(bot.edit(&to(7), &id, text, &[]).await);
    }
    let shown = &server.shown()[0];
    assert_eq!(shown.edits, ["Let", "Let me", "Let me **see"]);
    assert_eq!(shown.text, "Let me see.");
    // To say the same once more is no failure.
    assert_eq!(
        sent(bot.edit(&to(7), &id, "Let me **see**.", &[]).await).message_id,
        id
    );
    assert!(!server.calls().last().unwrap().is_done);
}

#[tokio::test]
async fn an_edit_may_be_done_again_unless_it_makes_no_sense() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let id = sent(bot.send(&to(7), &markdown("a"), "k").await).message_id;
    for fault in [
        Fault::DropAfter,
        Fault::server(504),
        Fault::server(502),
        Fault::too_many(3),
    ] {
        server.fail("editMessageText", fault.clone());
        let end = bot.edit(&to(7), &id, "b", &[]).await;
        let is_limit = fault == Fault::too_many(3);
        assert!(
            matches!(&end, SendEnd::Again { is_limit: it, .. } if *it == is_limit),
            "{end:?}"
        );
    }
    sent(bot.edit(&to(7), &id, "b", &[]).await);
    for id in ["99", "x", ""] {
        let end = bot.edit(&to(7), id, "c", &[]).await;
        assert!(matches!(end, SendEnd::Failed(_)), "{id}: {end:?}");
    }
    assert_eq!(server.shown()[0].text, "b");
}

#[tokio::test]
async fn messages_are_reacted_to_pinned_changed_and_taken_away() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let message_id = sent(bot.send(&to(7), &markdown("a"), "k").await).message_id;
    let emoji = Some("👍".to_owned());
    for emoji in [emoji, None] {
        let react = Action::React {
            message_id: message_id.clone(),
            emoji,
        };
        assert_eq!(bot.act(&to(7), &react).await.unwrap(), json!({"ok": true}));
    }
    let reactions = server.calls_of("setMessageReaction");
    let thumb = json!([{"type": "emoji", "emoji": "👍"}]);
    assert_eq!(reactions[0].member("reaction"), Some(thumb));
    assert_eq!(reactions[1].member("reaction"), Some(json!([])));
    let edit = Action::Edit {
        message_id: message_id.clone(),
        text: "b".into(),
    };
    assert_eq!(bot.act(&to(7), &edit).await.unwrap()["messageId"], "1");
    for action in [
        Action::Pin {
            message_id: message_id.clone(),
        },
        Action::Unpin {
            message_id: message_id.clone(),
        },
        Action::Delete {
            message_id: message_id.clone(),
        },
    ] {
        bot.act(&to(7), &action).await.unwrap();
    }
    assert!(server.shown().is_empty());
    let why = bot
        .act(&to(7), &Action::Delete { message_id })
        .await
        .unwrap_err();
    assert!(why.contains("not found"), "{why}");
    let why = bot
        .act(
            &to(7),
            &Action::Pin {
                message_id: "x".into(),
            },
        )
        .await
        .unwrap_err();
    assert!(why.contains("`x` is no message"), "{why}");
}

#[tokio::test]
async fn a_draft_becomes_the_message() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let mut draft = Draft::new(4000, false);
    draft.grow("Let me");
    assert_eq!(draft.show(&*bot, &to(7), "k").await, None);
    assert!(server.calls().is_empty());
    draft.grow("Let me see what there is to be seen");
    assert_eq!(draft.show(&*bot, &to(7), "k").await, None);
    // It comes too early for the next change.
    draft.grow("Let me see what there is to be seen here");
    let at = draft.show(&*bot, &to(7), "k").await.unwrap();
    assert_eq!(server.calls().len(), 1);
    tokio::time::sleep_until(at).await;
    assert_eq!(draft.show(&*bot, &to(7), "k").await, None);
    let id = draft.message_id().unwrap().to_owned();
    sent(bot.edit(&to(7), &id, "Here it is.", &[]).await);
    let shown = server.shown();
    assert_eq!((shown.len(), shown[0].edits.len()), (1, 2));
    assert_eq!(shown[0].text, "Here it is.");
}

#[tokio::test]
async fn a_draft_of_which_nobody_knows_is_not_sent_twice() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let mut draft = Draft::new(4000, false);
    draft.grow("Let me see what there is to be seen");
    server.fail("sendMessage", Fault::DropAfter);
    assert_eq!(draft.show(&*bot, &to(7), "k").await, None);
    assert!(draft.is_over());
    draft.grow("Let me see what there is to be seen, said the blind man");
    assert_eq!(draft.show(&*bot, &to(7), "k").await, None);
    assert_eq!(server.shown().len(), 1);
}

#[tokio::test]
async fn a_draft_that_was_put_off_says_when_to_come_again() {
    let server = FakeTelegram::start().await;
    let bot = bot(&server);
    let mut draft = Draft::new(4000, false);
    draft.grow("Let me see what there is to be seen");
    server.fail("sendMessage", Fault::too_many(1));
    let at = draft.show(&*bot, &to(7), "k").await.unwrap();
    assert!(server.shown().is_empty());
    tokio::time::sleep_until(at).await;
    assert_eq!(draft.show(&*bot, &to(7), "k").await, None);
    let calls = server.calls_of("sendMessage");
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(1));
}
