//! A Bot API server on loopback, over real HTTP and in the real formats. For tests of whoever runs
//! channels; behind the feature `testing`.
//!
//! It answers as the real server does where a bot can tell: it keeps updates until the next
//! `getUpdates` passes them by, refuses the earlier of two who wait for them with 409, reads the
//! markup of texts and refuses what the real one refuses, knows which messages there are, and
//! brings updates to a webhook until they are taken.
//!
//! ```
//! # async fn example() {
//! use openclaw_channels::testing::{FakeTelegram, Fault, Said};
//!
//! let telegram = FakeTelegram::start().await;
//! println!("apiRoot {} botToken {}", telegram.api_root(), telegram.token());
//! telegram.say(Said::direct(4242, "hello"));
//! telegram.fail("sendMessage", Fault::too_many(1));
//! let refused = telegram.nth("sendMessage", 0).await;
//! let answer = telegram.shown_to(4242, |text| text.contains("hello")).await;
//! # }
//! ```

mod bring;
mod call;
mod form;
pub(crate) mod html;
mod http;
mod methods;
mod say;
mod serve;
mod state;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use call::{Call, Fault, Shown, Upload};
pub use say::{BOT_NAME, Said};
use state::{Shared, Stored};

/// How long something is waited for before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Bot API server on loopback. Dropping it ends it.
#[derive(Debug)]
pub struct FakeTelegram {
    addr: SocketAddr,
    shared: Arc<Shared>,
    _task: JoinSet<()>,
}

impl FakeTelegram {
    /// Starts one on a free port. Its bot has the id 999 and is called [`BOT_NAME`].
    ///
    /// # Panics
    ///
    /// If loopback has no free port.
    pub async fn start() -> Self {
        Self::start_for("999:fake-token_of-a-bot").await
    }

