//! Which node is meant. Pure.

use super::NodeSummary;
use crate::tool::ToolError;

/// The node that `wanted` means: an id, the beginning of one, a name or an address; without it,
/// the only connected one that has the command.
///
/// Errors: [`ToolError`] where nobody or several are meant; it names those that there are.
pub fn pick<'n>(
    nodes: &'n [NodeSummary],
    wanted: Option<&str>,
    command: Option<&str>,
) -> Result<&'n NodeSummary, ToolError> {
    let Some(wanted) = wanted.map(str::trim).filter(|wanted| !wanted.is_empty()) else {
        let fits = |node: &&NodeSummary| {
            node.connected
                && command.is_none_or(|command| node.commands.iter().any(|one| one == command))
        };
        let mut found = nodes.iter().filter(fits);
        return match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(ToolError::arguments(
                "node",
                format!("several nodes can do this; name one of: {}", names(nodes)),
            )),
            (None, _) => Err(ToolError::Failed(match command {
                Some(command) => format!("no connected node has the command `{command}`"),
                None => "no node is connected".to_owned(),
            })),
        };
    };
    let lower = wanted.to_ascii_lowercase();
    let by = |test: &dyn Fn(&NodeSummary) -> bool| -> Vec<&'n NodeSummary> {
        nodes.iter().filter(|node| test(node)).collect()
    };
    for found in [
        by(&|node| node.id == wanted),
        by(&|node| {
            node.name
                .as_ref()
                .is_some_and(|name| name.to_lowercase() == wanted.to_lowercase())
        }),
        by(&|node| node.remote_ip.as_deref() == Some(wanted)),
        by(&|node| wanted.len() >= 6 && node.id.to_ascii_lowercase().starts_with(&lower)),
    ] {
        // Of two with one name the connected one is meant.
        let connected: Vec<_> = found
            .iter()
            .copied()
            .filter(|node| node.connected)
            .collect();
        match (found.as_slice(), connected.as_slice()) {
            ([], _) => {}
            ([only], _) | (_, [only]) => return Ok(only),
            (_, _) => {
                return Err(ToolError::arguments(
                    "node",
                    format!("several nodes are called `{wanted}`; use an id"),
                ));
            }
        }
    }
    Err(ToolError::arguments(
        "node",
        format!("there is no node `{wanted}`; there are: {}", names(nodes)),
    ))
}

fn names(nodes: &[NodeSummary]) -> String {
    match nodes {
        [] => "none".to_owned(),
        some => some
            .iter()
            .map(NodeSummary::shown)
            .collect::<Vec<_>>()
            .join(", "),
    }
}
