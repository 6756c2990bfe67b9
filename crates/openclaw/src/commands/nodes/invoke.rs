//! `openclaw nodes invoke`

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::node::invoke::{NodeInvoke, NodeInvokeParams};
use openclaw_protocol::methods::node::list::NodeList;

use crate::app::App;
use crate::cli::nodes::NodesInvokeArgs;
use crate::client::Client;
use crate::commands::select::{NODE, select};
use crate::error::CliError;
use crate::render::field;
use crate::render::time::millis;

/// How long the Gateway's answer may come after the node's deadline.
const MARGIN: Duration = Duration::from_secs(5);

/// Runs one command of a node. The wait for the Gateway follows from the node's deadline, so
/// that the answer about a timeout arrives too.
pub(crate) async fn invoke(app: &App, args: NodesInvokeArgs) -> Result<(), CliError> {
    let client = Client::open(app, &args.target, NodeList::NAME).await?;
    let nodes = client.call::<NodeList>(&NoParams {}).await?;
    let id = select(NODE, field::list(&nodes, "nodes"), &args.node)?;
    let key = args
        .idempotency_key
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let params = NodeInvokeParams {
        params: Some(args.params),
        timeout_ms: Some(millis(args.invoke_timeout)),
        ..NodeInvokeParams::new(id.into(), args.command, key)
    };
    let limit = args
        .target
        .timeout
        .unwrap_or_else(|| args.invoke_timeout.saturating_add(MARGIN));
    let client = client.with_timeout(limit);
    let result = client.call::<NodeInvoke>(&params).await?;
    client.close().await;
    app.out.json(&result)
}
