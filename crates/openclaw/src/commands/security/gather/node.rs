//! What the node of this machine may run.

use std::collections::BTreeSet;

use openclaw_config::Loaded;
use openclaw_node_host::approvals::{ApprovalsStore, Ask, ConfiguredPolicy, ExecPolicy, Security};
use openclaw_policy::audit::facts::{ExecFacts, ExecRule};
use serde_json::Value;

use crate::app::App;

/// The rules for every agent that anybody names; `None` where this machine was never a node.
pub(super) fn facts(app: &App, loaded: &Loaded) -> Option<ExecFacts> {
    let path = app.paths.exec_approvals_file();
    if !path.exists() && !app.paths.node_file().exists() {
        return None;
    }
    let rules = ApprovalsStore::new(&path)
        .load()
        .map_err(|error| error.to_string())
        .map(|snapshot| {
            let file = snapshot.document.redacted();
            let agents = agents(loaded.config.other("agents"), &file);
            let rule = |agent: String| {
                let configured = ConfiguredPolicy::of_config(&loaded.config, &agent);
                let policy = ExecPolicy::resolve(configured, snapshot.document.rules_for(&agent));
                ExecRule {
                    agent,
                    runs_everything: policy.security == Security::Full,
                    asks: policy.ask != Ask::Off,
                }
            };
            agents.into_iter().map(rule).collect()
        });
    Some(ExecFacts {
        path: path.display().to_string(),
        rules,
    })
}

/// `main`, and every agent that configuration or file names.
fn agents(configured: Option<&Value>, file: &Value) -> BTreeSet<String> {
    let listed = configured
        .and_then(|agents| agents.get("list"))
        .and_then(Value::as_array);
    let listed = listed
        .into_iter()
        .flatten()
        .filter_map(|agent| agent.get("id").and_then(Value::as_str));
    let written = file.get("agents").and_then(Value::as_object);
    let written = written.into_iter().flatten().map(|(id, _)| id.as_str());
    listed
        .chain(written)
        .filter(|id| *id != "*")
        .chain(["main"])
        .map(str::to_owned)
        .collect()
}
