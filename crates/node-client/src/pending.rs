//! Work that a Gateway kept for a node while it slept. Protocol 4.

use openclaw_protocol::id::InvokeId;
use openclaw_protocol::methods::node::pending::ack::{NodePendingAck, NodePendingAckParams};
use openclaw_protocol::methods::node::pending::drain::{NodePendingDrain, NodePendingDrainParams};
use openclaw_protocol::methods::node::pending::pull::{NodePendingPull, NodePendingPullParams};

use crate::{NodeHandle, SendError};

pub use openclaw_protocol::methods::node::pending::pull::PendingAction;
pub use openclaw_protocol::methods::node::pending::work::{
    PendingPriority, PendingWork, PendingWorkKind,
};

/// Most pieces of work that one request may ask for.
const MOST: u64 = 10;

/// A call that had waited and was run now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRun {
    /// Its id.
    pub id: InvokeId,
    /// The command.
    pub command: String,
    /// Whether the command succeeded. Nobody waits for its result any more.
    pub ok: bool,
}

impl NodeHandle {
    /// The calls that wait for this node to be in the foreground, oldest first. They stay until
    /// [`NodeHandle::pending_ack`]; most authors want [`NodeHandle::run_pending`].
    ///
    /// # Errors
    ///
    /// [`SendError`]; `Refused` from a Gateway of protocol 3, which keeps none.
    pub async fn pending_pull(&self) -> Result<Vec<PendingAction>, SendError> {
        let pulled = self
            .call::<NodePendingPull>(&NodePendingPullParams::default())
            .await?;
        Ok(pulled.actions)
    }

    /// Says that these calls are done. Gives how many still wait.
    ///
    /// # Errors
    ///
    /// [`SendError`]. An empty list is not sent.
    pub async fn pending_ack(&self, ids: Vec<InvokeId>) -> Result<u64, SendError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let acked = self
            .call::<NodePendingAck>(&NodePendingAckParams { ids })
            .await?;
        Ok(acked.remaining_count)
    }

    /// Takes all work that waits for this node: requests for a status or a location.
    ///
    /// # Errors
    ///
    /// [`SendError`]. Work that was taken before an error is lost to the Gateway; it is given back
    /// in no way, and asks for reports only.
    pub async fn pending_drain(&self) -> Result<Vec<PendingWork>, SendError> {
        let params = NodePendingDrainParams {
            max_items: Some(MOST),
        };
        let mut work: Vec<PendingWork> = Vec::new();
        // A Gateway that always has more does not hold us.
        for _ in 0..ROUNDS {
            let drained = self.call::<NodePendingDrain>(&params).await?;
            work.extend(drained.items);
            if !drained.has_more {
                break;
            }
        }
        Ok(work)
    }

    /// Pulls the calls that wait, runs each by its own handler, one after another, and says that
    /// they are done. A call that was pulled twice runs once: its id is its idempotency key.
    ///
    /// Returns before all are run when the node stops; what did not run is not acknowledged.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn run_pending(&self) -> Result<Vec<PendingRun>, SendError> {
        let mut runs = Vec::new();
        for action in self.pending_pull().await? {
            let PendingAction {
                id,
                command,
                params_json,
                ..
            } = action;
            let Some(dispatcher) = self.dispatcher() else {
                return Err(SendError::NotConnected);
            };
            let ran = dispatcher.run_local(&id, &command, params_json).await;
            let Some(ok) = ran else { break };
            runs.push(PendingRun { id, command, ok });
        }
        let ids = runs.iter().map(|run| run.id.clone()).collect();
        self.pending_ack(ids).await?;
        Ok(runs)
    }
}

/// Requests of one [`NodeHandle::pending_drain`] at most.
const ROUNDS: usize = 16;
