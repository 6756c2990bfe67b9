//! `/approve`: a person answers a request for approval in a chat.

use std::sync::Arc;

use openclaw_agent::slash::Decision;

use super::command::Answer;
use crate::core::Core;

/// Answers a request.
#[expect(clippy::unused_async, reason = "the desk of approvals answers later")]
pub(super) async fn decide(_core: &Arc<Core>, id: &str, decision: Decision) -> Answer {
    Answer::text(format!(
        "No request `{id}` waits for approval, so {} changes nothing.",
        decision.as_str()
    ))
}
