//! The processes of one house, and what can be asked of them.

use std::fs;
use std::time::Duration;

use openclaw_channels::testing::{FakeTelegram, Said};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::errand::Errand;
use crate::mind::Mind;
use crate::support::{Gateway, Home, Process, TOKEN};

/// The person who writes to the bot.
pub(crate) const PERSON: i64 = 4242;
/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Gateway with a bot and a model, and a node beside it.
pub(crate) struct World {
    pub(crate) telegram: FakeTelegram,
    pub(crate) mind: Mind,
    pub(crate) errand: Errand,
    pub(crate) home: Home,
    pub(crate) port: String,
    gateway: Option<Gateway>,
    _node: Process,
    node_home: Home,
    runtime: Runtime,
}

impl World {
    /// A house in which everything works: the bot polls, and the node is approved and online.
    pub(crate) fn new() -> Self {
        Self::with(&json!({ "dmPolicy": "allowlist", "allowFrom": [PERSON] }))
    }

    /// The same with these rules for who may write.
    pub(crate) fn with(rules: &Value) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let home = Home::new();
        let errand = Errand::new(&home.path());
        let command = Errand::new(&home.path());
        let (telegram, mind) = runtime.block_on(async {
            let mind = Mind::start(move |question| command.command(question)).await;
            (FakeTelegram::start().await, mind)
        });
        let mut bot = rules.clone();
        bot["enabled"] = json!(true);
        bot["botToken"] = json!(telegram.token());
        bot["apiRoot"] = json!(telegram.api_root());
        home.write_config(&json!({
            "gateway": { "mode": "local", "auth": { "mode": "token", "token": TOKEN } },
            "models": { "providers": { "fake": {
                "baseUrl": mind.base_url(), "apiKey": "key", "api": "openai-completions",
                "models": [{ "id": "m", "name": "M", "contextWindow": 32_000, "maxTokens": 1000 }],
            } } },
            "agents": { "defaults": { "model": { "primary": "fake/m" } } },
            "channels": { "telegram": bot },
        }));
        let gateway = home.gateway(&[]);
        let port = gateway.port_text();

        let node_home = Home::new().with("OPENCLAW_GATEWAY_TOKEN", TOKEN);
        fs::create_dir_all(node_home.state()).unwrap();
        node_rules(&node_home, "full", "off");
        let words = ["--port", &port, "--display-name", "kitchen", "--json"];
        let mut node = node_home.start(&[&["node", "run"], &words[..]].concat());
        node.stdout_line("\"event\":\"online\"");
        let world = Self {
            telegram,
            mind,
            errand,
            home,
            port,
            gateway: Some(gateway),
            _node: node,
            node_home,
            runtime,
        };
        world.approve();
        world.wait(world.telegram.nth("getUpdates", 0));
        world
    }

    fn approve(&self) {
        let nodes = |words: &[&str]| {
            let words = [&["nodes"], words, &["--port", &self.port, "--json"]].concat();
            self.home.run(&words).ok().json()
        };
        let request: String = self.wait(patiently("request of the node", || {
            let id = nodes(&["pending"])[0]["requestId"].as_str()?.to_owned();
            Some(id)
        }));
        nodes(&["approve", &request]);
        self.wait(patiently("command of the node", || {
            let list = nodes(&["status"]);
            let commands = list["nodes"][0]["commands"].as_array()?;
            commands
                .iter()
                .any(|name| name == "system.run")
                .then_some(())
        }));
    }

    /// From now on the node wants a person for everything.
    pub(crate) fn node_asks(&self) {
        node_rules(&self.node_home, "allowlist", "always");
    }

    /// Waits for it.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Lets time pass, for deaths at no moment in particular.
    pub(crate) fn rest(&self, time: Duration) {
        self.wait(async { sleep(time).await });
    }

    /// The person asks.
    pub(crate) fn say(&self, question: &str) {
        let text = format!("What is the temperature in the kitchen? ({question})");
        self.telegram.say(Said::direct(PERSON, &text));
    }

    /// The answer to this question, as the person sees it.
    pub(crate) fn answer(&self, question: &str) -> String {
        let begins = format!("Answer {question}:");
        let is_whole = |text: &str| text.contains(&begins) && text.contains("That is all.");
        self.wait(self.telegram.shown_to(PERSON, is_whole)).text
    }

    /// `kill -9` of the Gateway.
    pub(crate) fn kill(&mut self) {
        let mut gateway = self.gateway.take().unwrap();
        assert_eq!(gateway.process.stop(Signal::KILL), -1);
    }

    /// Tells the Gateway to end, and does not wait for it.
    pub(crate) fn tell_to_stop(&self) {
        self.gateway.as_ref().unwrap().process.signal(Signal::TERM);
    }

    /// The same Gateway again, where its node finds it.
    pub(crate) fn restart(&mut self) {
        assert!(self.gateway.is_none(), "it runs");
        let port = self.port.clone();
        self.gateway = Some(self.home.gateway_at(&port, &[]));
    }

    /// A Gateway that dies before it says that it listens, or just after.
    pub(crate) fn start_and_die(&self, after: Duration) {
        let mut process = self.home.start(&["gateway", "run", "--port", &self.port]);
        self.rest(after);
        assert_eq!(process.stop(Signal::KILL), -1);
    }

    /// The whole way once more, so that nothing of before can still come; then: this question was
    /// answered once, and its command ran once, or not at all if it `may_be_lost`.
    pub(crate) fn settle(&self, question: &str, may_be_lost: bool) {
        let after = format!("{question}9");
        self.say(&after);
        self.answer(&after);
        self.wait(self.telegram.all_taken());
        for question in [question, &after] {
            let shown = self.telegram.shown();
            let of = |text: &str| text.contains(&format!("Answer {question}:"));
            let answers: Vec<_> = shown.iter().filter(|one| of(&one.text)).collect();
            assert_eq!(answers.len(), 1, "{question}: {answers:#?}");
            let ran = self.errand.count("began", question);
            let least = usize::from(!may_be_lost);
            assert!(
                (least..=1).contains(&ran),
                "{question}: its command ran {ran} times; the model was told: {:#?}",
                self.mind.asked(question).last().map(|asked| &asked.results)
            );
        }
    }
}

/// What the node lets happen.
fn node_rules(home: &Home, security: &str, ask: &str) {
    let rules = json!({ "version": 1, "defaults": { "security": security, "ask": ask } });
    let file = home.state().join("exec-approvals.json");
    fs::write(file, rules.to_string()).unwrap();
}

/// Waits until there is something.
pub(crate) async fn patiently<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            sleep(Duration::from_millis(2)).await;
        }
    });
    found
        .await
        .unwrap_or_else(|_| panic!("no {what} in a minute"))
}
