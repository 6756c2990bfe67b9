//! A command for which a node wants a person's word: people are asked, and what runs is what they
//! saw.

use std::collections::BTreeMap;

use openclaw_agent::tools::nodes::{NodeAnswer, NodeCall, NodeFault};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::{CoreNodes, asker};
use crate::approvals::people::{self, Said, Wanted};
use crate::approvals::run::{SYSTEM_RUN, facts, strings, text};

/// The node's command that says what exactly would run.
const PREPARE: &str = "system.run.prepare";
/// How a node says that a person has to be asked.
const WANTS: &str = "SYSTEM_RUN_DENIED: approval required";
/// The code of every refusal by people.
pub(in crate::runs::tools) const DENIED: &str = "APPROVAL_DENIED";

/// Whether a node refused because a person has to be asked.
pub(super) fn is_wanted(command: &str, fault: &NodeFault) -> bool {
    command == SYSTEM_RUN && !fault.may_have_happened && fault.message.contains(WANTS)
}

/// A command of a node's shell, said to be the agent's and the session's whose it is: a node has
/// rules for each agent, and for whom it runs is not for the model to say.
pub(super) fn in_its_name(mut call: NodeCall) -> Result<NodeCall, NodeFault> {
    if call.command == SYSTEM_RUN || call.command == PREPARE {
        let mut run = members(&call)?;
        run.insert("agentId".to_owned(), json!(call.agent_id));
        run.insert("sessionKey".to_owned(), json!(call.session_key));
        call.params = as_params(&run)?;
    }
    Ok(call)
}

fn members(call: &NodeCall) -> Result<Map<String, Value>, NodeFault> {
    serde_json::from_str(call.params.get()).map_err(|error| {
        let command = &call.command;
        refused(format!("the params of {command} are unreadable: {error}"))
    })
}

fn as_params(run: &Map<String, Value>) -> Result<Box<RawValue>, NodeFault> {
    to_raw_value(run).map_err(|error| refused(format!("{SYSTEM_RUN} is not serialisable: {error}")))
}

/// Asks people, and runs it if somebody says yes.
pub(super) async fn after_asking(
    nodes: &CoreNodes,
    call: NodeCall,
) -> Result<NodeAnswer, NodeFault> {
    let wanted = members(&call)?;
    let (mut run, plan) = prepared(nodes, &call, wanted).await?;
    let mut facts = facts(&run, &call.node_id).map_err(|fault| refused(fault.to_string()))?;
    if let Some(shown) = plan.as_ref().and_then(|plan| plan["commandText"].as_str()) {
        shown.clone_into(&mut facts.text);
    }
    let question = Wanted {
        host: "node",
        facts,
        plan,
        program: None,
        may_always: true,
        env: env_of(&run),
    };
    let asker = asker(&call.session_key);
    let said = people::ask(&nodes.core, question, &asker, &call.cancel).await;
    let Said::Yes { id, .. } = &said else {
        return Err(refused(said.refusal().unwrap_or_default()));
    };
    run.insert("runId".to_owned(), json!(id));
    let params = as_params(&run)?;
    let approved = NodeCall {
        params,
        // What was refused and what was approved are two runs.
        idempotency_key: format!("{}-approved", call.idempotency_key),
        ..call
    };
    nodes.once(approved).await
}

/// The run as the node would do it, and the plan in which it says so; without a plan for nodes
/// that cannot tell.
async fn prepared(
    nodes: &CoreNodes,
    call: &NodeCall,
    mut run: Map<String, Value>,
) -> Result<(Map<String, Value>, Option<Value>), NodeFault> {
    let node = nodes.core.nodes.get(&call.node_id);
    let offers = node.is_some_and(|node| {
        let surface = node.effective();
        surface.commands.iter().any(|command| command == PREPARE)
    });
    if !offers {
        return Ok((run, None));
    }
    let members = ["command", "rawCommand", "cwd", "agentId", "sessionKey"];
    let ask: Map<String, Value> = members
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), run.get(name)?.clone())))
        .collect();
    let params = to_raw_value(&ask)
        .map_err(|error| refused(format!("{PREPARE} is not serialisable: {error}")))?;
    let answer = nodes
        .once(NodeCall {
            command: PREPARE.to_owned(),
            params,
            idempotency_key: format!("{}-prepare", call.idempotency_key),
            ..call.clone()
        })
        .await?;
    let told = answer.payload.as_ref().map_or("null", |text| text.get());
    let mut told: Value = serde_json::from_str(told)
        .map_err(|error| refused(format!("the node's plan is unreadable: {error}")))?;
    let Some(plan) = told.get_mut("plan").and_then(Value::as_object_mut) else {
        return Err(refused("the node did not say what it would run"));
    };
    // The newest nodes want it left out where it says nothing.
    plan.retain(|name, value| name != "mutableFileOperand" || !value.is_null());
    let argv = plan.get("argv").and_then(strings);
    let asked = run.get("command").and_then(strings);
    let is_same = match (&argv, &asked) {
        // The node may name the program by its path; it may not name another command.
        (Some(argv), Some(asked)) => argv.len() == asked.len() && argv.get(1..) == asked.get(1..),
        _ => false,
    };
    if !is_same {
        return Err(refused(
            "the node prepared another command than it was asked for",
        ));
    }
    run.remove("rawCommand");
    run.insert("command".to_owned(), json!(argv));
    match text(plan, "cwd") {
        Some(cwd) => run.insert("cwd".to_owned(), json!(cwd)),
        None => run.remove("cwd"),
    };
    let plan = Value::Object(plan.clone());
    run.insert("systemRunPlan".to_owned(), plan.clone());
    Ok((run, Some(plan)))
}

fn refused(message: impl Into<String>) -> NodeFault {
    NodeFault {
        code: DENIED.to_owned(),
        message: message.into(),
        may_have_happened: false,
        from_node: false,
    }
}

/// The variables in the params, as far as they are texts: others were refused before.
fn env_of(run: &Map<String, Value>) -> BTreeMap<String, String> {
    let env = run.get("env").and_then(Value::as_object);
    env.into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}
