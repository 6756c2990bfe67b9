//! A connection for commands that use what a Gateway runs: it says clearly what this Gateway does
//! not serve, and what this connection may not do.

use std::time::Duration;

use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::node::list::NodeList;
use openclaw_protocol::{Generation, Method, Raw};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::app::App;
use crate::cli::target::TargetArgs;
use crate::client::Client;
use crate::commands::select::{NODE, select};
use crate::error::CliError;
use crate::render::field;

/// A connection.
#[derive(Debug)]
pub(crate) struct Operator {
    client: Client,
}

impl Operator {
    /// Connects. Without `--timeout` a call may take `limit`.
    pub(crate) async fn open(
        app: &App,
        target: &TargetArgs,
        first: &str,
        limit: Duration,
    ) -> Result<Self, CliError> {
        let client = Client::open(app, target, first).await?;
        let client = client.with_timeout(target.timeout.unwrap_or(limit));
        Ok(Self { client })
    }

    /// The same connection with another deadline for calls.
    pub(crate) fn with_timeout(self, limit: Duration) -> Self {
        Self {
            client: self.client.with_timeout(limit),
        }
    }

    /// Calls a method.
    pub(crate) async fn call<M: Method>(&self, params: &M::Params) -> Result<Value, CliError> {
        let answer = self.client.call::<M>(params).await;
        answer.map_err(|error| self.explained(M::NAME, error))
    }

    /// Calls a method that answers twice, and returns its second answer.
    pub(crate) async fn call_final<M: Method>(
        &self,
        params: &M::Params,
    ) -> Result<Value, CliError> {
        let params = raw(params)?;
        let answer = self.client.call_raw_expect_final(M::NAME, &params).await;
        answer.map_err(|error| self.explained(M::NAME, error))
    }

    /// Calls a method that is not declared.
    pub(crate) async fn call_named(
        &self,
        method: &str,
        params: &impl Serialize,
    ) -> Result<Value, CliError> {
        let params = raw(params)?;
        let answer = self.client.call_raw(method, &params).await;
        answer.map_err(|error| self.explained(method, error))
    }

    /// Every node that the Gateway knows, and the id of the one that is meant.
    pub(crate) async fn node(&self, wanted: &str) -> Result<(String, Value), CliError> {
        let nodes = self.call::<NodeList>(&NoParams {}).await?;
        let nodes = field::list(&nodes, "nodes");
        let id = select(NODE, nodes, wanted)?;
        let row = nodes
            .iter()
            .find(|row| field::text(row, "nodeId") == Some(id));
        Ok((id.to_owned(), row.cloned().unwrap_or_default()))
    }

    /// The protocol that was agreed on.
    pub(crate) fn generation(&self) -> Generation {
        self.client.remote().hello().generation
    }

    /// Refuses what only a Gateway of protocol 4 can do.
    pub(crate) fn needs_v4(&self, what: &str, is_wanted: bool) -> Result<(), CliError> {
        if is_wanted && self.generation() < Generation::V4 {
            return Err(CliError::failure(format!(
                "{what} needs a Gateway of protocol 4, and this one ({}) speaks protocol 3",
                self.version()
            ))
            .field("needsProtocol", 4));
        }
        Ok(())
    }

    /// The connection.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Closes the connection.
    pub(crate) async fn close(self) {
        self.client.close().await;
    }

    fn version(&self) -> &str {
        match self.client.remote().hello().server.version.trim() {
            "" => "of unknown version",
            version => version,
        }
    }

    fn explained(&self, method: &str, error: CliError) -> CliError {
        let hello = self.client.remote().hello();
        let scopes: Vec<String> = hello.scopes().iter().map(ToString::to_string).collect();
        explain(method, self.version(), &scopes, error)
    }
}

/// Whether the Gateway said that it does not have this method.
pub(crate) fn is_not_served(error: &CliError) -> bool {
    error.is_kind(REQUEST_ERROR) && error.message().starts_with("unknown method")
}

/// The refusal with what it means: texts of Gateways name the cause and not the way out.
fn explain(method: &str, version: &str, scopes: &[String], error: CliError) -> CliError {
    if is_not_served(&error) {
        let remedy = format!(
            "This Gateway ({version}) does not serve `{method}`. Ask one that does with --url, or \
             let this one run a version that has it."
        );
        let text = format!("{}\n{remedy}", error.message());
        return error
            .telling(text)
            .field("served", false)
            .field("remedies", vec![remedy]);
    }
    if error.is_kind(REQUEST_ERROR) && error.message().starts_with("missing scope") {
        let held = if scopes.is_empty() {
            "no scope that it names".to_owned()
        } else {
            scopes.join(", ")
        };
        let text = format!("{}\nThis connection has {held}.", error.text());
        return error
            .telling(text)
            .field("scopes", scopes.to_vec())
            .hint("openclaw auth explain");
    }
    error
}

const REQUEST_ERROR: &str = "gateway_request_error";

/// A new key for a call that must happen once.
pub(crate) fn key(given: Option<&String>) -> String {
    given
        .cloned()
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

/// Params as JSON text.
pub(crate) fn raw(params: &impl Serialize) -> Result<Box<Raw>, CliError> {
    to_raw_value(params)
        .map_err(|error| CliError::failure(format!("params not writable as JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{explain, is_not_served};
    use crate::error::CliError;

    fn refused(message: &str) -> CliError {
        CliError::failure(message).kind("gateway_request_error")
    }

    #[test]
    fn a_method_that_is_not_served_is_named_with_the_version() {
        let error = explain(
            "cron.add",
            "1.2.3",
            &[],
            refused("unknown method: cron.add"),
        );
        assert!(is_not_served(&error));
        assert_eq!(error.message(), "unknown method: cron.add");
        assert!(
            error
                .text()
                .contains("This Gateway (1.2.3) does not serve `cron.add`")
        );
        assert_eq!(error.get("served"), Some(&json!(false)));
    }

    #[test]
    fn a_missing_scope_is_told_with_the_scopes_that_are_there() {
        let scopes = ["operator.read".to_owned()];
        let error = explain(
            "cron.add",
            "1",
            &scopes,
            refused("missing scope: operator.admin"),
        );
        assert!(
            error.text().ends_with("This connection has operator.read."),
            "{}",
            error.text()
        );
        assert_eq!(error.hints()[0], "openclaw auth explain");
        assert!(!is_not_served(&error));
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        let error = explain("cron.add", "1", &[], refused("invalid cron.add params"));
        assert_eq!(error.text(), "invalid cron.add params");
        // What only sounds like a refusal of the Gateway is none.
        assert!(!is_not_served(&CliError::failure("unknown method: x")));
    }
}
