//! `/approve`: a person answers a request for approval in a chat.

use std::sync::Arc;

use openclaw_agent::slash::Decision;
use openclaw_protocol::methods::exec::approval::record::ExecDecision;

use super::command::Answer;
use crate::approvals::wire;
use crate::clock::now_ms;
use crate::core::Core;

/// Who answered, as operators are told.
const BY: &str = "chat";

/// Answers a request.
pub(super) fn decide(core: &Arc<Core>, id: &str, decision: Decision) -> Answer {
    let word = decision.as_str();
    let now = now_ms();
    let wanted = ExecDecision::from(word);
    let resolved = core
        .approvals
        .resolve(id, wanted.clone(), Some(BY.to_owned()), None, now);
    match resolved {
        Ok(pending) => {
            wire::tell_resolved(core, &pending, &wanted, Some(BY), now);
            Answer::text(format!("{word}: `{}`", pending.request.command))
        }
        Err(error) => Answer::text(format!("{error} (`{id}`)")),
    }
}
