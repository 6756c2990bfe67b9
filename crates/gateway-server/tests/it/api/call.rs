//! A raw HTTP client: it sends what the test tells it, and shows what comes as it comes.

use std::time::Duration;

use openclaw_gateway_server::Gateway;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::timeout;

use crate::join::TOKEN;

/// How long it waits for the Gateway before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    from: &'static str,
}

impl Call {
    /// A request of this host with the right token.
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: vec![("authorization".to_owned(), format!("Bearer {TOKEN}"))],
            body: Vec::new(),
            from: "127.0.0.1",
        }
    }

    /// A POST of JSON.
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).body(body.to_string())
    }

    /// Adds a header, in place of those of that name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a header out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Comes from this address.
    pub(crate) fn from(mut self, address: &'static str) -> Self {
        self.from = address;
        self
    }

    /// Sends it; the head of the answer is read.
    pub(crate) async fn open(self, gateway: &Gateway) -> Answer {
        Answer::read(self.start(gateway).await).await
    }

    /// Sends it; nothing is read.
    pub(crate) async fn start(self, gateway: &Gateway) -> DuplexStream {
        let (theirs, mut ours) = tokio::io::duplex(64 * 1024);
        gateway.serve_stream(theirs, self.from.parse().unwrap());
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: 127.0.0.1:18789\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let tells =
            |(name, _): &(String, String)| name == "content-length" || name == "transfer-encoding";
        if !self.headers.iter().any(tells) {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        ours.write_all(head.as_bytes()).await.unwrap();
        // A Gateway that refuses a body may be gone before all of it was sent.
        let _ = ours.write_all(&self.body).await;
        ours
    }

    /// Sends it; status and body of the answer.
    pub(crate) async fn send(self, gateway: &Gateway) -> (u16, String) {
        let mut answer = self.open(gateway).await;
        let text = answer.rest().await;
        (answer.status, text)
    }

    /// The same with a body of JSON.
    pub(crate) async fn json(self, gateway: &Gateway) -> (u16, Value) {
        let (status, text) = self.send(gateway).await;
        let value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}"));
        (status, value)
    }
}

/// An answer whose head was read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: Vec<(String, String)>,
    stream: DuplexStream,
    raw: Vec<u8>,
    /// The body so far, its chunks put together.
    text: String,
    is_over: bool,
}

impl Answer {
    /// Reads the head of an answer.
    pub(crate) async fn read(stream: DuplexStream) -> Self {
        let mut answer = Self {
            status: 0,
            head: Vec::new(),
            stream,
            raw: Vec::new(),
            text: String::new(),
            is_over: false,
        };
        let end = loop {
            if let Some(at) = answer.raw.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(answer.more().await, "the answer ends within its head");
        };
        let rest = answer.raw.split_off(end);
        let head = String::from_utf8(std::mem::replace(&mut answer.raw, rest)).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        answer.status = lines.next().unwrap()[9..12].parse().unwrap();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            answer
                .head
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        answer
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.head.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    async fn more(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.raw)).await;
        read.expect("the Gateway is silent").unwrap() > 0
    }

    /// Takes whole chunks, or whatever is there of a body with a length.
    fn digest(&mut self) {
        if let Some(length) = self.header("content-length") {
            let length: usize = length.parse().unwrap();
            self.text
                .push_str(&String::from_utf8(std::mem::take(&mut self.raw)).unwrap());
            self.is_over = self.text.len() >= length;
            return;
        }
        if self.header("transfer-encoding") != Some("chunked") {
            self.is_over = true;
            return;
        }
        while let Some(at) = self.raw.windows(2).position(|two| two == b"\r\n") {
            let length = std::str::from_utf8(&self.raw[..at]).unwrap();
            let length = usize::from_str_radix(length, 16).unwrap();
            if self.raw.len() < at + length + 4 {
                return;
            }
            let chunk: Vec<u8> = self.raw.drain(..at + length + 4).collect();
            self.text
                .push_str(std::str::from_utf8(&chunk[at + 2..at + 2 + length]).unwrap());
            self.is_over |= length == 0;
        }
    }

    /// The whole body.
    pub(crate) async fn rest(&mut self) -> String {
        self.digest();
        while !self.is_over && self.more().await {
            self.digest();
        }
        std::mem::take(&mut self.text)
    }

    /// The next event of a stream: its name and its data. `None` at the end.
    pub(crate) async fn event(&mut self) -> Option<(String, String)> {
        loop {
            self.digest();
            if let Some(at) = self.text.find("\n\n") {
                let event: String = self.text.drain(..at + 2).collect();
                let field = |name: &str| {
                    let found = event.lines().find_map(|line| line.strip_prefix(name));
                    found.unwrap_or_default().to_owned()
                };
                if !event.starts_with(':') {
                    return Some((field("event: "), field("data: ")));
                }
            } else if self.is_over || !self.more().await {
                return None;
            }
        }
    }

    /// All events to the end, as JSON; the last one is `[DONE]` and left out.
    pub(crate) async fn events(&mut self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        loop {
            let (name, data) = self.event().await.expect("the stream ends without [DONE]");
            if data == "[DONE]" {
                assert_eq!(self.event().await, None, "nothing follows [DONE]");
                return events;
            }
            events.push((name, serde_json::from_str(&data).unwrap()));
        }
    }
}
