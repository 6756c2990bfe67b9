//! `chat.history`, `chat.startup`, `chat.metadata`, `chat.inject`, `sessions.get`.

use serde_json::{Value, json};

use super::{house, message, ok, refused, say};
use crate::join;

fn texts(history: &Value) -> Vec<String> {
    let messages = history["messages"].as_array().unwrap();
    let text = |message: &Value| match &message["content"] {
        Value::String(text) => text.clone(),
        parts => parts[0]["text"].as_str().unwrap().to_owned(),
    };
    messages.iter().map(text).collect()
}

#[tokio::test]
async fn history_in_the_words_of_protocol_3() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 3).await;
    say(&mut peer, "main", "one").await;
    say(&mut peer, "main", "two").await;
    let wish = json!({"sessionKey": "agent:main:main", "limit": 3});
    let history = ok(&mut peer, "chat.history", wish).await;
    assert_eq!(texts(&history), ["you said one", "two", "you said two"]);
    assert_eq!(history["sessionKey"], "agent:main:main");
    assert_eq!(history["thinkingLevel"], "off");
    let members: Vec<&String> = history.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["sessionKey", "sessionId", "messages", "thinkingLevel"]
    );
    let said = &history["messages"][2];
    assert_eq!(
        (&said["role"], &said["stopReason"]),
        (&json!("assistant"), &json!("stop"))
    );
    assert!(said["timestamp"].is_u64() && said.get("__openclaw").is_none());
    for wish in [
        json!({"sessionKey": "main", "limit": 0}),
        json!({"sessionKey": "main", "limit": 1001}),
        json!({"sessionKey": "agent:"}),
        json!({}),
    ] {
        refused(&mut peer, "chat.history", wish).await;
    }
}

#[tokio::test]
async fn history_in_the_words_of_protocol_4() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    for n in 0..3 {
        say(&mut peer, "main", &format!("m{n}")).await;
    }
    let first = ok(
        &mut peer,
        "chat.history",
        json!({"sessionKey": "main", "limit": 4}),
    )
    .await;
    assert_eq!(
        (&first["hasMore"], &first["nextOffset"]),
        (&json!(true), &json!(4))
    );
    assert_eq!(first["totalMessages"], 6);
    assert_eq!(first["pendingInputs"], json!({"items": [], "total": 0}));
    assert_eq!(first["sessionInfo"]["key"], "agent:main:main");
    assert_eq!(first["defaults"]["model"], "fake-1");
    let about = &first["messages"][3]["__openclaw"];
    assert_eq!(about["seq"], 6);
    assert!(about["id"].is_string() && about["runId"].is_string());
    let older = json!({"sessionKey": "main", "limit": 4, "offset": 4});
    let older = ok(&mut peer, "chat.history", older).await;
    assert_eq!(texts(&older), ["m0", "you said m0"]);
    assert_eq!(
        (&older["hasMore"], &older["offset"]),
        (&json!(false), &json!(4))
    );
    let around = json!({"sessionKey": "main", "limit": 2, "messageId": first["messages"][0]["__openclaw"]["id"]});
    let around = ok(&mut peer, "chat.history", around).await;
    assert!(texts(&around).contains(&texts(&first)[0]), "{around}");
    let short = json!({"sessionKey": "main", "maxChars": 3});
    let short = ok(&mut peer, "chat.history", short).await;
    assert_eq!(texts(&short)[1], "you\n...(truncated)...");
    let small = json!({"sessionKey": "main", "maxBytes": 1024});
    let small = ok(&mut peer, "chat.history", small).await;
    assert!(
        texts(&small).len() < 6 && small["hasMore"] == true,
        "{small}"
    );
    for (wish, why) in [
        (
            json!({"sessionKey": "main", "messageId": "none"}),
            "message not found",
        ),
        (json!({"sessionKey": "main", "maxBytes": 10}), "maxBytes"),
        (json!({"sessionKey": "main", "maxChars": 0}), "maxChars"),
    ] {
        let error = refused(&mut peer, "chat.history", wish).await;
        assert!(message(&error).contains(why), "{error}");
    }
    let none = ok(&mut peer, "chat.history", json!({"sessionKey": "nowhere"})).await;
    assert_eq!(none["messages"], json!([]));
    assert!(none.get("sessionId").is_none() && none["sessionInfo"].get("sessionId").is_none());
}

