//! `agents.list`

use openclaw_protocol::id::AgentId;
use openclaw_protocol::methods::agents::list::{AgentScope, AgentsList, AgentsListResult};
use openclaw_protocol::methods::agents::summary::{AgentFace, AgentSummary};
use serde_json::json;

use crate::agents::AgentProfile;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<AgentsList>(|ctx, _| {
        let setup = ctx.core().runs.setup();
        let options = &setup.options;
        let is_v4 = ctx.conn().is_v4();
        let agents = options.agents.iter().map(|agent| shown(agent, is_v4));
        let scope = if options.is_global {
            AgentScope::Global
        } else {
            AgentScope::PerSender
        };
        let list = AgentsListResult::new(
            AgentId::from(options.default_agent().id.as_str()),
            options.main_key.clone(),
            scope,
            agents.collect(),
        );
        Ok(if is_v4 {
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

fn shown(agent: &AgentProfile, is_v4: bool) -> AgentSummary {
    let mut row = AgentSummary::new(AgentId::from(agent.id.as_str()));
    row.name.clone_from(&agent.name);
    if agent.name.is_some() || agent.emoji.is_some() || agent.avatar.is_some() {
        row.identity = Some(AgentFace {
            name: agent.name.clone(),
            emoji: agent.emoji.clone(),
            avatar: agent.avatar.clone(),
            ..AgentFace::default()
        });
    }
    if is_v4 {
        row.workspace = agent
            .workspace
            .as_ref()
            .map(|folder| folder.display().to_string());
        if let Some((primary, rest)) = agent.models.split_first() {
            let mut model = json!({ "primary": primary.to_string() });
            if !rest.is_empty() {
                let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
                model["fallbacks"] = json!(rest);
            }
            row.model = Some(model);
        }
    }
    row
}
