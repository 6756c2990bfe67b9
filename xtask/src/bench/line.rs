//! One connection of the load client: as little work per message as can be.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::client::{self, Role, Target};
use crate::failure::{Doing, Outcome, fail};

/// An authenticated connection.
#[derive(Debug)]
pub(super) struct Line {
    socket: WebSocketStream<TcpStream>,
    /// The size of the frame with `hello-ok`.
    pub(super) hello_bytes: usize,
}

/// What kind of client an operator says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `gateway-client`: shown in the presence of a Gateway.
    Backend,
    /// `cli`: not shown, so that thousands of them cost no presence events.
    Cli,
}

impl Line {
    /// TCP, upgrade, challenge, `connect`, `hello-ok`.
    pub(super) async fn open(target: &Target, kind: Kind) -> Outcome<Self> {
        Self::open_as(target, |challenge| {
            let mut params = client::connect_params(&target.token, Role::Operator, challenge);
            params["minProtocol"] = 4.into();
            if kind == Kind::Cli {
                params["client"]["id"] = "cli".into();
                params["client"]["mode"] = "cli".into();
            }
            params
        })
        .await
    }

    /// The same with other params.
    pub(super) async fn open_as(
        target: &Target,
        params: impl FnOnce(&Value) -> Value,
    ) -> Outcome<Self> {
        let mut line = Self {
            socket: client::open(target).await?,
            hello_bytes: 0,
        };
        let challenge: Value =
            serde_json::from_str(&line.text().await?).doing("read the challenge")?;
        line.send(client::request("1", "connect", &params(&challenge["payload"])).into())
            .await?;
        let hello = line.response().await?;
        line.hello_bytes = hello.len();
        if hello.contains(r#""ok":false"#) {
            fail!("the handshake was refused: {}", hello.as_str());
        }
        Ok(line)
    }

    /// Sends one text.
    pub(super) async fn send(&mut self, text: Utf8Bytes) -> Outcome {
        self.socket.send(Message::Text(text)).await.doing("send")
    }

    /// The next text.
    pub(super) async fn text(&mut self) -> Outcome<Utf8Bytes> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(close))) => fail!("closed by the server: {close:?}"),
                Some(Ok(_)) => {}
                Some(Err(error)) => fail!("the connection broke: {error}"),
                None => fail!("closed by the server"),
            }
        }
    }

    /// The next response; events are skipped.
    pub(super) async fn response(&mut self) -> Outcome<Utf8Bytes> {
        loop {
            let text = self.text().await?;
            if is_response(&text) {
                return Ok(text);
            }
        }
    }

    /// Sends a request and waits for its response.
    pub(super) async fn call(&mut self, text: Utf8Bytes) -> Outcome<Utf8Bytes> {
        self.send(text).await?;
        self.response().await
    }

    /// Reads and forgets until the end.
    pub(super) async fn drain(mut self) {
        while self.text().await.is_ok() {}
    }
}

/// Whether a frame is a response, told by its first bytes.
fn is_response(text: &str) -> bool {
    let head = text
        .char_indices()
        .nth(160)
        .map_or(text, |(end, _)| &text[..end]);
    head.contains(r#""type":"res""#)
}
