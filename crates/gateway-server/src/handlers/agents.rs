//! `agents.list`

use openclaw_protocol::id::AgentId;
use openclaw_protocol::methods::agents::list::{AgentScope, AgentsList, AgentsListResult};
use openclaw_protocol::methods::agents::summary::AgentSummary;

use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<AgentsList>(|ctx, _| {
        let id = AgentId::from("main");
        let agents = vec![AgentSummary::new(id.clone())];
        let list = AgentsListResult::new(id, "main".to_owned(), AgentScope::PerSender, agents);
        Ok(if ctx.conn().is_v4() {
            AgentsListResult {
                ownership: Some("sole".to_owned()),
                selection_required: Some(false),
                ..list
            }
        } else {
            list
        })
    });
}
