//! `system.execApprovals.get` and `.set`: the approvals file, for operators who administer it.

use std::path::PathBuf;
use std::sync::Arc;

use openclaw_node_client::NodeError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approvals::{SetError, Snapshot};
use crate::core::{Core, off_thread};

/// The commands' names.
pub(crate) const GET: &str = "system.execApprovals.get";
pub(crate) const SET: &str = "system.execApprovals.set";

/// Shape: `{file, baseHash?}`; the hash is needed where there is a file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetParams {
    file: Option<Value>,
    base_hash: Option<String>,
}

/// Shape: `{path, exists, hash, file}`; the socket's token is not in `file`.
#[derive(Debug, Serialize)]
pub(crate) struct ApprovalsResult {
    path: PathBuf,
    exists: bool,
    hash: String,
    file: Value,
}

/// Reads the file.
pub(crate) async fn get(core: Arc<Core>) -> Result<ApprovalsResult, NodeError> {
    let snapshot = off_thread(move || core.approvals.load()).await?;
    Ok(shown(snapshot?))
}

/// Replaces the file, if it still is the one that the caller read.
pub(crate) async fn set(core: Arc<Core>, params: SetParams) -> Result<ApprovalsResult, NodeError> {
    let Some(file) = params.file.filter(|file| !file.is_null()) else {
        return Err(NodeError::invalid_request("exec approvals file required"));
    };
    let set = move || core.approvals.set(file, params.base_hash.as_deref());
    match off_thread(set).await? {
        Ok(snapshot) => Ok(shown(snapshot)),
        Err(SetError::State(error)) => Err(error.into()),
        Err(error) => Err(NodeError::invalid_request(error.to_string())),
    }
}

fn shown(snapshot: Snapshot) -> ApprovalsResult {
    ApprovalsResult {
        file: snapshot.document.redacted(),
        path: snapshot.path,
        exists: snapshot.exists,
        hash: snapshot.hash,
    }
}
