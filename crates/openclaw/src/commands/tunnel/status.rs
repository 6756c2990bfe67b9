//! `openclaw tunnel status`

use openclaw_remote::tunnel::{self, Kept, KeptPurpose, KeptState};
use serde_json::{Value, json};

use super::as_json;
use crate::app::App;
use crate::clock;
use crate::error::CliError;
use crate::render::table::Table;
use crate::render::time;

/// Shows what is kept with this state directory. That nothing is, is no failure.
pub(super) fn run(app: &App) -> Result<(), CliError> {
    let all = tunnel::kept_by_all(app.paths.state_dir());
    if app.out.is_json() {
        let all: Vec<Value> = all.iter().map(as_json).collect();
        return app.out.json(&json!({ "ok": true, "tunnels": all }));
    }
    if all.is_empty() {
        app.out.line("No tunnel is kept.")?;
        return app
            .out
            .line("Begin one: openclaw tunnel up --ssh user@host");
    }
    let mut table = Table::new(&["Near end", "Leads to", "State", "For", "Pid", "Since"]);
    for kept in &all {
        table.row(row(kept));
    }
    app.out.table(&table)?;
    for kept in all.iter().filter(|kept| kept.error.is_some()) {
        app.out.blank()?;
        app.out.line(format!(
            "{}: {}",
            kept.target,
            kept.error.as_deref().unwrap_or_default()
        ))?;
        if let Some(hint) = &kept.hint {
            app.out.line(format!("  {hint}"))?;
        }
    }
    Ok(())
}

fn row(kept: &Kept) -> [String; 6] {
    let near = kept.local_port.or(kept.exact_port);
    [
        near.map_or_else(|| "-".to_owned(), |port| format!("127.0.0.1:{port}")),
        format!("{} port {}", kept.target, kept.remote_port),
        match kept.state {
            KeptState::Up => "up",
            KeptState::Down => "down",
            _ => "connecting",
        }
        .to_owned(),
        match kept.purpose {
            KeptPurpose::Node => "a node",
            _ => "other programs",
        }
        .to_owned(),
        kept.pid.to_string(),
        time::ago(clock::now_ms(), kept.since_ms),
    ]
}
