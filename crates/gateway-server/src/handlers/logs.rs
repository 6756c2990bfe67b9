//! `logs.tail`

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use openclaw_protocol::methods::logs::tail::{LogsTail, LogsTailResult};

use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<LogsTail, _>(|ctx, params| async move {
        let asked = Asked {
            cursor: params.cursor,
            limit: params.limit.unwrap_or(500).clamp(1, 5_000),
            max_bytes: params.max_bytes.unwrap_or(250_000).clamp(1, 1_000_000),
        };
        let path = ctx.core().options.log_file.clone().unwrap_or_default();
        // Disk: off the network threads.
        let tail = tokio::task::spawn_blocking(move || tail(&path, &asked)).await;
        tail.map_err(|error| Fault::internal("log not readable", error))?
            .map_err(|error| Fault::internal("log not readable", error))
    });
}

#[derive(Debug)]
struct Asked {
    cursor: Option<u64>,
    limit: u64,
    max_bytes: u64,
}

/// The end of the log, or what came after the cursor.
fn tail(path: &Path, asked: &Asked) -> io::Result<LogsTailResult> {
    let path = newest(path);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(LogsTailResult::new(shown(&path), 0, 0, Vec::new()));
        }
        Err(error) => return Err(error),
    };
    let size = file.metadata()?.len();
    let rotated = asked.cursor.is_some_and(|cursor| cursor > size);
    let behind = asked
        .cursor
        .is_some_and(|cursor| size.saturating_sub(cursor) > asked.max_bytes);
    let from = match asked.cursor {
        Some(cursor) if !rotated && !behind => cursor,
        _ => size.saturating_sub(asked.max_bytes),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(size - from).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let began_inside = from > 0 && asked.cursor != Some(from);
    if began_inside && !lines.is_empty() {
        // The first line may have lost its beginning.
        lines.remove(0);
    }
    let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let cut = lines.len().saturating_sub(limit);
    let truncated = behind || cut > 0 || (asked.cursor.is_none() && from > 0);
    let lines = lines[cut..].iter().map(|line| (*line).to_owned()).collect();
    Ok(LogsTailResult {
        truncated: Some(truncated),
        reset: Some(rotated || behind),
        ..LogsTailResult::new(shown(&path), size, size, lines)
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The newest log beside a dated one (a log begins anew each day), or the file itself.
fn newest(path: &Path) -> PathBuf {
    let is_dated = |name: &str| {
        name.starts_with("openclaw-")
            && Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "log")
    };
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    if !is_dated(name) {
        return path.to_path_buf();
    }
    path.parent()
        .and_then(|dir| std::fs::read_dir(dir).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_dated(name))
        .max()
        .map_or_else(|| path.to_path_buf(), |name| path.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::{Asked, tail};

    fn ask(cursor: Option<u64>, limit: u64, max_bytes: u64) -> Asked {
        Asked {
            cursor,
            limit,
            max_bytes,
        }
    }

    #[test]
    fn follows_a_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("openclaw-2026-01-02.log");
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        let all = tail(&path, &ask(None, 500, 1000)).unwrap();
        assert_eq!(all.lines, ["one", "two", "three"]);
        assert_eq!((all.cursor, all.truncated), (14, Some(false)));
        let end = tail(&path, &ask(None, 500, 8)).unwrap();
        assert_eq!(end.lines, ["three"]);
        assert_eq!(end.truncated, Some(true));
        assert!(
            tail(&path, &ask(Some(14), 500, 1000))
                .unwrap()
                .lines
                .is_empty()
        );
        std::fs::write(&path, "one\ntwo\nthree\nfour\n").unwrap();
        let more = tail(&path, &ask(Some(14), 500, 1000)).unwrap();
        assert_eq!(
            (more.lines, more.reset),
            (vec!["four".to_owned()], Some(false))
        );
        let rotated = tail(&path, &ask(Some(999), 1, 1000)).unwrap();
        assert_eq!(
            (rotated.lines, rotated.reset),
            (vec!["four".to_owned()], Some(true))
        );
    }

    #[test]
    fn the_newest_dated_log_is_read() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("openclaw-2026-01-02.log"), "old\n").unwrap();
        let got = tail(
            &dir.path().join("openclaw-2026-01-03.log"),
            &ask(None, 9, 99),
        )
        .unwrap();
        assert_eq!(got.lines, ["old"]);
        // The day ends: the Gateway writes on into the next file.
        std::fs::write(dir.path().join("openclaw-2026-01-04.log"), "new\n").unwrap();
        let got = tail(
            &dir.path().join("openclaw-2026-01-02.log"),
            &ask(None, 9, 99),
        )
        .unwrap();
        assert_eq!(got.lines, ["new"]);
        let none = tail(&dir.path().join("other/none.log"), &ask(None, 9, 99)).unwrap();
        assert_eq!(none.size, 0);
    }
}
