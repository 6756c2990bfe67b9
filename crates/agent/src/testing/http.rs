//! Just enough of HTTP/1.1.

use std::io;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::wire::Voice;
use super::{Act, Asked, Script, wire};
use crate::model::Api;

/// Bytes of a request that are read.
const MAX_REQUEST: usize = 64 * 1024 * 1024;

/// Serves the requests of one connection.
pub(super) async fn serve(
    mut stream: TcpStream,
    script: &Script,
    seen: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    loop {
        let Some((path, key, body)) = request(&mut stream).await? else {
            return Ok(());
        };
        let api = match path.as_str() {
            path if path.ends_with("/chat/completions") => Api::OpenAiChat,
            path if path.ends_with("/responses") => Api::OpenAiResponses,
            path if path.ends_with("/messages") => Api::Anthropic,
            _ => {
                refuse(
                    &mut stream,
                    404,
                    &[],
                    r#"{"error":{"message":"no such path"}}"#,
                )
                .await?;
                continue;
            }
        };
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (question, results) = wire::conversation(&body);
        let asked = {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = Asked {
                api,
                body,
                key,
                question,
                results,
                before: seen.len(),
            };
            seen.push(asked.clone());
            asked
        };
        let acts = script(&asked);
        if let Some(Act::Refuse {
            status,
            headers,
            body,
        }) = acts.first()
        {
            refuse(&mut stream, *status, headers, body).await?;
            continue;
        }
        if !say(&mut stream, api, acts).await? {
            return Ok(());
        }
    }
}

/// Says an answer; says whether the connection goes on.
async fn say(stream: &mut TcpStream, api: Api, acts: Vec<Act>) -> io::Result<bool> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let mut voice = Voice::new(api);
    chunk(stream, voice.begin().as_bytes()).await?;
    for act in acts {
        match act {
            Act::Wait(wait) => tokio::time::sleep(wait).await,
            Act::Break => return Ok(false),
            Act::Stall => std::future::pending().await,
            Act::Raw(bytes) => chunk(stream, &bytes).await?,
            Act::Fail(why) => {
                chunk(stream, voice.fail(&why).as_bytes()).await?;
                chunk(stream, b"").await?;
                return Ok(true);
            }
            Act::Text(text) => chunk(stream, voice.text(&text).as_bytes()).await?,
            Act::Call {
                id,
                name,
                arguments,
            } => chunk(stream, voice.call(&id, &name, &arguments).as_bytes()).await?,
            Act::Usage { input, output } => voice.usage(input, output),
            Act::Refuse { .. } => {}
        }
    }
    chunk(stream, voice.end().as_bytes()).await?;
    chunk(stream, b"").await?;
    Ok(true)
}

/// One chunk; an empty one ends the body.
async fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream
        .write_all(format!("{:x}\r\n", bytes.len()).as_bytes())
        .await?;
    stream.write_all(bytes).await?;
    stream.write_all(b"\r\n").await?;
    stream.flush().await
}

async fn refuse(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(String, String)],
    body: &str,
) -> io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await
}

/// The next request: path, key, body. `None` when the client has gone.
async fn request(stream: &mut TcpStream) -> io::Result<Option<(String, Option<String>, Vec<u8>)>> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if read.len() > MAX_REQUEST || stream.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    let mut body = read.split_off(end);
    let head = String::from_utf8_lossy(&read).into_owned();
    let mut lines = head.split("\r\n");
    let path = lines.next().unwrap_or_default().split(' ').nth(1);
    let path = path.unwrap_or_default().to_owned();
    let (mut length, mut key) = (0, None);
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "authorization" => key = value.strip_prefix("Bearer ").map(str::to_owned),
            "x-api-key" => key = Some(value.to_owned()),
            _ => {}
        }
    }
    while body.len() < length {
        if body.len() > MAX_REQUEST || stream.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    body.truncate(length);
    Ok(Some((path, key, body)))
}
