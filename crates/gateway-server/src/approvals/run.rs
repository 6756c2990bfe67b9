//! The approval in the params of `system.run`: what callers say is taken out, what this Gateway
//! holds is put in.

use std::collections::BTreeMap;

use openclaw_policy::exec_approval::{ExecFacts, digest_of_env, text_of};
use serde_json::{Map, Value, json};

use super::Approvals;
use super::desk::Unusable;
use crate::clock::now_ms;
use crate::fault::Fault;

/// The command whose params carry an approval.
pub(crate) const SYSTEM_RUN: &str = "system.run";

/// Who calls what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The caller, the same after a reconnect.
    pub(crate) caller: &'a str,
    /// The call's key.
    pub(crate) key: &'a str,
    /// The node.
    pub(crate) node: &'a str,
}

/// Params as the node gets them. Without the members that say that a person approved: only this
/// Gateway may say so to a node, never a caller. They are read for that, so that no spelling of a
/// member escapes; what cannot be read is refused. Where `runId` names an answer of this Gateway
/// for this very run, the Gateway says so.
pub(crate) fn settle(approvals: &Approvals, call: Call<'_>, params: &str) -> Result<String, Fault> {
    let unreadable = |error| Fault::invalid(format!("invalid {SYSTEM_RUN} params: {error}"));
    let mut members: Map<String, Value> = serde_json::from_str(params).map_err(unreadable)?;
    members.remove("approved");
    members.remove("approvalDecision");
    if let Some(id) = text(&members, "runId") {
        let run = facts(&members, call.node)?;
        match approvals.spend(&id, call.caller, call.key, &run, now_ms()) {
            None => {}
            Some(Ok(way)) => {
                members.insert("approved".to_owned(), json!(true));
                members.insert("approvalDecision".to_owned(), json!(way.decision.as_str()));
                if let Some(plan) = way.plan {
                    members.insert("systemRunPlan".to_owned(), plan);
                }
            }
            Some(Err(why)) => return Err(refused(why)),
        }
    }
    serde_json::to_string(&members).map_err(unreadable)
}

fn refused(why: Unusable) -> Fault {
    let code = match why {
        Unusable::OtherAsker => "APPROVAL_CLIENT_MISMATCH",
        Unusable::NoYes => "APPROVAL_REQUIRED",
        Unusable::Used => "APPROVAL_ALREADY_USED",
        Unusable::Strays(_) => "APPROVAL_REQUEST_MISMATCH",
    };
    Fault::invalid(why.to_string()).with_details(json!({
        "code": code, "reason": code, "outcome": "not-dispatched", "nodeCommandDispatched": false,
    }))
}

/// What the run is.
pub(crate) fn facts(members: &Map<String, Value>, node: &str) -> Result<ExecFacts, Fault> {
    let wrong = |member: &str| Fault::invalid(format!("invalid {SYSTEM_RUN} params: {member}"));
    let argv: Option<Vec<String>> = match members.get("command") {
        None | Some(Value::Null) => None,
        Some(value) => Some(strings(value).ok_or_else(|| wrong("command"))?),
    };
    let env: BTreeMap<String, String> = match members.get("env") {
        None | Some(Value::Null) => BTreeMap::new(),
        Some(Value::Object(env)) => env
            .iter()
            .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("env"))?,
        Some(_) => return Err(wrong("env")),
    };
    let own = argv.as_deref().map(text_of).unwrap_or_default();
    Ok(ExecFacts {
        text: text(members, "rawCommand").unwrap_or(own),
        argv,
        cwd: text(members, "cwd"),
        env: digest_of_env(&env),
        agent: text(members, "agentId"),
        session: text(members, "sessionKey"),
        node: Some(node.to_owned()),
    })
}

/// A list of texts.
pub(crate) fn strings(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array()?.iter();
    list.map(|one| one.as_str().map(str::to_owned)).collect()
}

/// A member that is text and says something.
pub(crate) fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
