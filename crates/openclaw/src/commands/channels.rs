//! `openclaw channels`

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::channels::status::{ChannelsStatus, ChannelsStatusParams};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::cli::channels::{
    ChannelsCommand, ChannelsListArgs, ChannelsLogoutArgs, ChannelsStatusArgs,
};
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field::{self, flag, list, text};
use crate::render::time::millis;
use crate::runtime;

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How much longer than its probes an answer may take.
const MARGIN: Duration = Duration::from_secs(5);

/// Does what was asked.
pub(crate) fn run(app: &App, command: ChannelsCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        ChannelsCommand::Status(args) => runtime
            .block_on(status(app, &args))
            .map_err(|error| error.labelled("channels status failed")),
        ChannelsCommand::List(args) => runtime
            .block_on(channels(app, &args))
            .map_err(|error| error.labelled("channels list failed")),
        ChannelsCommand::Logout(args) => runtime
            .block_on(logout(app, &args))
            .map_err(|error| error.labelled("channels logout failed")),
    }
}

async fn status(app: &App, args: &ChannelsStatusArgs) -> Result<(), CliError> {
    let limit = args.target.timeout.unwrap_or(LIMIT);
    let operator = Operator::open(app, &args.target, ChannelsStatus::NAME, limit)
        .await?
        .with_timeout(limit.saturating_add(MARGIN));
    operator.needs_v4("--channel", args.channel.is_some())?;
    let params = ChannelsStatusParams {
        probe: Some(args.probe),
        timeout_ms: args.probe.then(|| millis(limit).max(1000)),
        channel: args.channel.clone(),
    };
    let answer = operator.call::<ChannelsStatus>(&params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    for line in lines(&answer) {
        app.out.line(line)?;
    }
    Ok(())
}

async fn channels(app: &App, args: &ChannelsListArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, ChannelsStatus::NAME, LIMIT).await?;
    let answer = operator
        .call::<ChannelsStatus>(&ChannelsStatusParams::default())
        .await?;
    operator.close().await;
    let accounts = accounts(&answer);
    if app.out.is_json() {
        return app.out.json(&json!({ "chat": accounts }));
    }
    if accounts.is_empty() {
        return app.out.line("No channels.");
    }
    for (channel, ids) in &accounts {
        let ids: Vec<_> = ids.as_array().into_iter().flatten().collect();
        let ids: Vec<_> = ids.iter().filter_map(|id| id.as_str()).collect();
        app.out.line(format!("{channel}: {}", ids.join(", ")))?;
    }
    Ok(())
}

async fn logout(app: &App, args: &ChannelsLogoutArgs) -> Result<(), CliError> {
    const LOGOUT: &str = "channels.logout";
    let operator = Operator::open(app, &args.target, LOGOUT, Duration::from_secs(30)).await?;
    let mut params = json!({ "channel": args.channel });
    if let Some(account) = &args.account {
        params["accountId"] = json!(account);
    }
    let answer = operator.call_named(LOGOUT, &params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    let channel = text(&answer, "channel").unwrap_or(&args.channel);
    if answer.get("cleared").and_then(Value::as_bool) == Some(false) {
        return app
            .out
            .line(format!("channels logout: {channel} was not logged in"));
    }
    app.out.line(format!("channels logout ok: {channel}"))
}

/// The ids of accounts by channel.
fn accounts(answer: &Value) -> Map<String, Value> {
    let all = answer.get("channelAccounts").and_then(Value::as_object);
    let ids = |rows: &Value| {
        let rows = rows.as_array().into_iter().flatten();
        let ids: Vec<_> = rows.filter_map(|row| text(row, "accountId")).collect();
        json!(ids)
    };
    all.into_iter()
        .flatten()
        .map(|(channel, rows)| (channel.clone(), ids(rows)))
        .collect()
}

/// A line for each account.
fn lines(answer: &Value) -> Vec<String> {
    let order = field::texts(answer, "channelOrder");
    if order.is_empty() {
        return vec!["No channels.".to_owned()];
    }
    let none = Value::Null;
    let accounts = answer.get("channelAccounts").unwrap_or(&none);
    let labels = answer.get("channelLabels").unwrap_or(&none);
    let mut lines = Vec::new();
    for channel in order {
        let label = text(labels, channel).unwrap_or(channel);
        let rows = list(accounts, channel);
        if rows.is_empty() {
            lines.push(format!("{label}: no account"));
        }
        for row in rows {
            let id = text(row, "accountId").unwrap_or("default");
            lines.push(format!("{label} {id}: {}", state(row)));
        }
    }
    for issue in list(answer, "statusIssues") {
        let what = text(issue, "message").map_or_else(|| issue.to_string(), str::to_owned);
        lines.push(format!("warning: {what}"));
    }
    lines
}

fn state(row: &Value) -> String {
    let mut words = Vec::new();
    for (key, yes, no) in [
        ("enabled", "enabled", "disabled"),
        ("configured", "configured", "not configured"),
        ("linked", "linked", "not linked"),
        ("running", "running", "stopped"),
        ("connected", "connected", "disconnected"),
    ] {
        match row.get(key).and_then(Value::as_bool) {
            Some(true) => words.push(yes.to_owned()),
            Some(false) => words.push(no.to_owned()),
            None => {}
        }
    }
    words.extend(text(row, "mode").map(|mode| format!("mode {mode}")));
    if let Some(probe) = row.get("probe").filter(|probe| probe.is_object()) {
        let well = if flag(probe, "ok") { "ok" } else { "failed" };
        words.push(format!("probe {well}"));
    }
    words.extend(text(row, "lastError").map(|error| format!("error: {error}")));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{accounts, lines};

    #[test]
    fn a_line_says_how_an_account_is() {
        let answer = json!({
            "channelOrder": ["telegram", "signal"],
            "channelLabels": { "telegram": "Telegram" },
            "channelAccounts": { "telegram": [
                { "accountId": "default", "enabled": true, "configured": true, "running": true, "connected": false, "mode": "polling", "probe": { "ok": true }, "lastError": null },
                { "accountId": "work", "enabled": false, "lastError": "no token" },
            ] },
        });
        assert_eq!(
            lines(&answer),
            [
                "Telegram default: enabled, configured, running, disconnected, mode polling, probe ok",
                "Telegram work: disabled, error: no token",
                "signal: no account",
            ]
        );
        assert_eq!(
            json!(accounts(&answer)),
            json!({ "telegram": ["default", "work"] })
        );
    }

    #[test]
    fn nothing_and_strange_shapes_are_no_error() {
        assert_eq!(lines(&json!({ "channelOrder": [] })), ["No channels."]);
        assert_eq!(
            lines(&json!({ "channelOrder": ["x"], "channelAccounts": 1 })),
            ["x: no account"]
        );
        assert!(accounts(&json!({ "channelAccounts": [] })).is_empty());
    }
}
