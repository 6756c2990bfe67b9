//! Telegram through a proxy.

use std::time::Duration;

use openclaw_channels::telegram::Telegram;
use openclaw_channels::testing::FakeTelegram;
use openclaw_channels::{Channel, SendEnd};
use tokio::net::TcpListener;

use crate::host::options;
use crate::send::{markdown, sent, to};

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn what_is_not_on_loopback_goes_through_the_proxy() {
    let server = FakeTelegram::start().await;
    let mut options = options(&server);
    options.proxy = Some(server.api_root().parse().unwrap());
    options.api_root = "http://telegram.invalid/".parse().unwrap();
    let bot = Telegram::new(options);
    assert_eq!(
        bot.probe(Duration::from_secs(30)).await.unwrap()["ok"],
        true
    );
    sent(bot.send(&to(7), &markdown("hi"), "k").await);
    assert_eq!(server.shown()[0].text, "hi");
}

#[tokio::test]
async fn loopback_is_reached_without_it() {
    let server = FakeTelegram::start().await;
    let mut options = options(&server);
    options.proxy = Some(nobody().await.parse().unwrap());
    let bot = Telegram::new(options);
    assert_eq!(
        bot.probe(Duration::from_secs(30)).await.unwrap()["ok"],
        true
    );
}

#[tokio::test]
async fn without_the_proxy_nothing_leaves_and_its_password_is_told_to_nobody() {
    let server = FakeTelegram::start().await;
    let mut options = options(&server);
    let proxy = nobody().await.replace("http://", "http://me:pa55w0rd@");
    options.proxy = Some(proxy.parse().unwrap());
    options.api_root = "http://telegram.invalid/".parse().unwrap();
    let bot = Telegram::new(options);
    let end = bot.send(&to(7), &markdown("hi"), "k").await;
    let SendEnd::Again { why, .. } = end else {
        panic!("{end:?}")
    };
    assert!(!why.contains("pa55w0rd"), "{why}");
    assert!(server.calls().is_empty());
}
