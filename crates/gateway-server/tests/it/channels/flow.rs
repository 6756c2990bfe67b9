//! From a message to its answer.

use openclaw_channels::access::{AccessRules, GroupPolicy};
use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use openclaw_store::Store;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_message_is_answered_once_and_lands_in_the_main_session() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    telegram.say(Said::direct(ANN, "hello"));
    telegram.shown_to(ANN, |text| text == "said hello").await;
    settled(&store).await;
    let mut client = join::admin(&gateway, 4).await;
    let history = ok(&mut client, "chat.history", json!({ "sessionKey": "main" })).await;
    let text = history.to_string();
    assert!(
        text.contains("hello") && text.contains("said hello"),
        "{text}"
    );
    let session = store.session("agent:main:main").await.unwrap().unwrap();
    let entry: Value = serde_json::from_str(session.entry.get()).unwrap();
    assert_eq!(
        entry["deliveryContext"],
        json!({ "channel": "telegram", "to": "telegram:4242", "accountId": "default", "threadId": null })
    );
    assert!(!telegram.calls_of("sendChatAction").is_empty());
    assert_eq!(sent(&telegram), ["said hello"]);
    gateway.shutdown("over").await;
}

#[tokio::test]
async fn messages_of_one_chat_are_answered_in_order() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    for number in 0..5 {
        telegram.say(Said::direct(ANN, &format!("m{number}")));
    }
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    telegram.shown_to(ANN, |text| text == "said m4").await;
    let wanted: Vec<String> = (0..5).map(|number| format!("said m{number}")).collect();
    assert_eq!(sent(&telegram), wanted);
}

#[tokio::test]
async fn the_same_update_twice_is_one() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    let number = telegram.say(Said::direct(ANN, "hello"));
    telegram.shown_to(ANN, |text| text == "said hello").await;
    let again = json!({ "message": {
        "message_id": 1, "date": 1, "chat": { "id": ANN, "type": "private" },
        "from": { "id": ANN, "is_bot": false, "first_name": "Ann" }, "text": "hello",
    }});
    telegram.push_again(number, again);
    telegram.say(Said::direct(ANN, "again"));
    telegram.shown_to(ANN, |text| text == "said again").await;
    settled(&store).await;
    assert_eq!(sent(&telegram), ["said hello", "said again"]);
    assert_eq!(model.asked().len(), 2);
}

#[tokio::test]
async fn a_limit_is_obeyed_and_the_answer_arrives_once() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    telegram.fail("sendMessage", Fault::too_many(1));
    telegram.fail("sendMessage", Fault::server(502));
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    telegram.say(Said::direct(ANN, "hello"));
    let first = telegram.nth("sendMessage", 0).await;
    let second = telegram.nth("sendMessage", 1).await;
    assert!(second.at.duration_since(first.at).as_millis() >= 1000);
    settled(&store).await;
}

#[tokio::test]
async fn a_group_is_heard_when_the_bot_is_named_and_has_a_session_of_its_own() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let access = AccessRules {
        group: GroupPolicy::Open,
        ..only_ann()
    };
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, access)])).await;
    telegram.say(Said::group(-100, EVE, "nobody is meant"));
    let named = format!("@{} hi", openclaw_channels::testing::BOT_NAME);
    telegram.say(Said::group(-100, EVE, &named));
    telegram.shown_to(-100, |text| text.contains("hi")).await;
    settled(&store).await;
    assert_eq!(model.asked().len(), 1);
    let session = store
        .session("agent:main:telegram:group:-100")
        .await
        .unwrap();
    assert!(session.is_some());
    // Somebody who was not approved by name may not act.
    let command = format!(
        "/invoke@{} n system.run {{}}",
        openclaw_channels::testing::BOT_NAME
    );
    telegram.say(Said::group(-100, EVE, &command));
    telegram
        .shown_to(-100, |text| text.contains("Not allowed"))
        .await;
}

