//! Where log lines come from: the Gateway, or on its own machine the file.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::logs::tail::{LogsTail, LogsTailParams};
use serde_json::Value;

use crate::app::App;
use crate::cli::logs::LogsArgs;
use crate::client::Client;
use crate::error::CliError;
use crate::logging::LogPlace;
use crate::render::field::{flag, number, text, texts};

/// Some lines of a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The file.
    pub(crate) file: String,
    /// Where the next chunk begins.
    pub(crate) cursor: u64,
    /// Size of the file.
    pub(crate) size: u64,
    /// The lines.
    pub(crate) lines: Vec<String>,
    /// Whether lines were left out.
    pub(crate) truncated: bool,
    /// Whether this begins anew, because the file is another.
    pub(crate) reset: bool,
}

/// Where log lines come from.
#[derive(Debug)]
pub(crate) struct Tail {
    source: Source,
    limit: u64,
    max_bytes: u64,
}

#[derive(Debug)]
enum Source {
    Gateway(Client),
    File(LogPlace),
}

impl Tail {
    /// The Gateway's log. Where the Gateway of this machine is down, its file is read.
    pub(crate) async fn open(app: &App, args: &LogsArgs) -> Result<Self, CliError> {
        let source = match Client::open(app, &args.target, LogsTail::NAME).await {
            Ok(client) => Source::Gateway(client),
            Err(error) if error.is_kind("gateway_transport_error") && is_here(&error) => {
                let loaded = app.load_config()?;
                let place = LogPlace::of(&loaded.config.logging, &loaded.env);
                app.out
                    .note("Local Gateway RPC unavailable; reading configured file log instead.");
                Source::File(place)
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            source,
            limit: args.limit,
            max_bytes: args.max_bytes,
        })
    }

    /// The lines from the cursor on; without one the last of them.
    pub(crate) async fn next(&self, cursor: Option<u64>) -> Result<Chunk, CliError> {
        match &self.source {
            Source::Gateway(client) => {
                let params = LogsTailParams {
                    cursor,
                    limit: Some(self.limit),
                    max_bytes: Some(self.max_bytes),
                };
                client
                    .call::<LogsTail>(&params)
                    .await
                    .map(|answer| of_answer(&answer))
            }
            Source::File(place) => {
                let path = existing(place);
                read(&path, cursor, self.limit, self.max_bytes).map_err(|error| {
                    CliError::failure(format!("cannot read {}: {error}", path.display()))
                })
            }
        }
    }

    /// The word for where lines come from.
    pub(crate) const fn source_kind(&self) -> &'static str {
        match self.source {
            Source::Gateway(_) => "gateway",
            Source::File(_) => "file",
        }
    }

    /// Ends the connection.
    pub(crate) async fn close(self) {
        if let Source::Gateway(client) = self.source {
            client.close().await;
        }
    }
}

/// Whether the Gateway that did not answer is the one of this machine.
fn is_here(error: &CliError) -> bool {
    error.to_json()["gateway"]["urlSource"] == openclaw_remote::UrlSource::Local.label()
}

fn of_answer(answer: &Value) -> Chunk {
    Chunk {
        file: text(answer, "file").unwrap_or("unknown").to_owned(),
        cursor: number(answer, "cursor").unwrap_or(0),
        size: number(answer, "size").unwrap_or(0),
        lines: texts(answer, "lines")
            .into_iter()
            .map(str::to_owned)
            .collect(),
        truncated: flag(answer, "truncated"),
        reset: flag(answer, "reset"),
    }
}

/// The file of today, else the newest one beside it.
fn existing(place: &LogPlace) -> PathBuf {
    let today = place.now();
    let LogPlace::Daily(dir) = place else {
        return today;
    };
    if today.exists() {
        return today;
    }
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| name.starts_with("openclaw-") && name.ends_with(".log"))
        .max()
        .map_or(today, |name| dir.join(name))
}

/// Whole lines of a file: the last ones, or those after the cursor. No file has no lines.
fn read(path: &Path, cursor: Option<u64>, limit: u64, max_bytes: u64) -> io::Result<Chunk> {
    let mut chunk = Chunk {
        file: path.display().to_string(),
        ..Chunk::default()
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(chunk),
        Err(error) => return Err(error),
    };
    chunk.size = file.metadata()?.len();
    chunk.reset = cursor.is_some_and(|cursor| cursor > chunk.size);
    let wanted = cursor.filter(|_| !chunk.reset).unwrap_or(0);
    let start = wanted.max(chunk.size.saturating_sub(max_bytes));
    // One byte before tells whether a line begins here.
    let from = start.saturating_sub(1);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(chunk.size - from).read_to_end(&mut bytes)?;
    let skipped = if start == 0 || cursor == Some(start) {
        usize::from(from < start)
    } else {
        bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |at| at + 1)
    };
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(skipped, |at| at + 1)
        .max(skipped);
    // A line that is still being written comes with the next chunk.
    chunk.cursor = from + end as u64;
    let lines: Vec<_> = bytes[skipped..end]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let left_out = lines.len().saturating_sub(limit);
    chunk.truncated = left_out > 0 || start > wanted;
    chunk.lines = lines[left_out..]
        .iter()
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::read;

    #[test]
    fn the_end_of_a_file_is_read_in_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        let all = read(&path, None, 10, 1000).unwrap();
        assert_eq!(
            (all.lines, all.cursor, all.truncated),
            (vec!["one".into(), "two".into(), "three".into()], 14, false)
        );
        assert_eq!(read(&path, None, 1, 1000).unwrap().lines, ["three"]);
        let cut = read(&path, None, 10, 8).unwrap();
        assert_eq!((cut.lines, cut.truncated), (vec!["three".to_owned()], true));
        let exact = read(&path, None, 10, 6).unwrap();
        assert_eq!(exact.lines, ["three"]);
    }

    #[test]
    fn a_cursor_goes_on_where_the_last_chunk_ended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        std::fs::write(&path, "one\nhal").unwrap();
        let first = read(&path, None, 10, 1000).unwrap();
        assert_eq!(
            (first.lines.as_slice(), first.cursor),
            (["one".to_owned()].as_slice(), 4)
        );
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap();
        file.write_all(b"f\n").unwrap();
        let next = read(&path, Some(4), 10, 1000).unwrap();
        assert_eq!(
            (next.lines.as_slice(), next.truncated),
            (["half".to_owned()].as_slice(), false)
        );
        assert!(
            read(&path, Some(next.cursor), 10, 1000)
                .unwrap()
                .lines
                .is_empty()
        );
    }

    #[test]
    fn another_file_begins_anew_and_none_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        std::fs::write(&path, "new\n").unwrap();
        let chunk = read(&path, Some(100), 10, 1000).unwrap();
        assert_eq!(
            (chunk.lines.as_slice(), chunk.reset),
            (["new".to_owned()].as_slice(), true)
        );
        assert!(
            read(&dir.path().join("none"), None, 10, 1000)
                .unwrap()
                .lines
                .is_empty()
        );
    }
}
