//! `sessions.list`, `sessions.describe`, `sessions.preview`, `sessions.resolve`.

use serde_json::{Value, json};

use super::{house, message, ok, refused, say};
use crate::join;

fn keys(list: &Value) -> Vec<&str> {
    let rows = list["sessions"].as_array().unwrap();
    rows.iter()
        .map(|row| row["key"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_session_is_listed_as_both_generations_know_it() {
    let house = house().await;
    let mut older = join::admin(&house.gateway, 3).await;
    let empty = ok(&mut older, "sessions.list", json!({})).await;
    assert_eq!(
        (&empty["count"], &empty["sessions"]),
        (&json!(0), &json!([]))
    );
    say(&mut older, "main", "hello there").await;
    let wish = json!({"limit": 5, "includeDerivedTitles": true, "includeLastMessage": true});
    let list = ok(&mut older, "sessions.list", wish.clone()).await;
    let row = &list["sessions"][0];
    assert_eq!(row["key"], "agent:main:main");
    assert_eq!(row["kind"], "direct");
    assert_eq!(row["derivedTitle"], "hello there");
    assert_eq!(row["lastMessagePreview"], "you said hello there");
    assert_eq!(row["deliveryContext"], json!({"channel": "webchat"}));
    assert_eq!(
        (&row["modelProvider"], &row["model"]),
        (&json!("fake"), &json!("fake-1"))
    );
    assert_eq!(row["systemSent"], true);
    assert_eq!(row["inputTokens"], 3);
    assert!(row["sessionId"].is_string() && row["updatedAt"].is_u64());
    assert!(row.get("agentId").is_none(), "of protocol 4: {row}");
    assert_eq!(list["defaults"]["model"], "fake-1");
    assert!(list.get("totalCount").is_none());

    let mut newer = join::admin(&house.gateway, 4).await;
    let list = ok(&mut newer, "sessions.list", wish).await;
    assert_eq!(list["totalCount"], 1);
    assert_eq!(
        (&list["hasMore"], &list["nextOffset"]),
        (&json!(false), &json!(null))
    );
    let row = &list["sessions"][0];
    assert_eq!(
        (&row["agentId"], &row["isMain"]),
        (&json!("main"), &json!(true))
    );
    assert_eq!(
        (&row["hasActiveRun"], &row["status"]),
        (&json!(false), &json!("done"))
    );
    assert!(row["lastInteractionAt"].is_u64() && row["createdAt"].is_u64());
}

#[tokio::test]
async fn a_list_shows_what_is_asked_for() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    for key in [
        "one",
        "two",
        "agent:main:telegram:group:-1",
        "cron:j",
        "global",
    ] {
        ok(
            &mut peer,
            "sessions.patch",
            json!({"key": key, "pinned": key == "two"}),
        )
        .await;
    }
    let list = |params: Value| params;
    for (wish, expected) in [
        (json!({}), 4),
        (json!({"includeGlobal": true}), 5),
        (json!({"excludeCron": true}), 3),
        (json!({"pinned": true}), 1),
        (json!({"search": "TELEGRAM"}), 1),
        (json!({"search": "nothing of the kind"}), 0),
        (json!({"agentId": "main", "includeGlobal": true}), 4),
        (json!({"activeMinutes": 5}), 4),
        (json!({"activeOnly": true}), 0),
        (json!({"creatorId": "somebody"}), 0),
        (json!({"archived": true}), 0),
        (json!({"requireLastInteraction": true}), 0),
    ] {
        let found = ok(&mut peer, "sessions.list", list(wish.clone())).await;
        assert_eq!(keys(&found).len(), expected, "{wish}: {found}");
    }
    let group = ok(&mut peer, "sessions.list", json!({"search": "telegram"})).await;
    assert_eq!(group["sessions"][0]["kind"], "group");
    let first = ok(&mut peer, "sessions.list", json!({"limit": 3})).await;
    assert_eq!(
        (&first["hasMore"], &first["nextOffset"]),
        (&json!(true), &json!(3))
    );
    let rest = ok(&mut peer, "sessions.list", json!({"limit": 3, "offset": 3})).await;
    assert_eq!(keys(&rest).len(), 1);
    assert!(!keys(&first).contains(&keys(&rest)[0]));
    for wish in [
        json!({"limit": 0}),
        json!({"activeMinutes": 0}),
        json!({"sortBy": "size"}),
    ] {
        refused(&mut peer, "sessions.list", wish).await;
    }
}

#[tokio::test]
async fn one_session_is_described_or_there_is_none() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "main", "label": "home"}),
    )
    .await;
    let one = ok(&mut peer, "sessions.describe", json!({"key": "main"})).await;
    assert_eq!(one["session"]["label"], "home");
    let none = ok(&mut peer, "sessions.describe", json!({"key": "nowhere"})).await;
    assert_eq!(none["session"], json!(null));
    let error = refused(
        &mut peer,
        "sessions.describe",
        json!({"key": "main", "agentId": "ann"}),
    )
    .await;
    assert!(message(&error).contains("unknown agent id"), "{error}");
    let error = refused(
        &mut peer,
        "sessions.describe",
        json!({"key": "agent:ann:main", "agentId": "main"}),
    )
    .await;
    assert!(message(&error).contains("does not match"), "{error}");
    let mut older = join::admin(&house.gateway, 3).await;
    let error = refused(&mut older, "sessions.describe", json!({"key": "main"})).await;
    assert!(message(&error).contains("unknown method"), "{error}");
}

