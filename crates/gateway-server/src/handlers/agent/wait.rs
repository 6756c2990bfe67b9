//! `agent.wait`

use std::time::Duration;

use openclaw_protocol::id::RunId;
use openclaw_protocol::methods::agent::run::RunStatus;
use openclaw_protocol::methods::agent::wait::{AgentWait, AgentWaitResult};

use crate::router::Router;
use crate::runs::{EndKind, wait_members};

/// How long is waited where nothing is said.
const USUAL_MS: u64 = 30_000;
/// The longest that is waited.
const MOST_MS: u64 = 24 * 3600 * 1000;

pub(super) fn register(router: &mut Router) {
    router.later::<AgentWait, _>(|ctx, params| async move {
        let core = ctx.core();
        let timeout = Duration::from_millis(params.timeout_ms.unwrap_or(USUAL_MS).min(MOST_MS));
        let run = RunId::from(params.run_id.as_str());
        let found = core
            .runs
            .wait_known(core, params.run_id.as_str(), timeout)
            .await;
        let Some(ended) = found else {
            return Ok(AgentWaitResult::new(run, RunStatus::Timeout));
        };
        let status = match ended.kind {
            EndKind::Ok => RunStatus::Ok,
            EndKind::Timeout => RunStatus::Timeout,
            EndKind::Error | EndKind::Aborted => RunStatus::Error,
        };
        let mut result = AgentWaitResult::new(run, status);
        result.started_at = Some(ended.started_at_ms);
        result.ended_at = Some(ended.ended_at_ms);
        result.error.clone_from(&ended.error);
        if ended.kind == EndKind::Aborted {
            result.error = Some("aborted".to_owned());
        }
        if ctx.conn().is_v4() {
            result.stop_reason.clone_from(&ended.stop_reason);
            let (receipt, reply) = wait_members(&ended, None);
            let liveness = match ended.kind {
                EndKind::Error => "blocked",
                EndKind::Ok | EndKind::Timeout | EndKind::Aborted => "working",
            };
            for (member, value) in [
                ("livenessState", liveness.into()),
                ("terminalReceipt", receipt),
                ("terminalReply", reply),
            ] {
                result.rest.insert(member.to_owned(), value);
            }
        }
        Ok(result)
    });
}
