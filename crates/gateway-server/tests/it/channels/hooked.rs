//! Services that call us on the Gateway's port, and an embedder's own channel.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use openclaw_channels::access::{AccessRules, Allow, DmPolicy};
use openclaw_channels::telegram::{Receive, Token};
use openclaw_channels::webhook::{SIGNATURE, SigningSecret, TIMESTAMP, WebhookOptions, signature};
use openclaw_channels::{
    Action, BadTarget, Button, Capabilities, Channel, ChannelError, ChannelHost, File, HookAnswer,
    HookRequest, Inbound, MediaRef, Outbound, Part, SendEnd, Sent, Target,
};
use openclaw_store::Store;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::*;

const SECRET: &str = "0123456789abcdef";

fn open_to_all() -> AccessRules {
    AccessRules {
        dm: DmPolicy::Open,
        allow_from: Allow::of(["*"]),
        ..AccessRules::default()
    }
}

fn program(access: AccessRules) -> ChannelAccount {
    let options = WebhookOptions::new("default", SECRET.to_owned().into(), "/in");
    ChannelAccount {
        channel: "webhook".to_owned(),
        account: "default".to_owned(),
        name: None,
        is_enabled: true,
        access,
        streams: false,
        token_source: "config",
        make: Ok(ChannelMake::Webhook(Box::new(options))),
    }
}

#[expect(clippy::disallowed_methods, reason = "signatures hold for a moment")]
fn seconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// Posts a body to a path; answers the whole response.
async fn post(addr: SocketAddr, path: &str, secret: &str, body: &str) -> String {
    let time = seconds();
    let proof = signature(
        &SigningSecret(secret.to_owned().into()),
        time,
        body.as_bytes(),
    );
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\
         {TIMESTAMP}: {time}\r\n{SIGNATURE}: {proof}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_program_that_signs_is_heard_once_and_no_other() {
    let (model, store) = (echo().await, Store::in_memory().unwrap());
    let gateway = Gateway::builder(options(&model, vec![program(open_to_all())]))
        .store(store.clone())
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap();
    let addr = gateway.addresses()[0];
    let body =
        r#"{"id":"u1","chat":{"id":"kitchen"},"from":{"id":"ann","name":"Ann"},"text":"hello"}"#;
    let wrong = post(addr, "/in", "another secret !", body).await;
    assert!(wrong.starts_with("HTTP/1.1 401"), "{wrong}");
    for _ in 0..2 {
        let answer = post(addr, "/in", SECRET, body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.contains("x-content-type-options: nosniff"),
            "{answer}"
        );
    }
    settled(&store).await;
    assert_eq!(model.asked().len(), 1);
    // It has no address for answers: that is known of the delivery, and no channel hangs on it.
    until(async || {
        let record = store.delivery("webhook:default:u1:reply").await.unwrap();
        let ended = store.open_deliveries().await.unwrap().is_empty();
        (record.is_some() && ended).then_some(())
    })
    .await;
    let elsewhere = post(addr, "/other", SECRET, body).await;
    assert!(elsewhere.starts_with("HTTP/1.1 404"), "{elsewhere}");
    assert_eq!(begun(addr, &signed_head(2 * 1024 * 1024)).await.1, "413");
    let get = "GET /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(get.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    gateway.shutdown("over").await;
}

/// The head of a request that is signed in form, and whose body nobody can vouch for.
fn signed_head(length: usize) -> String {
    let (time, digits) = (seconds(), "ab".repeat(32));
    format!(
        "POST /in HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n{TIMESTAMP}: {time}\r\n\
         {SIGNATURE}: v1={digits}\r\n\r\n"
    )
}

/// Sends the head of a request and nothing of its body; answers the status.
async fn begun(addr: SocketAddr, head: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let status = status(&mut stream).await;
    (stream, status)
}

async fn status(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 12];
    let read = stream.read_exact(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(60), read).await;
    read.expect("it is answered").unwrap();
    String::from_utf8(answer[9..].to_vec()).unwrap()
}

#[tokio::test]
async fn who_is_not_the_service_is_refused_before_the_body() {
    let telegram = FakeTelegram::start().await;
    let (model, store) = (echo().await, Store::in_memory().unwrap());
    let mut bot = bot(&telegram, open_to_all());
    let Ok(ChannelMake::Telegram(options_of_bot)) = &mut bot.make else {
        panic!("it is one");
    };
    options_of_bot.receive = Receive::Webhook {
        url: "https://gw.example/tg".parse().unwrap(),
        path: "/tg".to_owned(),
        secret: Token(SECRET.to_owned().into()),
    };
    let gateway = Gateway::builder(options(&model, vec![bot, program(open_to_all())]))
        .store(store.clone())
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap();
    let addr = gateway.addresses()[0];
    let head = |path: &str, more: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n{more}\r\n")
    };
    let old = signed_head(1000).replace(&seconds().to_string(), "1700000000");
    for refused in [
        head("/tg", ""),
        head("/tg", "x-telegram-bot-api-secret-token: wrong\r\n"),
        head("/tg", "x-telegram-bot-api-secret-token: \r\n"),
        head("/in", ""),
        head("/in", &format!("{TIMESTAMP}: {}\r\n", seconds())),
        head(
            "/in",
            &format!("{TIMESTAMP}: {}\r\n{SIGNATURE}: v1=ab\r\n", seconds()),
        ),
        old,
    ] {
        assert_eq!(begun(addr, &refused).await.1, "401", "{refused}");
    }
    gateway.shutdown("over").await;
}

