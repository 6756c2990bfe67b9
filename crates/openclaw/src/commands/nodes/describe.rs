//! `openclaw nodes describe`

use openclaw_protocol::Method as _;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::node::describe::{NodeDescribe, NodeDescribeParams};
use openclaw_protocol::methods::node::list::NodeList;
use serde_json::Value;

use super::list::{detail, state};
use crate::app::App;
use crate::cli::nodes::NodesOneArgs;
use crate::client::Client;
use crate::clock;
use crate::commands::select::{NODE, name_of, select};
use crate::error::CliError;
use crate::render::field::{self, joined, number, text};
use crate::render::table::Table;
use crate::render::time;

/// One node: who it is, what it can do.
pub(crate) async fn describe(app: &App, args: &NodesOneArgs) -> Result<(), CliError> {
    let client = Client::open(app, &args.target, NodeList::NAME).await?;
    let nodes = client.call::<NodeList>(&NoParams {}).await?;
    let id = select(NODE, field::list(&nodes, "nodes"), &args.node)?;
    let node = client
        .call::<NodeDescribe>(&NodeDescribeParams { node_id: id.into() })
        .await?;
    client.close().await;
    if app.out.is_json() {
        return app.out.json(&node);
    }
    app.out.table(&fields(&node))?;
    app.out.blank()?;
    app.out.title("Commands")?;
    let commands = field::texts(&node, "commands");
    if commands.is_empty() {
        return app.out.line("- (none reported)");
    }
    commands
        .iter()
        .try_for_each(|command| app.out.line(format!("- {command}")))
}

fn fields(node: &Value) -> Table {
    let mut table = Table::new(&["Field", "Value"]);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    let own = |key: &str| text(node, key).unwrap_or_default().to_owned();
    row("ID", own("nodeId"));
    row("Name", name_of(NODE, node).to_owned());
    row("IP", own("remoteIp"));
    row("Client", own("clientId"));
    row("Device", detail(node));
    row("Permissions", permissions(node));
    row("Version", own("version"));
    row("PATH", own("pathEnv"));
    row("Status", state(node));
    row("Approval", own("approvalState"));
    row("Caps", joined(node, "caps"));
    if let Some(then) = number(node, "connectedAtMs") {
        row("Connected", time::ago(clock::now_ms(), then));
    }
    if let Some(stats) = node.get("hostStats") {
        row("Stats", host_stats(stats));
    }
    table
}

fn permissions(node: &Value) -> String {
    let Some(map) = node.get("permissions").and_then(Value::as_object) else {
        return String::new();
    };
    let words: Vec<_> = map
        .iter()
        .map(|(name, granted)| {
            format!(
                "{name}={}",
                if granted == &Value::Bool(true) {
                    "yes"
                } else {
                    "no"
                }
            )
        })
        .collect();
    words.join(", ")
}

fn host_stats(stats: &Value) -> String {
    let mut words = Vec::new();
    if let Some(cores) = number(stats, "cpuCount") {
        words.push(format!("{cores} cores"));
    }
    if let Some(load) = field::list(stats, "loadAverage")
        .first()
        .and_then(Value::as_f64)
    {
        words.push(format!("load {load:.2}"));
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fields;

    #[test]
    fn only_what_is_known_is_shown() {
        let node = json!({
            "nodeId": "n1", "displayName": "Kitchen", "platform": "linux", "connected": true,
            "permissions": { "camera": true, "screen": false },
            "hostStats": { "cpuCount": 4, "loadAverage": [0.5, 0.1, 0.0] },
        });
        let text = fields(&node).render(false);
        for line in [
            "ID           n1",
            "Permissions  camera=yes, screen=no",
            "Stats        4 cores · load 0.50",
        ] {
            assert!(text.contains(line), "{line} missing in\n{text}");
        }
        assert!(!text.contains("PATH"));
    }
}
