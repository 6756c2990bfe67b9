//! Telegram that calls us.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use openclaw_channels::telegram::{Receive, Telegram, Token};
use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use openclaw_channels::{Channel, HookAnswer, HookRequest};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::host::{MemoryHost, Running, options};

const SECRET: &str = "hook-Secret_1";

fn hooked(server: &FakeTelegram, url: &str, secret: &str) -> Arc<Telegram> {
    let mut options = options(server);
    options.receive = Receive::Webhook {
        url: url.parse().unwrap(),
        secret: Token(secret.to_owned().into()),
        path: "/telegram-webhook".into(),
    };
    Arc::new(Telegram::new(options))
}

fn request(secret: &[&str], body: &str) -> HookRequest {
    let header = |value: &&str| {
        (
            "x-telegram-bot-api-secret-token".to_owned(),
            (*value).to_owned(),
        )
    };
    HookRequest {
        headers: secret.iter().map(header).collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn update(number: u32, text: &str) -> String {
    json!({"update_id": number, "message": {
        "message_id": 1, "date": 1, "text": text, "from": {"id": 7},
        "chat": {"id": 7, "type": "private"},
    }})
    .to_string()
}

/// A port that hands requests to a channel, as the Gateway does.
async fn port(listener: TcpListener, bot: Arc<Telegram>, host: Arc<MemoryHost>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut read = Vec::new();
        let request = loop {
            stream.read_buf(&mut read).await.unwrap();
            let text = String::from_utf8_lossy(&read).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let headers: Vec<_> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let request = HookRequest {
                headers,
                body: body.as_bytes().to_vec(),
            };
            let length: usize = request.header("content-length").unwrap().parse().unwrap();
            if body.len() >= length {
                assert!(head.starts_with("POST /telegram-webhook "), "{head}");
                break request;
            }
        };
        let HookAnswer { status, body } = bot.hook(&*host, request).await;
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

#[tokio::test]
async fn updates_are_brought_and_none_is_lost_that_was_not_kept() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/telegram-webhook", listener.local_addr().unwrap());
    let bot = hooked(&server, &url, SECRET);
    assert_eq!(bot.hook_path(), Some("/telegram-webhook"));
    let mut tasks = JoinSet::new();
    tasks.spawn(port(listener, Arc::clone(&bot), Arc::clone(&host)));
    let running = Running::start(bot, &host);
    host.connected().await;
    assert_eq!(server.webhook(), Some((url, SECRET.to_owned())));
    host.refuses.store(2, Ordering::SeqCst);
    server.say(Said::direct(7, "one"));
    server.say(Said::direct(7, "two"));
    host.kept(2).await;
    server.all_taken().await;
    assert_eq!(host.texts(), ["one", "two"]);
    let statuses: Vec<u16> = server.brought().iter().map(|(_, status)| *status).collect();
    assert_eq!(statuses, [503, 503, 200, 200]);
    assert!(server.calls_of("getUpdates").is_empty());
    running.stop().await;
}

#[tokio::test]
async fn only_who_knows_the_secret_is_heard() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let bot = hooked(&server, "https://e.org/telegram-webhook", SECRET);
    let body = update(1, "hello");
    let wrong: [&[&str]; 6] = [
        &[],
        &[""],
        &["hook-Secret_"],
        &["hook-Secret_12"],
        &["HOOK-SECRET_1"],
        &[SECRET, SECRET],
    ];
    for secret in wrong {
        let answer = bot.hook(&*host, request(secret, &body)).await;
        assert_eq!(answer.status, 401, "{secret:?}");
        assert!(!answer.body.contains("ecret_1"), "{}", answer.body);
    }
    // Who is not heard makes us do nothing.
    assert!(host.texts().is_empty() && server.calls().is_empty());
    assert_eq!(
        bot.hook(&*host, request(&[SECRET], &body)).await.status,
        200
    );
    assert_eq!(host.texts(), ["hello"]);
}

#[tokio::test]
async fn an_update_that_comes_twice_counts_once() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let bot = hooked(&server, "https://e.org/telegram-webhook", SECRET);
    for _ in 0..2 {
        assert_eq!(
            bot.hook(&*host, request(&[SECRET], &update(1, "a")))
                .await
                .status,
            200
        );
    }
    assert_eq!(
        (host.texts().len(), host.duplicates.load(Ordering::SeqCst)),
        (1, 1)
    );
}

#[tokio::test]
async fn what_cannot_be_taken_now_is_asked_for_again_and_garbage_is_not() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let bot = hooked(&server, "https://e.org/telegram-webhook", SECRET);
    let status = async |body: &str| bot.hook(&*host, request(&[SECRET], body)).await.status;
    server.fail("getMe", Fault::server(502));
    assert_eq!(status(&update(1, "a")).await, 503);
    host.refuses.store(1, Ordering::SeqCst);
    assert_eq!(status(&update(1, "a")).await, 503);
    assert_eq!(status(&update(1, "a")).await, 200);
    for garbage in ["", "[]", "{}", "nonsense"] {
        assert_eq!(status(garbage).await, 400, "{garbage}");
    }
    // One with a number would be brought again and again.
    assert_eq!(status(r#"{"update_id": 5, "message": 5}"#).await, 200);
    assert_eq!(status(r#"{"update_id": 6, "poll": {}}"#).await, 200);
    assert_eq!(host.texts(), ["a"]);
    let mut latin = request(&[SECRET], "");
    latin.body = b"\xff".to_vec();
    assert_eq!(bot.hook(&*host, latin).await.status, 400);
}

#[tokio::test]
async fn without_a_secret_or_without_a_webhook_there_is_none() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let open = hooked(&server, "https://e.org/telegram-webhook", "");
    let answer = open.hook(&*host, request(&[""], &update(1, "a"))).await;
    assert_eq!(answer.status, 401);
    let error = Running::start(open, &host).gives_up().await;
    assert!(
        error.is_final && error.message.contains("webhookSecret"),
        "{error}"
    );
    let polling = crate::host::bot(&server);
    assert_eq!(polling.hook_path(), None);
    let answer = polling
        .hook(&*host, request(&[SECRET], &update(1, "a")))
        .await;
    assert_eq!(answer.status, 404);
    assert!(host.texts().is_empty() && server.calls().is_empty());
}

#[tokio::test]
async fn an_address_that_telegram_does_not_take_is_told() {
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let running = Running::start(
        hooked(&server, "http://e.org/telegram-webhook", SECRET),
        &host,
    );
    host.failing("An HTTPS URL must be provided").await;
    running.stop().await;
}
