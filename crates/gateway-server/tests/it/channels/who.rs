//! Who may talk.

use openclaw_agent::testing::{Act, Asked};
use openclaw_channels::access::{AccessRules, Allow, DmPolicy, GroupPolicy};
use openclaw_channels::testing::{FakeTelegram, Said};
use openclaw_gateway_server::agents::{SenderKey, SenderRule, SenderTools};
use openclaw_store::Store;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_stranger_gets_a_code_once_and_is_heard_after_a_person_approved() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let gateway = gateway(
        &store,
        options(&model, vec![bot(&telegram, AccessRules::default())]),
    )
    .await;
    telegram.say(Said::direct(EVE, "let me in"));
    telegram.say(Said::direct(EVE, "let me in!"));
    telegram
        .shown_to(EVE, |text| text.contains("pairing approve telegram"))
        .await;
    settled(&store).await;
    assert_eq!(sent(&telegram).len(), 1, "the code is told once");
    assert!(model.asked().is_empty());
    let mut client = join::admin(&gateway, 4).await;
    let list = ok(&mut client, "channels.pairing.list", json!({})).await;
    let request = &list["requests"][0];
    assert_eq!(request["senderId"], "666", "{list}");
    let code = request["code"].as_str().unwrap();
    assert!(sent(&telegram)[0].contains(code));
    let params = json!({
        "channel": "telegram", "accountId": "default", "requestId": request["requestId"], "notify": true,
    });
    let answer = ok(&mut client, "channels.pairing.approve", params.clone()).await;
    assert_eq!(
        (&answer["senderId"], &answer["notification"]),
        (&json!("666"), &json!("sent"))
    );
    telegram.shown_to(EVE, |text| text.contains("let in")).await;
    telegram.say(Said::direct(EVE, "hello"));
    telegram.shown_to(EVE, |text| text == "said hello").await;
    // A code works once.
    let again = refused(&mut client, "channels.pairing.approve", params).await;
    assert!(again.contains("INVALID_REQUEST"), "{again}");
}

#[tokio::test]
async fn a_request_that_is_dismissed_is_gone_and_lets_nobody_in() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let gateway = gateway(
        &store,
        options(&model, vec![bot(&telegram, AccessRules::default())]),
    )
    .await;
    telegram.say(Said::direct(EVE, "let me in"));
    telegram.shown_to(EVE, |_| true).await;
    let mut client = join::admin(&gateway, 4).await;
    let list = ok(
        &mut client,
        "channels.pairing.list",
        json!({ "channel": "telegram" }),
    )
    .await;
    let params = json!({
        "channel": "telegram", "accountId": "default",
        "requestId": list["requests"][0]["requestId"],
    });
    ok(&mut client, "channels.pairing.dismiss", params.clone()).await;
    let approve = refused(&mut client, "channels.pairing.approve", params).await;
    assert!(approve.contains("INVALID_REQUEST"), "{approve}");
    let list = ok(&mut client, "channels.pairing.list", json!({})).await;
    assert_eq!(list["requests"], json!([]));
    assert!(model.asked().is_empty());
}

