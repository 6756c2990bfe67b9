//! No secret is in a log, an error or a `Debug` text, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use openclaw_connect::{DeviceTokens, MemoryTokens};
use openclaw_identity::{DeviceIdentity, DeviceKey};
use openclaw_protocol::methods::health::{Health, HealthParams};
use openclaw_remote::{Identity, OpenOptions, Remote};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::fake_gateways::{Answer, FakeGateways, connector, hello};
use crate::target::Home;

const TOKEN: &str = "s3cret-shared-token";
const PASSWORD: &str = "s3cret-password";
const ISSUED: &str = "s3cret-device-token";

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

#[tokio::test]
async fn a_whole_session_at_trace_level_tells_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let network = FakeGateways::new()
        .on(18789, |_| {
            let mut hello = hello();
            hello["auth"]["deviceToken"] = json!(ISSUED);
            Answer::Admit(hello, |_, _| Ok(json!({"ok": true})))
        })
        .on(20000, |_| {
            Answer::Refuse(json!({"code": "INVALID_REQUEST", "message": "unauthorized: gateway token mismatch"}))
        });
    let network = Arc::new(network);
    let key = DeviceKey::from_seed([5; 32]);
    let private = key.to_pkcs8_pem().expose_secret().to_owned();
    let device = Arc::new(DeviceIdentity::new(key, 0));
    let tokens: Arc<dyn DeviceTokens> = Arc::new(MemoryTokens::new());
    let options = || {
        OpenOptions::with_identity(Identity::Device(
            Arc::clone(&device),
            Some(Arc::clone(&tokens)),
        ))
        .with_connector(connector(&network))
    };
    let mut texts = Vec::new();
    for port in [18789, 20000, 20001] {
        let auth = json!({"token": TOKEN, "password": PASSWORD});
        let home = Home::new(json!({"gateway": {"port": port, "auth": auth}}));
        let target = home.resolve().unwrap();
        texts.push(format!("{target:?} {:?}", options()));
        match Remote::call_once::<Health>(&target, options(), &HealthParams::default()).await {
            Ok(health) => texts.push(health.get().to_owned()),
            Err(error) => {
                let description = error.describe();
                texts.push(format!(
                    "{error} {error:?} {description:?} {}",
                    description.to_json()
                ));
            }
        }
    }
    // A paired device, with nothing but the token it was given.
    let bare = Home::new(json!({})).resolve().unwrap();
    Remote::call_once::<Health>(&bare, options(), &HealthParams::default())
        .await
        .unwrap();

    let sent: Vec<String> = network
        .told()
        .iter()
        .map(|(_, connect)| connect["auth"].to_string())
        .collect();
    assert!(
        sent[0].contains(TOKEN) && sent[0].contains(PASSWORD),
        "{sent:?}"
    );
    assert!(sent.last().unwrap().contains(ISSUED), "{sent:?}");

    texts.push(String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(
        texts.last().unwrap().contains("dialling the gateway"),
        "the log was captured"
    );
    let key_line = private.lines().nth(1).unwrap();
    for text in texts {
        for secret in [TOKEN, PASSWORD, ISSUED, key_line] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
