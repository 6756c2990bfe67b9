//! One run of one fuzzer.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::build::Fuzzer;
use super::corpus;
use crate::failure::{Doing, Outcome};
use crate::workspace;

/// Largest input, in bytes.
pub(super) const MAX_INPUT: u32 = 8 * 1024;
/// Longest time for one input, in seconds.
const TIMEOUT: u32 = 10;
/// Most memory, in MiB.
const MEMORY: u32 = 2048;

/// The line above the reports.
pub(super) const HEAD: &str =
    "target              executions  seconds     per s    edges  features  corpus  finding";

/// What one run came to.
#[derive(Debug)]
pub(super) struct Report {
    name: String,
    seconds: f64,
    executions: u64,
    edges: u64,
    features: u64,
    corpus: u64,
    /// Where the input is that broke a property, and the log.
    pub(super) finding: Option<String>,
}

impl fmt::Display for Report {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate for people needs few digits"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:18} {:>11} {:>8.0} {:>9.0} {:>8} {:>9} {:>7}  {}",
            self.name,
            self.executions,
            self.seconds,
            self.executions as f64 / self.seconds.max(1.0),
            self.edges,
            self.features,
            self.corpus,
            self.finding.as_deref().unwrap_or("none"),
        )
    }
}

/// Runs a fuzzer; its words go to `target/fuzz/log`.
pub(super) fn run(fuzzer: &Fuzzer, seconds: u64) -> Outcome<Report> {
    let name = &fuzzer.name;
    let artifacts = workspace::root().join("fuzz/artifacts").join(name);
    let working = corpus::working(name)?;
    fs::create_dir_all(&artifacts).doing("create fuzz/artifacts")?;
    let log = log(name)?;
    let mut command = command(fuzzer);
    command
        .arg(match seconds {
            // Without a limit it would not end.
            0 => "-runs=0".to_owned(),
            seconds => format!("-max_total_time={seconds}"),
        })
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg("-print_final_stats=1")
        .arg(working)
        .arg(corpus::stored(name));
    let dictionary = workspace::root().join(format!("fuzz/dictionaries/{name}.dict"));
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    let started = Instant::now();
    let status = silent(&mut command, &log)?;
    let text = fs::read(&log).doing(format_args!("read {}", log.display()))?;
    let mut report = parse(name, &String::from_utf8_lossy(&text));
    report.seconds = started.elapsed().as_secs_f64();
    if !status.success() {
        let input = report.finding.take();
        report.finding = Some(format!(
            "{name}: {}; log: {}",
            input.unwrap_or_else(|| format!("ended with {status}")),
            workspace::short(&log)
        ));
    }
    Ok(report)
}

/// A fuzzer with the limits of every run.
pub(super) fn command(fuzzer: &Fuzzer) -> Command {
    let mut command = Command::new(&fuzzer.program);
    command
        .current_dir(workspace::root())
        .arg(format!("-max_len={MAX_INPUT}"))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg(format!("-rss_limit_mb={MEMORY}"));
    command
}

/// Where the words of a fuzzer go.
pub(super) fn log(name: &str) -> Outcome<PathBuf> {
    let dir = workspace::root().join("target/fuzz/log");
    fs::create_dir_all(&dir).doing("create target/fuzz/log")?;
    Ok(dir.join(format!("{name}.log")))
}

/// Runs a command with all its words in a log.
pub(super) fn silent(command: &mut Command, log: &Path) -> Outcome<std::process::ExitStatus> {
    let out = File::create(log).doing(format_args!("write {}", log.display()))?;
    let err = out.try_clone().doing("open a log twice")?;
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .status()
        .doing(format_args!("run `{}`", workspace::render(command)))
}

/// Reads the last line of progress and the final statistics.
fn parse(name: &str, log: &str) -> Report {
    let progress = log
        .lines()
        .rev()
        .find(|line| line.starts_with('#') && line.contains(" cov: "))
        .unwrap_or_default();
    let after = |label: &str| {
        let rest = progress.split_once(label)?.1;
        let digits = rest
            .trim_start()
            .split(|c: char| !c.is_ascii_digit())
            .next()?;
        digits.parse().ok()
    };
    let stat = |label: &str| -> Option<u64> {
        let line = log
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(label))?;
        line.trim().parse().ok()
    };
    Report {
        name: name.to_owned(),
        seconds: 0.0,
        executions: stat("stat::number_of_executed_units:").unwrap_or_default(),
        edges: after(" cov:").unwrap_or_default(),
        features: after(" ft:").unwrap_or_default(),
        corpus: after(" corp:").unwrap_or_default(),
        finding: log
            .lines()
            .rev()
            .find_map(|line| line.split_once("Test unit written to "))
            .map(|(_, path)| workspace::short(Path::new(path))),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    const LOG: &str = "\
INFO: Seed: 1
#2\tINITED cov: 11 ft: 12 corp: 1/1b exec/s: 0 rss: 40Mb
#4096\tpulse  cov: 20 ft: 21 corp: 3/9b lim: 43 exec/s: 2048 rss: 41Mb
#9000\tDONE   cov: 321 ft: 654 corp: 87/2Kb lim: 43 exec/s: 3000 rss: 41Mb
Done 9000 runs in 3 second(s)
stat::number_of_executed_units: 9000
stat::average_exec_per_sec:     3000
";

    #[test]
    fn a_log_is_read() {
        let report = parse("frame", LOG);
        assert_eq!(
            (
                report.executions,
                report.edges,
                report.features,
                report.corpus
            ),
            (9000, 321, 654, 87)
        );
        assert_eq!(report.finding, None);
    }

    #[test]
    fn a_finding_is_named() {
        let log =
            format!("{LOG}artifact_prefix='a/'; Test unit written to /x/a/crash-1\nBase64: \n");
        assert_eq!(
            parse("frame", &log).finding.as_deref(),
            Some("/x/a/crash-1")
        );
    }
}
