//! What all commands of the host share.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use openclaw_browser::Browser;
use openclaw_node_client::NodeError;

use crate::approvals::{ApprovalsStore, ConfiguredPolicy, ExecPolicy};
use crate::exec::{ApprovalTrust, Environment};

/// What the configuration says for an agent, asked for at every command.
pub(crate) type PolicySource = Arc<dyn Fn(&str) -> ConfiguredPolicy + Send + Sync>;

/// The host behind the commands.
pub(crate) struct Core {
    pub(crate) environment: Environment,
    /// The home of the node's user.
    pub(crate) home: Option<PathBuf>,
    /// Where commands run that name no folder.
    pub(crate) working_dir: PathBuf,
    pub(crate) approvals: ApprovalsStore,
    pub(crate) policy: PolicySource,
    pub(crate) trust: ApprovalTrust,
    pub(crate) spent: SpentApprovals,
    /// `notify-send`, where the machine has it.
    pub(crate) notifier: Option<PathBuf>,
    /// The browser, where it is offered.
    pub(crate) browser: Option<Arc<Browser>>,
}

impl Core {
    /// The rules for an agent. A file that cannot be read allows nothing.
    pub(crate) fn policy_for(&self, agent_id: &str) -> ExecPolicy {
        match self.approvals.load() {
            Ok(snapshot) => ExecPolicy::resolve(
                (self.policy)(agent_id),
                snapshot.document.rules_for(agent_id),
            ),
            Err(error) => {
                tracing::error!(%error, "exec approvals cannot be read; nothing may run");
                ExecPolicy::deny_all()
            }
        }
    }
}

/// The agent where a request names none.
pub(crate) const MAIN_AGENT: &str = "main";

/// Approvals that were used: each is good for one run.
#[derive(Debug, Default)]
pub(crate) struct SpentApprovals(Mutex<Spent>);

#[derive(Debug, Default)]
struct Spent {
    known: HashSet<String>,
    by_age: VecDeque<String>,
}

/// More approvals than a person gives in a day.
const SPENT_KEPT: usize = 4096;

impl SpentApprovals {
    /// Uses an approval up. False where it was used before.
    pub(crate) fn spend(&self, run_id: &str) -> bool {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !spent.known.insert(run_id.to_owned()) {
            return false;
        }
        spent.by_age.push_back(run_id.to_owned());
        if spent.by_age.len() > SPENT_KEPT
            && let Some(oldest) = spent.by_age.pop_front()
        {
            spent.known.remove(&oldest);
        }
        true
    }
}

/// Runs disk work off the network threads.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, NodeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => NodeError::unavailable("the node is stopping"),
        })
}

#[cfg(test)]
mod tests {
    use super::{SPENT_KEPT, SpentApprovals};

    #[test]
    fn an_approval_is_good_for_one_run_and_memory_is_bounded() {
        let spent = SpentApprovals::default();
        assert!(spent.spend("a"));
        assert!(!spent.spend("a"));
        for i in 0..SPENT_KEPT {
            assert!(spent.spend(&i.to_string()));
        }
        assert_eq!(spent.0.lock().unwrap().known.len(), SPENT_KEPT);
    }
}
