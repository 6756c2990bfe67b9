//! `cargo xtask interop`: the original programs against ours, in both directions.
//!
//! | To find | Open |
//! | --- | --- |
//! | which original programs, and how they are installed | [`install`] |
//! | how any of the programs is started | [`program`], [`home`] |
//! | a Gateway, a node host, one command of a CLI | [`gateway`], [`node`], [`cli`] |
//! | a model for their agents | [`model`] |
//! | what is tried | [`cells`] |
//! | how a cell tells its steps | [`steps`] |

mod cells;
mod cli;
mod gateway;
pub(crate) mod home;
pub(crate) mod install;
mod model;
mod node;
pub(crate) mod port;
pub(crate) mod program;
mod published;
mod steps;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::failure::{Doing, Outcome, fail};
use crate::workspace;
use cells::Cell;
use program::{Kit, Release};
use steps::Report;

/// The longest that one cell may take.
const CELL_PATIENCE: Duration = Duration::from_secs(900);

/// Arguments of `cargo xtask interop`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Install the original programs and stop.
    #[arg(long)]
    setup_only: bool,
    /// Only what concerns this release of the original: `f` (February, protocol 3) or `l` (newest,
    /// protocol 4).
    #[arg(long, value_name = "GEN")]
    only: Option<Release>,
    /// Only cells whose name contains this.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Run the original against itself: it proves this harness, and nothing of ours.
    #[arg(long)]
    reference: bool,
    /// How many cells run at a time.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// List the cells and stop.
    #[arg(long)]
    list: bool,
}

/// Installs, builds, runs the cells and prints the table.
pub(crate) fn run(args: &Args) -> Outcome {
    let cells: Vec<Cell> = cells::all()
        .into_iter()
        .filter(|cell| cell.is_reference() == args.reference)
        .filter(|cell| args.only.is_none_or(|release| cell.concerns(release)))
        .filter(|cell| {
            args.filter
                .as_ref()
                .is_none_or(|part| cell.name().contains(part.as_str()))
        })
        .collect();
    if args.list {
        for cell in &cells {
            println!("{}", cell.name());
        }
        return Ok(());
    }
    let real = install::ready()?;
    if args.setup_only {
        println!("the original programs are in {}", real.dir().display());
        return Ok(());
    }
    if cells.is_empty() {
        fail!("no cell has such a name; see `cargo xtask interop --list`");
    }
    let ours = if args.reference {
        None
    } else {
        Some(workspace::build_binary("openclaw", "openclaw", false)?)
    };
    let root = tempfile::Builder::new()
        .prefix("openclaw-interop-")
        .tempdir()
        .doing("create a directory for the cells")?;
    let kit = Arc::new(Kit::new(Some(real), ours, root.path().to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .doing("start the async runtime")?;
    let started = Instant::now();
    let reports = runtime.block_on(async {
        tokio::select! {
            reports = run_cells(cells, &kit, args.jobs.unwrap_or(2)) => reports,
            _ = tokio::signal::ctrl_c() => fail!("interrupted"),
        }
    })?;
    let (passed, failed) = steps::print(&reports);
    println!(
        "{passed} passed, {failed} failed in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    if failed > 0 {
        let kept = root.keep();
        fail!(
            "{failed} steps failed; logs and homes are kept in {}",
            kept.display()
        );
    }
    Ok(())
}

/// Runs cells side by side; a cell that panics or takes for ever is a failed one.
async fn run_cells(cells: Vec<Cell>, kit: &Arc<Kit>, jobs: usize) -> Outcome<Vec<Report>> {
    let places = Arc::new(Semaphore::new(jobs.max(1)));
    let mut tasks = JoinSet::new();
    for (index, cell) in cells.into_iter().enumerate() {
        let (kit, places) = (Arc::clone(kit), Arc::clone(&places));
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            let mut report = Report::new(index, cell.name());
            eprintln!("… {}", cell.name());
            if tokio::time::timeout(CELL_PATIENCE, cell.run(&kit, &mut report))
                .await
                .is_err()
            {
                report.fail(
                    "whole cell",
                    format!("took more than {} s", CELL_PATIENCE.as_secs()),
                );
            }
            eprintln!("{}", report.summary());
            report
        });
    }
    let mut reports = Vec::new();
    while let Some(report) = tasks.join_next().await {
        reports.push(report.doing("finish a cell")?);
    }
    reports.sort_by_key(Report::index);
    Ok(reports)
}
