//! `openclaw sessions`.

use super::super::super::steps::Report;
use super::{Bench, contains, sane_or};

pub(super) async fn run(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("sessions --json", async {
            let list = bench.json(&["sessions", "--json"]).await?;
            let sessions = list["sessions"].as_array().map(Vec::as_slice);
            let sane = list["count"].as_u64() >= Some(2)
                && sessions
                    .unwrap_or_default()
                    .iter()
                    .any(|session| session["key"] == "agent:main:main");
            sane_or(sane, "two sessions, one of them `agent:main:main`", &list)
        })
        .await;
    report
        .step("sessions", async {
            let text = bench.text(&["sessions", "--active", "60"]).await?;
            contains(&text, "agent:main:other")
        })
        .await;
    report
        .step("sessions preview", async {
            let text = bench
                .text(&["sessions", "preview", "agent:main:other"])
                .await?;
            contains(&text, "assistant: Hello from the fake model.")
        })
        .await;
    report
        .step("sessions reset", async {
            let text = bench
                .text(&["sessions", "reset", "agent:main:other"])
                .await?;
            contains(&text, "session reset ok: agent:main:other")
        })
        .await;
    report
        .step("sessions delete", async {
            let text = bench
                .text(&["sessions", "delete", "agent:main:other"])
                .await?;
            contains(&text, "session delete ok: agent:main:other")
        })
        .await;
    report
        .step("sessions delete, once more", async {
            let said = bench
                .refused(&["sessions", "delete", "agent:main:other"])
                .await?;
            contains(&said, "there is no session agent:main:other")
        })
        .await;
}
