//! `cargo xtask coverage`: which lines of a crate its own tests run.
//!
//! The compiler counts (`-C instrument-coverage`), and this module reads what it wrote: the counts
//! of each test program from its `.profraw` file, and what each count stands for from the program
//! itself. So nothing but the toolchain is needed, not even its `llvm-tools`. Both formats carry
//! versions; another one than those known here is an error, never a wrong number.
//!
//! | To find | Open |
//! | --- | --- |
//! | sections of a program | [`elf`] |
//! | counts | [`profile`] |
//! | what counts stand for | [`mapping`] |
//! | regions and counts as lines | [`lines`] |
//! | what is shown | [`report`] |

mod cursor;
mod elf;
mod lines;
mod mapping;
mod profile;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::lines::Lines;
use self::profile::Counts;
use self::report::{FileReport, Report};
use crate::failure::{Doing, Outcome, fail};
use crate::workspace;

/// What CI demands, in percent of lines. Code that decides who gets in is tested throughout.
pub(crate) const DEMANDED: &[(&str, f64)] = &[("openclaw-policy", 95.0)];

/// Names are not packed, so that nothing is needed to unpack them.
const RUSTFLAGS: &str = "-Cinstrument-coverage -Cllvm-args=-enable-name-compression=false";

/// Arguments of `cargo xtask coverage`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The crate; its tests alone are run.
    #[arg(short, long, default_value = "openclaw-policy")]
    package: String,
    /// Fail below this percentage of lines.
    #[arg(long)]
    min: Option<f64>,
    /// List the lines that no test runs.
    #[arg(long)]
    missing: bool,
}

/// Measures one crate.
pub(crate) fn run(args: &Args) -> Outcome {
    let report = measure(&args.package)?;
    report.print(args.missing);
    enforce(&args.package, &report, args.min)
}

/// Measures every crate of which CI demands something.
pub(crate) fn check() -> Outcome {
    for (package, min) in DEMANDED {
        let report = measure(package)?;
        report.print(false);
        enforce(package, &report, Some(*min))?;
    }
    Ok(())
}

fn enforce(package: &str, report: &Report, min: Option<f64>) -> Outcome {
    let percent = report.percent();
    if let Some(min) = min.filter(|min| percent < *min) {
        fail!(
            "{package}: {percent:.2} % of lines are run by its tests, less than {min} %; see \
             which are not: cargo xtask coverage -p {package} --missing"
        );
    }
    Ok(())
}

fn measure(package: &str) -> Outcome<Report> {
    let target = workspace::root().join("target/coverage");
    let built = build(package, &target)?;
    let profiles = target.join("profiles");
    // What an earlier run left behind counts for nothing.
    let _ = std::fs::remove_dir_all(&profiles);
    std::fs::create_dir_all(&profiles).doing(format_args!("create {}", profiles.display()))?;
    let mut lines: BTreeMap<PathBuf, Lines> = BTreeMap::new();
    for (number, program) in built.programs.iter().enumerate() {
        let profile = profiles.join(format!("{number}.profraw"));
        run_tests(program, &built.directory, &profile)?;
        let counts = Counts::parse(&read(&profile)?)
            .doing(format_args!("read {}", workspace::short(&profile)))?;
        let regions = mapping::regions(&read(program)?, &counts)
            .doing(format_args!("read {}", workspace::short(program)))?;
        for region in regions {
            lines
                .entry(workspace::root().join(&region.file))
                .or_default()
                .add(region.span, region.count);
        }
    }
    let source = built.directory.join("src");
    let mut files = Vec::new();
    for (path, lines) in lines.iter().filter(|(path, _)| path.starts_with(&source)) {
        let text = std::fs::read_to_string(path).doing(format_args!("read {}", path.display()))?;
        let report = FileReport::of(workspace::short(path), &text, lines);
        files.extend(report);
    }
    if files.is_empty() {
        fail!("no line of {package} is counted; does it have tests?");
    }
    Ok(Report {
        package: package.to_owned(),
        files,
    })
}

/// The instrumented test programs of a crate.
struct Built {
    /// The crate's folder.
    directory: PathBuf,
    programs: Vec<PathBuf>,
}

fn build(package: &str, target: &Path) -> Outcome<Built> {
    let mut command = workspace::cargo([
        "test",
        "--no-run",
        "--lib",
        "--tests",
        "--message-format=json-render-diagnostics",
    ]);
    command
        .args(["-p", package])
        .arg("--target-dir")
        .arg(target)
        .env("RUSTFLAGS", RUSTFLAGS)
        .env("CARGO_INCREMENTAL", "0")
        // Build scripts and macros are instrumented too; what they count is of no interest.
        .env("LLVM_PROFILE_FILE", "/dev/null")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    let output = workspace::output(command)?;
    let mut programs = Vec::new();
    let mut directory = None;
    for message in output
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
    {
        if let Some(executable) = message["executable"].as_str() {
            programs.push(PathBuf::from(executable));
            directory = message["manifest_path"]
                .as_str()
                .and_then(|manifest| Path::new(manifest).parent())
                .map(Path::to_owned);
        }
    }
    match directory {
        Some(directory) => Ok(Built {
            directory,
            programs,
        }),
        None => fail!("{package} has no tests"),
    }
}

fn run_tests(program: &Path, directory: &Path, profile: &Path) -> Outcome {
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env("CARGO_MANIFEST_DIR", directory)
        .env("LLVM_PROFILE_FILE", profile)
        .arg("--quiet");
    workspace::run(command)
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).doing(format_args!("read {}", path.display()))
}
