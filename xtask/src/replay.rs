//! `cargo xtask ci replay`: recorded cases of the originals, replayed, with their numbers.

use crate::failure::{Doing as _, Outcome};
use crate::workspace;

/// A test that replays a file of recorded cases, and prints how many.
struct Replay {
    /// The file, as people know it.
    file: &'static str,
    package: &'static str,
    test: &'static str,
}

const REPLAYS: &[Replay] = &[Replay {
    file: "target-resolution.json",
    package: "openclaw-remote",
    test: "vectors::every_recorded_case",
}];

/// How the line begins that such a test prints.
const MARK: &str = "replayed ";

/// Runs each and prints what it counted.
pub(crate) fn run() -> Outcome {
    for replay in REPLAYS {
        let said = workspace::output(workspace::cargo([
            "test",
            "--quiet",
            "--package",
            replay.package,
            "--test",
            "it",
            replay.test,
            "--",
            "--exact",
            "--nocapture",
        ]))?;
        let counted = said
            .lines()
            .find_map(|line| line.split_once(MARK).map(|(_, counted)| counted))
            .doing(format_args!("find the count that `{}` prints", replay.test))?;
        println!("{}: {counted}", replay.file);
    }
    Ok(())
}