#[tokio::test]
async fn previews_show_the_last_messages_of_several() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 3).await;
    say(&mut peer, "main", "hello").await;
    ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "quiet", "label": "quiet"}),
    )
    .await;
    let wish = json!({"keys": ["main", "quiet", "nowhere", "a\nb"], "limit": 1, "maxChars": 20});
    let shown = ok(&mut peer, "sessions.preview", wish).await;
    let previews = shown["previews"].as_array().unwrap();
    let status: Vec<&str> = previews
        .iter()
        .map(|one| one["status"].as_str().unwrap())
        .collect();
    assert_eq!(status, ["ok", "empty", "missing", "missing"]);
    assert_eq!(
        previews[0]["items"],
        json!([{"role": "assistant", "text": "you said hello"}])
    );
    assert_eq!(
        previews[0]["key"], "main",
        "a key comes back as it was given"
    );
    for wish in [
        json!({"keys": []}),
        json!({"keys": ["main"], "maxChars": 5}),
        json!({}),
    ] {
        refused(&mut peer, "sessions.preview", wish).await;
    }
}

#[tokio::test]
async fn a_session_is_found_by_key_id_label_and_short_id() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    let made = ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "Project", "label": "My project"}),
    )
    .await;
    let id = made["entry"]["sessionId"].as_str().unwrap();
    for wish in [
        json!({"key": "project"}),
        json!({"sessionId": id}),
        json!({"label": "My project"}),
        json!({"shortId": &id[..8]}),
        json!({"reference": {"key": "agent:main:project"}}),
    ] {
        let found = ok(&mut peer, "sessions.resolve", wish.clone()).await;
        assert_eq!(found["key"], "agent:main:project", "{wish}");
    }
    for wish in [
        json!({"key": "nowhere"}),
        json!({"label": "my project"}),
        json!({"shortId": "ab"}),
        json!({}),
        json!({"key": "project", "label": "My project"}),
        json!({"label": "My project", "spawnedBy": "agent:main:main"}),
    ] {
        refused(&mut peer, "sessions.resolve", wish).await;
    }
    let none = ok(
        &mut peer,
        "sessions.resolve",
        json!({"key": "nowhere", "allowMissing": true}),
    )
    .await;
    assert_eq!(none["ok"], false);
}
