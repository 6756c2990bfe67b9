//! `openclaw devices list`

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::device::pair::list::DevicePairList;
use serde_json::{Value, json};

use super::desk::Desk;
use crate::app::App;
use crate::cli::devices::DevicesListArgs;
use crate::clock;
use crate::error::CliError;
use crate::render::field::{self, flag, joined, number, text};
use crate::render::table::Table;
use crate::render::time;

/// Requests and paired devices. Token values are nowhere among them.
pub(crate) async fn list(app: &App, args: &DevicesListArgs) -> Result<(), CliError> {
    let desk = Desk::open(app, &args.target, DevicePairList::NAME).await?;
    let answer = desk.devices().await?;
    let (pending, paired) = (
        field::list(&answer, "pending"),
        field::list(&answer, "paired"),
    );
    if app.out.is_json() {
        let listed = desk.marked(json!({ "pending": pending, "paired": paired }));
        desk.close().await?;
        return app.out.json(&listed);
    }
    desk.close().await?;
    if pending.is_empty() && paired.is_empty() {
        return app.out.line("No device pairing entries.");
    }
    if !pending.is_empty() {
        app.out.title(&format!("Pending ({})", pending.len()))?;
        app.out.table(&pending_table(pending, clock::now_ms()))?;
    }
    if !paired.is_empty() {
        if !pending.is_empty() {
            app.out.blank()?;
        }
        app.out.title(&format!("Paired ({})", paired.len()))?;
        app.out.table(&paired_table(paired))?;
    }
    Ok(())
}

fn pending_table(pending: &[Value], now: u64) -> Table {
    let mut table = Table::new(&["Request", "Device", "Role", "IP", "Age", "Flags"]);
    for request in pending {
        table.row([
            text(request, "requestId").unwrap_or_default().to_owned(),
            name_of(request).to_owned(),
            roles(request),
            text(request, "remoteIp").unwrap_or_default().to_owned(),
            number(request, "ts")
                .map(|then| time::ago(now, then))
                .unwrap_or_default(),
            if flag(request, "isRepair") {
                "repair".to_owned()
            } else {
                String::new()
            },
        ]);
    }
    table
}

fn paired_table(paired: &[Value]) -> Table {
    let mut table = Table::new(&["Device", "Roles", "Scopes", "Tokens", "IP", "Device ID"]);
    for device in paired {
        table.row([
            name_of(device).to_owned(),
            roles(device),
            scopes(device),
            tokens(device),
            text(device, "remoteIp").unwrap_or_default().to_owned(),
            text(device, "deviceId").unwrap_or_default().to_owned(),
        ]);
    }
    table
}

/// What a device is called: its name, else what it is.
pub(super) fn name_of(device: &Value) -> &str {
    ["label", "displayName", "clientId", "deviceId"]
        .into_iter()
        .find_map(|key| text(device, key))
        .unwrap_or("unnamed")
}

pub(super) fn roles(device: &Value) -> String {
    match joined(device, "roles") {
        roles if roles.is_empty() => text(device, "role").unwrap_or_default().to_owned(),
        roles => roles,
    }
}

/// Scopes without the word that nearly all of them begin with.
fn scopes(device: &Value) -> String {
    let scopes = field::texts(device, "scopes");
    let scopes: Vec<_> = scopes
        .iter()
        .map(|scope| scope.strip_prefix("operator.").unwrap_or(scope))
        .collect();
    scopes.join(", ")
}

fn tokens(device: &Value) -> String {
    let words: Vec<_> = field::list(device, "tokens")
        .iter()
        .map(|token| {
            let role = text(token, "role").unwrap_or("unknown");
            if number(token, "revokedAtMs").is_some() {
                format!("{role} (revoked)")
            } else {
                role.to_owned()
            }
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{paired_table, pending_table};

    #[test]
    fn tokens_are_named_by_role_alone() {
        let device = json!({
            "deviceId": "d1", "displayName": "Phone", "roles": ["node", "operator"],
            "scopes": ["operator.read"], "remoteIp": "192.0.2.1",
            "tokens": [{ "role": "node", "token": "never shown" }, { "role": "operator", "revokedAtMs": 1 }],
        });
        let text = paired_table(&[device]).render(false);
        assert!(text.contains("node, operator (revoked)"), "{text}");
        assert!(!text.contains("never shown"));
    }

    #[test]
    fn requests_show_their_age_and_whether_they_repair() {
        let request = json!({ "requestId": "r1", "clientId": "cli", "role": "operator", "ts": 1000, "isRepair": true });
        let text = pending_table(&[request], 61_000).render(false);
        assert!(
            text.contains("r1       cli     operator  -   1m ago  repair"),
            "{text}"
        );
    }
}
