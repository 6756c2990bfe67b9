//! `openclaw approvals pending|show|resolve`: commands that wait for somebody's permission.

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::common::IgnoredParams;
use openclaw_protocol::methods::exec::approval::get::{ExecApprovalGet, ExecApprovalGetParams};
use openclaw_protocol::methods::exec::approval::list::ExecApprovalList;
use openclaw_protocol::methods::exec::approval::record::ExecDecision;
use openclaw_protocol::methods::exec::approval::resolve::{
    ExecApprovalResolve, ExecApprovalResolveParams,
};
use serde_json::{Value, json};

use super::escape::escaped;
use crate::app::App;
use crate::cli::approvals::{ApprovalsPendingArgs, ApprovalsResolveArgs, ApprovalsShowArgs};
use crate::clock;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field::{joined, number, text};
use crate::render::table::Table;
use crate::render::time::{ago, span};

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Everything that waits.
pub(super) async fn pending(app: &App, args: &ApprovalsPendingArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, ExecApprovalList::NAME, LIMIT).await?;
    operator.needs_v4("`approvals pending`", true)?;
    let answer = operator.call::<ExecApprovalList>(&IgnoredParams {}).await?;
    operator.close().await;
    let mut entries: Vec<Value> = answer.as_array().into_iter().flatten().map(entry).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(number(entry, "createdAtMs")));
    if app.out.is_json() {
        return app.out.json(&json!({ "approvals": entries }));
    }
    if entries.is_empty() {
        return app.out.line("No pending approvals.");
    }
    app.out.table(&table(&entries, clock::now_ms()))?;
    app.out.blank()?;
    // A table cuts and wraps; what is decided on is shown whole.
    app.out.title("Full request text")?;
    entries.iter().try_for_each(|entry| {
        let of = |key: &str| escaped(text(entry, key).unwrap_or_default());
        app.out.line(format!("{}: {}", of("id"), of("summary")))
    })
}

/// One that waits, in the words that programs know.
fn entry(approval: &Value) -> Value {
    let request = approval.get("request").unwrap_or(&Value::Null);
    json!({
        "id": text(approval, "id"),
        "kind": "exec",
        "agentId": text(request, "agentId"),
        "sessionKey": text(request, "sessionKey"),
        "createdAtMs": approval.get("createdAtMs"),
        "expiresAtMs": approval.get("expiresAtMs"),
        "summary": text(request, "command").unwrap_or("(summary unavailable)"),
    })
}

fn table(entries: &[Value], now: u64) -> Table {
    let mut table = Table::new(&[
        "ID",
        "Kind",
        "Agent / Session",
        "Requested",
        "Expires In",
        "Command",
    ]);
    for entry in entries {
        let of = |key: &str| escaped(text(entry, key).unwrap_or_default());
        let whose: Vec<String> = ["agentId", "sessionKey"]
            .iter()
            .map(|key| of(key))
            .filter(|word| !word.is_empty())
            .collect();
        let left = number(entry, "expiresAtMs").map(|then| then.saturating_sub(now));
        table.row([
            of("id"),
            of("kind"),
            whose.join(" / "),
            number(entry, "createdAtMs").map_or_else(String::new, |then| ago(now, then)),
            left.map_or_else(String::new, |ms| span(Duration::from_millis(ms))),
            shortened(&of("summary")),
        ]);
    }
    table
}

/// As much as a table takes.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 96;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

/// One that waits, whole.
pub(super) async fn show(app: &App, args: &ApprovalsShowArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, ExecApprovalGet::NAME, LIMIT).await?;
    operator.needs_v4("`approvals show`", true)?;
    let params = ExecApprovalGetParams {
        id: args.id.as_str().into(),
    };
    let approval = operator.call::<ExecApprovalGet>(&params).await;
    let approval = approval.map_err(unknown)?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&approval);
    }
    app.out.table(&fields(&approval, clock::now_ms()))
}

fn fields(approval: &Value, now: u64) -> Table {
    let mut table = Table::new(&["Field", "Value"]);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    let of = |key: &str| escaped(text(approval, key).unwrap_or_default());
    row("ID", of("id"));
    row("Command", of("commandText"));
    row("Preview", of("commandPreview"));
    row("Host", of("host"));
    row("Node", of("nodeId"));
    row("Agent", of("agentId"));
    row("Decisions", escaped(&joined(approval, "allowedDecisions")));
    if let Some(then) = number(approval, "expiresAtMs") {
        let left = Duration::from_millis(then.saturating_sub(now));
        row("Expires In", span(left));
    }
    table
}

/// Permits or denies.
pub(super) async fn resolve(app: &App, args: &ApprovalsResolveArgs) -> Result<(), CliError> {
    if args.expires_in_days.is_some() && args.decision != "allow-always" {
        let why = "--expires-in-days only applies to allow-always";
        return Err(CliError::usage(why));
    }
    let operator = Operator::open(app, &args.target, ExecApprovalResolve::NAME, LIMIT).await?;
    operator.needs_v4("--expires-in-days", args.expires_in_days.is_some())?;
    let params = ExecApprovalResolveParams {
        grant_expires_in_days: args.expires_in_days,
        ..ExecApprovalResolveParams::new(
            args.id.as_str().into(),
            ExecDecision::from(args.decision.as_str()),
        )
    };
    operator
        .call::<ExecApprovalResolve>(&params)
        .await
        .map_err(unknown)?;
    operator.close().await;
    if app.out.is_json() {
        let mut done = json!({ "ok": true, "id": args.id, "decision": args.decision });
        if let Some(reason) = &args.reason {
            done["cliReason"] = json!(reason);
        }
        return app.out.json(&done);
    }
    let reason = args.reason.as_deref().map(escaped);
    let reason = reason.map_or_else(String::new, |reason| format!("; CLI reason: {reason}"));
    app.out.line(format!(
        "Approval {} resolved {}{reason}.",
        args.id, args.decision
    ))
}

/// A refusal with what could have been meant.
fn unknown(error: CliError) -> CliError {
    if error.message().contains("approval id") {
        return error.hint("openclaw approvals pending");
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{entry, fields, shortened, table};

    #[test]
    fn what_waits_is_shown_with_its_age_and_end() {
        let approval = json!({
            "id": "a1", "createdAtMs": 60_000, "expiresAtMs": 180_000,
            "request": { "command": "ls -la", "agentId": "main", "sessionKey": "agent:main:main" },
        });
        let entry = entry(&approval);
        assert_eq!(entry["summary"], "ls -la");
        assert_eq!(
            table(&[entry], 120_000).render(false),
            "ID  Kind  Agent / Session         Requested  Expires In  Command\n\
             a1  exec  main / agent:main:main  1m ago     1m          ls -la"
        );
    }

    #[test]
    fn a_command_cannot_hide_a_part_of_itself() {
        let approval =
            json!({ "id": "a", "request": { "command": "ls\nrm -rf x\u{202e}\u{1b}[2K" } });
        let shown = table(&[entry(&approval)], 0).render(false);
        assert!(
            shown.contains("ls\\u{A}rm -rf x\\u{202E}\\u{1B}[2K"),
            "{shown}"
        );
        let whole = json!({ "id": "a", "commandText": "x\ny", "allowedDecisions": ["deny"] });
        assert!(fields(&whole, 0).render(false).contains("x\\u{A}y"));
        assert_eq!(shortened(&"x".repeat(200)).chars().count(), 96);
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        let entry = entry(&json!({ "id": "a" }));
        assert!(entry["agentId"].is_null() && entry["expiresAtMs"].is_null());
        assert_eq!(entry["summary"], "(summary unavailable)");
    }
}
