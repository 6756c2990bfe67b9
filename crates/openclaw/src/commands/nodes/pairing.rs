//! `openclaw nodes approve|reject|remove|rename`

use openclaw_protocol::Method as _;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::node::list::NodeList;
use openclaw_protocol::methods::node::pair::approve::NodePairApprove;
use openclaw_protocol::methods::node::pair::reject::NodePairReject;
use openclaw_protocol::methods::node::rename::{NodeRename, NodeRenameParams};
use serde_json::Value;

use crate::app::App;
use crate::cli::nodes::{NodesOneArgs, NodesRenameArgs, NodesRequestArgs};
use crate::client::Client;
use crate::commands::devices::desk::Desk;
use crate::commands::select::{NODE, select};
use crate::error::CliError;
use crate::render::field;

/// Lets a node offer what it asked for.
pub(crate) async fn approve(app: &App, args: &NodesRequestArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, NodePairApprove::NAME).await?;
    let decided = desk.approve_node(&args.request).await;
    show(app, desk, &args.request, decided).await
}

/// Turns a request down.
pub(crate) async fn reject(app: &App, args: &NodesRequestArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, NodePairReject::NAME).await?;
    let decided = desk.reject_node(&args.request).await;
    show(app, desk, &args.request, decided).await
}

async fn show(
    app: &App,
    desk: Desk,
    wanted: &str,
    decided: Result<Value, CliError>,
) -> Result<(), CliError> {
    let result = match decided {
        Err(error) if error.message() == "unknown requestId" => {
            Err(unknown_request(&desk, wanted, error).await)
        }
        result => result,
    };
    desk.close().await?;
    app.out.json(&result?)
}

/// The refusal with what could have been meant.
async fn unknown_request(desk: &Desk, wanted: &str, refusal: CliError) -> CliError {
    let mut message = format!("Unknown node pairing requestId: {wanted}");
    if let Ok(answer) = desk.nodes().await {
        let pending: Vec<_> = field::list(&answer, "pending")
            .iter()
            .filter_map(|request| field::text(request, "requestId"))
            .collect();
        if !pending.is_empty() {
            message = format!("{message}\nPending requestIds: {}", pending.join(", "));
        }
    }
    refusal.saying(message).hint("openclaw nodes pending")
}

/// Forgets a node.
pub(crate) async fn remove(app: &App, args: &NodesOneArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, NodeList::NAME).await?;
    let nodes = desk.known_nodes().await?;
    let id = select(NODE, &nodes, &args.node)?;
    let result = desk.remove_node(id).await?;
    desk.close().await?;
    if app.out.is_json() {
        return app.out.json(&result);
    }
    app.out.line(format!("node remove ok: {id}"))
}

/// Gives a node another name.
pub(crate) async fn rename(app: &App, args: &NodesRenameArgs) -> Result<(), CliError> {
    let client = Client::open(app, &args.target, NodeList::NAME).await?;
    let nodes = client.call::<NodeList>(&NoParams {}).await?;
    let id = select(NODE, field::list(&nodes, "nodes"), &args.node)?;
    let params = NodeRenameParams {
        node_id: id.into(),
        display_name: args.name.clone(),
    };
    let result = client.call::<NodeRename>(&params).await?;
    client.close().await;
    if app.out.is_json() {
        return app.out.json(&result);
    }
    app.out
        .line(format!("node rename ok: {id} -> {}", args.name))
}
