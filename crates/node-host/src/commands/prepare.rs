//! `system.run.prepare`: says exactly what `system.run` would run, for a person to approve.

use std::sync::Arc;

use openclaw_node_client::NodeError;
use serde::{Deserialize, Serialize};

use crate::core::{Core, MAIN_AGENT, off_thread};
use crate::exec::judge::folder;
use crate::exec::{CommandLine, Plan, ScriptPin};

/// The command's name.
pub(crate) const NAME: &str = "system.run.prepare";

/// Shape: `{command[], rawCommand?, cwd?, agentId?, sessionKey?}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrepareParams {
    command: Option<Vec<String>>,
    raw_command: Option<String>,
    cwd: Option<String>,
    agent_id: Option<String>,
    session_key: Option<String>,
}

/// Shape: `{plan, execPolicy: {security, ask}}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrepareResult {
    plan: Plan,
    exec_policy: PolicyShown,
}

#[derive(Debug, Serialize)]
struct PolicyShown {
    security: &'static str,
    ask: &'static str,
}

/// Makes a plan. Runs nothing.
pub(crate) async fn prepare(
    core: Arc<Core>,
    params: PrepareParams,
) -> Result<PrepareResult, NodeError> {
    off_thread(move || plan(&core, params))
        .await?
        .map_err(NodeError::invalid_request)
}

fn plan(core: &Core, params: PrepareParams) -> Result<PrepareResult, String> {
    let asked = CommandLine::new(
        params.command.unwrap_or_default(),
        params.raw_command.as_deref(),
    )
    .map_err(|error| error.to_string())?;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let cwd = given(params.cwd);
    let in_folder = folder(core, cwd.as_deref().map(str::trim))?;
    let path = core
        .environment
        .search_path(&std::collections::BTreeMap::new());
    let program = path
        .resolve(asked.program(), &in_folder)
        .ok_or_else(|| format!("`{}` is no program on this node", asked.program()))?;
    let mut argv = asked.argv().to_vec();
    if let (Some(first), Some(program)) = (argv.first_mut(), program.to_str()) {
        // What a name means can change between approval and run; a path means one file.
        program.clone_into(first);
    }
    let command = CommandLine::new(argv, None).map_err(|error| error.to_string())?;
    let policy = core.policy_for(params.agent_id.as_deref().unwrap_or(MAIN_AGENT).trim());
    Ok(PrepareResult {
        plan: Plan {
            mutable_file_operand: ScriptPin::find(&command, &program, &in_folder),
            command_text: command.text().to_owned(),
            command_preview: command.shell_payload().map(str::to_owned),
            argv: command.argv().to_vec(),
            cwd,
            agent_id: given(params.agent_id),
            session_key: given(params.session_key),
        },
        exec_policy: PolicyShown {
            security: policy.security.as_str(),
            ask: policy.ask.as_str(),
        },
    })
}
