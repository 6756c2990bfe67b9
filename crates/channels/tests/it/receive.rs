//! Long polling.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use openclaw_channels::telegram::{BotCommand, Telegram};
use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use openclaw_channels::{Channel, ChatKind, Content};
use serde_json::json;

use crate::host::{MemoryHost, Running, bot, options};

#[tokio::test]
async fn what_is_said_comes_in_and_is_acknowledged() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let number = server.say(Said::direct(4242, "hello"));
    let running = Running::start(bot(&server), &host);
    let kept = host.kept(1).await;
    assert_eq!(kept[0].update_id, number.to_string());
    assert_eq!(kept[0].chat.kind, ChatKind::Direct);
    assert_eq!(
        (kept[0].sender.id.as_str(), kept[0].is_for_us),
        ("4242", true)
    );
    assert_eq!(kept[0].our_names, ["fake_bot"]);
    server.all_taken().await;
    let poll = &server.calls_of("getUpdates")[0];
    assert_eq!(
        poll.member("allowed_updates"),
        Some(json!(["message", "callback_query"]))
    );
    assert_eq!(
        (poll.number("timeout"), poll.number("limit")),
        (Some(0), Some(100))
    );
    assert_eq!(poll.text("offset"), None);
    let poll = server.nth("getUpdates", 1).await;
    assert_eq!(
        (poll.number("timeout"), poll.number("offset")),
        (Some(30), Some(number + 1))
    );
    running.stop().await;
}

#[tokio::test]
async fn what_is_not_kept_is_not_acknowledged() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    host.refuses.store(1, Ordering::SeqCst);
    let first = server.say(Said::direct(7, "one"));
    let second = server.say(Said::direct(7, "two"));
    let running = Running::start(bot(&server), &host);
    host.failing("the disk is full").await;
    assert_eq!(server.waiting(), [first, second]);
    assert!(
        server
            .calls_of("getUpdates")
            .iter()
            .all(|call| call.text("offset").is_none())
    );
    assert_eq!(host.texts(), Vec::<String>::new());
    host.kept(2).await;
    assert_eq!(host.texts(), ["one", "two"]);
    server.all_taken().await;
    host.connected().await;
    running.stop().await;
}

#[tokio::test]
async fn of_several_those_that_were_kept_come_twice_and_count_once() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    for text in ["one", "two", "three"] {
        server.say(Said::direct(7, text));
    }
    let running = Running::start(bot(&server), &host);
    host.kept(3).await;
    running.kill().await;
    // The power went between the last one and the place in the queue.
    host.positions.lock().unwrap().clear();
    for (number, text) in [(700_000_002, "two"), (700_000_003, "three")] {
        let again = json!({"message": {
            "message_id": number, "date": 1, "text": text, "from": {"id": 7},
            "chat": {"id": 7, "type": "private"},
        }});
        server.push_again(number, again);
    }
    server.say(Said::direct(7, "four"));
    let running = Running::start(bot(&server), &host);
    host.kept(4).await;
    server.all_taken().await;
    assert_eq!(host.texts(), ["one", "two", "three", "four"]);
    assert_eq!(host.duplicates.load(Ordering::SeqCst), 2);
    running.stop().await;
}

#[tokio::test]
async fn a_restart_during_a_poll_loses_nothing() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let mut expected = Vec::new();
    for round in 0..5 {
        let polls = server.calls_of("getUpdates").len();
        let running = Running::start(bot(&server), &host);
        server.nth("getUpdates", polls + round % 2).await;
        if round % 2 == 0 {
            // It may be given to the one that is killed, to the next, or to both.
            server.say(Said::direct(7, &format!("during {round}")));
            expected.push(format!("during {round}"));
        }
        running.kill().await;
        server.say(Said::direct(7, &format!("after {round}")));
        expected.push(format!("after {round}"));
    }
    let running = Running::start(bot(&server), &host);
    host.kept(expected.len()).await;
    server.all_taken().await;
    assert_eq!(host.texts(), expected);
    running.stop().await;
}

