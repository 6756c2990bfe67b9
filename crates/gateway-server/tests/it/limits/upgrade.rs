//! Upgrades that are none, and headers that are hostile.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{admin, builder, dial, gateway};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The status that a request with these header lines gets; `None` where it is cut.
async fn status(lines: &[&str]) -> Option<u16> {
    let gateway = builder().start().await.unwrap();
    let (mut read, mut write) = tokio::io::split(gateway.in_memory());
    let request = format!("GET / HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
    let send = async move {
        // A Gateway that refuses a head may be gone before all of it was sent.
        let _ = write.write_all(request.as_bytes()).await;
        write
    };
    let mut answer = [0; 12];
    let (write, read) = tokio::join!(send, read.read_exact(&mut answer));
    drop(write);
    read.ok()?;
    std::str::from_utf8(&answer[9..]).unwrap().parse().ok()
}

fn upgrade<'a>(connection: &'a str, key: &'a str) -> Vec<&'a str> {
    vec![
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        connection,
        key,
    ]
}

#[tokio::test]
async fn an_upgrade_says_so_in_both_headers() {
    let key = format!("Sec-WebSocket-Key: {KEY}");
    for (connection, expected) in [
        ("Connection: Upgrade", 101),
        ("Connection: keep-alive, upgrade", 101),
        ("Connection: keep-alive", 404),
        ("X-Connection: Upgrade", 404),
    ] {
        assert_eq!(
            status(&upgrade(connection, &key)).await,
            Some(expected),
            "{connection}"
        );
    }
}

#[tokio::test]
async fn a_key_has_sixteen_bytes() {
    for (key, expected) in [
        (KEY, 101),
        ("", 400),
        ("short", 400),
        ("dGhlIHNhbXBsZSBub25j", 400),
        ("!!!!!!!!!!!!!!!!!!!!!!==", 400),
    ] {
        let key = format!("Sec-WebSocket-Key: {key}");
        assert_eq!(
            status(&upgrade("Connection: Upgrade", &key)).await,
            Some(expected),
            "{key}"
        );
    }
}

#[tokio::test]
async fn hostile_headers_cost_little_and_open_nothing() {
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let with = |header: String| {
        let mut lines: Vec<String> = upgrade("Connection: Upgrade", &key)
            .into_iter()
            .map(str::to_owned)
            .collect();
        lines.push(header);
        lines
    };
    let hops = vec!["127.0.0.1"; 1500].join(",");
    for (header, expected) in [
        // More than the head may have: refused by the reader.
        (format!("X-Filler: {}", "x".repeat(1024 * 1024)), Some(431)),
        (
            format!("X-Forwarded-For: {}", vec!["10.0.0.1"; 10_000].join(",")),
            Some(431),
        ),
        // Within it: a proxy that nobody configured.
        (format!("X-Forwarded-For: {hops}"), Some(403)),
        (
            "X-Forwarded-For: 203.0.113.1\t, \u{1}".to_owned(),
            Some(400),
        ),
        ("X-Forwarded-For: \u{fc}".to_owned(), Some(403)),
        ("Forwarded: for=\"[::1\"".to_owned(), Some(403)),
        (
            "Tailscale-User-Login: owner@example.com".to_owned(),
            Some(403),
        ),
    ] {
        let lines = with(header);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(status(&lines).await, expected, "{:.60}", lines[5]);
    }
}

#[tokio::test]
async fn text_that_is_no_utf8_ends_the_connection() {
    let gateway = gateway().await;
    // A masked text frame of the one byte 0xff; the mask changes nothing.
    let frame = [0x81, 0x81, 0, 0, 0, 0, 0xff];
    let mut early = dial(&gateway).await;
    early.send_raw(&frame).await;
    assert_eq!(early.closed().await, Some((1007, String::new())));
    let mut peer = dial(&gateway).await;
    peer.connect(admin(4)).await;
    peer.send_raw(&frame).await;
    assert_eq!(peer.closed().await, Some((1007, String::new())));
}
