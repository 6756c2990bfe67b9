//! What a handler knows of the call it answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openclaw_protocol::Generation;
use openclaw_protocol::id::InvokeId;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer;
use crate::input::InputSeat;
use crate::uplink::Uplink;
use crate::{NodeError, NodeHandle};

/// One call of a command: who asks, until when, and how to talk back before the result.
///
/// Cheap to clone; clones are the same call.
#[derive(Clone)]
pub struct InvokeContext {
    call: Arc<Call>,
}

pub(crate) struct Call {
    pub(crate) id: InvokeId,
    pub(crate) command: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) cancel: CancellationToken,
    pub(crate) uplink: Arc<dyn Uplink>,
    pub(crate) progress_seq: Mutex<u64>,
    pub(crate) input: InputSeat,
    pub(crate) node: NodeHandle,
}

impl InvokeContext {
    pub(crate) fn new(call: Call) -> Self {
        Self {
            call: Arc::new(call),
        }
    }

    /// The Gateway's id for this call.
    #[must_use]
    pub fn id(&self) -> &InvokeId {
        &self.call.id
    }

    /// The command that is called.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.call.command
    }

    /// The caller's key. The node runs the command once for one key; a handler that writes
    /// somewhere else may pass it on.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.call.idempotency_key.as_deref()
    }

    /// When the caller stops waiting; `None` where it waits for ever.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.call.deadline
    }

    /// How long the caller still waits; `None` where it waits for ever.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.call
            .deadline
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// The generation of the protocol that the calling Gateway speaks.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.call.uplink.generation()
    }

    /// How many bytes of JSON text the result may have, roughly: quotes and control characters
    /// count more than once. A larger result reaches the caller as an error.
    #[must_use]
    pub fn max_result_bytes(&self) -> usize {
        self.call.uplink.max_payload()
    }

    /// Triggered when the time is up, the caller takes the call back, or the node stops. The
    /// handler then has [`crate::CANCEL_GRACE`] to put things in order before it is dropped.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.call.cancel
    }

    /// Whether nobody waits for the result any more. For handlers that block.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.call.cancel.is_cancelled()
    }

    /// The node, to emit events for example.
    #[must_use]
    pub fn node(&self) -> &NodeHandle {
        &self.call.node
    }

    /// Sends a piece of progress and waits until the Gateway has it.
    ///
    /// Longer texts are cut into pieces of 16 384 bytes. False where nobody receives it: a
    /// Gateway of protocol 3, a caller that asked for no progress, a connection that is gone, a
    /// call that has ended.
    pub async fn progress(&self, text: &str) -> bool {
        if self.generation() < Generation::V4 {
            return false;
        }
        let Call { id, uplink, .. } = &*self.call;
        // Held over the sending, so that pieces arrive in the order of their numbers.
        let mut seq = self.call.progress_seq.lock().await;
        for chunk in answer::chunks(text) {
            if self.is_cancelled() {
                return false;
            }
            let params = answer::progress(id, uplink.node_id(), *seq, chunk);
            *seq += 1;
            match uplink.call(answer::INVOKE_PROGRESS, params).await {
                Ok(ack) if !answer::is_ignored(ack.as_deref()) => {}
                Ok(_) | Err(_) => return false,
            }
        }
        true
    }

    /// [`InvokeContext::progress`] for handlers that block.
    ///
    /// # Panics
    ///
    /// In async code, which must not block.
    pub fn progress_blocking(&self, text: &str) -> bool {
        Handle::current().block_on(self.progress(text))
    }

    /// Waits for the next piece of input that the caller streams to this call (protocol 4), in
    /// order. `None` when there will be none: the connection is gone, or the call is cancelled.
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` where a piece is missing, is no JSON or no `T`; `BUSY` where more than 64
    /// pieces came that nobody took. `?` in a handler passes it on to the caller.
    pub async fn next_input<T: DeserializeOwned>(&self) -> Result<Option<T>, NodeError> {
        let Some(piece) = self.next_input_raw().await? else {
            return Ok(None);
        };
        serde_json::from_str(piece.get())
            .map(Some)
            .map_err(|error| {
                NodeError::invalid_request(format!("a piece of the input does not fit: {error}"))
            })
    }

    /// The same as JSON text, unread.
    ///
    /// # Errors
    ///
    /// As [`InvokeContext::next_input`].
    pub async fn next_input_raw(&self) -> Result<Option<Box<RawValue>>, NodeError> {
        tokio::select! {
            biased;
            () = self.call.cancel.cancelled() => Ok(None),
            piece = self.call.input.inputs().next() => piece,
        }
    }

    /// [`InvokeContext::next_input`] for handlers that block.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// In async code, which must not block.
    pub fn next_input_blocking<T: DeserializeOwned>(&self) -> Result<Option<T>, NodeError> {
        Handle::current().block_on(self.next_input())
    }
}

impl fmt::Debug for InvokeContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvokeContext")
            .field("id", &self.call.id)
            .field("command", &self.call.command)
            .field("deadline", &self.call.deadline)
            .finish_non_exhaustive()
    }
}
