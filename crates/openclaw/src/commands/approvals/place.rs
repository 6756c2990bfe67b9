//! Where approvals are kept: in a file of this machine, at the Gateway, at a node.

use std::time::Duration;

use openclaw_node_host::approvals::{ApprovalsStore, Snapshot};
use openclaw_protocol::Method as _;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::exec::approvals::file::ExecApprovalsFile;
use openclaw_protocol::methods::exec::approvals::get::ExecApprovalsGet;
use openclaw_protocol::methods::exec::approvals::node::get::{
    ExecApprovalsNodeGet, ExecApprovalsNodeGetParams,
};
use openclaw_protocol::methods::exec::approvals::node::set::{
    ExecApprovalsNodeSet, ExecApprovalsNodeSetParams,
};
use openclaw_protocol::methods::exec::approvals::set::{ExecApprovalsSet, ExecApprovalsSetParams};
use openclaw_protocol::methods::node::list::NodeList;
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::approvals::WhoseArgs;
use crate::cli::target::TargetArgs;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field;

/// How long a call may take; a node may be slow to answer.
const LIMIT: Duration = Duration::from_secs(60);

/// Where approvals are kept.
#[derive(Debug)]
pub(super) enum Place {
    /// In the file of this machine's node.
    Local(ApprovalsStore),
    /// At the Gateway.
    Gateway(Operator),
    /// At this node.
    Node(Operator, String),
}

impl Place {
    /// The place that is meant, connected to.
    pub(super) async fn open(app: &App, whose: &WhoseArgs) -> Result<Self, CliError> {
        if let Some(node) = &whose.node {
            let operator = Operator::open(app, &whose.target, NodeList::NAME, LIMIT).await?;
            let (id, _) = operator.node(node).await?;
            return Ok(Self::Node(operator, id));
        }
        if whose.gateway || names_a_gateway(&whose.target) {
            let first = ExecApprovalsGet::NAME;
            let operator = Operator::open(app, &whose.target, first, LIMIT).await?;
            return Ok(Self::Gateway(operator));
        }
        let store = ApprovalsStore::new(app.paths.exec_approvals_file());
        Ok(Self::Local(store))
    }

    /// What holds there: `{path, exists, hash, file}`.
    pub(super) async fn get(&self) -> Result<Value, CliError> {
        match self {
            Self::Local(store) => store
                .load()
                .map(|snapshot| local(&snapshot))
                .map_err(|error| CliError::failure(error.to_string())),
            Self::Gateway(operator) => operator.call::<ExecApprovalsGet>(&NoParams {}).await,
            Self::Node(operator, id) => {
                let params = ExecApprovalsNodeGetParams {
                    node_id: id.as_str().into(),
                };
                operator.call::<ExecApprovalsNodeGet>(&params).await
            }
        }
    }

    /// Replaces it, if it still is what `base` says.
    pub(super) async fn set(&self, file: Value, base: Option<String>) -> Result<Value, CliError> {
        match self {
            Self::Local(store) => store
                .set(file, base.as_deref())
                .map(|snapshot| local(&snapshot))
                .map_err(|error| CliError::failure(error.to_string())),
            Self::Gateway(operator) => match known(&file) {
                Ok(file) => {
                    let params = ExecApprovalsSetParams {
                        base_hash: base,
                        ..ExecApprovalsSetParams::new(file)
                    };
                    operator.call::<ExecApprovalsSet>(&params).await
                }
                // Written by a newer Gateway: it may know what this version does not.
                Err(_) => {
                    let params = json!({ "file": file, "baseHash": base });
                    operator.call_named(ExecApprovalsSet::NAME, &params).await
                }
            },
            Self::Node(operator, id) => match known(&file) {
                Ok(file) => {
                    let params = ExecApprovalsNodeSetParams {
                        file: Some(file),
                        base_hash: base,
                        ..ExecApprovalsNodeSetParams::new(id.as_str().into())
                    };
                    operator.call::<ExecApprovalsNodeSet>(&params).await
                }
                Err(_) => {
                    let params = json!({ "nodeId": id, "file": file, "baseHash": base });
                    operator
                        .call_named(ExecApprovalsNodeSet::NAME, &params)
                        .await
                }
            },
        }
    }

    /// Closes the connection; the name of the place.
    pub(super) async fn close(self) -> String {
        match self {
            Self::Local(_) => "this machine".to_owned(),
            Self::Gateway(operator) => {
                operator.close().await;
                "the Gateway".to_owned()
            }
            Self::Node(operator, id) => {
                operator.close().await;
                format!("node {}", crate::render::id::short(&id))
            }
        }
    }
}

/// Whether an option says which Gateway is meant.
const fn names_a_gateway(target: &TargetArgs) -> bool {
    target.url.is_some()
        || target.token.is_some()
        || target.password.is_some()
        || target.port.is_some()
        || target.ssh.is_some()
}

fn local(snapshot: &Snapshot) -> Value {
    json!({
        "path": snapshot.path,
        "exists": snapshot.exists,
        "hash": snapshot.hash,
        "file": snapshot.document.redacted(),
    })
}

fn known(file: &Value) -> serde_json::Result<ExecApprovalsFile> {
    serde_json::from_value(file.clone())
}

/// What the file was when it was read.
pub(super) fn hash(snapshot: &Value) -> Option<String> {
    field::text(snapshot, "hash").map(str::to_owned)
}

/// What the file says.
pub(super) fn file(snapshot: &Value) -> Result<Value, CliError> {
    match snapshot.get("file") {
        Some(file) if file.is_object() => Ok(file.clone()),
        // What holds is kept in another way there, by rules of the platform.
        _ => Err(CliError::failure(
            "there is no approvals file to change; the answer has none",
        )),
    }
}

/// Whether somebody else changed the file meanwhile.
pub(super) fn is_stale(error: &CliError) -> bool {
    error
        .message()
        .starts_with("exec approvals changed since last load")
}
