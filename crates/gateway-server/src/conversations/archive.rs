//! Transcripts of sessions that were deleted, kept as files beside the state.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use openclaw_store::{EntryRange, StoreError};
use serde_json::json;

use super::{Conversation, Conversations};
use crate::clock::iso;

/// Entries that are read at once.
const CHUNK: usize = 200;

/// A transcript cannot be put away.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPutAway {
    /// It cannot be read.
    #[error("the transcript cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes a transcript to a new file in `folder`, one JSON record a line; answers the file.
/// `None`: there was nothing in it.
///
/// # Errors
///
/// [`NotPutAway`]; an unfinished file is removed.
pub(crate) async fn put_away(
    book: &Conversations,
    one: &Conversation,
    folder: PathBuf,
    now_ms: u64,
) -> Result<Option<PathBuf>, NotPutAway> {
    let mut lines = Vec::new();
    let mut after = 0;
    loop {
        let range = EntryRange::After(after, CHUNK);
        let entries = book.entries(&one.session_id, range).await?;
        let Some(last) = entries.last() else {
            break;
        };
        after = last.seq;
        for entry in &entries {
            let entry = &entry.entry;
            lines.push(
                json!({
                    "type": "message", "id": entry.entry_id, "timestamp": iso(entry.at_ms),
                    "message": entry.body,
                })
                .to_string(),
            );
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let head = json!({
        "type": "session", "id": one.session_id, "key": one.key,
        "timestamp": iso(one.created_at_ms), "entry": one.entry,
    });
    lines.insert(0, head.to_string());
    // Ids of imported sessions come from elsewhere: only what is harmless in a name stays.
    let id: String = one
        .session_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(64)
        .collect();
    let path = folder.join(format!("{id}.deleted.{now_ms}.jsonl"));
    let written = tokio::task::spawn_blocking(move || {
        let done = make(&folder).and_then(|()| write(&path, &lines));
        match done {
            Ok(()) => Ok(Some(path)),
            Err(source) => {
                let _ = std::fs::remove_file(&path);
                Err(NotPutAway::File { path, source })
            }
        }
    });
    match written.await {
        Ok(done) => done,
        Err(error) => Err(NotPutAway::File {
            path: PathBuf::new(),
            source: io::Error::other(error),
        }),
    }
}

fn write(path: &Path, lines: &[String]) -> io::Result<()> {
    let mut file = BufWriter::new(create(path)?);
    for line in lines {
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use openclaw_store::{NewEntry, Store};
    use serde_json::value::to_raw_value;

    use super::*;

    #[tokio::test]
    async fn a_transcript_becomes_a_file_of_its_owner_alone() {
        let store = Store::in_memory().unwrap();
        let one = Conversation::new("agent:main:x", 1_770_000_000_123);
        let entry = NewEntry {
            entry_id: "e1".into(),
            run_id: None,
            at_ms: 1_770_000_000_123,
            body: to_raw_value(&json!({"role":"user","content":"hi"})).unwrap(),
        };
        let append = store.append_entries(&one.session_id, vec![entry]);
        append.await.unwrap();
        let book = Conversations::new(store);
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep").join("archive");
        let path = put_away(&book, &one, folder.clone(), 5)
            .await
            .unwrap()
            .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines[0]["key"], "agent:main:x");
        assert_eq!(lines[1]["message"]["content"], "hi");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
        }
        let again = put_away(&book, &one, folder, 5).await;
        assert!(
            matches!(again, Err(NotPutAway::File { .. })),
            "nothing is written over"
        );
    }

    #[tokio::test]
    async fn nothing_said_is_nothing_kept() {
        let book = Conversations::new(Store::in_memory().unwrap());
        let one = Conversation::new("k", 1);
        let dir = tempfile::tempdir().unwrap();
        let none = put_away(&book, &one, dir.path().join("a"), 5)
            .await
            .unwrap();
        assert!(none.is_none() && !dir.path().join("a").exists());
    }
}
