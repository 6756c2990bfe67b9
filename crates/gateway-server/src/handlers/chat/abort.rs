//! `chat.abort`

use openclaw_protocol::id::RunId;
use openclaw_protocol::methods::chat::abort::{ChatAbort, ChatAbortResult};

use crate::fault::Fault;
use crate::router::Router;
use crate::runs::{StopReason, canonical_key};

pub(super) fn register(router: &mut Router) {
    router.now::<ChatAbort>(|ctx, params| {
        let runs = &ctx.core().runs;
        let key = canonical_key(&runs.setup(), params.session_key.as_str());
        let run_id = params.run_id.as_ref().map(RunId::as_str);
        if let Some(run_id) = run_id
            && runs.session_of(run_id).is_some_and(|of| of != key)
        {
            return Err(Fault::invalid("runId does not match sessionKey"));
        }
        let aborted = runs.abort(&key, run_id, StopReason::Rpc);
        Ok(ChatAbortResult {
            ok: true,
            aborted: !aborted.run_ids.is_empty(),
            run_ids: aborted.run_ids.into_iter().map(RunId::from).collect(),
        })
    });
}
