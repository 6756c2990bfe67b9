//! `openclaw gateway probe`
//!
//! | To find | Open |
//! | --- | --- |
//! | which Gateways could be meant | [`mod@candidates`] |
//! | the one that `--ssh-auto` finds | [`auto`] |
//! | what came of them, for people and programs | [`report`] |

mod auto;
mod candidates;
mod report;

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use openclaw_config::Loaded;

use super::discover::nearby::Nearby;
use crate::app::App;
use crate::cli::gateway::GatewayProbeArgs;
use crate::commands::probe::{self, Probed, Questions};
use crate::error::CliError;
use crate::exit::Exit;
use crate::runtime;
use candidates::{Candidate, candidates};
use report::{Report, Tried};

/// Tries every Gateway that could be meant. Fails when none of them answers.
pub(crate) fn run(app: &App, args: &GatewayProbeArgs) -> Result<(), CliError> {
    let loaded = app.load_config()?;
    let timeout = args.target.timeout.unwrap_or(TIMEOUT);
    let begun = Instant::now();
    let candidates = candidates(app, args, &loaded);
    let is_wanted = args.ssh_auto && auto::is_needed(&candidates, args);
    let (mut results, (nearby, found)) = runtime::one_shot()?.block_on(async {
        // Neither waits for the other.
        tokio::join!(
            try_all(app, candidates, timeout),
            look_around(app, args, &loaded, is_wanted, timeout)
        )
    });
    let is_missing = is_wanted && found.is_none();
    results.splice(0..0, found);
    let report = Report {
        results,
        nearby,
        is_missing,
        timeout,
        took: begun.elapsed(),
    };
    if app.out.is_json() {
        app.out.json(&report.to_json(app, &loaded))?;
    } else {
        report.print(app)?;
    }
    if report.primary().is_some() {
        Ok(())
    } else {
        Err(CliError::reported(Exit::Failure))
    }
}

/// How long each target may take without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How many are tried at a time.
const AT_ONCE: usize = 4;

/// How long `ssh` may take to say what its configuration makes of a target.
const RESOLVE: Duration = Duration::from_millis(800);

/// Searches the network, and tries the SSH target that is looked for, if one is. Nothing that was
/// found is connected to unless it was asked for.
async fn look_around(
    app: &App,
    args: &GatewayProbeArgs,
    loaded: &Loaded,
    is_wanted: bool,
    timeout: Duration,
) -> (Nearby, Option<Tried>) {
    let nearby = Nearby::new(loaded, timeout);
    if !is_wanted {
        return (nearby.search().await, None);
    }
    // The configured Gateway goes before one that nobody named, and need not wait for the search.
    match auto::of_remote_url(app, args, loaded).await {
        Some(candidate) => {
            let (nearby, tried) = tokio::join!(nearby.search(), try_one(app, candidate, timeout));
            (nearby, Some(tried))
        }
        None => {
            let nearby = nearby.search().await;
            let candidate = auto::of_nearby(app, args, loaded, &nearby).await;
            let tried = match candidate {
                Some(candidate) => Some(try_one(app, candidate, timeout).await),
                None => None,
            };
            (nearby, tried)
        }
    }
}

/// Tries a few at a time; the answers come in the order of the candidates.
async fn try_all(app: &App, candidates: Vec<Candidate>, timeout: Duration) -> Vec<Tried> {
    stream::iter(candidates)
        .map(|candidate| Box::pin(try_one(app, candidate, timeout)))
        .buffered(AT_ONCE)
        .collect()
        .await
}

async fn try_one(app: &App, candidate: Candidate, timeout: Duration) -> Tried {
    let questions = Questions {
        status: true,
        health: Some(false),
        members: false,
    };
    let Ok(target) = &candidate.target else {
        return candidate.tried(Probed::failed(CliError::failure("no target")), None);
    };
    let resolved = async {
        let plan = target.tunnel.as_ref()?;
        plan.spec.effective(RESOLVE.min(timeout)).await
    };
    let asked = probe::ask(app, target, timeout, questions);
    let (probed, resolved) = tokio::join!(asked, resolved);
    candidate.tried(probed, resolved)
}
