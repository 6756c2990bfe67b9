//! `sessions.patch`, `sessions.reset`, `sessions.delete`, `sessions.compact`, and who may.

use serde_json::json;

use super::{house, message, ok, operator, refused, say};
use crate::device::Device;
use crate::join;

#[tokio::test]
async fn settings_are_set_cleared_and_kept() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 3).await;
    let set = json!({"key": "main", "label": " Home ", "thinkingLevel": "HIGH", "verboseLevel": "full",
        "model": "fake-1", "sendPolicy": "deny", "groupActivation": "always"});
    let set = ok(&mut peer, "sessions.patch", set).await;
    assert_eq!(set["key"], "agent:main:main");
    assert_eq!(set["entry"]["label"], "Home");
    assert_eq!(set["entry"]["thinkingLevel"], "high");
    assert_eq!(
        set["resolved"],
        json!({"modelProvider": "fake", "model": "fake-1"})
    );
    assert!(set["path"].is_string() && set["entry"]["updatedAt"].is_u64());
    let error = refused(
        &mut peer,
        "chat.send",
        json!({"sessionKey": "main", "message": "x", "idempotencyKey": "k"}),
    )
    .await;
    assert_eq!(message(&error), "send blocked by session policy");
    let clear = json!({"key": "main", "label": null, "thinkingLevel": null, "sendPolicy": null,
        "model": null, "execHost": null});
    let cleared = ok(&mut peer, "sessions.patch", clear).await;
    for gone in ["label", "thinkingLevel", "sendPolicy", "modelOverride"] {
        assert!(cleared["entry"].get(gone).is_none(), "{gone}: {cleared}");
    }
    assert_eq!(cleared["entry"]["verboseLevel"], "full");
    say(&mut peer, "main", "and now?").await;
    let row = ok(&mut peer, "sessions.list", json!({})).await;
    assert_eq!(
        row["sessions"][0]["verboseLevel"], "full",
        "a run keeps settings"
    );
}

#[tokio::test]
async fn settings_that_do_not_fit_change_nothing() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "one", "label": "taken"}),
    )
    .await;
    for (wish, why) in [
        (
            json!({"key": "two", "label": "taken"}),
            "label already in use",
        ),
        (json!({"key": "two", "label": " "}), "invalid label"),
        (
            json!({"key": "two", "label": "x".repeat(513)}),
            "at most 512",
        ),
        (
            json!({"key": "two", "thinkingLevel": "much"}),
            "no level of thinking",
        ),
        (
            json!({"key": "two", "verboseLevel": "loud"}),
            "invalid verboseLevel",
        ),
        (
            json!({"key": "two", "model": "fake/none"}),
            "model not allowed",
        ),
        (
            json!({"key": "two", "spawnedBy": "agent:main:main"}),
            "subagent",
        ),
        (
            json!({"key": "two", "permissionMode": "read-only"}),
            "permissionMode cannot be set",
        ),
        (
            json!({"key": "two", "execHost": "node"}),
            "execHost cannot be set",
        ),
        (
            json!({"key": "two", "statusNote": "x".repeat(121)}),
            "at most 120",
        ),
        (json!({"key": "agent::x", "label": "y"}), "agent:ID:NAME"),
        (
            json!({"key": "a\u{202e}b", "label": "y"}),
            "control characters",
        ),
        (
            json!({"key": "x".repeat(513), "label": "y"}),
            "512 characters",
        ),
        (
            json!({"key": "two", "agentId": "ann", "label": "y"}),
            "unknown agent id",
        ),
        (json!({"key": "two", "colour": "red"}), "colour"),
    ] {
        let error = refused(&mut peer, "sessions.patch", wish.clone()).await;
        assert!(message(&error).contains(why), "{wish}: {error}");
    }
    let list = ok(&mut peer, "sessions.list", json!({})).await;
    assert_eq!(list["count"], 1, "nothing was made: {list}");
    let mut older = join::admin(&house.gateway, 3).await;
    let error = refused(
        &mut older,
        "sessions.patch",
        json!({"key": "two", "label": "x".repeat(65)}),
    )
    .await;
    assert!(message(&error).contains("at most 64"), "{error}");
}

#[tokio::test]
async fn a_reset_begins_a_new_transcript_with_the_same_settings() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "main", "label": "home"}),
    )
    .await;
    say(&mut peer, "main", "hello").await;
    let before = ok(&mut peer, "sessions.describe", json!({"key": "main"})).await;
    let old = before["session"]["sessionId"].as_str().unwrap();
    let error = refused(
        &mut peer,
        "sessions.reset",
        json!({"key": "main", "expectedSessionId": "another"}),
    )
    .await;
    assert_eq!(error["details"]["reason"], "session-changed");
    let reset = ok(
        &mut peer,
        "sessions.reset",
        json!({"key": "main", "expectedSessionId": old, "reason": "new"}),
    )
    .await;
    assert_ne!(reset["entry"]["sessionId"], old);
    assert_eq!(
        (&reset["entry"]["label"], &reset["entry"]["totalTokens"]),
        (&json!("home"), &json!(0))
    );
    let now = ok(&mut peer, "chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(now["messages"], json!([]));
    let then = ok(
        &mut peer,
        "chat.history",
        json!({"sessionKey": "main", "sessionId": old}),
    )
    .await;
    assert_eq!(
        then["messages"].as_array().unwrap().len(),
        2,
        "the old one is still there"
    );
    let error = refused(
        &mut peer,
        "chat.history",
        json!({"sessionKey": "main", "sessionId": "of-somebody-else"}),
    )
    .await;
    assert!(
        message(&error).contains("no transcript of session"),
        "{error}"
    );
}