#[tokio::test]
async fn a_cursor_brings_what_came_since() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    say(&mut peer, "main", "before").await;
    let page = ok(&mut peer, "chat.history", json!({"sessionKey": "main"})).await;
    let cursor = page["deltaCursor"].clone();
    let wish = json!({"sessionKey": "main", "cursor": cursor});
    let nothing = ok(&mut peer, "chat.history", wish.clone()).await;
    assert_eq!(
        (&nothing["kind"], &nothing["messages"]),
        (&json!("delta"), &json!([]))
    );
    say(&mut peer, "main", "after").await;
    let delta = ok(&mut peer, "chat.history", wish.clone()).await;
    let new = delta["messages"].as_array().unwrap();
    assert_eq!(new.len(), 2);
    assert_eq!(
        (&new[0]["sessionKey"], &new[0]["messageSeq"]),
        (&json!("agent:main:main"), &json!(3))
    );
    assert_eq!(new[0]["message"]["content"][0]["text"], "after");
    assert_ne!(delta["deltaCursor"], cursor);
    assert_eq!(delta["sessionInfo"]["key"], "agent:main:main");
    ok(&mut peer, "sessions.reset", json!({"key": "main"})).await;
    for cursor in [cursor, json!("eyJhIjoxfQ"), json!("")] {
        let wish = json!({"sessionKey": "main", "cursor": cursor});
        let reset = ok(&mut peer, "chat.history", wish).await;
        assert_eq!(reset, json!({"kind": "reset"}));
    }
}

#[tokio::test]
async fn a_chat_page_begins_with_one_call() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    say(&mut peer, "main", "hello").await;
    let begun = ok(&mut peer, "chat.startup", json!({"sessionKey": "main"})).await;
    assert_eq!(texts(&begun), ["hello", "you said hello"]);
    let metadata = &begun["metadata"];
    assert_eq!(metadata["models"][0]["id"], "fake-1");
    let commands = metadata["commands"].as_array().unwrap();
    assert!(
        commands.iter().any(|command| command["name"] == "help"),
        "{metadata}"
    );
    let id = begun["sessionId"].as_str().unwrap();
    let short = json!({"shortId": &id[..8], "agentId": "main"});
    let by_link = ok(&mut peer, "chat.startup", short).await;
    assert_eq!(by_link["sessionId"], begun["sessionId"]);
    for wish in [json!({}), json!({"shortId": "00000000", "agentId": "main"})] {
        refused(&mut peer, "chat.startup", wish).await;
    }
    let alone = ok(&mut peer, "chat.metadata", json!({})).await;
    assert_eq!(alone["models"], metadata["models"]);
    refused(&mut peer, "chat.metadata", json!({"agentId": "nobody"})).await;
}

#[tokio::test]
async fn a_message_is_put_in_and_told() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 3).await;
    let wish = json!({"sessionKey": "main", "message": "done", "label": "backup"});
    let error = refused(&mut peer, "chat.inject", wish.clone()).await;
    assert_eq!(message(&error), "session not found");
    ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "main", "verboseLevel": "on"}),
    )
    .await;
    let error = refused(&mut peer, "chat.inject", wish.clone()).await;
    assert_eq!(message(&error), "transcript file not found");
    say(&mut peer, "main", "hello").await;
    let sent = peer.request("chat.inject", wish).await;
    let event = peer.event("chat").await;
    let answer = peer.response(&sent).await;
    let id = answer["payload"]["messageId"].as_str().unwrap();
    let payload = &event["payload"];
    assert_eq!(payload["runId"], format!("inject-{id}"));
    assert_eq!(
        (&payload["seq"], &payload["state"]),
        (&json!(0), &json!("final"))
    );
    assert_eq!(payload["message"]["stopReason"], "injected");
    let history = ok(
        &mut peer,
        "chat.history",
        json!({"sessionKey": "main", "limit": 1}),
    )
    .await;
    assert_eq!(texts(&history), ["[backup]\n\ndone"]);
    for wish in [
        json!({"sessionKey": "main", "message": " "}),
        json!({"sessionKey": "main", "message": "x", "label": "y".repeat(101)}),
    ] {
        refused(&mut peer, "chat.inject", wish).await;
    }
}

#[tokio::test]
async fn messages_are_got_by_programs() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    say(&mut peer, "main", "hello").await;
    let got = ok(
        &mut peer,
        "sessions.get",
        json!({"key": "main", "limit": 1}),
    )
    .await;
    assert_eq!(texts(&got), ["you said hello"]);
    let got = ok(&mut peer, "sessions.get", json!({"sessionKey": "main"})).await;
    assert_eq!(texts(&got).len(), 2);
    let none = ok(&mut peer, "sessions.get", json!({"key": "nowhere"})).await;
    assert_eq!(none["messages"], json!([]));
    for wish in [
        json!({}),
        json!({"key": "main", "limit": 0}),
        json!({"key": "main", "limit": -3}),
    ] {
        refused(&mut peer, "sessions.get", wish).await;
    }
}
