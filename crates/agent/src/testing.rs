//! A provider of models on loopback that says what a script tells it, in the real formats of all
//! interfaces. For tests of whoever runs agents; behind the feature `testing`.
//!
//! ```
//! # async fn example() {
//! use openclaw_agent::testing::{Act, FakeModel};
//!
//! let model = FakeModel::start(|asked| match asked.question.as_str() {
//!     "ping" => vec![Act::text("pong"), Act::Usage { input: 3, output: 1 }],
//!     _ => vec![Act::refuse(429, &[("retry-after", "2")], "slow down")],
//! })
//! .await;
//! println!("{}", model.base_url());
//! # }
//! ```

mod http;
mod script;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::model::Api;

pub use script::{Act, recorded};

/// What a provider was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In which interface.
    pub api: Api,
    /// The whole request.
    pub body: Value,
    /// The key that came with it.
    pub key: Option<String>,
    /// The last text of the user.
    pub question: String,
    /// The results of tools that follow it, oldest first, as text.
    pub results: Vec<String>,
    /// How many requests came before.
    pub before: usize,
}

type Script = dyn Fn(&Asked) -> Vec<Act> + Send + Sync;

/// A provider of models on loopback. Dropping it ends it.
#[derive(Debug)]
pub struct FakeModel {
    addr: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    _task: JoinSet<()>,
}

impl FakeModel {
    /// Starts one on a free port.
    ///
    /// # Panics
    ///
    /// If loopback has no free port.
    pub async fn start(script: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let mut task = JoinSet::new();
        let seen = Arc::clone(&asked);
        task.spawn(async move {
            let mut conns = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                conns.spawn(async move {
                    // A client that hangs up ends its own connection only.
                    let _ = http::serve(stream, &*script, &seen).await;
                });
                while conns.try_join_next().is_some() {}
            }
        });
        Self {
            addr,
            asked,
            _task: task,
        }
    }

    /// Its address for `models.providers.*.baseUrl`, the same for all interfaces.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests;
