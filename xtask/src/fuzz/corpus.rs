//! The stored corpus, and the one that grows while fuzzers run.

use std::fs;
use std::path::{Path, PathBuf};

use super::build::Fuzzer;
use super::engine;
use crate::failure::{Doing, Outcome, fail};
use crate::workspace;

/// Most bytes of one stored corpus; a test of the targets holds it to 200 KiB.
const MOST_BYTES: u64 = 160 * 1024;
/// Largest input that is stored, in bytes.
const MAX_STORED: u64 = 2048;
/// Most inputs that are added at a time.
const MOST_ADDED: usize = 100;

/// The corpus that is part of the repository.
pub(super) fn stored(name: &str) -> PathBuf {
    workspace::root().join("fuzz/corpus").join(name)
}

/// The corpus that fuzzers add to.
pub(super) fn working(name: &str) -> Outcome<PathBuf> {
    let dir = workspace::root().join("target/fuzz/corpus").join(name);
    fs::create_dir_all(&dir).doing("create target/fuzz/corpus")?;
    Ok(dir)
}

/// Adds what reaches more of the code than the stored corpus does, as long as there is room: few
/// inputs, of all sizes.
pub(super) fn keep(fuzzer: &Fuzzer) -> Outcome {
    let name = &fuzzer.name;
    let stored = stored(name);
    let more = workspace::root().join("target/fuzz/more").join(name);
    if more.exists() {
        fs::remove_dir_all(&more).doing("empty target/fuzz/more")?;
    }
    fs::create_dir_all(&more).doing("create target/fuzz/more")?;
    copy(&stored, &more)?;
    let before = sizes(&more)?;
    let log = engine::log(&format!("{name}-merge"))?;
    let mut command = engine::command(fuzzer);
    command
        .args(["-set_cover_merge=1", "-use_counters=0"])
        .arg(&more)
        .arg(working(name)?);
    let status = engine::silent(&mut command, &log)?;
    if !status.success() {
        fail!(
            "merging ended with {status}; log: {}",
            workspace::short(&log)
        );
    }
    let mut added: Vec<_> = sizes(&more)?
        .into_iter()
        .filter(|(path, size)| *size <= MAX_STORED && !before.iter().any(|(old, _)| old == path))
        .collect();
    added.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    let count = added.len();
    let spread = (0..MOST_ADDED.min(count)).map(|n| &added[n * count / MOST_ADDED.min(count)]);
    let mut room = MOST_BYTES.saturating_sub(before.iter().map(|(_, size)| size).sum());
    let mut kept = 0;
    for (path, size) in spread {
        if *size > room {
            break;
        }
        room -= size;
        kept += 1;
        let to = stored.join(path.file_name().unwrap_or_default());
        fs::copy(path, &to).doing(format_args!("write {}", to.display()))?;
    }
    println!("  {kept} inputs added to fuzz/corpus/{name}");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Outcome {
    for (path, _) in sizes(from)? {
        let to = to.join(path.file_name().unwrap_or_default());
        fs::copy(&path, &to).doing(format_args!("write {}", to.display()))?;
    }
    Ok(())
}

fn sizes(dir: &Path) -> Outcome<Vec<(PathBuf, u64)>> {
    let listing = fs::read_dir(dir).doing(format_args!("list {}", dir.display()))?;
    listing
        .map(|entry| {
            let entry = entry.doing(format_args!("list {}", dir.display()))?;
            let size = entry.metadata().doing("read a size")?.len();
            Ok((entry.path(), size))
        })
        .collect()
}
