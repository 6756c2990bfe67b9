//! `openclaw agent`: a reply, a stream, an interruption.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::super::super::model::{ENDLESS, WORDS};
use super::super::super::program::{Program, Release};
use super::super::super::steps::Report;
use super::{Bench, contains, sane_or};
use crate::failure::{Doing, Outcome, fail};

/// How long an interrupted command may take to end.
const END: Duration = Duration::from_secs(30);

pub(super) async fn run(bench: &Bench<'_>, report: &mut Report) {
    let words = WORDS.concat();
    let words = words.as_str();
    report
        .step("agent --message", async {
            contains(&bench.text(&["agent", "--message", "hi"]).await?, words)
        })
        .await;
    report
        .step("agent --json", async {
            let args = ["agent", "--agent", "main", "-m", "hi", "--json"];
            let answer = bench.json(&args).await?;
            let text = &answer["result"]["payloads"][0]["text"];
            let sane = answer["status"] == "ok" && text == words && answer["runId"].is_string();
            sane_or(sane, "a run that is `ok`, with the model's words", &answer)
        })
        .await;
    report
        .step("agent --stream", async {
            let text = bench.text(&["agent", "-m", "hi", "--stream"]).await?;
            sane_or(text.trim() == words, "the words once", &text.into())
        })
        .await;
    report
        .step("gateway agent, options in front", async {
            let target = bench.server.target();
            let args = [
                "gateway",
                "--url",
                &target.url,
                "--token",
                &target.token,
                "--timeout",
                "60000",
                "agent",
                "--session-key",
                "agent:main:other",
                "-m",
                "hi",
            ];
            contains(&bench.text(&args).await?, words)
        })
        .await;
    report
        .step("agent, a wrong agent is refused", async {
            let said = bench
                .refused(&["agent", "--agent", "nobody", "-m", "hi"])
                .await?;
            contains(&said, "nobody")
        })
        .await;
    report.step("agent, Ctrl-C", interrupted(bench)).await;
}

/// The command ends with 130 and says whether the run goes on; where it says that it ended, the
/// model must have been let go.
async fn interrupted(bench: &Bench<'_>) -> Outcome {
    let args = ["agent", "-m", ENDLESS];
    let mut command = bench.cli.command(bench.kit, &args)?;
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .doing("run `openclaw agent`")?;
    bench.model.talks(1).await?;
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
        .doing("name its process")?;
    kill_process(pid, Signal::INT).doing("interrupt it")?;
    let output = tokio::time::timeout(END, child.wait_with_output())
        .await
        .doing("see it end")?
        .doing("read what it said")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(130) {
        fail!("ended with {}, expected 130: {said}", output.status);
    }
    // February's Gateway knows no way to end a run that `agent` began.
    if bench.gateway == Program::Real(Release::F) {
        return contains(&said, "was not aborted and may go on");
    }
    contains(&said, "was aborted")?;
    bench.model.was_let_go(1).await
}
