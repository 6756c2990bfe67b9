//! `openclaw sessions`

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::sessions::delete::{SessionsDelete, SessionsDeleteParams};
use openclaw_protocol::methods::sessions::list::{SessionsList, SessionsListParams};
use openclaw_protocol::methods::sessions::preview::{SessionsPreview, SessionsPreviewParams};
use openclaw_protocol::methods::sessions::reset::{SessionsReset, SessionsResetParams};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::sessions::{
    SessionsCommand, SessionsListArgs, SessionsOneArgs, SessionsPreviewArgs,
};
use crate::clock;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field::{self, number, text};
use crate::render::table::Table;
use crate::render::time::ago;
use crate::runtime;

/// How long a call may take; a session that is busy may keep its end waiting.
const LIMIT: Duration = Duration::from_secs(30);

/// Does what was asked.
pub(crate) fn run(app: &App, command: SessionsCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        SessionsCommand::List(args) => runtime
            .block_on(list(app, &args))
            .map_err(|error| error.labelled("sessions list failed")),
        SessionsCommand::Preview(args) => runtime
            .block_on(preview(app, &args))
            .map_err(|error| error.labelled("sessions preview failed")),
        SessionsCommand::Reset(args) => runtime
            .block_on(reset(app, &args))
            .map_err(|error| error.labelled("sessions reset failed")),
        SessionsCommand::Delete(args) => runtime
            .block_on(delete(app, &args))
            .map_err(|error| error.labelled("sessions delete failed")),
    }
}

async fn list(app: &App, args: &SessionsListArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, SessionsList::NAME, LIMIT).await?;
    let answer = operator.call::<SessionsList>(&list_params(args)).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&list_json(&answer, args.active));
    }
    let sessions = field::list(&answer, "sessions");
    if let Some(path) = text(&answer, "path") {
        app.out.line(format!("Session store: {path}"))?;
    }
    app.out
        .line(format!("Sessions listed: {}", sessions.len()))?;
    if sessions.is_empty() {
        return Ok(());
    }
    app.out.blank()?;
    app.out.table(&table(sessions, clock::now_ms()))
}

fn list_params(args: &SessionsListArgs) -> SessionsListParams {
    SessionsListParams {
        limit: args.limit,
        active_minutes: args.active,
        agent_id: args.agent.as_deref().map(Into::into),
        search: args.search.clone(),
        include_global: Some(true),
        include_unknown: Some(true),
        ..SessionsListParams::default()
    }
}

/// The answer in the members that scripts know, and those of the page where there are any.
fn list_json(answer: &Value, active: Option<u64>) -> Value {
    let sessions = field::list(answer, "sessions");
    let mut shown = json!({
        "path": answer.get("path"),
        "count": number(answer, "count").unwrap_or(sessions.len() as u64),
        "activeMinutes": active,
        "sessions": sessions,
    });
    for name in ["totalCount", "limitApplied", "hasMore", "defaults"] {
        if let Some(value) = answer.get(name) {
            shown[name] = value.clone();
        }
    }
    shown
}

fn table(sessions: &[Value], now: u64) -> Table {
    let mut table = Table::new(&["Session", "Kind", "Age", "Model", "Tokens", "Said last"]);
    for session in sessions {
        let tokens = match (
            number(session, "totalTokens"),
            number(session, "contextTokens"),
        ) {
            (Some(used), Some(all)) => format!("{used} of {all}"),
            (Some(used), None) => used.to_string(),
            _ => String::new(),
        };
        table.row([
            text(session, "key").unwrap_or_default().to_owned(),
            text(session, "kind").unwrap_or_default().to_owned(),
            number(session, "updatedAt").map_or_else(String::new, |then| ago(now, then)),
            text(session, "model").unwrap_or_default().to_owned(),
            tokens,
            text(session, "lastMessagePreview")
                .unwrap_or_default()
                .to_owned(),
        ]);
    }
    table
}

async fn preview(app: &App, args: &SessionsPreviewArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, SessionsPreview::NAME, LIMIT).await?;
    let keys = args.keys.iter().map(|key| key.as_str().into()).collect();
    let params = SessionsPreviewParams {
        limit: args.limit,
        ..SessionsPreviewParams::new(keys)
    };
    let answer = operator.call::<SessionsPreview>(&params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    for preview in field::list(&answer, "previews") {
        app.out.title(text(preview, "key").unwrap_or("session"))?;
        let items = field::list(preview, "items");
        if items.is_empty() {
            let status = text(preview, "status").unwrap_or("empty");
            app.out.line(format!("  ({status})"))?;
        }
        for item in items {
            app.out.line(format!(
                "  {}: {}",
                text(item, "role").unwrap_or("other"),
                text(item, "text").unwrap_or_default()
            ))?;
        }
    }
    Ok(())
}

async fn reset(app: &App, args: &SessionsOneArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, SessionsReset::NAME, LIMIT).await?;
    let params = SessionsResetParams::new(args.key.as_str().into());
    let answer = operator.call::<SessionsReset>(&params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    let key = text(&answer, "key").unwrap_or(&args.key);
    app.out.line(format!("session reset ok: {key}"))
}

async fn delete(app: &App, args: &SessionsOneArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, SessionsDelete::NAME, LIMIT).await?;
    let params = SessionsDeleteParams::new(args.key.as_str().into());
    let answer = operator.call::<SessionsDelete>(&params).await?;
    operator.close().await;
    let key = text(&answer, "key").unwrap_or(&args.key);
    if !field::flag(&answer, "deleted") {
        return Err(
            CliError::failure(format!("there is no session {key}")).hint("openclaw sessions list")
        );
    }
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    app.out.line(format!("session delete ok: {key}"))?;
    for file in field::texts(&answer, "archived") {
        app.out.line(format!("transcript put away: {file}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{list_json, list_params, table};
    use crate::cli::sessions::SessionsListArgs;
    use crate::cli::target::TargetArgs;

    #[test]
    fn options_become_params() {
        let args = SessionsListArgs {
            active: Some(120),
            agent: Some("ops".to_owned()),
            limit: Some(5),
            search: None,
            target: TargetArgs::default(),
        };
        assert_eq!(
            serde_json::to_value(list_params(&args)).unwrap(),
            json!({ "limit": 5, "activeMinutes": 120, "agentId": "ops", "includeGlobal": true, "includeUnknown": true })
        );
    }

    #[test]
    fn the_json_has_the_members_that_scripts_know() {
        let old = json!({ "ts": 1, "path": "/p", "count": 1, "sessions": [{ "key": "k" }] });
        assert_eq!(
            list_json(&old, None),
            json!({ "path": "/p", "count": 1, "activeMinutes": null, "sessions": [{ "key": "k" }] })
        );
        let new = json!({ "sessions": [], "hasMore": false, "limitApplied": 2, "totalCount": 0 });
        let shown = list_json(&new, Some(5));
        assert_eq!(shown["count"], 0);
        assert_eq!(shown["activeMinutes"], 5);
        assert_eq!(shown["hasMore"], false);
    }

    #[test]
    fn rows_show_what_is_known() {
        let rows = [
            json!({ "key": "agent:main:main", "kind": "direct", "updatedAt": 0, "totalTokens": 20, "contextTokens": 100, "model": "m" }),
            json!({ "key": "x", "totalTokens": null }),
        ];
        assert_eq!(
            table(&rows, 300_000).render(false),
            "Session          Kind    Age     Model  Tokens     Said last\n\
             agent:main:main  direct  5m ago  m      20 of 100  -\n\
             x                -       -       -      -          -"
        );
    }
}
