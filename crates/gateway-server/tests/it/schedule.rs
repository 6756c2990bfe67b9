//! Scheduled jobs, agents that wake up, and what nodes tell them.

use std::collections::BTreeMap;
use std::sync::Arc;

use openclaw_agent::testing::{Act, Asked, FakeModel};
use openclaw_gateway_server::{Gateway, GatewayOptions, HeartbeatRules, ScheduleOptions};
use openclaw_store::Store;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::join;
use crate::peer::Peer;
use crate::runs::agents_of;

mod hearts;
mod jobs;
mod node_events;
mod webhooks;

type Client = Peer<DuplexStream>;

/// A Gateway with a model, the store that it keeps things in, and two operators.
struct House {
    gateway: Gateway,
    model: Arc<FakeModel>,
    store: Store,
    /// One who asks.
    asker: Client,
    /// One who only listens.
    watcher: Client,
}

/// A model that answers by the question.
async fn model(answer: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Arc<FakeModel> {
    Arc::new(FakeModel::start(answer).await)
}

/// A model that says `said` and what it was told.
async fn echo() -> Arc<FakeModel> {
    model(|asked| vec![Act::text(format!("said {}", asked.question))]).await
}

async fn house(model: Arc<FakeModel>, schedule: ScheduleOptions, generation: u64) -> House {
    let store = Store::in_memory().unwrap();
    house_over(store, model, schedule, generation).await
}

async fn house_over(
    store: Store,
    model: Arc<FakeModel>,
    schedule: ScheduleOptions,
    generation: u64,
) -> House {
    let options = GatewayOptions {
        agents: agents_of(&model),
        schedule,
        ..join::options()
    };
    let gateway = Gateway::builder(options).store(store.clone()).start();
    let gateway = gateway.await.unwrap();
    let asker = join::admin(&gateway, generation).await;
    let watcher = join::admin(&gateway, generation).await;
    House {
        gateway,
        model,
        store,
        asker,
        watcher,
    }
}

impl House {
    /// Calls a method, which works.
    async fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.asker.call(method, params).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["payload"].clone()
    }

    /// Calls a method, which is refused.
    async fn refused(&mut self, method: &str, params: Value) -> Value {
        let answer = self.asker.call(method, params).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        answer["error"].clone()
    }

    /// The next event `cron` of this action.
    async fn cron(&mut self, action: &str) -> Value {
        loop {
            let event = self.watcher.event("cron").await;
            if event["payload"]["action"] == action {
                return event["payload"].clone();
            }
        }
    }

    /// What came of the next awakening.
    async fn beat(&mut self) -> Value {
        self.watcher.event("heartbeat").await["payload"].clone()
    }

    /// The questions that the model was asked.
    fn questions(&self) -> Vec<String> {
        let asked = self.model.asked();
        asked.into_iter().map(|asked| asked.question).collect()
    }

    /// The lines that wait for the main session.
    async fn lines(&self) -> Vec<String> {
        let lines = self.store.system_events("agent:main:main").await.unwrap();
        lines.into_iter().map(|line| line.text).collect()
    }
}

/// Options with this heartbeat for the agent `main`.
fn beating(rules: HeartbeatRules) -> ScheduleOptions {
    ScheduleOptions {
        heartbeats: BTreeMap::from([("main".to_owned(), rules)]),
        ..ScheduleOptions::default()
    }
}

/// A job that runs an agent once an hour.
fn look(delivery: &Value) -> Value {
    json!({
        "name": "look", "schedule": { "kind": "every", "everyMs": 3_600_000 },
        "sessionTarget": "isolated", "wakeMode": "now",
        "payload": { "kind": "agentTurn", "message": "look at the mail" }, "delivery": delivery,
    })
}

/// A job that says a line to the main session.
fn tea(wake: &str) -> Value {
    json!({
        "name": "tea", "schedule": { "kind": "every", "everyMs": 3_600_000 },
        "sessionTarget": "main", "wakeMode": wake,
        "payload": { "kind": "systemEvent", "text": "offer tea" },
    })
}
