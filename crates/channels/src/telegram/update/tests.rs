use super::*;

fn me() -> Me {
    serde_json::from_value(json!({"id": 999, "username": "fake_bot", "first_name": "Fake"}))
        .unwrap()
}

fn inbound(update: &Value) -> Option<Inbound> {
    read(&update.to_string(), &me(), 5).unwrap()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is written where it is given"
)]
fn message(more: Value) -> Value {
    let mut message = json!({
        "message_id": 10, "date": 1_770_000_000,
        "chat": {"id": 4242, "type": "private"},
        "from": {"id": 4242, "is_bot": false, "first_name": "Ann", "last_name": "B", "username": "ann"},
    });
    for (key, value) in more.as_object().unwrap() {
        message[key] = value.clone();
    }
    json!({ "update_id": 7, "message": message })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is written where it is given"
)]
fn group(text: &str, entities: Value) -> Value {
    message(json!({
        "chat": {"id": -100, "type": "supergroup", "title": "Home"},
        "text": text, "entities": entities,
    }))
}

#[test]
fn a_direct_message_is_for_us() {
    let inbound = inbound(&message(json!({"text": "hello"}))).unwrap();
    assert_eq!(
        (inbound.update_id.as_str(), inbound.at_ms),
        ("7", 1_770_000_000_000)
    );
    assert!(inbound.is_for_us);
    assert_eq!(inbound.chat.kind, ChatKind::Direct);
    assert_eq!(inbound.sender.name.as_deref(), Some("Ann B"));
    assert_eq!(inbound.our_names, ["fake_bot"]);
    let again: Inbound = serde_json::from_str(&serde_json::to_string(&inbound).unwrap()).unwrap();
    assert_eq!(again, inbound);
}

#[test]
fn groups_mean_us_when_they_say_so() {
    let is_for_us = |update: &Value| inbound(update).unwrap().is_for_us;
    assert!(!is_for_us(&group("hello", json!([]))));
    // Offsets count as UTF-16 does.
    let named = json!([{"type": "mention", "offset": 3, "length": 9}]);
    assert!(is_for_us(&group("😀 @Fake_Bot hi", named.clone())));
    assert!(!is_for_us(&group("😀 @Fake_Bob hi", named)));
    let command = json!([{"type": "bot_command", "offset": 0, "length": 14}]);
    assert!(is_for_us(&group("/help@fake_bot", command.clone())));
    assert!(!is_for_us(&group("/help@fake_bob", command)));
    let link = json!([{"type": "text_mention", "offset": 0, "length": 2, "user": {"id": 999}}]);
    assert!(is_for_us(&group("hi", link)));
    let beyond = json!([{"type": "mention", "offset": 1, "length": 9999}]);
    assert!(!is_for_us(&group("hi", beyond)));
    let mut answer = group("yes", json!([]));
    answer["message"]["reply_to_message"] = json!({
        "message_id": 3, "date": 1, "chat": {"id": -100, "type": "supergroup"},
        "from": {"id": 999, "is_bot": true}, "text": "Shall I?",
    });
    let read = inbound(&answer).unwrap();
    assert!(read.is_for_us && read.quoted.unwrap().is_ours);
    // The head of a topic is no answer.
    answer["message"]["message_thread_id"] = json!(3);
    answer["message"]["is_topic_message"] = json!(true);
    let read = inbound(&answer).unwrap();
    assert!(!read.is_for_us && read.quoted.is_none());
    assert_eq!(read.chat.thread_id.as_deref(), Some("3"));
}

#[test]
fn files_and_places_come_with_a_message() {
    let read = inbound(&message(json!({
        "caption": "look", "photo": [{"file_id": "s"}, {"file_id": "l", "file_size": 9}],
        "location": {"latitude": 1.5, "longitude": 2.0},
    })))
    .unwrap();
    let Content::Message { text, media } = read.content else {
        panic!()
    };
    assert_eq!(text, "look\n[location: 1.5, 2]");
    assert_eq!(
        (media.len(), media[0].id.as_str(), media[0].bytes),
        (1, "l", Some(9))
    );
    let gif = inbound(&message(json!({
        "animation": {"file_id": "a"}, "document": {"file_id": "a", "mime_type": "video/mp4"},
    })));
    let Content::Message { media, .. } = gif.unwrap().content else {
        panic!()
    };
    assert_eq!((media.len(), media[0].kind), (1, MediaKind::Video));
}

#[test]
fn a_press_names_what_it_stands_for() {
    let read = inbound(&json!({"update_id": 8, "callback_query": {
        "id": "77", "from": {"id": 5, "first_name": "Bob"}, "data": "/approve 1 deny",
        "message": {"message_id": 4, "date": 0, "chat": {"id": -100, "type": "group"}},
    }}))
    .unwrap();
    let Content::Press { press_id, data } = read.content else {
        panic!()
    };
    assert_eq!(
        (press_id.as_str(), data.as_str()),
        ("77", "/approve 1 deny")
    );
    assert_eq!(
        (read.sender.id.as_str(), read.chat.id.as_str()),
        ("5", "-100")
    );
}

#[test]
fn what_is_not_for_us_is_passed_over_and_garbage_is_an_error() {
    assert!(inbound(&json!({"update_id": 1})).is_none());
    assert!(inbound(&json!({"update_id": 1, "poll": {"id": "1"}})).is_none());
    assert!(inbound(&message(json!({"new_chat_title": "x"}))).is_none());
    let mut nobody = message(json!({"text": "hi"}));
    nobody["message"].as_object_mut().unwrap().remove("from");
    assert!(inbound(&nobody).is_none());
    for bad in [
        "",
        "[]",
        r#"{"update_id":"x"}"#,
        r#"{"update_id":1,"message":{"chat":5}}"#,
    ] {
        assert!(read(bad, &me(), 0).is_err(), "{bad}");
    }
}

#[test]
fn a_channel_that_writes_in_a_group_is_not_its_admin() {
    let mut update = group("hi", json!([]));
    update["message"]["sender_chat"] = json!({"id": -5, "type": "channel", "title": "News"});
    assert_eq!(inbound(&update).unwrap().sender.id, "-5");
}
