//! `openclaw nodes status|list|pending`

use openclaw_protocol::Method as _;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::node::list::NodeList;
use openclaw_protocol::methods::node::pair::list::NodePairList;
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::nodes::{NodesFilterArgs, NodesPendingArgs};
use crate::client::Client;
use crate::clock;
use crate::commands::devices::desk::Desk;
use crate::commands::select::{NODE, name_of};
use crate::error::CliError;
use crate::render::field::{self, flag, joined, number, text};
use crate::render::table::Table;
use crate::render::{id, time};

/// Every node that the Gateway knows.
pub(crate) async fn status(app: &App, args: &NodesFilterArgs) -> Result<(), CliError> {
    let client = Client::open(app, &args.target, NodeList::NAME).await?;
    let answer = client.call::<NodeList>(&NoParams {}).await?;
    client.close().await;
    let shown: Vec<&Value> = field::list(&answer, "nodes")
        .iter()
        .filter(|node| passes(args, node))
        .collect();
    if app.out.is_json() {
        return app
            .out
            .json(&json!({ "ts": answer.get("ts"), "nodes": shown }));
    }
    let count = |key| shown.iter().filter(|node| flag(node, key)).count();
    app.out.line(format!(
        "Known: {} · Paired: {} · Connected: {}",
        shown.len(),
        count("paired"),
        count("connected"),
    ))?;
    if shown.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["Node", "ID", "IP", "Detail", "Status", "Caps"]);
    for node in shown {
        table.row([
            name_of(NODE, node).to_owned(),
            id::short(text(node, "nodeId").unwrap_or_default()).to_owned(),
            text(node, "remoteIp").unwrap_or_default().to_owned(),
            detail(node),
            state(node),
            joined(node, "caps"),
        ]);
    }
    app.out.blank()?;
    app.out.table(&table)
}

/// Requests and paired nodes.
pub(crate) async fn list(app: &App, args: &NodesFilterArgs) -> Result<(), CliError> {
    let client = Client::open(app, &args.target, NodePairList::NAME).await?;
    let answer = client.call::<NodePairList>(&NoParams {}).await?;
    let pending = field::list(&answer, "pending");
    let mut paired: Vec<&Value> = field::list(&answer, "paired").iter().collect();
    let nodes;
    if args.connected || args.last_connected.is_some() {
        nodes = client.call::<NodeList>(&NoParams {}).await?;
        let passing: Vec<&str> = field::list(&nodes, "nodes")
            .iter()
            .filter(|node| passes(args, node))
            .filter_map(|node| text(node, "nodeId"))
            .collect();
        paired.retain(|node| text(node, "nodeId").is_some_and(|id| passing.contains(&id)));
    }
    client.close().await;
    if app.out.is_json() {
        return app
            .out
            .json(&json!({ "pending": pending, "paired": paired }));
    }
    app.out.line(format!(
        "Pending: {} · Paired: {}",
        pending.len(),
        paired.len()
    ))?;
    if !pending.is_empty() {
        app.out.blank()?;
        app.out.title("Pending")?;
        app.out.table(&pending_table(pending))?;
    }
    if !paired.is_empty() {
        let mut table = Table::new(&["Node", "ID", "IP", "Last Connect"]);
        let now = clock::now_ms();
        for node in paired {
            table.row([
                name_of(NODE, node).to_owned(),
                id::short(text(node, "nodeId").unwrap_or_default()).to_owned(),
                text(node, "remoteIp").unwrap_or_default().to_owned(),
                last_connect(node)
                    .map(|then| time::ago(now, then))
                    .unwrap_or_default(),
            ]);
        }
        app.out.blank()?;
        app.out.title("Paired")?;
        app.out.table(&table)?;
    }
    Ok(())
}

/// Requests alone.
pub(crate) async fn pending(app: &App, args: &NodesPendingArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, NodePairList::NAME).await?;
    let answer = desk.nodes().await?;
    desk.close().await?;
    let pending = field::list(&answer, "pending");
    if app.out.is_json() {
        return app.out.json(&pending);
    }
    if pending.is_empty() {
        return app.out.line("No pending pairing requests.");
    }
    app.out.table(&pending_table(pending))
}

fn pending_table(pending: &[Value]) -> Table {
    let mut table = Table::new(&["Request", "Node", "IP", "Asks for", "Requested"]);
    let now = clock::now_ms();
    for request in pending {
        table.row([
            text(request, "requestId").unwrap_or_default().to_owned(),
            name_of(NODE, request).to_owned(),
            text(request, "remoteIp").unwrap_or_default().to_owned(),
            joined(request, "commands"),
            number(request, "ts")
                .map(|then| time::ago(now, then))
                .unwrap_or_default(),
        ]);
    }
    table
}

fn passes(args: &NodesFilterArgs, node: &Value) -> bool {
    let recent = args.last_connected.is_none_or(|within| {
        let age = last_connect(node).map(|then| clock::now_ms().saturating_sub(then));
        age.is_some_and(|age| u128::from(age) <= within.as_millis())
    });
    recent && (!args.connected || flag(node, "connected"))
}

/// When a node last connected, under the names of both releases.
fn last_connect(node: &Value) -> Option<u64> {
    ["lastConnectedAtMs", "connectedAtMs", "lastSeenAtMs"]
        .into_iter()
        .find_map(|key| number(node, key))
}

/// Platform, kind and version of a node.
pub(super) fn detail(node: &Value) -> String {
    let keys = ["platform", "deviceFamily", "modelIdentifier", "version"];
    let mut parts: Vec<&str> = keys.into_iter().filter_map(|key| text(node, key)).collect();
    parts.dedup_by(|next, first| next.eq_ignore_ascii_case(first));
    parts.join(" · ")
}

/// Whether it is paired, connected, and waits for an approval.
pub(super) fn state(node: &Value) -> String {
    let mut words = vec![
        if flag(node, "paired") {
            "paired"
        } else {
            "not paired"
        },
        if flag(node, "connected") {
            "connected"
        } else {
            "disconnected"
        },
    ];
    if text(node, "approvalState").is_some_and(|state| state.starts_with("pending")) {
        words.push("waits for approval");
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{detail, passes, state};
    use crate::cli::nodes::NodesFilterArgs;
    use crate::clock;

    fn filter(connected: bool, last_connected: Option<Duration>) -> NodesFilterArgs {
        NodesFilterArgs {
            connected,
            last_connected,
            target: Default::default(),
        }
    }

    #[test]
    fn filters_look_at_connection_and_age() {
        let now = clock::now_ms();
        let here = json!({ "connected": true, "connectedAtMs": now });
        let gone = json!({ "connected": false, "lastConnectedAtMs": now - 7_200_000 });
        let never = json!({ "connected": false });
        let hour = Some(Duration::from_secs(3600));
        let day = Some(Duration::from_secs(86_400));
        assert!(passes(&filter(true, None), &here) && !passes(&filter(true, None), &gone));
        assert!(!passes(&filter(false, hour), &gone) && passes(&filter(false, day), &gone));
        assert!(!passes(&filter(false, day), &never) && passes(&filter(false, None), &never));
    }

    #[test]
    fn rows_say_what_is_known() {
        let node = json!({ "platform": "linux", "deviceFamily": "Linux", "version": "1.0", "paired": true, "approvalState": "pending-approval" });
        assert_eq!(detail(&node), "linux · 1.0");
        assert_eq!(state(&node), "paired · disconnected · waits for approval");
    }
}
