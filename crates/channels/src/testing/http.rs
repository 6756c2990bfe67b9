//! Just enough of HTTP/1.1.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes of a request that are read.
const MAX_REQUEST: usize = 64 * 1024 * 1024;

/// A request.
pub(super) struct Request {
    /// The path, with its query.
    pub(super) target: String,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// The next request of a connection. `None` when the client has gone.
pub(super) async fn request(stream: &mut TcpStream) -> io::Result<Option<Request>> {
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
    let target = lines.next().unwrap_or_default().split(' ').nth(1);
    let target = target.unwrap_or_default();
    // A proxy is told the whole address.
    let host = target
        .strip_prefix("http://")
        .and_then(|rest| rest.find('/'));
    let target = host.map_or(target, |at| &target["http://".len() + at..]);
    let target = target.to_owned();
    let (mut length, mut content_type) = (0, String::new());
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "content-type" => content_type = value.trim().to_owned(),
            _ => {}
        }
    }
    while body.len() < length {
        if body.len() > MAX_REQUEST || stream.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    body.truncate(length);
    Ok(Some(Request {
        target,
        content_type,
        body,
    }))
}

/// Answers.
pub(super) async fn answer(
    stream: &mut TcpStream,
    status: u16,
    content_type: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} Fake\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    stream.flush().await
}

/// Ends when the client has gone. What it sends instead is lost: it has an answer to wait for.
pub(super) async fn gone(stream: &mut TcpStream) {
    let mut byte = [0];
    while let Ok(1..) = stream.read(&mut byte).await {}
}
