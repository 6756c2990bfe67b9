//! From a request to what is asked of an agent.

use std::sync::Arc;

use super::caller::ApiCaller;
use super::fault::ApiFault;
use super::prompt::Talk;
use super::target::Target;
use super::tools_asked::AskedTools;
use crate::core::Core;
use crate::runs::{AskAttachment, Origin, RunAsk, Setup, has_tool};

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Asking<'a> {
    pub(super) run_id: &'a str,
    pub(super) caller: &'a ApiCaller,
    pub(super) target: Target,
    pub(super) talk: &'a Talk,
    pub(super) files: Vec<AskAttachment>,
    /// More for the system prompt: what stands in files.
    pub(super) notes: Vec<String>,
    pub(super) tools: AskedTools,
    pub(super) max_tokens: Option<u64>,
    /// The field in which questions stand.
    pub(super) field: &'static str,
}

/// What is asked of the agent.
///
/// # Errors
///
/// 400 if nothing is asked, or a tool has the name of one of the agent's.
pub(super) async fn ask(
    core: &Arc<Core>,
    setup: &Setup,
    asking: Asking<'_>,
) -> Result<RunAsk, ApiFault> {
    let text = asking.talk.question().unwrap_or_default();
    if text.trim().is_empty() && asking.files.is_empty() {
        return Err(ApiFault::invalid(format!(
            "Missing user message in `{}`.",
            asking.field
        )));
    }
    let names: Vec<&str> = asking
        .tools
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    let key = &asking.target.session_key;
    if let Some(name) = has_tool(core, &setup.options, setup.agent_of(key), &names).await {
        return Err(ApiFault::invalid(format!(
            "`tools`: the agent has a tool `{name}` of its own; give yours another name"
        )));
    }
    let mut extra: Vec<String> = asking.talk.system_text().into_iter().collect();
    extra.extend(asking.notes);
    extra.extend(asking.tools.instruction());
    let mut ask = RunAsk::new(key.as_str(), text, Origin::Http, asking.run_id);
    ask.subject = Some(asking.caller.subject.clone());
    ask.attachments = asking.files;
    ask.model = asking.target.model;
    ask.client_tools = asking.tools.tools;
    ask.max_tokens = asking.max_tokens;
    ask.extra_system_prompt = (!extra.is_empty()).then(|| extra.join("\n\n"));
    // What was sent cannot be taken back.
    ask.may_replace_text = false;
    Ok(ask)
}
