//! A raw client: it sends what the test tells it and answers nothing by itself.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

/// How long a peer waits for the Gateway before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// The upgrade request: its path and the headers beyond those that every upgrade has.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    path: String,
    host: String,
    headers: Vec<(String, String)>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            host: "127.0.0.1:18789".to_owned(),
            headers: Vec::new(),
        }
    }
}

impl Ask {
    /// Asks for this path, query included.
    pub(crate) fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Adds a header; `host` replaces the one that is there.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if name.eq_ignore_ascii_case("host") {
            value.clone_into(&mut self.host);
        } else {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// An answer to an upgrade that is not 101.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) head: Head,
    pub(crate) body: String,
}

/// Headers of an answer, names in lower case.
#[derive(Debug)]
pub(crate) struct Head(Vec<(String, String)>);

impl Head {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What comes from the Gateway.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Value),
    Ping,
    Close(u16, String),
    /// The connection is gone without a close frame.
    Gone,
}

/// A WebSocket to the Gateway whose challenge was read.
#[derive(Debug)]
pub(crate) struct Peer<S = TcpStream> {
    socket: WebSocketStream<S>,
    /// `connect.challenge`: the nonce.
    pub(crate) nonce: String,
    /// `connect.challenge`: the Gateway's clock.
    pub(crate) ts: u64,
    /// The subprotocol that the Gateway chose.
    pub(crate) subprotocol: Option<String>,
    requests: u32,
}

impl Peer {
    /// Opens a connection over TCP.
    pub(crate) async fn dial(addr: SocketAddr, ask: &Ask) -> Result<Self, HttpAnswer> {
        Self::over(TcpStream::connect(addr).await.unwrap(), ask).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Upgrades a stream and reads the challenge.
    pub(crate) async fn over(stream: S, ask: &Ask) -> Result<Self, HttpAnswer> {
        let mut peer = Self::upgrade(stream, ask).await?;
        let Heard::Frame(challenge) = peer.hear().await else {
            panic!("no challenge")
        };
        assert_eq!(challenge["event"], "connect.challenge", "{challenge}");
        assert!(
            challenge.get("seq").is_none(),
            "a challenge has no number: {challenge}"
        );
        challenge["payload"]["nonce"]
            .as_str()
            .unwrap()
            .clone_into(&mut peer.nonce);
        peer.ts = challenge["payload"]["ts"].as_u64().unwrap();
        Ok(peer)
    }

    async fn upgrade(mut stream: S, ask: &Ask) -> Result<Self, HttpAnswer> {
        let key = generate_key();
        let mut request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
            ask.path, ask.host
        );
        for (name, value) in &ask.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();

        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(
                more(&mut stream, &mut read).await,
                "the answer ends within its head"
            );
        };
        let mut rest = read.split_off(end);
        let (status, head) = parse_head(&String::from_utf8(read).unwrap());
        if status == 101 {
            let accept = derive_accept_key(key.as_bytes());
            assert_eq!(head.get("sec-websocket-accept"), Some(accept.as_str()));
            let subprotocol = head.get("sec-websocket-protocol").map(str::to_owned);
            // The Gateway's own limits are what is tested, not those of this side.
            let limits = WebSocketConfig::default()
                .max_frame_size(None)
                .max_message_size(None);
            let socket =
                WebSocketStream::from_partially_read(stream, rest, Role::Client, Some(limits))
                    .await;
            return Ok(Self {
                socket,
                nonce: String::new(),
                ts: 0,
                subprotocol,
                requests: 0,
            });
        }
        let length: usize = head
            .get("content-length")
            .map_or(0, |text| text.parse().unwrap());
        while rest.len() < length && more(&mut stream, &mut rest).await {}
        Err(HttpAnswer {
            status,
            head,
            body: String::from_utf8(rest).unwrap(),
        })
    }

    /// Sends a text message.
    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends a binary message.
    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.send_message(Message::binary(bytes.to_vec())).await;
    }

    async fn send_message(&mut self, message: Message) {
        // A Gateway that refuses a message may be gone before all of it was sent.
        let _ = self.socket.send(message).await;
    }

    /// Sends bytes past the codec.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        let stream = self.socket.get_mut();
        stream.write_all(bytes).await.unwrap();
        stream.flush().await.unwrap();
    }

    /// Sends a request and returns its id.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> String {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        let frame = json!({ "type": "req", "id": id, "method": method, "params": params });
        self.send_text(frame.to_string()).await;
        id
    }

    /// The next thing from the Gateway.
    pub(crate) async fn hear(&mut self) -> Heard {
        let next = timeout(PATIENCE, self.socket.next())
            .await
            .expect("the Gateway is silent");
        match next {
            None | Some(Err(_)) => Heard::Gone,
            Some(Ok(Message::Text(text))) => Heard::Frame(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Ping(_))) => Heard::Ping,
            Some(Ok(Message::Close(frame))) => {
                // Sends our half of the closing handshake.
                let _ = self.socket.flush().await;
                frame.map_or(Heard::Close(1005, String::new()), |frame| {
                    Heard::Close(frame.code.into(), frame.reason.as_str().to_owned())
                })
            }
            Some(Ok(other)) => panic!("unexpected message: {other:?}"),
        }
    }

    /// The response to a request; what else comes is passed over.
    pub(crate) async fn response(&mut self, id: &str) -> Value {
        loop {
            match self.hear().await {
                Heard::Frame(frame) if frame["type"] == "res" && frame["id"] == id => return frame,
                Heard::Frame(_) | Heard::Ping => {}
                ended => panic!("no response to {id}: {ended:?}"),
            }
        }
    }

    /// The next response, whatever it answers; events are passed over.
    pub(crate) async fn next_response(&mut self) -> Value {
        loop {
            match self.hear().await {
                Heard::Frame(frame) if frame["type"] == "res" => return frame,
                Heard::Frame(_) | Heard::Ping => {}
                ended => panic!("no response: {ended:?}"),
            }
        }
    }

    /// The next event of this name; what else comes is passed over.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            match self.hear().await {
                Heard::Frame(frame) if frame["event"] == name => return frame,
                Heard::Frame(_) | Heard::Ping => {}
                ended => panic!("no event {name}: {ended:?}"),
            }
        }
    }

    /// Sends a request and waits for its response.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params).await;
        self.response(&id).await
    }

    /// Connects with these params, and is let in.
    pub(crate) async fn connect(&mut self, params: Value) -> Value {
        let response = self.call("connect", params).await;
        assert_eq!(response["ok"], true, "{response}");
        response
    }

    /// Code and reason of the close frame; what comes before it is passed over. `None` where the
    /// connection ends without one.
    pub(crate) async fn closed(&mut self) -> Option<(u16, String)> {
        loop {
            match self.hear().await {
                Heard::Frame(_) | Heard::Ping => {}
                Heard::Close(code, reason) => return Some((code, reason)),
                Heard::Gone => return None,
            }
        }
    }
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S, into: &mut Vec<u8>) -> bool {
    let read = timeout(PATIENCE, stream.read_buf(into))
        .await
        .expect("the Gateway is silent");
    read.unwrap() > 0
}

fn parse_head(text: &str) -> (u16, Head) {
    let mut lines = text.trim_end().split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    (status, Head(headers))
}
