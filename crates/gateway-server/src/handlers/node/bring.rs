//! What a node says it brings along: `node.pluginTools.update`, `node.skills.update`,
//! `node.runnerInventory.update`, `node.pluginSurface.refresh`

use std::sync::Arc;

use openclaw_protocol::ErrorShape;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::lenient::Lenient;
use openclaw_protocol::methods::node::plugin_surface::refresh::NodePluginSurfaceRefresh;
use openclaw_protocol::methods::node::plugin_tools::update::{
    NodePluginToolsUpdate, NodePluginToolsUpdateResult,
};
use openclaw_protocol::methods::node::runner_inventory::update::{
    NodeRunnerInventoryUpdate, NodeRunnerInventoryUpdateParams, NodeRunnerInventoryUpdateResult,
};
use openclaw_protocol::methods::node::skills::update::{NodeSkillsUpdate, NodeSkillsUpdateResult};
use serde_json::Value;

use crate::context::Ctx;
use crate::fault::Fault;
use crate::nodes::extras;
use crate::nodes::invoke::cut;
use crate::nodes::registry::LiveNode;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<NodePluginToolsUpdate>(|ctx, params| {
        let node = own(ctx)?;
        let commands = node.effective();
        let tools = node.change_extras(|extras| {
            extras.set_tools(params.tools);
            extras.tools(&commands.commands)
        });
        Ok(NodePluginToolsUpdateResult {
            node_id: node.id.clone(),
            tools: tools.into_iter().map(Lenient::Known).collect(),
        })
    });
    router.now::<NodeSkillsUpdate>(|ctx, params| {
        let node = own(ctx)?;
        let (changed, skills) =
            node.change_extras(|extras| (extras.set_skills(params.skills), extras.skills.clone()));
        if changed {
            extras::publish_skills(ctx.core());
        }
        Ok(NodeSkillsUpdateResult {
            node_id: node.id.clone(),
            skills: skills.into_iter().map(Lenient::Known).collect(),
        })
    });
    router.now::<NodeRunnerInventoryUpdate>(|ctx, params| {
        let session_host = hosts_sessions(&params)?;
        let node = own(ctx)?;
        if let [feature] = &params.protocol_features[..]
            && feature != SUPERVISOR
        {
            return Err(Fault::invalid(format!(
                "node {} must be updated before it can host sessions: this gateway knows {SUPERVISOR}",
                node.id
            )));
        }
        if session_host && node.effective().commands.is_empty() {
            return Err(not_approved(ctx, &node.id).into());
        }
        node.change_extras(|extras| extras.session_host = session_host);
        Ok(NodeRunnerInventoryUpdateResult {
            node_id: node.id.clone(),
        })
    });
    router.now::<NodePluginSurfaceRefresh>(|_, params| {
        let surface = params.surface.trim();
        if surface.is_empty() {
            return Err(Fault::invalid("surface required"));
        }
        // No plugin serves a surface here.
        let named: String = cut(surface, 64)
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        Err(Fault::unavailable(format!(
            "{named} plugin surface unavailable"
        )))
    });
}

/// How a node that hosts sessions takes part.
const SUPERVISOR: &str = "node-worker-supervisor-v6";

/// The node that calls, if it is the one that is asked.
fn own(ctx: &Ctx) -> Result<Arc<LiveNode>, Fault> {
    let conn = ctx.conn();
    let device = conn.device.as_ref();
    let node = device.and_then(|device| ctx.core().nodes.get(device.as_str()));
    node.filter(|node| node.conn.id == conn.id)
        .ok_or_else(|| Fault::invalid("unknown nodeId"))
}

/// Whether the node offers to host sessions, if what it says makes sense.
fn hosts_sessions(params: &NodeRunnerInventoryUpdateParams) -> Result<bool, Fault> {
    let invalid = || Fault::invalid("invalid node runner inventory");
    let features = &params.protocol_features;
    let is_word = |word: &String| !word.is_empty() && word.len() <= 128;
    if features.len() > 1 || !features.iter().all(is_word) {
        return Err(invalid());
    }
    let Some(host) = &params.worker_host else {
        return Ok(false);
    };
    let enabled = host.get("enabled").and_then(Value::as_bool);
    let enabled = enabled.ok_or_else(invalid)?;
    if enabled && features.is_empty() {
        return Err(invalid());
    }
    Ok(enabled)
}

fn not_approved(ctx: &Ctx, node: &NodeId) -> ErrorShape {
    let waiting = ctx.core().book.waiting(crate::clock::now_ms());
    let waiting = waiting
        .iter()
        .find(|request| request.subject() == node.as_str());
    let text = waiting.map_or_else(
        || "node runner inventory publication is not current; retry after pairing completes".to_owned(),
        |request| {
            format!(
                "node capability surface is awaiting operator approval; run `openclaw nodes approve {}` \
                 (see `openclaw nodes pending`), then this node retries automatically",
                request.request_id
            )
        },
    );
    let mut error = ErrorShape::unavailable(text);
    error.retryable = Some(true);
    error
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::methods::node::runner_inventory::update::NodeRunnerInventoryUpdateParams;
    use serde_json::{Value, json};

    use super::{SUPERVISOR, hosts_sessions};

    fn says(features: &[&str], host: Option<Value>) -> Option<bool> {
        let features = features.iter().map(|word| (*word).to_owned()).collect();
        let mut params = NodeRunnerInventoryUpdateParams::new(features);
        params.worker_host = host;
        hosts_sessions(&params).ok()
    }

    #[test]
    fn an_inventory_makes_sense_or_is_refused() {
        assert_eq!(says(&[], None), Some(false));
        assert_eq!(says(&[], Some(json!({ "enabled": false }))), Some(false));
        let on = json!({ "enabled": true, "capacity": 1 });
        assert_eq!(says(&[SUPERVISOR], Some(on.clone())), Some(true));
        assert_eq!(says(&[], Some(on)), None);
        assert_eq!(says(&["a", "b"], None), None);
        assert_eq!(says(&[""], None), None);
        assert_eq!(says(&[SUPERVISOR], Some(json!({}))), None);
        assert_eq!(says(&[SUPERVISOR], Some(json!("on"))), None);
    }
}
