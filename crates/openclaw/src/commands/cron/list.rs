//! `openclaw cron list`

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::cron::list::{CronList, CronListParams};
use serde_json::Value;

use super::LIMIT;
use crate::app::App;
use crate::cli::cron::CronListArgs;
use crate::clock;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field::{self, flag, number, text};
use crate::render::table::Table;
use crate::render::time::{ago, iso, span};
use std::time::Duration;

/// Shows the jobs.
pub(super) async fn list(app: &App, args: &CronListArgs) -> Result<(), CliError> {
    let operator = Operator::open(app, &args.target, CronList::NAME, LIMIT).await?;
    let params = CronListParams {
        include_disabled: Some(args.all),
        ..CronListParams::default()
    };
    let answer = operator.call::<CronList>(&params).await?;
    operator.close().await;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    let jobs = field::list(&answer, "jobs");
    if jobs.is_empty() {
        return app.out.line("No jobs.");
    }
    app.out.table(&table(jobs, clock::now_ms()))?;
    if flag(&answer, "hasMore") {
        let total = number(&answer, "total").unwrap_or_default();
        app.out
            .line(format!("… and more: {total} in all; --json has the page"))?;
    }
    Ok(())
}

fn table(jobs: &[Value], now: u64) -> Table {
    let mut table = Table::new(&[
        "Job", "Name", "When", "Next", "Last", "Status", "Session", "Agent",
    ]);
    for job in jobs {
        let none = Value::Null;
        let state = job.get("state").unwrap_or(&none);
        let next = number(state, "nextRunAtMs").or_else(|| number(job, "nextRunAtMs"));
        table.row([
            text(job, "id").unwrap_or_default().to_owned(),
            text(job, "displayName")
                .or_else(|| text(job, "name"))
                .unwrap_or_default()
                .to_owned(),
            when(job.get("schedule").unwrap_or(&none)),
            next.map_or_else(String::new, |next| ahead(now, next)),
            number(state, "lastRunAtMs").map_or_else(String::new, |last| ago(now, last)),
            status(job, state),
            text(job, "sessionTarget").unwrap_or_default().to_owned(),
            text(job, "agentId").unwrap_or_default().to_owned(),
        ]);
    }
    table
}

fn when(schedule: &Value) -> String {
    match text(schedule, "kind") {
        Some("at") => match number(schedule, "atMs") {
            Some(at) => format!("at {}", iso(at)),
            None => format!("at {}", text(schedule, "at").unwrap_or("?")),
        },
        Some("every") => {
            let ms = number(schedule, "everyMs").unwrap_or_default();
            format!("every {}", span(Duration::from_millis(ms)))
        }
        Some("cron") => {
            let zone = text(schedule, "tz").map(|tz| format!(" ({tz})"));
            format!(
                "cron {}{}",
                text(schedule, "expr").unwrap_or("?"),
                zone.unwrap_or_default()
            )
        }
        other => other.unwrap_or_default().to_owned(),
    }
}

fn ahead(now: u64, next: u64) -> String {
    match next.checked_sub(now) {
        Some(0) | None => "due".to_owned(),
        Some(ms) => format!("in {}", span(Duration::from_millis(ms))),
    }
}

fn status(job: &Value, state: &Value) -> String {
    if job.get("enabled").and_then(Value::as_bool) == Some(false) {
        return "disabled".to_owned();
    }
    if number(state, "runningAtMs").is_some() {
        return "running".to_owned();
    }
    text(state, "lastStatus").unwrap_or("idle").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::table;

    #[test]
    fn rows_say_when_and_how() {
        let jobs = [
            json!({
                "id": "a", "name": "tea", "enabled": true, "sessionTarget": "main",
                "schedule": { "kind": "every", "everyMs": 3_600_000 },
                "state": { "nextRunAtMs": 600_000, "lastRunAtMs": 0, "lastStatus": "ok" },
            }),
            json!({
                "id": "b", "name": "brief", "enabled": false, "agentId": "ops",
                "schedule": { "kind": "cron", "expr": "0 8 * * *", "tz": "Europe/Vienna" },
            }),
            json!({ "id": "c", "schedule": { "kind": "at", "at": "2027-01-01T00:00:00Z" }, "state": { "nextRunAtMs": 1, "runningAtMs": 2 } }),
        ];
        assert_eq!(
            table(&jobs, 300_000).render(false),
            "Job  Name   When                            Next   Last    Status    Session  Agent\n\
             a    tea    every 1h                        in 5m  5m ago  ok        main     -\n\
             b    brief  cron 0 8 * * * (Europe/Vienna)  -      -       disabled  -        ops\n\
             c    -      at 2027-01-01T00:00:00Z         due    -       running   -        -"
        );
    }
}
