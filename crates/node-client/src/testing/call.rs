//! One call of a command by a test.

use std::time::Duration;

use openclaw_protocol::id::InvokeId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{mpsc, oneshot};

use super::TestError;
use super::server::{Order, Orders};

/// What a command gave.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) payload: Option<Box<RawValue>>,
}

/// Describes a call; [`CallBuilder::start`] makes it.
#[derive(Debug)]
#[must_use = "a call does nothing until it is started"]
pub struct CallBuilder {
    orders: Orders,
    call: Call,
    error: Option<serde_json::Error>,
}

/// What a call says.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) command: String,
    pub(super) params_json: Option<String>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) key: Option<String>,
}

/// A call under way. Dropping it takes back nothing: the command runs on.
#[derive(Debug)]
pub struct TestCall {
    pub(super) id: InvokeId,
    pub(super) orders: Orders,
    pub(super) patience: Duration,
    pub(super) inputs: u64,
    pub(super) progress: mpsc::Receiver<String>,
    pub(super) answer: oneshot::Receiver<Result<Answer, TestError>>,
}

impl Answer {
    /// The result, read.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.text())
    }

    /// The result as JSON text; `null` where the command gave nothing.
    #[must_use]
    pub fn text(&self) -> &str {
        self.payload
            .as_ref()
            .map_or("null", |payload| payload.get())
    }
}

impl CallBuilder {
    pub(super) fn new(orders: Orders, command: &str) -> Self {
        let call = Call {
            command: command.to_owned(),
            params_json: None,
            timeout_ms: None,
            key: None,
        };
        Self {
            orders,
            call,
            error: None,
        }
    }

    /// With these params. Default: none.
    pub fn params(mut self, params: impl Serialize) -> Self {
        match serde_json::to_string(&params) {
            Ok(text) => self.call.params_json = Some(text),
            Err(error) => self.error = Some(error),
        }
        self
    }

    /// With this text for params, whatever it is.
    pub fn params_text(mut self, text: impl Into<String>) -> Self {
        self.call.params_json = Some(text.into());
        self
    }

    /// With this deadline, to the millisecond. Default: 30 seconds, as Gateways have it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call.timeout_ms = Some(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// With this idempotency key. Default: one of its own.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.call.key = Some(key.into());
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// [`TestError::NotOffered`], [`TestError::NotConnected`], [`TestError::Json`].
    pub async fn start(self) -> Result<TestCall, TestError> {
        if let Some(error) = self.error {
            return Err(error.into());
        }
        let (reply, started) = oneshot::channel();
        let call = self.call;
        self.orders.give(Order::Call { call, reply }).await?;
        started.await.map_err(|_| TestError::Stopped)?
    }
}

impl TestCall {
    /// The next piece of progress; `None` after the last. A test that lets more than a thousand
    /// pieces wait loses the rest.
    pub async fn progress(&mut self) -> Option<String> {
        self.progress.recv().await
    }

    /// Sends a piece of input to the running command.
    ///
    /// # Errors
    ///
    /// [`TestError::NotConnected`], [`TestError::Json`].
    pub async fn input(&mut self, input: impl Serialize) -> Result<(), TestError> {
        let text = to_raw_value(&input)?.get().to_owned();
        self.input_text(text).await
    }

    /// Sends this text as input, whatever it is.
    ///
    /// # Errors
    ///
    /// [`TestError::NotConnected`].
    pub async fn input_text(&mut self, text: impl Into<String>) -> Result<(), TestError> {
        let (id, seq, text) = (self.id.clone(), self.inputs, text.into());
        self.inputs += 1;
        self.orders
            .ask(|done| Order::Input {
                id,
                seq,
                text,
                done,
            })
            .await
    }

    /// Skips a piece of input, as a connection that loses one does.
    pub fn lose_input(&mut self) {
        self.inputs += 1;
    }

    /// Takes the call back. The node gives no answer then.
    ///
    /// # Errors
    ///
    /// [`TestError::NotConnected`].
    pub async fn cancel(self) -> Result<(), TestError> {
        let id = self.id;
        self.orders.ask(|done| Order::Cancel { id, done }).await
    }

    /// Waits for the end of the call, a little longer than its deadline.
    ///
    /// # Errors
    ///
    /// [`TestError::Failed`] with the node's own code and message, or why there is no answer.
    pub async fn answer(self) -> Result<Answer, TestError> {
        match tokio::time::timeout(self.patience, self.answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(TestError::Stopped),
            Err(_) => Err(TestError::Silent {
                after: self.patience,
            }),
        }
    }
}