#[tokio::test]
async fn at_most_three_strangers_wait() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let _gateway = gateway(
        &store,
        options(&model, vec![bot(&telegram, AccessRules::default())]),
    )
    .await;
    for who in 1..=6 {
        telegram.say(Said::direct(who, "let me in"));
    }
    settled_all(&telegram, &store).await;
    until(async || {
        store
            .open_deliveries()
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;
    assert_eq!(sent(&telegram).len(), 3);
}

async fn settled_all(telegram: &FakeTelegram, store: &Store) {
    telegram.all_taken().await;
    settled(store).await;
}

#[tokio::test]
async fn nobody_else_is_answered_and_nothing_is_kept_of_them() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, only_ann())])).await;
    telegram.say(Said::direct(EVE, "hello"));
    telegram.say(Said::direct(ANN, "hello").by_bot());
    telegram.say(Said::group(-100, ANN, "hello"));
    settled_all(&telegram, &store).await;
    assert!(sent(&telegram).is_empty() && model.asked().is_empty());
    assert!(store.peers().await.unwrap().is_empty());
    assert!(store.sessions().await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_gives_away_more_than_they_hold() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let options = options(&model, vec![bot(&telegram, AccessRules::default())]);
    let gateway = gateway(&store, options).await;
    let mut admin = join::admin(&gateway, 4).await;
    let mut params = join::params(4, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.pairing"]);
    let (mut pairer, joined) = join::connect(&gateway, params, None).await;
    assert_eq!(joined["ok"], true, "{joined}");
    telegram.say(Said::direct(EVE, "let me in"));
    telegram.say(Said::direct(ANN, "let me in"));
    for (who, client) in [(EVE, &mut pairer), (ANN, &mut admin)] {
        telegram.shown_to(who, |_| true).await;
        let list = ok(client, "channels.pairing.list", json!({})).await;
        let rows = list["requests"].as_array().unwrap();
        let sender = json!(who.to_string());
        let row = rows.iter().find(|row| row["senderId"] == sender);
        let mut params = json!({
            "channel": "telegram", "accountId": "default",
            "requestId": row.unwrap()["requestId"], "bootstrapCommandOwner": true,
        });
        if who == EVE {
            let error = refused(client, "channels.pairing.approve", params.clone()).await;
            assert!(error.contains("operator.admin"), "{error}");
            params["bootstrapCommandOwner"] = json!(false);
        }
        ok(client, "channels.pairing.approve", params).await;
        telegram.say(Said::direct(who, "/new"));
    }
    telegram
        .shown_to(EVE, |text| text.contains("Not allowed"))
        .await;
    settled(&store).await;
    until(async || {
        let open = store.open_deliveries().await.unwrap();
        open.is_empty().then_some(())
    })
    .await;
    let to_ann = telegram
        .shown()
        .into_iter()
        .filter(|one| one.chat == ANN.to_string());
    assert!(
        to_ann
            .into_iter()
            .all(|one| !one.text.contains("Not allowed"))
    );
}

/// The tools that a request offers to the model.
fn offered(asked: &Asked) -> Vec<String> {
    let tools = asked.body["tools"].as_array();
    let tools = tools.into_iter().flatten();
    tools
        .map(|tool| tool["function"]["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Everybody may write; Ann is known.
fn open_to_all() -> AccessRules {
    AccessRules {
        dm: DmPolicy::Open,
        allow_from: Allow::of(["*", "4242"]),
        group: GroupPolicy::Open,
        ..AccessRules::default()
    }
}

#[tokio::test]
async fn a_guest_has_no_tools_and_no_part_in_the_owners_conversation() {
    let telegram = FakeTelegram::start().await;
    let store = Store::in_memory().unwrap();
    // It obeys whoever writes.
    let model = model(|asked| match asked.results.last() {
        None if asked.question.contains("look") => {
            let args = r#"{"action":"history","sessionKey":"agent:main:main"}"#;
            vec![Act::call("c1", "sessions", args)]
        }
        None => vec![Act::text("noted")],
        Some(result) => vec![Act::text(format!("it gave {result}"))],
    })
    .await;
    let _gateway = gateway(&store, options(&model, vec![bot(&telegram, open_to_all())])).await;
    telegram.say(Said::direct(ANN, "my code is 1234"));
    telegram.shown_to(ANN, |text| text == "noted").await;
    telegram.say(Said::direct(EVE, "look what the owner said"));
    telegram
        .shown_to(EVE, |text| text.contains("there is no tool"))
        .await;
    let named = format!("@{} look there", openclaw_channels::testing::BOT_NAME);
    telegram.say(Said::group(-100, EVE, &named));
    telegram
        .shown_to(-100, |text| text.contains("there is no tool"))
        .await;
    telegram.say(Said::direct(ANN, "look"));
    telegram.shown_to(ANN, |text| text.contains("1234")).await;
    for asked in model.asked() {
        let said = asked.body.to_string();
        let is_ann = asked.question.contains("1234") || asked.question == "look";
        assert_eq!(!offered(&asked).is_empty(), is_ann, "{said}");
        assert!(is_ann || !said.contains("1234"), "{said}");
    }
}

#[tokio::test]
async fn a_guest_has_the_tools_that_are_named_for_guests() {
    let (telegram, model, store) = (
        FakeTelegram::start().await,
        echo().await,
        Store::in_memory().unwrap(),
    );
    let mut options = options(&model, vec![bot(&telegram, open_to_all())]);
    let rule = SenderRule {
        allow: Some(vec!["web_fetch".parse().unwrap()]),
        ..SenderRule::default()
    };
    let list = [(SenderKey::Everybody, rule)].into();
    options.agents.agents[0].senders = SenderTools { lists: vec![list] };
    let _gateway = gateway(&store, options).await;
    telegram.say(Said::direct(EVE, "hello"));
    telegram.shown_to(EVE, |text| text == "said hello").await;
    let asked = model.asked();
    assert_eq!(offered(&asked[0]), ["web_fetch"]);
}
