//! The other side of a signed webhook: takes what is delivered, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use openclaw_channels::webhook::{SigningSecret, signature};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What both sides sign with.
pub(crate) const SECRET: &str = "s3cret-of-both";

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = lines.find(|(one, _)| one.eq_ignore_ascii_case(name))?;
        Some(value.to_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The signature is right for what was signed.
    pub(crate) fn is_signed_over(&self, text: &[u8]) -> bool {
        let time: u64 = self
            .header("x-openclaw-timestamp")
            .unwrap()
            .parse()
            .unwrap();
        let secret = SigningSecret(SECRET.to_owned().into());
        self.header("x-openclaw-signature") == Some(signature(&secret, time, text))
    }
}

/// An answer: the status and headers, and the body. None: the connection ends.
pub(crate) type Answer = Option<(String, Vec<u8>)>;

pub(crate) struct Receiver {
    pub(crate) url: String,
    pub(crate) got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    _task: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/deliver?key=k3y", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let answers: Arc<Mutex<VecDeque<Answer>>> = Arc::default();
        let (seen, told) = (Arc::clone(&got), Arc::clone(&answers));
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read(&mut stream).await else {
                    continue;
                };
                seen.lock().unwrap().push(request);
                let next = told.lock().unwrap().pop_front();
                let answer = next.unwrap_or_else(|| Some(("200 OK".into(), b"{}".to_vec())));
                if let Some((status, body)) = answer {
                    let head = format!(
                        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
                }
            }
        });
        Self {
            url,
            got,
            answers,
            _task: task,
        }
    }

    /// The next request is answered so; after several, the next ones in this order.
    pub(crate) fn answer(&self, status: &str, body: &str) {
        let answer = Some((status.to_owned(), body.as_bytes().to_vec()));
        self.answers.lock().unwrap().push_back(answer);
    }

    /// The next request gets no answer.
    pub(crate) fn drop_next(&self) {
        self.answers.lock().unwrap().push_back(None);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Got> {
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
        let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(read[..at].to_vec()).unwrap();
        let got = Got {
            head,
            body: read[at + 4..].to_vec(),
        };
        let length = got
            .header("content-length")
            .map_or(0, |text| text.parse().unwrap());
        if got.body.len() >= length {
            return Some(got);
        }
    }
}