#[tokio::test]
async fn an_answer_that_gets_lost_comes_again() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    server.fail("getUpdates", Fault::DropAfter);
    let number = server.say(Said::direct(7, "hello"));
    let running = Running::start(bot(&server), &host);
    host.failing("Telegram did not answer").await;
    assert_eq!(server.waiting(), [number]);
    host.kept(1).await;
    server.all_taken().await;
    assert_eq!(host.duplicates.load(Ordering::SeqCst), 0);
    running.stop().await;
}

#[tokio::test]
async fn a_place_in_the_queue_counts_for_its_bot_and_for_a_week() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let number = server.say(Said::direct(7, "hello"));
    let running = Running::start(bot(&server), &host);
    host.until(|host| host.positions.lock().unwrap().get("999").copied())
        .await;
    running.stop().await;
    let polls = server.calls_of("getUpdates").len();
    let running = Running::start(bot(&server), &host);
    assert_eq!(
        server.nth("getUpdates", polls).await.number("offset"),
        Some(number + 1)
    );
    running.stop().await;
    // Numbers begin anywhere after a week without any.
    host.now_ms
        .fetch_add(7 * 24 * 3600 * 1000, Ordering::SeqCst);
    let polls = server.calls_of("getUpdates").len();
    let running = Running::start(bot(&server), &host);
    assert_eq!(server.nth("getUpdates", polls).await.text("offset"), None);
    running.stop().await;
    let other = FakeTelegram::start_for("1000:another").await;
    let running = Running::start(bot(&other), &host);
    assert_eq!(other.nth("getUpdates", 0).await.text("offset"), None);
    running.stop().await;
}

#[tokio::test]
async fn another_program_that_receives_is_named_and_outlived() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    server.fail("getUpdates", Fault::conflict());
    let running = Running::start(bot(&server), &host);
    let why = host.failing("another program receives for this bot").await;
    assert!(
        why.contains("terminated by other getUpdates request"),
        "{why}"
    );
    server.say(Said::direct(7, "hello"));
    host.kept(1).await;
    host.connected().await;
    running.stop().await;
}

#[tokio::test]
async fn a_webhook_that_somebody_set_is_taken_away_and_nothing_with_it() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let running = Running::start(bot(&server), &host);
    server.nth("getUpdates", 1).await;
    server.set_webhook("https://elsewhere.example/", "");
    host.failing("webhook is active").await;
    server.say(Said::direct(7, "hello"));
    host.kept(1).await;
    assert_eq!(server.webhook(), None);
    for call in server.calls_of("deleteWebhook") {
        assert_eq!(call.params.get("drop_pending_updates"), Some(&json!(false)));
    }
    running.stop().await;
}

#[tokio::test]
async fn the_wait_that_the_server_asks_for_is_kept() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    server.fail("getUpdates", Fault::too_many(2));
    let running = Running::start(bot(&server), &host);
    host.failing("retry after 2").await;
    let first = server.nth("getUpdates", 0).await;
    let second = server.nth("getUpdates", 1).await;
    assert!(second.at - first.at >= Duration::from_secs(2));
    host.connected().await;
    running.stop().await;
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_ever_more_rarely() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    server.fail("getUpdates", Fault::server(502));
    server.fail(
        "getUpdates",
        Fault::Raw {
            status: 200,
            body: "{\"ok\":".into(),
        },
    );
    server.fail("getUpdates", Fault::Drop);
    server.say(Said::direct(7, "hello"));
    let running = Running::start(bot(&server), &host);
    host.failing("Telegram says 502").await;
    host.failing("unreadable").await;
    host.failing("Telegram did not answer").await;
    host.kept(1).await;
    host.connected().await;
    let at: Vec<_> = server
        .calls_of("getUpdates")
        .iter()
        .map(|call| call.at)
        .collect();
    // Half of each wait is chance: 1, 2 and 4 seconds.
    for (pair, least) in at.windows(2).zip([500, 1000, 2000]) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(least), "{least}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_token_that_nobody_knows_ends_it() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let mut options = options(&server);
    options.token.0 = "999:stale-secret".to_owned().into();
    let error = Running::start(Arc::new(Telegram::new(options.clone())), &host)
        .gives_up()
        .await;
    assert!(error.is_final, "{error}");
    assert!(
        error.message.contains("check channels.telegram.botToken"),
        "{error}"
    );
    assert!(!error.message.contains("stale-secret"), "{error}");
    // What is no token at all is not even sent.
    options.token.0 = "../../x?".to_owned().into();
    let error = Running::start(Arc::new(Telegram::new(options)), &host)
        .gives_up()
        .await;
    assert!(error.is_final && !error.message.contains(".."), "{error}");
    assert!(server.calls().is_empty() && host.texts().is_empty());
}

