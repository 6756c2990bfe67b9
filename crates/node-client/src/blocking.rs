//! The same without `async`, for small programs: the node runs on a thread of its own.
//!
//! ```no_run
//! use openclaw_node_client::{Node, blocking};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let node = Node::builder("ws://127.0.0.1:18789")
//!     .identity_dir("/var/lib/button")
//!     .command_blocking("button.press", |(): (), _call| Ok("pressed"))
//!     .build()?;
//! let node = blocking::start(node)?;
//! node.emit("button.ready", &())?;
//! node.join()?;
//! # Ok(())
//! # }
//! ```

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use openclaw_protocol::Method;
use serde::Serialize;
use tokio::runtime::{Builder, Handle};

use crate::pending::PendingRun;
use crate::{EventAck, Node, NodeHandle, NodeState, Online, RunError, SendError};

/// A node that runs on a thread of its own. Dropping it stops the node and waits for its end.
#[derive(Debug)]
pub struct RunningNode {
    handle: NodeHandle,
    runtime: Handle,
    thread: Option<JoinHandle<Result<(), RunError>>>,
}

/// Starts a node on a thread of its own. Do not call this from async code.
///
/// # Errors
///
/// When the operating system gives no thread or no event queue.
pub fn start(node: Node) -> io::Result<RunningNode> {
    let handle = node.handle();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let runtime_handle = runtime.handle().clone();
    let thread = std::thread::Builder::new()
        .name("openclaw-node".to_owned())
        .spawn(move || runtime.block_on(node.run()))?;
    Ok(RunningNode {
        handle,
        runtime: runtime_handle,
        thread: Some(thread),
    })
}

impl RunningNode {
    /// Waits until the node is online, at most this long.
    #[must_use]
    pub fn wait_online(&self, at_most: Duration) -> Option<Online> {
        self.runtime.block_on(async {
            tokio::time::timeout(at_most, self.handle.wait_online())
                .await
                .ok()
                .flatten()
        })
    }

    /// Emits an event to the Gateway and waits until it has it.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn emit<T: Serialize + ?Sized>(
        &self,
        event: &str,
        payload: &T,
    ) -> Result<EventAck, SendError> {
        self.runtime.block_on(self.handle.emit(event, payload))
    }

    /// Calls a method of the Gateway that nodes may call.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn call<M: Method>(&self, params: &M::Params) -> Result<M::Result, SendError> {
        self.runtime.block_on(self.handle.call::<M>(params))
    }

    /// Runs the calls that waited for this node; see [`NodeHandle::run_pending`].
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn run_pending(&self) -> Result<Vec<PendingRun>, SendError> {
        self.runtime.block_on(self.handle.run_pending())
    }

    /// The state at this moment.
    #[must_use]
    pub fn state(&self) -> NodeState {
        self.handle.state()
    }

    /// The handle, for other threads.
    #[must_use]
    pub fn handle(&self) -> NodeHandle {
        self.handle.clone()
    }

    /// Stops the node and waits for its end.
    ///
    /// # Errors
    ///
    /// [`RunError`] if it had stopped by itself before.
    pub fn stop(self) -> Result<(), RunError> {
        self.handle.stop();
        self.join()
    }

    /// Waits until the node ends.
    ///
    /// # Errors
    ///
    /// [`RunError`] if it stopped by itself.
    pub fn join(mut self) -> Result<(), RunError> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }
}

impl Drop for RunningNode {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            // Its panic was printed where it happened.
            let _ = thread.join();
        }
    }
}
