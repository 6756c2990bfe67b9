//! Which node, which device is meant: by id, address, name or the beginning of the id.

use serde_json::Value;

use crate::error::CliError;
use crate::render::field;

/// What is chosen among.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The word for one of them: `node`.
    word: &'static str,
    /// The member that holds its id.
    id: &'static str,
    /// The command that lists them.
    listed_by: &'static str,
}

/// Nodes, as `node.list` has them.
pub(crate) const NODE: Kind = Kind {
    word: "node",
    id: "nodeId",
    listed_by: "openclaw nodes status",
};

/// Devices, as `device.pair.list` has them.
pub(crate) const DEVICE: Kind = Kind {
    word: "device",
    id: "deviceId",
    listed_by: "openclaw devices list",
};

/// The shortest beginning of an id that may stand for it.
const SHORTEST_PREFIX: usize = 6;

/// The id of the one that is meant. Names are compared without case, and with anything but
/// letters and digits alike.
pub(crate) fn select<'a>(kind: Kind, rows: &'a [Value], wanted: &str) -> Result<&'a str, CliError> {
    let wanted = wanted.trim();
    let ids = || {
        rows.iter()
            .filter_map(|row| Some((field::text(row, kind.id)?, row)))
    };
    if let Some((id, _)) = ids().find(|(id, _)| *id == wanted) {
        return Ok(id);
    }
    let name = normalised(wanted);
    let is_meant = |id: &str, row: &Value| {
        let own = field::text(row, "displayName").map(normalised);
        field::text(row, "remoteIp") == Some(wanted)
            || own.is_some_and(|own| !name.is_empty() && own == name)
            || (wanted.len() >= SHORTEST_PREFIX && id.starts_with(wanted))
    };
    let found: Vec<_> = ids().filter(|(id, row)| is_meant(id, row)).collect();
    match found.as_slice() {
        [(id, _)] => Ok(id),
        [] => Err(unknown(kind, wanted, rows)),
        several => {
            let all: Vec<_> = several.iter().map(|(id, row)| label(id, row)).collect();
            let Kind { word, .. } = kind;
            Err(CliError::failure(format!(
                "ambiguous {word}: {wanted} (matches: {})",
                all.join(", ")
            ))
            .hint(kind.listed_by))
        }
    }
}

fn unknown(kind: Kind, wanted: &str, rows: &[Value]) -> CliError {
    let known: Vec<_> = rows.iter().map(|row| name_of(kind, row)).collect();
    let known = if known.is_empty() {
        String::new()
    } else {
        format!(" (known: {})", known.join(", "))
    };
    CliError::failure(format!("unknown {}: {wanted}{known}", kind.word)).hint(kind.listed_by)
}

/// What it is called: its name, else its address, else its id.
pub(crate) fn name_of(kind: Kind, row: &Value) -> &str {
    ["displayName", "remoteIp", kind.id]
        .into_iter()
        .find_map(|key| field::text(row, key))
        .unwrap_or("unnamed")
}

/// One among others that may be called the same.
fn label(id: &str, row: &Value) -> String {
    match field::text(row, "displayName") {
        Some(name) => format!("{name} {id}"),
        None => id.to_owned(),
    }
}

fn normalised(name: &str) -> String {
    let words: Vec<_> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DEVICE, NODE, select};

    fn nodes() -> Vec<Value> {
        vec![
            json!({ "nodeId": "abcdef0123", "displayName": "Kitchen Pi", "remoteIp": "192.0.2.7" }),
            json!({ "nodeId": "abcdef9999", "displayName": "Desk", "remoteIp": "192.0.2.8" }),
            json!({ "nodeId": "deadbeef", "displayName": "desk!", "remoteIp": "192.0.2.8" }),
            json!({ "nodeId": "Desk", "remoteIp": "192.0.2.9" }),
        ]
    }

    #[test]
    fn a_node_is_known_by_id_address_name_or_beginning() {
        let nodes = nodes();
        for (wanted, id) in [
            ("abcdef0123", "abcdef0123"),
            ("Desk", "Desk"),
            ("192.0.2.7", "abcdef0123"),
            (" kitchen-pi ", "abcdef0123"),
            ("KITCHEN  PI", "abcdef0123"),
            ("abcdef0", "abcdef0123"),
            ("deadbe", "deadbeef"),
        ] {
            assert_eq!(select(NODE, &nodes, wanted).unwrap(), id, "{wanted}");
        }
    }

    #[test]
    fn doubt_and_strangers_are_refused_with_the_choice() {
        let nodes = nodes();
        for (wanted, message) in [
            (
                "desk",
                "ambiguous node: desk (matches: Desk abcdef9999, desk! deadbeef)",
            ),
            (
                "192.0.2.8",
                "ambiguous node: 192.0.2.8 (matches: Desk abcdef9999, desk! deadbeef)",
            ),
            (
                "abcdef",
                "ambiguous node: abcdef (matches: Kitchen Pi abcdef0123, Desk abcdef9999)",
            ),
            (
                "dead",
                "unknown node: dead (known: Kitchen Pi, Desk, desk!, 192.0.2.9)",
            ),
            (
                "---",
                "unknown node: --- (known: Kitchen Pi, Desk, desk!, 192.0.2.9)",
            ),
        ] {
            assert_eq!(select(NODE, &nodes, wanted).unwrap_err().message(), message);
        }
        assert_eq!(
            select(DEVICE, &[], "x").unwrap_err().message(),
            "unknown device: x"
        );
    }
}
