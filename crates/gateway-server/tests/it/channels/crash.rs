//! The Gateway is killed between two arrows: nothing is lost, nothing is done twice.

use std::path::Path;

use openclaw_channels::testing::{FakeTelegram, Fault, Said};
use openclaw_protocol::Raw;
use openclaw_store::{DeliveryState, NewDelivery, OpenOptions, Store, UpdateKey};
use serde_json::json;
use serde_json::value::to_raw_value;
use tokio::runtime::Runtime;

use super::*;

/// Parts of a long answer.
const WORDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// A Gateway in a runtime of its own, which ends with everything that goes on in it.
struct Victim {
    runtime: Option<Runtime>,
    store: Store,
    _gateway: Gateway,
}

impl Victim {
    async fn start(folder: &Path, options: GatewayOptions) -> Self {
        let store = Store::open(folder.join("state.db"), &OpenOptions::create()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let kept = store.clone();
        let started = runtime.spawn(async move { gateway(&kept, options).await });
        Self {
            _gateway: started.await.unwrap(),
            store,
            runtime: Some(runtime),
        }
    }

    /// Ends it in the midst of whatever it does.
    fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    async fn all_sent(&self) {
        let open = async || self.store.open_deliveries().await.unwrap().is_empty();
        until(async || open().await.then_some(())).await;
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn raw(value: &Value) -> Box<Raw> {
    to_raw_value(value).unwrap()
}

fn update(id: &str, text: &str) -> (UpdateKey, Box<Raw>) {
    let key = UpdateKey {
        channel: "telegram".to_owned(),
        account: "default".to_owned(),
        update_id: id.to_owned(),
    };
    let body = json!({
        "updateId": id, "atMs": 1, "chat": { "id": "4242", "kind": "direct" },
        "sender": { "id": "4242" }, "messageId": "7", "isForUs": true,
        "content": { "kind": "message", "text": text },
    });
    (key, raw(&body))
}

fn delivery(id: &str, text: &str) -> NewDelivery {
    NewDelivery {
        delivery_id: id.to_owned(),
        channel: "telegram".to_owned(),
        account: "default".to_owned(),
        target: "telegram:4242".to_owned(),
        created_at_ms: now_ms(),
        body: raw(&json!({ "text": text })),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test needs the time of this moment"
)]
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

#[tokio::test]
async fn what_was_kept_before_the_end_is_answered_after_it() {
    let (telegram, model) = (FakeTelegram::start().await, echo().await);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("state.db"), &OpenOptions::create()).unwrap();
    let (key, body) = update("70", "kept");
    store.accept_update(key, body, now_ms()).await.unwrap();
    store.put_delivery(delivery("d1", "queued")).await.unwrap();
    store.close().await.unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    let victim = Victim::start(folder.path(), options).await;
    telegram.shown_to(ANN, |text| text == "said kept").await;
    settled(&victim.store).await;
    victim.all_sent().await;
    let mut all = sent(&telegram);
    all.sort();
    assert_eq!(all, ["queued", "said kept"]);
}

#[tokio::test]
async fn what_waited_for_days_is_not_answered() {
    let (telegram, model) = (FakeTelegram::start().await, echo().await);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("state.db"), &OpenOptions::create()).unwrap();
    let (key, body) = update("70", "old");
    let long_ago = now_ms() - 3 * 24 * 3600 * 1000;
    store.accept_update(key, body, long_ago).await.unwrap();
    let (key, _) = update("71", "");
    store
        .accept_update(key, raw(&json!({ "odd": true })), now_ms())
        .await
        .unwrap();
    store.close().await.unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    let victim = Victim::start(folder.path(), options).await;
    settled(&victim.store).await;
    assert!(model.asked().is_empty() && sent(&telegram).is_empty());
}

#[tokio::test]
async fn killed_while_the_model_thinks_it_is_answered_once() {
    let telegram = FakeTelegram::start().await;
    let model = model(|asked| {
        let (once, said) = (asked.before == 0, asked.question.clone());
        if once {
            vec![Act::Stall]
        } else {
            vec![Act::text(format!("said {said}"))]
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    let victim = Victim::start(folder.path(), options.clone()).await;
    telegram.say(Said::direct(ANN, "hello"));
    until(async || (!model.asked().is_empty()).then_some(())).await;
    victim.kill();
    let victim = Victim::start(folder.path(), options).await;
    telegram.shown_to(ANN, |text| text == "said hello").await;
    settled(&victim.store).await;
    victim.all_sent().await;
    assert_eq!(sent(&telegram), ["said hello"]);
}

#[tokio::test]
async fn killed_after_the_server_took_it_it_is_not_sent_again_and_said_to_be_unknown() {
    let (telegram, model) = (FakeTelegram::start().await, echo().await);
    let folder = tempfile::tempdir().unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    telegram.fail("sendMessage", Fault::StallAfter);
    let victim = Victim::start(folder.path(), options.clone()).await;
    telegram.say(Said::direct(ANN, "hello"));
    telegram.shown_to(ANN, |text| text == "said hello").await;
    victim.kill();
    let victim = Victim::start(folder.path(), options).await;
    victim.all_sent().await;
    telegram.say(Said::direct(ANN, "next"));
    telegram.shown_to(ANN, |text| text == "said next").await;
    assert_eq!(sent(&telegram), ["said hello", "said next"]);
    let first = telegram.calls_of("getUpdates").len();
    assert!(first > 0);
    let id = format!("telegram:default:{}:reply", first_update(&telegram));
    let record = victim.store.delivery(&id).await.unwrap().unwrap();
    assert_eq!(record.state, DeliveryState::Unknown);
}

/// The number of the first update: the fake counts on from the second.
fn first_update(telegram: &FakeTelegram) -> i64 {
    telegram.say(Said::direct(1, "how far are you")) - 2
}

#[tokio::test]
async fn killed_while_it_waits_for_a_limit_it_is_sent_once() {
    let (telegram, model) = (FakeTelegram::start().await, echo().await);
    let folder = tempfile::tempdir().unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    telegram.fail("sendMessage", Fault::too_many(1));
    let victim = Victim::start(folder.path(), options.clone()).await;
    telegram.say(Said::direct(ANN, "hello"));
    until(async || {
        let open = victim.store.open_deliveries().await.unwrap();
        open.iter()
            .any(|one| one.attempts > 0 && one.state == DeliveryState::Waiting)
            .then_some(())
    })
    .await;
    victim.kill();
    let victim = Victim::start(folder.path(), options).await;
    telegram.shown_to(ANN, |text| text == "said hello").await;
    victim.all_sent().await;
    assert_eq!(
        sent(&telegram).len(),
        2,
        "the refused one and the one that was taken"
    );
    assert_eq!(telegram.shown().len(), 1);
}

#[tokio::test]
async fn killed_within_a_long_answer_the_rest_is_sent_and_nothing_twice() {
    let (telegram, model) = (FakeTelegram::start().await, echo().await);
    let folder = tempfile::tempdir().unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    let store = Store::open(folder.path().join("state.db"), &OpenOptions::create()).unwrap();
    let parts = WORDS.map(|word| format!("{word} {}", "so ".repeat(1000)));
    store
        .put_delivery(delivery("d1", &parts.join("\n\n")))
        .await
        .unwrap();
    store.close().await.unwrap();
    let victim = Victim::start(folder.path(), options.clone()).await;
    // Three are taken and answered at once; the fourth, a second later, taken and never answered.
    telegram.shown_to(ANN, |text| text.contains("third")).await;
    telegram.fail("sendMessage", Fault::StallAfter);
    telegram.shown_to(ANN, |text| text.contains("fourth")).await;
    victim.kill();
    let victim = Victim::start(folder.path(), options).await;
    telegram.shown_to(ANN, |text| text.contains("fifth")).await;
    victim.all_sent().await;
    let shown: Vec<String> = telegram.shown().into_iter().map(|one| one.text).collect();
    let words: Vec<&str> = shown
        .iter()
        .filter_map(|one| one.split(' ').next())
        .collect();
    assert_eq!(words, WORDS);
    let record = victim.store.delivery("d1").await.unwrap().unwrap();
    assert_eq!(record.state, DeliveryState::Unknown, "one part of it is");
}

#[tokio::test]
async fn killed_between_the_mark_and_the_request_it_is_given_up_and_the_next_goes_on() {
    let (telegram, model) = (FakeTelegram::start().await, echo().await);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("state.db"), &OpenOptions::create()).unwrap();
    store.put_delivery(delivery("d1", "perhaps")).await.unwrap();
    store.begin_delivery("d1").await.unwrap();
    store.put_delivery(delivery("d2", "surely")).await.unwrap();
    store.close().await.unwrap();
    let options = options(&model, vec![bot(&telegram, only_ann())]);
    let victim = Victim::start(folder.path(), options).await;
    telegram.shown_to(ANN, |text| text == "surely").await;
    victim.all_sent().await;
    assert_eq!(sent(&telegram), ["surely"]);
    let record = victim.store.delivery("d1").await.unwrap().unwrap();
    assert_eq!(record.state, DeliveryState::Unknown);
}
