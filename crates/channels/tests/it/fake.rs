//! The server itself: what a bot can tell about the real one.

use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One call on a connection of its own; none if there was no answer.
async fn raw(server: &FakeTelegram, path: &str, params: &Value) -> Option<Value> {
    let host = server.api_root().replace("http://", "");
    let body = params.to_string();
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let text = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&read);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        if let Some(answer) = body.and_then(|body| serde_json::from_str(&body).ok()) {
            return Some(answer);
        }
    }
}

async fn call(server: &FakeTelegram, method: &str, params: Value) -> Value {
    let path = format!("/bot{}/{method}", server.token());
    raw(server, &path, &params).await.unwrap()
}

#[tokio::test]
async fn updates_stay_until_they_are_passed_by() {
    let server = FakeTelegram::start().await;
    let first = server.say(Said::direct(7, "one"));
    let second = server.say(Said::direct(7, "two"));
    for _ in 0..2 {
        let got = call(&server, "getUpdates", json!({})).await;
        assert_eq!(got["result"].as_array().unwrap().len(), 2);
    }
    let got = call(&server, "getUpdates", json!({"offset": second})).await;
    assert_eq!(got["result"][0]["update_id"], second);
    assert_eq!(server.waiting(), [second]);
    let got = call(&server, "getUpdates", json!({"offset": second + 1})).await;
    assert_eq!(got, json!({"ok": true, "result": []}));
    assert!(first < second && server.waiting().is_empty());
}

#[tokio::test]
async fn a_wait_ends_with_an_update_and_of_two_the_earlier_one_loses() {
    let server = FakeTelegram::start().await;
    let waits = json!({"timeout": 50});
    let (lost, won, ()) = tokio::join!(
        call(&server, "getUpdates", waits.clone()),
        async {
            server.nth("getUpdates", 0).await;
            call(&server, "getUpdates", waits.clone()).await
        },
        async {
            server.nth("getUpdates", 1).await;
            server.say(Said::direct(7, "here"));
        },
    );
    assert_eq!(
        (&lost["ok"], &lost["error_code"]),
        (&json!(false), &json!(409))
    );
    assert_eq!(won["result"][0]["message"]["text"], "here");
}

#[tokio::test]
async fn what_the_real_server_refuses_is_refused() {
    let server = FakeTelegram::start().await;
    for (method, params, why) in [
        (
            "sendMessage",
            json!({"chat_id": 7, "text": ""}),
            "message text is empty",
        ),
        ("sendMessage", json!({"text": "x"}), "chat_id is empty"),
        (
            "sendMessage",
            json!({"chat_id": 7, "text": "x".repeat(4097)}),
            "too long",
        ),
        (
            "sendMessage",
            json!({"chat_id": 7, "text": "<b>x", "parse_mode": "HTML"}),
            "can't parse",
        ),
        (
            "editMessageText",
            json!({"chat_id": 7, "message_id": 5, "text": "x"}),
            "not found",
        ),
        (
            "sendPoll",
            json!({"chat_id": 7, "question": "?", "options": ["a"]}),
            "at least 2",
        ),
        ("sendPhoto", json!({"chat_id": 7}), "there is no photo"),
        ("getFile", json!({"file_id": "none"}), "invalid file_id"),
        ("setWebhook", json!({"url": "http://example.org/"}), "HTTPS"),
        (
            "setWebhook",
            json!({"url": "https://e.org/", "secret_token": "a b"}),
            "unallowed",
        ),
    ] {
        let answer = call(&server, method, params).await;
        let said = answer["description"].as_str().unwrap();
        assert!(
            answer["ok"] == false && said.contains(why),
            "{method}: {answer}"
        );
    }
    assert_eq!(call(&server, "noSuch", json!({})).await["error_code"], 404);
    let path = "/bot999:another/getMe";
    assert_eq!(
        raw(&server, path, &json!({})).await.unwrap()["error_code"],
        401
    );
    assert!(server.shown().is_empty());
    assert!(server.calls().iter().all(|call| !call.is_done));
}

#[tokio::test]
async fn messages_are_shown_edited_and_taken_away() {
    let server = FakeTelegram::start().await;
    let html = json!({"chat_id": 7, "text": "<b>a</b> &lt;", "parse_mode": "HTML"});
    let sent = call(&server, "sendMessage", html.clone()).await;
    let id = sent["result"]["message_id"].as_i64().unwrap();
    assert_eq!(sent["result"]["chat"], json!({"id": 7, "type": "private"}));
    let mut edit = json!({"chat_id": "7", "message_id": id, "text": "a <"});
    let same = call(&server, "editMessageText", edit.clone()).await;
    assert!(
        same["description"]
            .as_str()
            .unwrap()
            .contains("is not modified")
    );
    edit["text"] = json!("b");
    assert_eq!(call(&server, "editMessageText", edit).await["ok"], true);
    let shown = server.shown_to(7, |text| text == "b").await;
    assert_eq!(shown.edits, ["a <"]);
    call(
        &server,
        "deleteMessage",
        json!({"chat_id": 7, "message_id": id}),
    )
    .await;
    assert!(server.shown().is_empty());
}

#[tokio::test]
async fn faults_come_once_each_and_in_order() {
    let server = FakeTelegram::start().await;
    server.fail("sendMessage", Fault::too_many(3));
    server.fail("sendMessage", Fault::Drop);
    server.fail("sendMessage", Fault::DropAfter);
    let params = json!({"chat_id": 7, "text": "x"});
    let limited = call(&server, "sendMessage", params.clone()).await;
    assert_eq!(limited["parameters"], json!({"retry_after": 3}));
    let path = format!("/bot{}/sendMessage", server.token());
    assert_eq!(raw(&server, &path, &params).await, None);
    assert!(server.shown().is_empty());
    assert_eq!(raw(&server, &path, &params).await, None);
    assert_eq!(server.shown().len(), 1);
    assert_eq!(call(&server, "sendMessage", params).await["ok"], true);
    let done: Vec<bool> = server.calls().iter().map(|call| call.is_done).collect();
    assert_eq!(done, [false, false, true, true]);
}

#[tokio::test]
async fn hanging_up_ends_those_who_wait() {
    let server = FakeTelegram::start().await;
    let path = format!("/bot{}/getUpdates", server.token());
    let waits = json!({"timeout": 50});
    let (answer, ()) = tokio::join!(raw(&server, &path, &waits), async {
        server.nth("getUpdates", 0).await;
        server.hang_up();
    });
    assert_eq!(answer, None);
    assert_eq!(call(&server, "getMe", json!({})).await["result"]["id"], 999);
}

#[tokio::test]
async fn an_answer_that_gets_lost_has_an_update_in_it() {
    let server = FakeTelegram::start().await;
    server.fail("getUpdates", Fault::DropAfter);
    let path = format!("/bot{}/getUpdates", server.token());
    let (params, look) = (json!({"timeout": 0}), async {
        server.nth("getUpdates", 0).await;
        let number = server.say(Said::direct(7, "hello"));
        let lost = server.call(|call| call.is_done).await;
        (number, lost.status)
    });
    let (answer, (number, status)) = tokio::join!(raw(&server, &path, &params), look);
    assert_eq!((answer, status), (None, None));
    assert_eq!(server.waiting(), [number]);
}
