//! `sessions.abort`

use openclaw_protocol::id::RunId;
use openclaw_protocol::methods::sessions::abort::{SessionsAbort, SessionsAbortResult};

use super::key;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::StopReason;

pub(super) fn register(router: &mut Router) {
    router.now::<SessionsAbort>(|ctx, params| {
        let core = ctx.core();
        let run_id = params.run_id.as_ref().map(RunId::as_str);
        let of_run = run_id.and_then(|run_id| core.runs.session_of(run_id));
        let key = match (&params.key, of_run) {
            (Some(given), of_run) => {
                let key = key(core, given.as_str(), params.agent_id.as_ref())?;
                if of_run.is_some_and(|of| of != key) {
                    return Err(Fault::invalid("runId does not match key"));
                }
                key
            }
            (None, Some(of_run)) => of_run,
            (None, None) if run_id.is_some() => return Ok(none()),
            (None, None) => return Err(Fault::invalid("key or runId required")),
        };
        let aborted = core.runs.abort(&key, run_id, StopReason::Rpc);
        Ok(match aborted.run_ids.into_iter().next() {
            None => none(),
            Some(run_id) => SessionsAbortResult {
                aborted_run_id: Some(RunId::from(run_id)),
                ..SessionsAbortResult::new(true, "aborted".to_owned())
            },
        })
    });
}

fn none() -> SessionsAbortResult {
    SessionsAbortResult::new(true, "no-active-run".to_owned())
}
