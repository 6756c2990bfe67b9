//! One command of one node.

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::node::invoke::{NodeInvoke, NodeInvokeParams};
use openclaw_protocol::methods::node::list::NodeList;
use serde_json::{Map, Value};

use crate::app::App;
use crate::cli::nodes::on::OnNodeArgs;
use crate::cli::target::TargetArgs;
use crate::commands::operator::{Operator, key, raw};
use crate::error::CliError;
use crate::render::field::{self, text};
use crate::render::time::millis;

/// How long the Gateway's answer may come after the node's deadline.
const MARGIN: Duration = Duration::from_secs(5);

/// A node that is connected to, through its Gateway.
#[derive(Debug)]
pub(super) struct OnNode {
    operator: Operator,
    id: String,
    row: Value,
}

/// A command for a node.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Its name.
    pub(super) command: &'a str,
    /// What it takes; `null` is nothing.
    pub(super) params: Value,
    /// How long the node may take.
    pub(super) within: Duration,
    /// The node runs one command for one key.
    pub(super) key: String,
}

impl OnNode {
    /// Connects, and finds the node. Without `--timeout` a call may take `within`, and a moment
    /// for the Gateway to say that the node was too slow.
    pub(super) async fn open(
        app: &App,
        target: &TargetArgs,
        node: &str,
        within: Duration,
    ) -> Result<Self, CliError> {
        let limit = within.saturating_add(MARGIN);
        let operator = Operator::open(app, target, NodeList::NAME, limit).await?;
        let (id, row) = operator.node(node).await?;
        Ok(Self { operator, id, row })
    }

    /// The node's id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the node offers the command, as far as the Gateway lets it.
    pub(super) fn offers(&self, command: &str) -> bool {
        field::texts(&self.row, "commands").contains(&command)
    }

    /// The node's platform; empty where it names none.
    pub(super) fn platform(&self) -> &str {
        text(&self.row, "platform").unwrap_or_default()
    }

    /// The connection.
    pub(super) const fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The same with another deadline for calls.
    pub(super) fn with_limit(self, limit: Duration) -> Self {
        Self {
            operator: self.operator.with_timeout(limit.saturating_add(MARGIN)),
            ..self
        }
    }

    /// Runs a command: `{ok, nodeId, command, payload, payloadJSON}`.
    pub(super) async fn invoke(&self, call: &Call<'_>) -> Result<Value, CliError> {
        let params = match &call.params {
            Value::Null => None,
            params => Some(raw(params)?),
        };
        let params = NodeInvokeParams {
            params,
            timeout_ms: Some(millis(call.within)),
            ..NodeInvokeParams::new(
                self.id.as_str().into(),
                call.command.to_owned(),
                call.key.clone(),
            )
        };
        let answer = self.operator.call::<NodeInvoke>(&params).await;
        answer.map_err(|error| {
            if error.message().contains("node command not allowed") {
                let hint = format!("openclaw nodes describe --node {}", self.id);
                return error.hint(hint);
            }
            error
        })
    }

    /// Closes the connection.
    pub(super) async fn close(self) {
        self.operator.close().await;
    }
}

/// Connects, runs one command, closes: the whole answer.
pub(super) async fn invoke_once(
    app: &App,
    on: &OnNodeArgs,
    command: &str,
    params: Value,
    within: Duration,
) -> Result<Value, CliError> {
    let within = on.invoke_timeout.unwrap_or(within);
    let node = OnNode::open(app, &on.target, &on.node, within).await?;
    let call = Call {
        command,
        params,
        within,
        key: key(on.idempotency_key.as_ref()),
    };
    let answer = node.invoke(&call).await;
    node.close().await;
    answer
}

/// What the node answered.
pub(super) fn payload(answer: &Value) -> &Value {
    answer.get("payload").unwrap_or(&Value::Null)
}

/// An object of the members that are there.
pub(super) fn members<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let given = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{members, payload};

    #[test]
    fn what_is_not_given_is_left_out() {
        let object = members([("a", Some(json!(1))), ("b", None), ("c", Some(json!("x")))]);
        assert_eq!(object, json!({ "a": 1, "c": "x" }));
        assert_eq!(payload(&json!({ "payload": { "x": 1 } }))["x"], 1);
        assert!(payload(&json!({})).is_null());
    }
}
