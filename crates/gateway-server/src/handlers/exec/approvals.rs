//! `exec.approvals.get`, `exec.approvals.set`, `exec.approvals.node.get`, `exec.approvals.node.set`

use openclaw_exec_approvals::{ApprovalsStore, SetError, Snapshot, StateError};
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::exec::approvals::file::ExecApprovalsSnapshot;
use openclaw_protocol::methods::exec::approvals::get::ExecApprovalsGet;
use openclaw_protocol::methods::exec::approvals::node::get::{
    ExecApprovalsNodeGet, ExecApprovalsNodeSnapshot,
};
use openclaw_protocol::methods::exec::approvals::node::set::ExecApprovalsNodeSet;
use openclaw_protocol::methods::exec::approvals::set::ExecApprovalsSet;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use crate::context::Ctx;
use crate::core::Core;
use crate::fault::Fault;
use crate::nodes::local::{NodeCall, call_node};
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<ExecApprovalsGet, _>(|ctx, _| async move {
        let store = store(ctx.core())?;
        let loaded = off_thread(move || store.load()).await?;
        shown(&loaded.map_err(|error| unreadable(&error))?)
    });
    router.later::<ExecApprovalsSet, _>(|ctx, params| async move {
        let store = store(ctx.core())?;
        let file = serde_json::to_value(&params.file)
            .map_err(|error| Fault::invalid(format!("file: {error}")))?;
        let set = off_thread(move || store.set(file, params.base_hash.as_deref())).await?;
        shown(&set.map_err(not_set)?)
    });
    router.later::<ExecApprovalsNodeGet, _>(|ctx, params| async move {
        ask(&ctx, params.node_id, "system.execApprovals.get", &json!({})).await
    });
    router.later::<ExecApprovalsNodeSet, _>(|ctx, params| async move {
        let members = [
            ("file", params.file.map(serde_json::to_value)),
            ("native", params.native.map(serde_json::to_value)),
            ("baseHash", params.base_hash.map(serde_json::to_value)),
        ];
        let mut given = Map::new();
        for (name, value) in members {
            if let Some(value) = value {
                let value = value.map_err(|error| Fault::invalid(format!("{name}: {error}")))?;
                given.insert(name.to_owned(), value);
            }
        }
        if given.contains_key("file") == given.contains_key("native") {
            return Err(Fault::invalid("either file or native is required"));
        }
        let command = "system.execApprovals.set";
        ask(&ctx, params.node_id, command, &Value::Object(given)).await
    });
}

/// The file of this machine.
fn store(core: &Core) -> Result<ApprovalsStore, Fault> {
    let dir = core.options.state_dir.as_ref().ok_or_else(|| {
        Fault::unavailable("this gateway has no state directory, and so no exec-approvals.json")
    })?;
    Ok(ApprovalsStore::new(dir.join("exec-approvals.json")))
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Fault::internal("exec approvals", error))
}

fn unreadable(error: &StateError) -> Fault {
    Fault::unavailable(error.to_string())
}

fn not_set(error: SetError) -> Fault {
    let again = "re-run exec.approvals.get and retry";
    match error {
        SetError::BaseHashRequired => {
            Fault::invalid(format!("exec approvals base hash required; {again}"))
        }
        SetError::Changed => {
            Fault::invalid(format!("exec approvals changed since last load; {again}"))
        }
        SetError::State(error) => unreadable(&error),
        invalid => Fault::invalid(invalid.to_string()),
    }
}

fn shown(snapshot: &Snapshot) -> Result<ExecApprovalsSnapshot, Fault> {
    let text = json!({
        "path": snapshot.path.display().to_string(),
        "exists": snapshot.exists,
        "hash": snapshot.hash,
        "file": snapshot.document.redacted(),
    });
    serde_json::from_value(text).map_err(|error| Fault::internal("exec approvals", error))
}

/// Asks the node, and says what it says.
async fn ask(
    ctx: &Ctx,
    node_id: NodeId,
    command: &str,
    params: &Value,
) -> Result<ExecApprovalsNodeSnapshot, Fault> {
    let params = to_raw_value(params).map_err(|error| Fault::internal("exec approvals", error))?;
    let call = NodeCall {
        params: Some(params),
        ..NodeCall::new(node_id, command)
    };
    let mut handle = call_node(ctx.core_arc(), &call).map_err(|error| Fault::from(*error))?;
    let answer = handle.result().await.map_err(Fault::from)?;
    serde_json::from_str(answer.payload.get()).map_err(|error| {
        Fault::unavailable(format!("the node's answer is no exec approvals: {error}"))
    })
}