    /// The same for a bot with this token: its id and a secret, with a colon between them.
    ///
    /// # Panics
    ///
    /// If loopback has no free port.
    pub async fn start_for(token: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::new(token.to_owned()));
        let mut task = JoinSet::new();
        let served = Arc::clone(&shared);
        task.spawn(async move {
            let mut conns = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&served);
                conns.spawn(async move {
                    // A client that hangs up ends its own connection only.
                    let _ = serve::serve(stream, &shared).await;
                });
                while conns.try_join_next().is_some() {}
            }
        });
        let brought = Arc::clone(&shared);
        task.spawn(async move { bring::bring(&brought).await });
        Self {
            addr,
            shared,
            _task: task,
        }
    }

    /// Its address for `channels.telegram.apiRoot`. It may also be given as the proxy of a server
    /// that there is not.
    pub fn api_root(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        &self.shared.token
    }

    /// The bot's id.
    pub fn bot_id(&self) -> i64 {
        id_of(&self.shared.token)
    }

    /// Somebody says something; answers the number of the update.
    pub fn say(&self, said: Said) -> i64 {
        self.shared.change(|state| {
            state.last_message += 1;
            let update = said.into_update(state.last_message);
            state.push(update)
        })
    }

    /// Somebody presses a button below a message; answers the number of the update.
    pub fn press(&self, chat: i64, sender: i64, message_id: i64, data: &str) -> i64 {
        self.shared.change(|state| {
            let number = state.last_update + 1;
            state.push(say::press(number, chat, sender, message_id, data))
        })
    }

    /// Any update, which gets its number here.
    pub fn push(&self, update: Value) -> i64 {
        self.shared.change(|state| state.push(update))
    }

    /// An update with the number of one that was given before, as after an answer that got lost.
    pub fn push_again(&self, number: i64, mut update: Value) {
        update["update_id"] = number.into();
        self.shared
            .change(|state| state.updates.insert(number, update));
    }

    /// Updates that nobody acknowledged, by number.
    pub fn waiting(&self) -> Vec<i64> {
        self.shared
            .see(|state| state.updates.keys().copied().collect())
    }

    /// Waits until every update is acknowledged.
    ///
    /// # Panics
    ///
    /// If that takes a minute.
    pub async fn all_taken(&self) {
        self.patiently("all updates are taken", |shared| {
            shared.updates.is_empty().then_some(())
        })
        .await;
    }

    /// A file that can be downloaded. `path` is what `getFile` tells: `photos/file_1.jpg`.
    pub fn add_file(&self, file_id: &str, path: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let told = bytes.len() as u64;
        self.add_file_of(file_id, path, bytes, told);
    }

    /// The same, with another size told than it has.
    pub fn add_file_of(&self, file_id: &str, path: &str, bytes: impl Into<Vec<u8>>, told: u64) {
        let file = Stored {
            path: path.to_owned(),
            bytes: bytes.into(),
            told,
        };
        self.shared
            .change(|state| state.files.insert(file_id.to_owned(), file));
    }

    /// The next call of a method fails; after several, the next ones in this order. The method of
    /// a file's bytes is `download`.
    pub fn fail(&self, method: &str, fault: Fault) {
        self.shared.change(|state| {
            let faults = state.faults.entry(method.to_owned()).or_default();
            faults.push_back(fault);
        });
    }

    /// Nothing that was asked for with [`fail`](Self::fail) goes wrong any more.
    pub fn heal(&self) {
        self.shared.change(|state| state.faults.clear());
    }

    /// Ends all connections, those that wait for updates too.
    pub fn hang_up(&self) {
        let all = self
            .shared
            .change(|state| std::mem::replace(&mut state.hang_up, CancellationToken::new()));
        all.cancel();
    }

    /// All calls so far, in their order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.see(|state| state.calls.clone())
    }

    /// All calls of a method so far.
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| call.method == method);
        calls
    }

    /// Waits for the call of a method with this number, from 0 on; it may have no answer yet.
    ///
    /// # Panics
    ///
    /// If that takes a minute.
    pub async fn nth(&self, method: &str, number: usize) -> Call {
        self.patiently(method, |state| {
            let mut calls = state.calls.iter().filter(|call| call.method == method);
            calls.nth(number).cloned()
        })
        .await
    }

    /// Waits for a call, also one that was before.
    ///
    /// # Panics
    ///
    /// If that takes a minute.
    pub async fn call(&self, mut is_it: impl FnMut(&Call) -> bool) -> Call {
        self.patiently("a call", |state| {
            state.calls.iter().find(|call| is_it(call)).cloned()
        })
        .await
    }

    /// The messages of the bot as people see them, in their order.
    pub fn shown(&self) -> Vec<Shown> {
        self.shared.see(|state| state.shown.clone())
    }

    /// Waits for a message of the bot in a chat whose text is like this.
    ///
    /// # Panics
    ///
    /// If that takes a minute.
    pub async fn shown_to(&self, chat: i64, is_it: impl Fn(&str) -> bool) -> Shown {
        let chat = chat.to_string();
        self.patiently("a message", |state| {
            let mut shown = state.shown.iter();
            shown
                .find(|one| one.chat == chat && is_it(&one.text))
                .cloned()
        })
        .await
    }

    /// Sets a webhook, as another program with the same token would. Nothing is brought to `https`.
    pub fn set_webhook(&self, url: &str, secret: &str) {
        let hook = state::Hook {
            url: url.to_owned(),
            secret: secret.to_owned(),
        };
        self.shared.change(|state| state.hook = Some(hook));
    }

    /// The address and the secret of the webhook, if one is set.
    pub fn webhook(&self) -> Option<(String, String)> {
        self.shared.see(|state| {
            let hook = state.hook.as_ref()?;
            Some((hook.url.clone(), hook.secret.clone()))
        })
    }

    /// What became of updates that were brought to the webhook: the number, and the status of the
    /// answer, 0 for none.
    pub fn brought(&self) -> Vec<(i64, u16)> {
        self.shared.see(|state| state.brought.clone())
    }

    async fn patiently<T>(&self, what: &str, look: impl FnMut(&state::State) -> Option<T>) -> T {
        match tokio::time::timeout(PATIENCE, self.shared.until(look)).await {
            Ok(found) => found,
            Err(_) => {
                let calls = self.calls();
                let calls: Vec<&str> = calls.iter().map(|call| call.method.as_str()).collect();
                panic!("no {what} in a minute; there were {calls:?}")
            }
        }
    }
}

/// The bot of a token.
fn id_of(token: &str) -> i64 {
    token
        .split(':')
        .next()
        .and_then(|id| id.parse().ok())
        .unwrap_or(999)
}