#[tokio::test]
async fn the_command_new_is_a_reset() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    say(&mut peer, "main", "hello").await;
    let before = ok(&mut peer, "sessions.describe", json!({"key": "main"})).await;
    say(&mut peer, "main", "/new").await;
    let after = ok(&mut peer, "sessions.describe", json!({"key": "main"})).await;
    assert_ne!(
        before["session"]["sessionId"],
        after["session"]["sessionId"]
    );
}

#[tokio::test]
async fn a_deleted_session_leaves_a_file_and_the_main_one_stays() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 3).await;
    say(&mut peer, "project", "remember this").await;
    let gone = ok(&mut peer, "sessions.delete", json!({"key": "project"})).await;
    assert_eq!(
        (&gone["deleted"], &gone["key"]),
        (&json!(true), &json!("agent:main:project"))
    );
    let file = gone["archived"][0].as_str().unwrap();
    assert!(
        file.starts_with(house.state.path().to_str().unwrap()),
        "{file}"
    );
    assert!(
        std::fs::read_to_string(file)
            .unwrap()
            .contains("remember this")
    );
    let history = ok(&mut peer, "chat.history", json!({"sessionKey": "project"})).await;
    assert_eq!(history["messages"], json!([]));
    assert!(
        history.get("sessionId").is_none(),
        "there is no such session: {history}"
    );
    let again = ok(&mut peer, "sessions.delete", json!({"key": "project"})).await;
    assert_eq!(
        (&again["deleted"], &again["archived"]),
        (&json!(false), &json!([]))
    );
    for main in ["main", "agent:main:main", "MAIN"] {
        let error = refused(&mut peer, "sessions.delete", json!({"key": main})).await;
        assert_eq!(
            message(&error),
            "Cannot delete the main session (agent:main:main)."
        );
    }
}

#[tokio::test]
async fn only_what_is_put_away_goes_without_admin() {
    let house = house().await;
    let mut admin = join::admin(&house.gateway, 4).await;
    ok(
        &mut admin,
        "sessions.patch",
        json!({"key": "one", "label": "one"}),
    )
    .await;
    let mut writer = operator(&house, &["operator.read", "operator.write"]).await;
    let error = refused(&mut writer, "sessions.delete", json!({"key": "one"})).await;
    assert_eq!(error["code"], "FORBIDDEN");
    let error = refused(
        &mut writer,
        "sessions.delete",
        json!({"key": "one", "archivedOnly": true}),
    )
    .await;
    assert!(message(&error).contains("not put away"), "{error}");
    ok(
        &mut writer,
        "sessions.patch",
        json!({"key": "one", "archived": true}),
    )
    .await;
    let gone = ok(
        &mut writer,
        "sessions.delete",
        json!({"key": "one", "archivedOnly": true}),
    )
    .await;
    assert_eq!(gone["deleted"], true);
    for (method, params) in [
        ("sessions.reset", json!({"key": "main"})),
        ("sessions.compact", json!({"key": "main"})),
        ("chat.inject", json!({"sessionKey": "main", "message": "x"})),
        (
            "sessions.patch",
            json!({"key": "main", "verboseLevel": "full"}),
        ),
    ] {
        let error = refused(&mut writer, method, params).await;
        assert_eq!(error["code"], "FORBIDDEN", "{method}: {error}");
    }
    let mut reader = operator(&house, &["operator.read"]).await;
    ok(&mut reader, "sessions.list", json!({})).await;
    for (method, params) in [
        ("sessions.patch", json!({"key": "main", "label": "x"})),
        ("sessions.create", json!({})),
        ("sessions.send", json!({"key": "main", "message": "x"})),
        ("sessions.abort", json!({"key": "main"})),
    ] {
        let error = refused(&mut reader, method, params).await;
        assert_eq!(error["code"], "FORBIDDEN", "{method}: {error}");
    }
}

#[tokio::test]
async fn a_node_sees_no_session() {
    let house = house().await;
    let mut node = join::node(&house.gateway, 4, &Device::new(9), &[]).await;
    for (method, params) in [
        ("sessions.list", json!({})),
        ("chat.history", json!({"sessionKey": "main"})),
    ] {
        let error = refused(&mut node, method, params).await;
        assert!(message(&error).contains("unauthorized role"), "{error}");
    }
}

#[tokio::test]
async fn a_transcript_is_shortened_to_its_end() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 3).await;
    let none = ok(&mut peer, "sessions.compact", json!({"key": "nowhere"})).await;
    assert_eq!(
        (&none["compacted"], &none["reason"]),
        (&json!(false), &json!("no sessionId"))
    );
    for n in 0..3 {
        say(&mut peer, "main", &format!("m{n}")).await;
    }
    let enough = ok(&mut peer, "sessions.compact", json!({"key": "main"})).await;
    assert_eq!(
        (&enough["compacted"], &enough["kept"]),
        (&json!(false), &json!(6))
    );
    let short = ok(
        &mut peer,
        "sessions.compact",
        json!({"key": "main", "maxLines": 2}),
    )
    .await;
    assert_eq!(
        (&short["compacted"], &short["kept"]),
        (&json!(true), &json!(2))
    );
    let whole = std::fs::read_to_string(short["archived"].as_str().unwrap()).unwrap();
    assert!(whole.contains("m0"), "nothing is lost");
    let history = ok(&mut peer, "chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);
    say(&mut peer, "main", "go on").await;
    refused(
        &mut peer,
        "sessions.compact",
        json!({"key": "main", "maxLines": 0}),
    )
    .await;
}
