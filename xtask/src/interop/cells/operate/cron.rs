//! `openclaw cron`: a job from its beginning to its end.

use serde_json::Value;

use super::super::super::steps::Report;
use super::{Bench, contains, sane_or};
use crate::failure::{Doing, Outcome};

pub(super) async fn run(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("cron status", async {
            let status = bench.json(&["cron", "status"]).await?;
            sane_or(
                status["enabled"].is_boolean(),
                "whether it is enabled",
                &status,
            )
        })
        .await;
    let Some(id) = report.step("cron add", add(bench)).await else {
        return;
    };
    let id = id.as_str();
    report
        .step("cron list", async {
            contains(&bench.text(&["cron", "list"]).await?, "every 1h")?;
            let list = bench.json(&["cron", "list", "--json"]).await?;
            job(&list, id, |job| {
                job["name"] == "tea" && job["enabled"] == true
            })
        })
        .await;
    report
        .step("cron edit", async {
            let args = ["cron", "edit", id, "--name", "coffee", "--every", "2h"];
            bench.json(&args).await?;
            let list = bench.json(&["cron", "list", "--json"]).await?;
            job(&list, id, |job| {
                job["name"] == "coffee" && job["schedule"]["everyMs"] == 7_200_000
            })
        })
        .await;
    report
        .step("cron disable, enable", async {
            bench.json(&["cron", "disable", id]).await?;
            let none = bench.json(&["cron", "list", "--json"]).await?;
            let gone = job(&none, id, |_| true).is_err();
            sane_or(gone, "no job that runs", &none)?;
            let all = bench.json(&["cron", "list", "--all", "--json"]).await?;
            job(&all, id, |job| job["enabled"] == false)?;
            bench.json(&["cron", "enable", id]).await?;
            let list = bench.json(&["cron", "list", "--json"]).await?;
            job(&list, id, |job| job["enabled"] == true)
        })
        .await;
    report
        .step("cron run, runs", async {
            bench.json(&["cron", "run", id]).await?;
            let runs = bench.json(&["cron", "runs", id]).await?;
            sane_or(runs["entries"].is_array(), "a list of runs", &runs)
        })
        .await;
    report
        .step("cron rm", async {
            bench.json(&["cron", "rm", id]).await?;
            let said = bench.refused(&["cron", "rm", id]).await?;
            contains(&said, id)
        })
        .await;
}

async fn add(bench: &Bench<'_>) -> Outcome<String> {
    let args = [
        "cron",
        "add",
        "--name",
        "tea",
        "--every",
        "1h",
        "--system-event",
        "Offer tea",
        "--wake",
        "next-heartbeat",
    ];
    let job = bench.json(&args).await?;
    let id = job["id"].as_str().or(job["job"]["id"].as_str());
    id.map(str::to_owned)
        .doing(format_args!("find the id of the job in {job}"))
}

/// The job with this id must be in the list and be so.
fn job(list: &Value, id: &str, is_so: impl Fn(&Value) -> bool) -> Outcome {
    let jobs = list["jobs"].as_array().map(Vec::as_slice);
    let job = jobs.unwrap_or_default().iter().find(|job| job["id"] == id);
    sane_or(job.is_some_and(is_so), "the job as it was asked for", list)
}
