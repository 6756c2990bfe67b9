//! What may run, for people and programs.

use serde_json::Value;

use crate::app::App;
use crate::clock;
use crate::error::CliError;
use crate::render::field::{flag, list, number, text};
use crate::render::table::Table;
use crate::render::time::ago;

/// Shows what holds at a place.
pub(super) fn show(app: &App, place: &str, snapshot: &Value) -> Result<(), CliError> {
    if app.out.is_json() {
        return app.out.json(snapshot);
    }
    for line in head(place, snapshot) {
        app.out.line(line)?;
    }
    let table = allowed(snapshot, clock::now_ms());
    match table {
        Some(table) => {
            app.out.blank()?;
            app.out.table(&table)
        }
        None => app.out.line("Allowlist: empty"),
    }
}

fn head(place: &str, snapshot: &Value) -> Vec<String> {
    let none = Value::Null;
    let file = snapshot.get("file").unwrap_or(&none);
    let path = text(snapshot, "path").unwrap_or("unknown");
    let missing = if flag(snapshot, "exists") {
        ""
    } else {
        " (not there yet)"
    };
    let mut lines = vec![format!("Approvals of {place}: {path}{missing}")];
    lines.extend(text(snapshot, "hash").map(|hash| format!("Hash: {hash}")));
    let defaults = rules(file.get("defaults").unwrap_or(&none));
    lines.push(format!("For every agent: {defaults}"));
    let agents = file.get("agents").and_then(Value::as_object);
    for (agent, own) in agents.into_iter().flatten() {
        let own = rules(own);
        if own != NOTHING {
            lines.push(format!("For agent {agent}: {own}"));
        }
    }
    lines
}

const NOTHING: &str = "nothing said";

fn rules(rules: &Value) -> String {
    let words: Vec<String> = [
        ("security", "security"),
        ("ask", "ask"),
        ("askFallback", "when nobody answers"),
    ]
    .iter()
    .filter_map(|(key, name)| text(rules, key).map(|word| format!("{name} {word}")))
    .collect();
    if words.is_empty() {
        NOTHING.to_owned()
    } else {
        words.join(" · ")
    }
}

/// The programs that may run; `None` where there are none.
fn allowed(snapshot: &Value, now: u64) -> Option<Table> {
    let agents = snapshot.get("file")?.get("agents")?.as_object()?;
    let mut table = Table::new(&["Agent", "Program", "Used", "Last as"]);
    let mut is_empty = true;
    for (agent, own) in agents {
        for entry in list(own, "allowlist") {
            is_empty = false;
            table.row([
                agent.clone(),
                text(entry, "pattern").unwrap_or_default().to_owned(),
                number(entry, "lastUsedAt").map_or_else(String::new, |then| ago(now, then)),
                text(entry, "lastUsedCommand")
                    .unwrap_or_default()
                    .to_owned(),
            ]);
        }
    }
    (!is_empty).then_some(table)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{allowed, head};

    #[test]
    fn rules_and_programs_are_shown() {
        let snapshot = json!({
            "path": "/p", "exists": true, "hash": "abc",
            "file": {
                "version": 1, "defaults": { "security": "allowlist", "ask": "on-miss" },
                "agents": {
                    "*": { "allowlist": [{ "pattern": "/bin/x", "lastUsedAt": 0, "lastUsedCommand": "x -a" }] },
                    "ops": { "askFallback": "deny" },
                },
            },
        });
        assert_eq!(
            head("the Gateway", &snapshot),
            [
                "Approvals of the Gateway: /p",
                "Hash: abc",
                "For every agent: security allowlist · ask on-miss",
                "For agent ops: when nobody answers deny",
            ]
        );
        assert_eq!(
            allowed(&snapshot, 300_000).unwrap().render(false),
            "Agent  Program  Used    Last as\n*      /bin/x   5m ago  x -a"
        );
    }

    #[test]
    fn nothing_is_said_where_nothing_is() {
        let snapshot =
            json!({ "path": "/p", "exists": false, "hash": "e3", "file": { "version": 1 } });
        assert_eq!(
            head("this machine", &snapshot)[0],
            "Approvals of this machine: /p (not there yet)"
        );
        assert!(allowed(&snapshot, 0).is_none());
        assert_eq!(head("x", &json!({}))[1], "For every agent: nothing said");
    }
}
