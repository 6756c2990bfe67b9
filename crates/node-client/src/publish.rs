//! Tools and skills that a node brings along: said on every connection, and again on a change.

use std::sync::Arc;

use openclaw_protocol::methods::node::plugin_tools::update::{
    NodePluginTool, NodePluginToolsUpdate, NodePluginToolsUpdateParams,
};
use openclaw_protocol::methods::node::skills::update::{
    NodeSkill, NodeSkillsUpdate, NodeSkillsUpdateParams,
};
use openclaw_protocol::{Generation, Method};
use serde_json::value::to_raw_value;
use tokio::sync::watch;

use crate::uplink::Uplink;

/// What is published. `None` says nothing; an empty list takes back what was said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Published {
    pub(crate) tools: Option<Arc<[NodePluginTool]>>,
    pub(crate) skills: Option<Arc<[NodeSkill]>>,
}

impl Published {
    /// Adds a tool.
    pub(crate) fn add_tool(&mut self, tool: NodePluginTool) {
        let tools = self.tools.iter().flat_map(|tools| tools.iter().cloned());
        self.tools = Some(tools.chain([tool]).collect());
    }

    /// Adds a skill.
    pub(crate) fn add_skill(&mut self, skill: NodeSkill) {
        let skills = self.skills.iter().flat_map(|skills| skills.iter().cloned());
        self.skills = Some(skills.chain([skill]).collect());
    }
}

/// Publishes on one connection until it is dropped. Gateways of protocol 3 know neither list.
pub(crate) async fn keep(uplink: Arc<dyn Uplink>, mut wanted: watch::Receiver<Published>) {
    if uplink.generation() < Generation::V4 {
        return;
    }
    let mut said = Published::default();
    loop {
        let now = wanted.borrow_and_update().clone();
        if let Some(tools) = now.tools.as_ref().filter(|_| now.tools != said.tools) {
            let tools = tools.to_vec();
            say::<NodePluginToolsUpdate>(&*uplink, &NodePluginToolsUpdateParams { tools }).await;
        }
        if let Some(skills) = now.skills.as_ref().filter(|_| now.skills != said.skills) {
            let skills = skills.to_vec();
            say::<NodeSkillsUpdate>(&*uplink, &NodeSkillsUpdateParams { skills }).await;
        }
        said = now;
        if wanted.changed().await.is_err() {
            return;
        }
    }
}

async fn say<M: Method>(uplink: &dyn Uplink, params: &M::Params) {
    let params = match to_raw_value(params) {
        Ok(params) => params,
        Err(error) => return tracing::warn!(method = M::NAME, %error, "list is no JSON"),
    };
    if let Err(error) = uplink.call(M::NAME, params).await {
        tracing::warn!(method = M::NAME, %error, "list not published");
    }
}