#[tokio::test]
async fn bodies_that_never_come_are_few_and_shut_nobody_out_for_good() {
    let (model, store) = (echo().await, Store::in_memory().unwrap());
    let gateway = Gateway::builder(options(&model, vec![program(open_to_all())]))
        .store(store.clone())
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap();
    let addr = gateway.addresses()[0];
    let mut slow = Vec::new();
    for _ in 0..16 {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream
            .write_all(signed_head(1000).as_bytes())
            .await
            .unwrap();
        slow.push(stream);
    }
    // Those that are read are not answered; one that comes too many is, at once.
    until(async || (begun_soon(addr).await.as_deref() == Some("503")).then_some(())).await;
    // Whoever leaves makes room.
    drop(slow);
    let body = r#"{"id":"u1","chat":{"id":"kitchen"},"from":{"id":"ann"},"text":"hello"}"#;
    until(async || {
        let answer = post(addr, "/in", SECRET, body).await;
        answer.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
    gateway.shutdown("over").await;
}

/// As [`begun`], for an answer that comes within a moment.
async fn begun_soon(addr: SocketAddr) -> Option<String> {
    let head = signed_head(1000);
    let answered = begun(addr, &head);
    let answered = tokio::time::timeout(Duration::from_millis(300), answered).await;
    Some(answered.ok()?.1)
}

/// A channel of an embedder: it is told of what comes in and keeps what goes out.
#[derive(Debug, Default)]
struct Own {
    sent: Mutex<Vec<(String, String)>>,
    runs: Mutex<u32>,
    /// The first runs end at once.
    fails: u32,
}

#[async_trait]
impl Channel for Own {
    fn kind(&self) -> &str {
        "pigeon"
    }
    fn label(&self) -> &str {
        "Pigeon"
    }
    fn account(&self) -> &str {
        "default"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
    async fn run(
        &self,
        host: &dyn ChannelHost,
        stop: &CancellationToken,
    ) -> Result<(), ChannelError> {
        let number = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            *runs
        };
        if number <= self.fails {
            return Err(ChannelError::passing("no wind"));
        }
        let body = json!({
            "updateId": "1", "atMs": 1, "chat": { "id": "roof", "kind": "direct" },
            "sender": { "id": "ann" }, "isForUs": true,
            "content": { "kind": "message", "text": "coo" },
        });
        host.accept(serde_json::from_value(body).unwrap())
            .await
            .unwrap();
        host.report(openclaw_channels::Report::Connected(json!({})));
        stop.cancelled().await;
        Ok(())
    }
    async fn probe(&self, _: Duration) -> Result<Value, ChannelError> {
        Ok(json!({ "ok": true }))
    }
    fn target(&self, address: &str) -> Result<String, BadTarget> {
        Ok(address.to_owned())
    }
    fn address(&self, inbound: &Inbound) -> String {
        inbound.chat.id.clone()
    }
    fn parts(&self, message: &Outbound) -> Vec<Part> {
        vec![Part::Text {
            text: message.text.clone(),
            buttons: Vec::new(),
            silent: false,
        }]
    }
    async fn turn(&self, _: &Target) {}
    async fn send(&self, to: &Target, part: &Part, _: &str) -> SendEnd {
        if let Part::Text { text, .. } = part {
            let pair = (to.to.clone(), text.as_str().to_owned());
            self.sent.lock().unwrap().push(pair);
        }
        SendEnd::Sent(Sent::default())
    }
    async fn edit(&self, _: &Target, _: &str, _: &str, _: &[Vec<Button>]) -> SendEnd {
        SendEnd::Failed("pigeons change nothing".to_owned())
    }
    async fn act(&self, _: &Target, _: &Action) -> Result<Value, String> {
        Err("pigeons do nothing else".to_owned())
    }
    async fn typing(&self, _: &Target) {}
    async fn acknowledge(&self, _: &str, _: Option<&str>) {}
    async fn fetch(&self, _: &MediaRef, _: usize) -> Result<File, ChannelError> {
        Err(ChannelError::lasting("pigeons carry no files"))
    }
    fn hook_path(&self) -> Option<&str> {
        None
    }
    async fn hook(&self, _: &dyn ChannelHost, _: HookRequest) -> HookAnswer {
        HookAnswer::new(404, "")
    }
}

#[tokio::test]
async fn a_channel_of_the_embedder_works_and_is_tried_again_when_it_ends() {
    let (model, store) = (echo().await, Store::in_memory().unwrap());
    let own = Arc::new(Own {
        fails: 1,
        ..Own::default()
    });
    let account = ChannelAccount {
        access: open_to_all(),
        ..ChannelAccount::own(Arc::clone(&own) as Arc<dyn Channel>)
    };
    let options = options(&model, vec![account]);
    let gateway = gateway(&store, options.clone()).await;
    until(async || (!own.sent.lock().unwrap().is_empty()).then_some(())).await;
    assert_eq!(
        own.sent.lock().unwrap()[0],
        ("roof".into(), "said coo".into())
    );
    // What stays as it is goes on undisturbed when the rest changes.
    let before = *own.runs.lock().unwrap();
    gateway.reload(&options);
    let mut client = join::admin(&gateway, 4).await;
    let params = json!({ "to": "tower", "message": "hi", "idempotencyKey": "k" });
    ok(&mut client, "send", params).await;
    assert_eq!((before, *own.runs.lock().unwrap()), (2, 2));
    // Without it in the configuration nothing is sent over it.
    gateway.reload(&join::options());
    let params = json!({ "to": "tower", "message": "hi", "idempotencyKey": "k2" });
    let error = refused(&mut client, "send", params).await;
    assert!(error.contains("no channel is configured"), "{error}");
}
