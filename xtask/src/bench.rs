//! `cargo xtask bench`: the Gateway beside a bare WebSocket server, in one run.
//!
//! What counts is CPU time of the server per operation, which other programs on the machine move
//! little; rates and latencies stand beside it. The bare server (`bare_server.rs`) sends frames of
//! the same sizes and does nothing else.
//!
//! | To find | Open |
//! | --- | --- |
//! | what is measured | [`scenario`] |
//! | the load | [`load`], [`mod@line`] |
//! | CPU and memory of a process | [`system`] |
//! | the servers | [`subject`] |
//! | one command, as a whole process | [`command`] |
//! | many nodes on one Gateway | [`fleet`] |
//! | the table | [`report`] |

mod command;
mod fleet;
mod line;
mod load;
mod report;
mod scenario;
mod subject;
mod system;

use std::path::Path;
use std::time::Duration;

use tokio::task::LocalSet;

use crate::client::Target;
use crate::failure::{Doing, Outcome};
use crate::interop::install;
use crate::interop::program::{Kit, Program, Release};
use crate::workspace;
use report::Pair;
use scenario::Effort;
use subject::{Launcher, Subject};

/// Arguments of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Measure less: enough to see whether something broke.
    #[arg(long)]
    quick: bool,
    /// Measure the newest release of the original as well, and the command lines of both.
    #[arg(long)]
    real: bool,
    /// Measure the command line alone: `health --json` as a whole process.
    #[arg(long, conflicts_with = "url")]
    command: bool,
    /// Measure one Gateway with so many nodes, and nothing else.
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["url", "command", "real"])]
    nodes: Option<usize>,
    /// Measure a Gateway that runs already instead of ours.
    #[arg(long, value_name = "URL", requires = "token", requires = "pid")]
    url: Option<String>,
    /// Its token.
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// Its process.
    #[arg(long, requires = "url")]
    pid: Option<u32>,
    /// Leave ours out (with --real).
    #[arg(long, requires = "real", conflicts_with = "command")]
    only_real: bool,
}

/// Builds for release, then measures from a release build of this very program.
pub(crate) fn run(args: &Args) -> Outcome {
    if cfg!(debug_assertions) {
        eprintln!("building for release");
        let path = workspace::build_binary("xtask", "xtask", true)?;
        let mut command = std::process::Command::new(path);
        command.args(std::env::args_os().skip(1));
        return workspace::run(command);
    }
    let effort = if args.quick {
        Effort {
            lasts: Duration::from_millis(1000),
            starts: 3,
            idle: 500,
            subscribers: 50,
        }
    } else {
        Effort {
            lasts: Duration::from_secs(4),
            starts: 9,
            idle: 5000,
            subscribers: 200,
        }
    };
    let sockets = args.nodes.unwrap_or_default().max(effort.idle);
    system::allow_open_files(sockets as u64 + 1000)?;
    let bare = workspace::build_binary("xtask", "bare-server", true)?;
    let is_ours_measured = args.url.is_none() && !args.only_real;
    let ours = if is_ours_measured {
        Some(workspace::build_binary("openclaw", "openclaw", true)?)
    } else {
        None
    };
    let real = if args.real {
        Some(install::ready()?)
    } else {
        None
    };
    let root = tempfile::Builder::new()
        .prefix("openclaw-bench-")
        .tempdir()
        .doing("create a directory")?;
    let kit = Kit::new(real, ours, root.path().to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .doing("start the async runtime")?;
    if let Some(nodes) = args.nodes {
        let effort = Effort {
            lasts: fleet::LASTS,
            ..effort
        };
        let measured = fleet::measure(&kit, nodes.max(1), effort);
        let fleet = LocalSet::new().block_on(&runtime, measured)?;
        if args.json {
            println!("{:#}", serde_json::json!({ "fleet": fleet }));
        } else {
            println!("\n{}", fleet::table(&fleet));
        }
        return Ok(());
    }
    let meter = workspace::build_binary("xtask", "measure", true)?;
    let (pairs, costs) = LocalSet::new().block_on(&runtime, async {
        let mut pairs = Vec::new();
        let mut costs = Vec::new();
        if is_ours_measured {
            costs = command::measure(&kit, &meter, effort, args.real).await?;
        }
        if args.command {
            return Ok((pairs, costs));
        }
        if let (Some(url), Some(token), Some(pid)) = (&args.url, &args.token, args.pid) {
            let target = Target {
                url: url.clone(),
                token: token.clone(),
            };
            pairs.push(foreign(target, pid, &bare, root.path(), effort).await?);
        }
        if is_ours_measured {
            pairs.push(own(&kit, Program::Ours, "ours", &bare, root.path(), effort).await?);
        }
        if args.real {
            pairs.push(
                own(
                    &kit,
                    Program::Real(Release::L),
                    "original, newest",
                    &bare,
                    root.path(),
                    effort,
                )
                .await?,
            );
        }
        Ok::<_, crate::failure::Failure>((pairs, costs))
    })?;
    if args.json {
        println!("{:#}", report::json(&pairs, &costs));
    } else {
        if !costs.is_empty() {
            println!("\n{}", command::table(&costs));
        }
        for pair in &pairs {
            println!("\n{}", report::table(pair));
        }
    }
    Ok(())
}

/// A Gateway that we start ourselves.
async fn own(
    kit: &Kit,
    program: Program,
    name: &str,
    bare: &Path,
    root: &Path,
    effort: Effort,
) -> Outcome<Pair> {
    let launcher = Launcher::gateway(kit, program)?;
    // The original takes seconds to start.
    let starts = if program == Program::Ours {
        effort.starts
    } else {
        1
    };
    let measures = started(&launcher, effort, starts, |target, pid| {
        Subject::gateway(name, target, pid)
    })
    .await?;
    beside(name, measures, bare, root, effort).await
}

/// A Gateway that runs already.
async fn foreign(
    target: Target,
    pid: u32,
    bare: &Path,
    root: &Path,
    effort: Effort,
) -> Outcome<Pair> {
    let name = target.url.clone();
    let measures = scenario::measure(&Subject::gateway(&name, target, pid), effort, None).await?;
    beside(&name, measures, bare, root, effort).await
}

/// The bare server with the sizes of a Gateway.
async fn beside(
    name: &str,
    gateway: scenario::Measures,
    bare: &Path,
    root: &Path,
    effort: Effort,
) -> Outcome<Pair> {
    let launcher = Launcher::bare(bare, root.join("bare.log"))?;
    let sizes = gateway.sizes;
    let bare = started(&launcher, effort, effort.starts, |target, pid| {
        Subject::bare(format!("bare, beside {name}"), target, pid, sizes)
    })
    .await?;
    Ok(Pair {
        name: name.to_owned(),
        gateway,
        bare,
    })
}

/// Measures the start, then starts it once more and measures the rest.
async fn started(
    launcher: &Launcher<'_>,
    effort: Effort,
    starts: usize,
    subject: impl FnOnce(Target, u32) -> Subject,
) -> Outcome<scenario::Measures> {
    let start_ms = scenario::measure_start(launcher, Effort { starts, ..effort }).await?;
    let process = launcher.spawn()?;
    let subject = subject(launcher.target(), process.id());
    scenario::wait_until_ready(&subject).await?;
    let measures = scenario::measure(&subject, effort, Some(start_ms)).await?;
    drop(process);
    Ok(measures)
}
