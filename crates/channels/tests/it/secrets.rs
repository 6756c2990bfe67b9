//! What must not be seen: in errors, in `Debug`, in logs.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_channels::telegram::{Receive, Telegram, Token};
use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use openclaw_channels::{Channel, HookRequest, MediaKind, MediaRef, Part, Report, SendEnd, Text};
use tracing_subscriber::fmt::MakeWriter;

use crate::host::{MemoryHost, Running, bot, options};
use crate::send::to;

/// The part of the token that is secret.
const SECRET: &str = "fake-token_of-a-bot";

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn media(id: &str) -> MediaRef {
    MediaRef {
        id: id.into(),
        kind: MediaKind::File,
        mime_type: None,
        file_name: None,
        bytes: None,
    }
}

#[tokio::test]
async fn whatever_goes_wrong_the_token_is_in_no_log_and_no_error() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (server, host) = (FakeTelegram::start().await, MemoryHost::new());
    let mut options = options(&server);
    options.timeout = Duration::from_millis(300);
    let bot = Arc::new(Telegram::new(options));
    let part = Part::Text {
        text: Text::Markdown("a private word".into()),
        buttons: vec![],
        silent: false,
    };
    let mut said = Vec::new();
    let faults = [
        Fault::Drop,
        Fault::Stall,
        Fault::server(502),
        Fault::refuse(401, "Unauthorized"),
        Fault::refuse(404, "Not Found"),
        Fault::too_many(1),
        Fault::Raw {
            status: 200,
            body: "<".into(),
        },
        Fault::Raw {
            status: 302,
            body: String::new(),
        },
    ];
    for fault in faults {
        for method in [
            "getMe",
            "sendMessage",
            "sendChatAction",
            "getFile",
            "answerCallbackQuery",
        ] {
            server.fail(method, fault.clone());
        }
        let end = bot.send(&to(7), &part, "k").await;
        assert!(!matches!(end, SendEnd::Sent(_)), "{end:?}");
        said.push(format!("{end:?}"));
        said.push(format!(
            "{:?}",
            bot.probe(Duration::from_secs(5)).await.unwrap_err()
        ));
        said.push(format!(
            "{:?}",
            bot.fetch(&media("x"), 9).await.unwrap_err()
        ));
        bot.typing(&to(7)).await;
        bot.acknowledge("1", None).await;
    }
    // And while it runs.
    for fault in [Fault::conflict(), Fault::Drop] {
        server.fail("getUpdates", fault);
    }
    server.say(Said::direct(7, "another private word"));
    server.push(serde_json::json!({"message": 5}));
    let running = Running::start(bot.clone(), &host);
    host.kept(1).await;
    running.stop().await;
    let url = server.api_root();
    drop(server);
    said.push(format!("{:?}", bot.send(&to(7), &part, "k").await));
    for report in host.reports.lock().unwrap().iter() {
        said.push(match report {
            Report::Failing(why) => why.clone(),
            Report::Connected(me) => me.to_string(),
        });
    }
    said.push(format!("{bot:?} {:?}", host.kept.lock().unwrap()));
    let logged = log.text();
    // Of ours: what libraries tell at this level is theirs, but for the token.
    assert!(logged.contains("typing is not shown"), "{logged}");
    for text in said.iter().chain([&logged]) {
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains("private word"), "{text}");
        assert!(!text.contains("/bot999"), "{text}");
    }
    for text in &said {
        assert!(!text.contains(&url), "{text}");
    }
}

#[tokio::test]
async fn what_is_shown_for_debugging_names_no_secret() {
    let server = FakeTelegram::start().await;
    let mut options = options(&server);
    options.proxy = Some("http://me:pa55w0rd@127.0.0.1:9/".parse().unwrap());
    options.api_root = "https://me:pa55w0rd@api.example/".parse().unwrap();
    options.receive = Receive::Webhook {
        url: "https://gate.example/hook-path?k=s3cr3t".parse().unwrap(),
        secret: Token("s3cr3t".to_owned().into()),
        path: "/hook-path".into(),
    };
    let request = HookRequest {
        headers: vec![("x-telegram-bot-api-secret-token".into(), "s3cr3t".into())],
        body: b"s3cr3t".to_vec(),
    };
    let bot = Telegram::new(options.clone());
    let shown = format!("{options:?} {bot:?} {request:?} {:?}", options.token);
    assert!(
        shown.contains("api.example") && shown.contains("gate.example"),
        "{shown}"
    );
    for secret in [SECRET, "pa55w0rd", "s3cr3t"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_token_is_only_sent_to_the_server_that_is_configured() {
    let (server, other) = (FakeTelegram::start().await, FakeTelegram::start().await);
    let bot = bot(&server);
    // A server that sends us elsewhere is not followed.
    let part = Part::Text {
        text: Text::Markdown("x".into()),
        buttons: vec![],
        silent: false,
    };
    let location = format!("{}/bot{}/sendMessage", other.api_root(), other.token());
    server.fail("sendMessage", Fault::Redirect(location));
    let end = bot.send(&to(7), &part, "k").await;
    assert!(!matches!(end, SendEnd::Sent(_)), "{end:?}");
    assert!(other.calls().is_empty() && other.shown().is_empty());
}
