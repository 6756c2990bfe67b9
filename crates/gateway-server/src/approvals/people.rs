//! Questions of this Gateway's own agent.

use std::collections::BTreeMap;
use std::time::Duration;

use openclaw_policy::exec_approval::ExecFacts;
use openclaw_protocol::id::ApprovalId;
use openclaw_protocol::methods::exec::approval::record::{ExecDecision, ExecRequest};
use openclaw_protocol::methods::nullable::Nullable;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::beware::{self, Values};
use super::{Ask, wire};
use crate::channels;
use crate::clock::now_ms;
use crate::core::Core;

/// How long people have: somebody who wrote from a phone has put it away meanwhile.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// What the agent wants to run.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// `gateway` or `node`.
    pub(crate) host: &'static str,
    /// To what the answer is bound; its text is what people see.
    pub(crate) facts: ExecFacts,
    /// What the node prepared.
    pub(crate) plan: Option<Value>,
    /// The program that would run, where it is known.
    pub(crate) program: Option<String>,
    /// It may be allowed for good.
    pub(crate) may_always: bool,
    /// The variables that it sets: they decide what runs as much as the text does.
    pub(crate) env: BTreeMap<String, String>,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// A person allowed it.
    Yes {
        /// The question.
        id: ApprovalId,
        /// For good.
        always: bool,
    },
    /// A person turned it down.
    No,
    /// Nobody answered in time.
    Nothing,
    /// Too many questions wait.
    TooMany,
}

impl Said {
    /// Why it does not run, for the model and the person who reads along; `None` for a yes.
    pub(crate) const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Yes { .. } => None,
            Self::No => Some("a person was asked and said no; do not try it another way"),
            Self::Nothing => Some(
                "a person has to approve this, and nobody did in time; it can be approved with \
                 /approve in the chat, on the control page or with `openclaw approvals`",
            ),
            Self::TooMany => Some("too many commands wait for approval already"),
        }
    }
}

/// Asks people and waits for the first answer, or until the call is taken back.
pub(crate) async fn ask(
    core: &Core,
    wanted: Wanted,
    asker: &str,
    cancel: &CancellationToken,
) -> Said {
    let facts = &wanted.facts;
    let or_null = |text: &Option<String>| match text {
        Some(text) => Nullable::Value(text.clone()),
        None => Nullable::Null,
    };
    let answers = ExecDecision::KNOWN.iter();
    let answers = answers.filter(|one| wanted.may_always || **one != ExecDecision::AllowAlways);
    let request = ExecRequest {
        cwd: or_null(&facts.cwd),
        host: Nullable::Value(wanted.host.to_owned()),
        node_id: Nullable::or_absent(facts.node.as_deref().map(Into::into)),
        security: Nullable::Null,
        ask: Nullable::Null,
        agent_id: Nullable::or_absent(facts.agent.as_deref().map(Into::into)),
        resolved_path: or_null(&wanted.program),
        session_key: Nullable::or_absent(facts.session.as_deref().map(Into::into)),
        allowed_decisions: Some(answers.cloned().collect()),
        warning_text: Nullable::or_absent(beware::of_env(&wanted.env, Values::Shown)),
        ..ExecRequest::new(facts.text.clone())
    };
    let id = ApprovalId::from(uuid::Uuid::new_v4().to_string());
    let asked = core.approvals.ask(Ask {
        id: id.clone(),
        request,
        facts: wanted.facts,
        plan: wanted.plan,
        asker: asker.to_owned(),
        apart: None,
        reviewers: Vec::new(),
        may_always: wanted.may_always,
        now_ms: now_ms(),
        timeout: PATIENCE,
    });
    let Ok(pending) = asked else {
        return Said::TooMany;
    };
    // However this ends, nobody is asked any more: also when the run is stopped and this with it.
    let _asked = Asked { core, id: &id };
    wire::tell_requested(core, &pending);
    channels::ask_approval(core, &pending).await;
    let answered = tokio::select! {
        biased;
        answered = core.approvals.wait(&id) => answered,
        () = cancel.cancelled() => None,
        () = tokio::time::sleep(PATIENCE) => None,
    };
    match answered.and_then(|answered| answered.decision) {
        Some(ExecDecision::AllowOnce) => Said::Yes {
            id: id.clone(),
            always: false,
        },
        Some(ExecDecision::AllowAlways) => Said::Yes {
            id: id.clone(),
            always: true,
        },
        Some(_) => Said::No,
        None => Said::Nothing,
    }
}

/// A question that lapses with whoever asked it.
struct Asked<'a> {
    core: &'a Core,
    id: &'a ApprovalId,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.core.approvals.lapse(self.id, now_ms());
    }
}
