//! `openclaw health --json` on loopback, as a whole process: from exec to its end.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Serialize;

use super::load::percentile;
use super::scenario::{self, Effort};
use super::subject::{Launcher, Subject};
use crate::client::Target;
use crate::failure::{Doing, Outcome, fail};
use crate::interop::program::{Kit, Program, Release};

/// What is measured.
const COMMAND: &[&str] = &["health", "--json"];

/// What one CLI costs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cost {
    /// Whose CLI.
    name: &'static str,
    /// How often it was run.
    runs: usize,
    /// Wall time, milliseconds.
    median_ms: f64,
    /// The same, of the slowest twentieth.
    p95_ms: f64,
    /// CPU time, milliseconds, median.
    cpu_ms: f64,
    /// Peak of resident memory, MiB, the largest of all runs.
    peak_mib: f64,
}

/// Measures our CLI, and those of the original where the kit has them, against one Gateway of ours.
pub(super) async fn measure(
    kit: &Kit,
    measure: &Path,
    effort: Effort,
    with_real: bool,
) -> Outcome<Vec<Cost>> {
    let launcher = Launcher::gateway(kit, Program::Ours)?;
    let gateway = launcher.spawn()?;
    let subject = Subject::gateway("command line", launcher.target(), gateway.id());
    scenario::wait_until_ready(&subject).await?;
    let target = launcher.target();
    let runs = if effort.lasts > Duration::from_secs(1) {
        300
    } else {
        60
    };
    let mut costs = vec![cost(kit, measure, &target, Program::Ours, "ours", runs)?];
    if with_real {
        // Seconds each.
        for (release, name) in [
            (Release::F, "original, February"),
            (Release::L, "original, newest"),
        ] {
            costs.push(cost(
                kit,
                measure,
                &target,
                Program::Real(release),
                name,
                7,
            )?);
        }
    }
    Ok(costs)
}

fn cost(
    kit: &Kit,
    measure: &Path,
    target: &Target,
    program: Program,
    name: &'static str,
    runs: usize,
) -> Outcome<Cost> {
    let home = kit.home("command", program.name())?;
    let port = target
        .url
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .doing("read the port of the Gateway")?;
    home.write_config(&home.local(port, &target.token))?;
    let command = kit.command(program, &home, COMMAND)?;
    let (mut wall, mut cpu, mut peak) = (Vec::new(), Vec::new(), 0_f64);
    // The first run makes the state and warms the caches.
    for round in 0..=runs {
        let [micros, cpu_micros, kib] = once(measure, &command)?;
        if round == 0 {
            continue;
        }
        wall.push(micros / 1e3);
        cpu.push(cpu_micros / 1e3);
        peak = peak.max(kib / 1024.0);
    }
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    Ok(Cost {
        name,
        runs,
        median_ms: percentile(&wall, 50),
        p95_ms: percentile(&wall, 95),
        cpu_ms: percentile(&cpu, 50),
        peak_mib: peak,
    })
}

/// The same command by way of the program that measures.
fn once(measure: &Path, command: &Command) -> Outcome<[f64; 3]> {
    let mut measured = Command::new(measure);
    measured
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            measured.env(name, value);
        }
    }
    if let Some(dir) = command.get_current_dir() {
        measured.current_dir(dir);
    }
    let text = crate::workspace::render(command);
    let output = measured.output().doing(format_args!("measure `{text}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        fail!("`{text}` failed: {said}");
    }
    read(&String::from_utf8_lossy(&output.stdout)).doing(format_args!("read what `{text}` cost"))
}

fn read(line: &str) -> Option<[f64; 3]> {
    let mut numbers = line.split_whitespace().map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some([next()?, next()?, next()?])
}

/// The table.
pub(super) fn table(costs: &[Cost]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:32} {:>10} {:>10} {:>10} {:>10} {:>6}",
        "openclaw health --json", "median ms", "p95 ms", "CPU ms", "peak MiB", "runs"
    );
    for cost in costs {
        let _ = writeln!(
            out,
            "{:32} {:>10.1} {:>10.1} {:>10.1} {:>10.1} {:>6}",
            cost.name, cost.median_ms, cost.p95_ms, cost.cpu_ms, cost.peak_mib, cost.runs
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_cost_is_read() {
        assert_eq!(read("1500 900 8000\n"), Some([1500.0, 900.0, 8000.0]));
        assert_eq!(read("1500 900"), None);
        assert_eq!(read("fast 1 2"), None);
    }
}
