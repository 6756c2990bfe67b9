//! Updates that are brought to a webhook.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::state::{Hook, Shared};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long one try may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Brings updates in their order, each until it is taken. Only to `http` on loopback.
pub(super) async fn bring(shared: &Shared) {
    loop {
        let (hook, number, update) = shared
            .until(|state| {
                let hook = state
                    .hook
                    .as_ref()
                    .filter(|hook| hook.url.starts_with("http://"))?;
                let (number, update) = state.updates.first_key_value()?;
                Some((hook.clone(), *number, update.clone()))
            })
            .await;
        let brought = tokio::time::timeout(TIMEOUT, post(&hook, &update)).await;
        let status = brought.ok().and_then(Result::ok).unwrap_or(0);
        shared.change(|state| {
            state.brought.push((number, status));
            if (200..300).contains(&status) {
                state.updates.remove(&number);
            }
        });
        if !(200..300).contains(&status) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The status of the answer.
async fn post(hook: &Hook, update: &Value) -> io::Result<u16> {
    let rest = hook.url.strip_prefix("http://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let body = update.to_string();
    let mut head = format!(
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    if !hook.secret.is_empty() {
        head.push_str(&format!(
            "x-telegram-bot-api-secret-token: {}\r\n",
            hook.secret
        ));
    }
    let mut stream = TcpStream::connect(host).await?;
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .await?;
    let mut answer = Vec::new();
    while !answer.windows(2).any(|two| two == b"\r\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
    status.ok_or_else(|| io::Error::other("no answer"))
}
