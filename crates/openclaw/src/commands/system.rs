//! `openclaw system`

use std::time::Duration;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::common::IgnoredParams;
use openclaw_protocol::methods::last_heartbeat::LastHeartbeat;
use openclaw_protocol::methods::set_heartbeats::{SetHeartbeats, SetHeartbeatsParams};
use openclaw_protocol::methods::system_presence::SystemPresence;
use openclaw_protocol::methods::wake::{Wake, WakeParams};
use serde_json::Value;

use crate::app::App;
use crate::cli::system::{HeartbeatCommand, SystemAskArgs, SystemCommand, SystemEventArgs};
use crate::clock;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field::{flag, number, text};
use crate::render::table::Table;
use crate::render::time::ago;
use crate::runtime;

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Does what was asked.
pub(crate) fn run(app: &App, command: SystemCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        SystemCommand::Presence(args) => runtime
            .block_on(presence(app, &args))
            .map_err(|error| error.labelled("system presence failed")),
        SystemCommand::Event(args) => runtime
            .block_on(event(app, &args))
            .map_err(|error| error.labelled("system event failed")),
        SystemCommand::Heartbeat(command) => {
            let done = match command {
                HeartbeatCommand::Last(args) => runtime.block_on(last(app, &args)),
                HeartbeatCommand::Enable(args) => runtime.block_on(switch(app, &args, true)),
                HeartbeatCommand::Disable(args) => runtime.block_on(switch(app, &args, false)),
            };
            done.map_err(|error| error.labelled("system heartbeat failed"))
        }
    }
}

async fn presence(app: &App, args: &SystemAskArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, SystemPresence::NAME, LIMIT).await?;
    let answer = operator.call::<SystemPresence>(&IgnoredParams {}).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    let now = clock::now_ms();
    let mut table = Table::new(&["Host", "IP", "Mode", "Version", "Platform", "Seen"]);
    for entry in answer.as_array().into_iter().flatten() {
        table.row([
            text(entry, "host").unwrap_or_default().to_owned(),
            text(entry, "ip").unwrap_or_default().to_owned(),
            text(entry, "mode").unwrap_or_default().to_owned(),
            text(entry, "version").unwrap_or_default().to_owned(),
            text(entry, "platform").unwrap_or_default().to_owned(),
            number(entry, "ts").map_or_else(String::new, |then| ago(now, then)),
        ]);
    }
    app.out.table(&table)
}

async fn event(app: &App, args: &SystemEventArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, Wake::NAME, LIMIT).await?;
    operator.needs_v4("--session-key", args.session_key.is_some())?;
    let params = WakeParams {
        session_key: args.session_key.as_deref().map(Into::into),
        ..WakeParams::new(args.mode, args.text.clone())
    };
    let answer = operator.call::<Wake>(&params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    app.out.line("ok")
}

async fn last(app: &App, args: &SystemAskArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, LastHeartbeat::NAME, LIMIT).await?;
    let answer = operator.call::<LastHeartbeat>(&IgnoredParams {}).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    app.out.line(last_line(&answer, clock::now_ms()))
}

fn last_line(answer: &Value, now: u64) -> String {
    if !answer.is_object() {
        return "No heartbeat since the Gateway started.".to_owned();
    }
    let mut parts = vec![text(answer, "status").unwrap_or("unknown").to_owned()];
    parts.extend(number(answer, "ts").map(|then| ago(now, then)));
    for key in ["reason", "to", "preview", "message"] {
        parts.extend(text(answer, key).map(str::to_owned));
    }
    parts.join(" · ")
}

async fn switch(app: &App, args: &SystemAskArgs, enabled: bool) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, SetHeartbeats::NAME, LIMIT).await?;
    let params = SetHeartbeatsParams { enabled };
    let answer = operator.call::<SetHeartbeats>(&params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    let now = if flag(&answer, "enabled") {
        "on"
    } else {
        "off"
    };
    app.out.line(format!("Heartbeats are {now}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::last_line;

    #[test]
    fn the_last_heartbeat_is_one_line() {
        let beat = json!({ "ts": 0, "status": "skipped", "reason": "no-route", "durationMs": 3 });
        assert_eq!(last_line(&beat, 300_000), "skipped · 5m ago · no-route");
        assert_eq!(
            last_line(&json!(null), 1),
            "No heartbeat since the Gateway started."
        );
    }
}