#[tokio::test]
async fn it_stops_at_once_wherever_it_is() {
    let host = MemoryHost::new();
    // While it waits for updates.
    let server = FakeTelegram::start().await;
    let running = Running::start(bot(&server), &host);
    server.nth("getUpdates", 1).await;
    let stopping = tokio::time::timeout(Duration::from_secs(5), running.stop());
    stopping.await.unwrap();
    // While the server is silent.
    server.fail("getMe", Fault::Stall);
    let running = Running::start(bot(&server), &host);
    server.nth("getMe", 1).await;
    tokio::time::timeout(Duration::from_secs(5), running.stop())
        .await
        .unwrap();
    // While there is no server.
    let gone = bot(&server);
    drop(server);
    let running = Running::start(gone, &host);
    host.failing("Telegram cannot be reached").await;
    tokio::time::timeout(Duration::from_secs(5), running.stop())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_unreadable_or_not_asked_for_holds_up_nothing() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    server.push(json!({"message": {"chat": 5}}));
    server.push(json!({"message": "garbage"}));
    server.say(Said::direct(7, "old").edited());
    server.push(json!({"my_chat_member": {"new": "things"}}));
    server.say(Said::direct(7, "hello"));
    let running = Running::start(bot(&server), &host);
    host.kept(1).await;
    server.all_taken().await;
    // From now on the server knows what is asked for.
    server.nth("getUpdates", 1).await;
    server.say(Said::direct(7, "older").edited());
    assert!(server.waiting().is_empty());
    server.say(Said::direct(7, "bye"));
    host.kept(2).await;
    assert_eq!(host.texts(), ["hello", "bye"]);
    running.stop().await;
}

#[tokio::test]
async fn the_menu_is_set_and_going_on_does_not_depend_on_it() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let mut options = options(&server);
    options.commands = vec![BotCommand {
        command: "status".into(),
        description: "How things are".into(),
    }];
    server.fail(
        "setMyCommands",
        Fault::refuse(400, "Bad Request: BOT_COMMAND_INVALID"),
    );
    for _ in 0..2 {
        let running = Running::start(Arc::new(Telegram::new(options.clone())), &host);
        server
            .nth("getUpdates", server.calls_of("getUpdates").len())
            .await;
        running.stop().await;
    }
    let menus = server.calls_of("setMyCommands");
    let expected = json!([{"command": "status", "description": "How things are"}]);
    assert_eq!(menus[1].member("commands"), Some(expected));
    assert_eq!(
        (menus.len(), menus[0].is_done, menus[1].is_done),
        (2, false, true)
    );
}

#[tokio::test]
async fn a_press_comes_in_and_is_acknowledged_to_whoever_pressed() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let bot = bot(&server);
    let running = Running::start(Arc::clone(&bot) as Arc<dyn Channel>, &host);
    server.press(-100, 7, 3, "/approve 1 deny");
    let kept = host.kept(1).await;
    let Content::Press { press_id, data } = &kept[0].content else {
        panic!("{:?}", kept[0]);
    };
    assert_eq!(data, "/approve 1 deny");
    // Neither a failure nor a long text does any harm.
    server.fail(
        "answerCallbackQuery",
        Fault::refuse(400, "Bad Request: query is too old"),
    );
    bot.acknowledge(press_id, None).await;
    bot.acknowledge(press_id, Some(&"x".repeat(300))).await;
    let call = server.nth("answerCallbackQuery", 1).await;
    assert_eq!(call.text("callback_query_id").as_ref(), Some(press_id));
    assert_eq!(call.text("text").unwrap().len(), 200);
    running.stop().await;
}
