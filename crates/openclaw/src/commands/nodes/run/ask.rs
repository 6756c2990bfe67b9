//! Asking a person, through the Gateway.

use std::time::Duration;

use openclaw_protocol::Generation;
use openclaw_protocol::methods::exec::approval::request::{
    ExecApprovalRequest, ExecApprovalRequestParams,
};
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::secret::WireSecret;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::super::on::OnNode;
use super::order::{DENIED, Wish};
use super::plan::Prepared;
use crate::app::App;
use crate::cli::nodes::run::NodesRunArgs;
use crate::error::CliError;
use crate::render::field::text;
use crate::render::time::{millis, span};

/// How long a person has to answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a person is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// What was typed.
    pub(super) args: &'a NodesRunArgs,
    /// What would run.
    pub(super) prepared: &'a Prepared,
    /// What this side wants.
    pub(super) wish: &'a Wish,
}

/// What a person allowed.
#[derive(Debug)]
pub(super) struct Granted {
    /// The question.
    pub(super) id: String,
    /// `allow-once` or `allow-always`.
    pub(super) decision: &'static str,
}

impl Question<'_> {
    /// Asks, and waits for the answer; anything but a yes is an error.
    pub(super) async fn ask(&self, app: &App, node: OnNode) -> Result<(OnNode, Granted), CliError> {
        let patience = self.args.target.timeout.unwrap_or(PATIENCE);
        let node = node.with_limit(patience);
        let id = uuid::Uuid::new_v4().to_string();
        let params = self.params(&id, node.id(), node.operator().generation(), patience);
        app.out.note(format!(
            "waiting up to {} for somebody to approve `{}`\nhint: openclaw approvals resolve {id} \
             allow-once",
            span(patience),
            self.prepared.text(),
        ));
        let outcome = node
            .operator()
            .call_final::<ExecApprovalRequest>(&params)
            .await?;
        let decision = decided(&outcome)?;
        Ok((node, Granted { id, decision }))
    }

    fn params(
        &self,
        id: &str,
        node: &str,
        generation: Generation,
        patience: Duration,
    ) -> ExecApprovalRequestParams {
        let (args, prepared) = (self.args, self.prepared);
        let policy = prepared.policy();
        let security = self
            .wish
            .security()
            .into_iter()
            .chain(policy.security)
            .min();
        let ask = self.wish.ask().into_iter().chain(policy.ask).max();
        let params = ExecApprovalRequestParams {
            id: Some(id.into()),
            command: Some(prepared.text().to_owned()),
            cwd: Nullable::or_absent(prepared.cwd().map(str::to_owned)),
            host: Nullable::Value("node".to_owned()),
            security: Nullable::or_absent(security.map(|level| level.as_str().to_owned())),
            ask: Nullable::or_absent(ask.map(|mode| mode.as_str().to_owned())),
            agent_id: Nullable::Value(args.agent.as_str().into()),
            timeout_ms: Some(millis(patience)),
            ..ExecApprovalRequestParams::default()
        };
        if generation < Generation::V4 {
            return params;
        }
        let env = args.env.iter().map(|(name, value)| {
            let value = WireSecret::new(value.expose_secret());
            (name.clone(), value)
        });
        ExecApprovalRequestParams {
            command_argv: Some(prepared.argv().to_vec()),
            system_run_plan: prepared.plan().cloned(),
            env: (!args.env.is_empty()).then(|| env.collect()),
            node_id: Nullable::Value(node.into()),
            two_phase: Some(true),
            ..params
        }
    }
}

/// The person's yes.
fn decided(outcome: &Value) -> Result<&'static str, CliError> {
    let denied = |why: &str| CliError::failure(format!("exec denied: {why}")).kind(DENIED);
    match text(outcome, "decision") {
        Some("allow-once") => Ok("allow-once"),
        Some("allow-always") => Ok("allow-always"),
        Some("deny") => Err(denied("user denied")),
        Some(other) => Err(denied(&format!("unknown decision `{other}`"))),
        None => Err(denied("approval required (approval UI not available)")
            .telling(
                "exec denied: approval required (approval UI not available)\nNobody who may \
                 approve it answered. Somebody has to be connected: a control page, an app, or \
                 another client with the scope operator.approvals.",
            )
            .hint("openclaw approvals pending")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::decided;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert_eq!(
            decided(&json!({ "decision": "allow-once" })).unwrap(),
            "allow-once"
        );
        assert_eq!(
            decided(&json!({ "decision": "allow-always" })).unwrap(),
            "allow-always"
        );
        for (outcome, why) in [
            (json!({ "decision": "deny" }), "exec denied: user denied"),
            (
                json!({ "decision": null }),
                "exec denied: approval required (approval UI not available)",
            ),
            (
                json!({ "status": "accepted" }),
                "exec denied: approval required (approval UI not available)",
            ),
            (
                json!({ "decision": "allow" }),
                "exec denied: unknown decision `allow`",
            ),
            (
                json!(true),
                "exec denied: approval required (approval UI not available)",
            ),
        ] {
            assert_eq!(decided(&outcome).unwrap_err().message(), why);
        }
    }
}