#[tokio::test]
async fn a_draft_is_shown_while_it_is_written_and_becomes_the_answer() {
    let long = "This is a rather long beginning of an answer, ";
    let model = model(move |_| vec![Act::text(long), Act::text("and its end.")]).await;
    let (telegram, store) = (FakeTelegram::start().await, Store::in_memory().unwrap());
    let account = ChannelAccount {
        streams: true,
        ..bot(&telegram, only_ann())
    };
    let _gateway = gateway(&store, options(&model, vec![account])).await;
    telegram.say(Said::direct(ANN, "go"));
    telegram
        .shown_to(ANN, |text| text.ends_with("and its end."))
        .await;
    settled(&store).await;
    until(async || {
        store
            .open_deliveries()
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;
    let shown = telegram
        .shown()
        .into_iter()
        .filter(|one| one.chat == ANN.to_string());
    assert_eq!(shown.count(), 1, "one message, whatever was shown before");
}

#[tokio::test]
async fn a_command_works_without_a_model() {
    let (telegram, store) = (FakeTelegram::start().await, Store::in_memory().unwrap());
    let options = GatewayOptions {
        channels: ChannelOptions {
            accounts: vec![bot(&telegram, only_ann())],
            ..ChannelOptions::default()
        },
        ..join::options()
    };
    let _gateway = gateway(&store, options).await;
    telegram.say(Said::direct(ANN, "/status"));
    telegram.shown_to(ANN, |text| !text.is_empty()).await;
    telegram.say(Said::direct(ANN, "hello"));
    telegram
        .shown_to(ANN, |text| text.contains("No model is configured"))
        .await;
}

#[tokio::test]
async fn a_bot_that_the_server_refuses_is_shown_and_the_gateway_goes_on() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let mut account = bot(&telegram, only_ann());
    let mut options_of_bot = TelegramOptions::new("default", "1:wrong".to_owned().into());
    options_of_bot.api_root = telegram.api_root().parse().unwrap();
    account.make = Ok(ChannelMake::Telegram(Box::new(options_of_bot)));
    let running = gateway(&store, options(&model, vec![account])).await;
    let mut client = join::admin(&running, 4).await;
    let row = until(async || {
        let status = ok(&mut client, "channels.status", json!({})).await;
        let row = status["channelAccounts"]["telegram"][0].clone();
        row["lastError"].is_string().then_some(row)
    })
    .await;
    assert_eq!(row["connected"], false, "{row}");
    assert!(!row.to_string().contains("1:wrong"), "{row}");
    // With the right token it goes on, without a new Gateway.
    running.reload(&options(&model, vec![bot(&telegram, only_ann())]));
    telegram.say(Said::direct(ANN, "hello"));
    telegram.shown_to(ANN, |text| text == "said hello").await;
}

#[tokio::test]
async fn a_command_that_waits_is_shown_in_the_chat_and_a_button_answers_it() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let access = AccessRules {
        group: GroupPolicy::Open,
        ..only_ann()
    };
    let gateway = gateway(&store, options(&model, vec![bot(&telegram, access)])).await;
    telegram.say(Said::direct(ANN, "hello"));
    telegram.shown_to(ANN, |text| text == "said hello").await;
    let mut asker = join::admin(&gateway, 4).await;
    let params = json!({
        "command": "rm -rf ./old", "sessionKey": "agent:main:main", "twoPhase": true,
    });
    let accepted = asker.call("exec.approval.request", params).await;
    let id = accepted["payload"]["id"].as_str().unwrap().to_owned();
    let shown = telegram
        .shown_to(ANN, |text| text.contains("rm -rf ./old"))
        .await;
    let keyboard = shown.reply_markup.unwrap().to_string();
    let once = format!("/approve {id} allow-once");
    assert!(keyboard.contains(&once), "{keyboard}");
    // A guest of a group may press, and changes nothing.
    telegram.press(-100, EVE, shown.message_id, &once);
    telegram
        .shown_to(-100, |text| text.contains("Not allowed"))
        .await;
    telegram.press(ANN, ANN, shown.message_id, &once);
    telegram
        .shown_to(ANN, |text| text.contains("allow-once: rm -rf ./old"))
        .await;
    let ended = ok(
        &mut asker,
        "exec.approval.waitDecision",
        json!({ "id": id }),
    )
    .await;
    assert_eq!(ended["decision"], "allow-once", "{ended}");
    assert_eq!(telegram.calls_of("answerCallbackQuery").len(), 2);
}

#[tokio::test]
async fn the_agent_writes_to_others_by_its_tool_and_once() {
    let model = model(|asked| {
        if asked.results.is_empty() {
            let args = r#"{"channel":"telegram","to":"777","message":"dinner is ready"}"#;
            vec![Act::call("c1", "message", args)]
        } else {
            vec![Act::text("told them")]
        }
    })
    .await;
    let (telegram, store) = (FakeTelegram::start().await, Store::in_memory().unwrap());
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    telegram.say(Said::direct(ANN, "tell them"));
    telegram
        .shown_to(777, |text| text == "dinner is ready")
        .await;
    telegram.shown_to(ANN, |text| text == "told them").await;
    assert_eq!(sent(&telegram).len(), 2);
}
