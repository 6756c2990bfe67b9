//! `openclaw system`, `channels`, `message` and `pairing` on a Gateway without channels.

use super::super::super::program::{Program, Release};
use super::super::super::steps::Report;
use super::{Bench, contains, sane_or};

pub(super) async fn run(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("system presence", async {
            let list = bench.json(&["system", "presence", "--json"]).await?;
            let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
            let sane = entries.iter().any(|entry| entry["mode"] == "gateway");
            sane_or(sane, "an entry of mode `gateway`", &list)?;
            contains(&bench.text(&["system", "presence"]).await?, "gateway")
        })
        .await;
    report
        .step("system event", async {
            let said = bench
                .text(&["system", "event", "--text", "The door is open"])
                .await?;
            contains(&said, "ok")
        })
        .await;
    report
        .step("system heartbeat", async {
            bench.text(&["system", "heartbeat", "last"]).await?;
            let off = bench.text(&["system", "heartbeat", "disable"]).await?;
            contains(&off, "Heartbeats are off.")?;
            let on = bench.text(&["system", "heartbeat", "enable"]).await?;
            contains(&on, "Heartbeats are on.")
        })
        .await;
    report
        .step("channels status, list", async {
            let status = bench.json(&["channels", "status", "--json"]).await?;
            let sane = status["ts"].is_u64() && status["channelOrder"].is_array();
            sane_or(sane, "`ts` and `channelOrder`", &status)?;
            let list = bench.json(&["channels", "list", "--json"]).await?;
            sane_or(list["chat"].is_object(), "`chat`", &list)
        })
        .await;
    report
        .step("message send, no such channel", async {
            let args = [
                "message",
                "send",
                "--channel",
                "nowhere",
                "-t",
                "4",
                "-m",
                "tea",
            ];
            contains(&bench.refused(&args).await?, "nowhere")
        })
        .await;
    report
        .step("pairing list", async {
            if bench.gateway == Program::Real(Release::F) {
                let said = bench.refused(&["pairing", "list"]).await?;
                return contains(&said, "does not serve `channels.pairing.list`");
            }
            let list = bench.json(&["pairing", "list", "--json"]).await?;
            sane_or(
                list["requests"] == serde_json::json!([]),
                "no request",
                &list,
            )
        })
        .await;
}
