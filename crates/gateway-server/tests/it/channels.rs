//! People who talk to the agent over a channel: what they get, what is kept, what survives.

use std::sync::Arc;

use openclaw_agent::testing::{Act, Asked, FakeModel};
use openclaw_channels::access::{AccessRules, Allow, DmPolicy};
use openclaw_channels::telegram::TelegramOptions;
use openclaw_channels::testing::FakeTelegram;
use openclaw_gateway_server::{
    ChannelAccount, ChannelMake, ChannelOptions, Gateway, GatewayOptions,
};
use openclaw_store::Store;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::join;
use crate::peer::Peer;
use crate::runs::agents_of;

mod crash;
mod flow;
mod hooked;
mod methods;
mod who;

/// The owner, as Telegram knows them.
const ANN: i64 = 4242;
/// Somebody else.
const EVE: i64 = 666;

/// A bot of this server to which `rules` let people talk.
fn bot(telegram: &FakeTelegram, access: AccessRules) -> ChannelAccount {
    let mut options = TelegramOptions::new("default", telegram.token().to_owned().into());
    options.api_root = telegram.api_root().parse().unwrap();
    ChannelAccount {
        channel: "telegram".to_owned(),
        account: "default".to_owned(),
        name: None,
        is_enabled: true,
        access,
        streams: false,
        token_source: "config",
        make: Ok(ChannelMake::Telegram(Box::new(options))),
    }
}

/// Ann and nobody else.
fn only_ann() -> AccessRules {
    AccessRules {
        dm: DmPolicy::Allowlist,
        allow_from: Allow::of(["4242"]),
        ..AccessRules::default()
    }
}

fn options(model: &FakeModel, accounts: Vec<ChannelAccount>) -> GatewayOptions {
    GatewayOptions {
        agents: agents_of(model),
        channels: ChannelOptions {
            accounts,
            ..ChannelOptions::default()
        },
        ..join::options()
    }
}

async fn gateway(store: &Store, options: GatewayOptions) -> Gateway {
    let gateway = Gateway::builder(options).store(store.clone()).start();
    gateway.await.unwrap()
}

/// A model that says `said` and what it was told.
async fn echo() -> Arc<FakeModel> {
    model(|asked| vec![Act::text(format!("said {}", asked.question))]).await
}

async fn model(answer: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Arc<FakeModel> {
    Arc::new(FakeModel::start(answer).await)
}

/// What a method answers, which works.
async fn ok(client: &mut Peer<DuplexStream>, method: &str, params: Value) -> Value {
    let answer = client.call(method, params).await;
    assert_eq!(answer["ok"], true, "{method}: {answer}");
    answer["payload"].clone()
}

/// How a method fails.
async fn refused(client: &mut Peer<DuplexStream>, method: &str, params: Value) -> String {
    let answer = client.call(method, params).await;
    assert_eq!(answer["ok"], false, "{method}: {answer}");
    let error = &answer["error"];
    format!("{}: {}", error["code"], error["message"].as_str().unwrap())
}

/// Waits until `is_it` says so; a test that never sees it fails by its deadline.
async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), wait)
        .await
        .expect("it never came")
}

/// Nothing that came in waits any more.
async fn settled(store: &Store) {
    until(async || store.open_updates().await.unwrap().is_empty().then_some(())).await;
}

/// The texts that the server was told to show, in order.
fn sent(telegram: &FakeTelegram) -> Vec<String> {
    let calls = telegram.calls_of("sendMessage");
    calls.iter().filter_map(|call| call.text("text")).collect()
}

fn to_ann(text: &str, key: &str) -> Value {
    json!({ "channel": "telegram", "to": "4242", "message": text, "idempotencyKey": key })
}
