//! Records in the file. A thread of its own writes, so that a slow disk delays nobody.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::place::LogPlace;
use super::record::Record;
use crate::clock;

/// The file and the thread that writes it.
#[derive(Debug)]
pub(crate) struct FileLog {
    sink: FileSink,
    thread: JoinHandle<()>,
}

/// Where records for the file go in.
#[derive(Debug, Clone)]
pub(crate) struct FileSink {
    lines: SyncSender<Message>,
    lost: Arc<AtomicU64>,
    host: Arc<str>,
}

#[derive(Debug)]
enum Message {
    Line(String),
    Finish,
}

/// Lines that may wait for the disk; a line has some 10 KiB at most. When it is full, lines are
/// left out and counted.
const QUEUE: usize = 256;

impl FileLog {
    /// Opens the file and begins to write. `max_bytes`: how large it may get before it is set
    /// aside as `….1` and a new one begun.
    pub(crate) fn start(place: LogPlace, max_bytes: Option<u64>) -> io::Result<Self> {
        place.prepare()?;
        let writer = Writer::open(place, max_bytes)?;
        let (lines, queue) = sync_channel(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let host = hostname::get().map_or_else(
            |_| "localhost".into(),
            |name| name.to_string_lossy().into_owned(),
        );
        let sink = FileSink {
            lines,
            lost: Arc::clone(&lost),
            host: host.into(),
        };
        let thread = std::thread::Builder::new()
            .name("openclaw-log".to_owned())
            .spawn(move || writer.run(&queue, &lost))?;
        Ok(Self { sink, thread })
    }

    /// Where records go in.
    pub(crate) fn sink(&self) -> FileSink {
        self.sink.clone()
    }

    /// Writes what is queued, and ends.
    pub(crate) fn finish(self) {
        if self.sink.lines.send(Message::Finish).is_ok() {
            // A writer that panicked has nothing left to write.
            let _ = self.thread.join();
        }
    }
}

impl FileSink {
    /// Queues a record. Never waits.
    pub(crate) fn write(&self, record: &Record) {
        match self
            .lines
            .try_send(Message::Line(record.to_file_line(&self.host)))
        {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

struct Writer {
    place: LogPlace,
    path: PathBuf,
    file: File,
    size: u64,
    max_bytes: Option<u64>,
}

impl Writer {
    fn open(place: LogPlace, max_bytes: Option<u64>) -> io::Result<Self> {
        let path = place.now();
        let file = open(&path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            place,
            path,
            file,
            size,
            max_bytes,
        })
    }

    fn run(mut self, queue: &Receiver<Message>, lost: &AtomicU64) {
        while let Ok(Message::Line(line)) = queue.recv() {
            // A disk that is full now may not be later; until then there is nobody to tell.
            let _ = self.line(&line);
            let lost = lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                let _ = self.line(&lost_line(lost));
            }
        }
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.turn_page()?;
        self.file.write_all(line.as_bytes())?;
        self.size += line.len() as u64;
        Ok(())
    }

    /// A new day, or a file that is full, begins a new file.
    fn turn_page(&mut self) -> io::Result<()> {
        let path = self.place.now();
        let full = self.max_bytes.is_some_and(|max| self.size >= max);
        if full && path == self.path {
            let mut aside = self.path.clone().into_os_string();
            aside.push(".1");
            std::fs::rename(&self.path, aside)?;
        } else if path == self.path {
            return Ok(());
        }
        self.file = open(&path)?;
        self.size = self.file.metadata()?.len();
        self.path = path;
        Ok(())
    }
}

fn lost_line(lost: u64) -> String {
    Record {
        at_ms: clock::now_ms(),
        level: tracing::Level::WARN,
        subsystem: "openclaw/logging".to_owned(),
        message: format!("records left out because the disk is slow count={lost}"),
    }
    .to_file_line("localhost")
}

/// Opens it for its owner alone. A link is not followed: the directory may be one that others
/// can write to.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::{FileLog, LogPlace, Record};

    fn record(message: &str) -> Record {
        Record {
            at_ms: 0,
            level: Level::INFO,
            subsystem: "gateway".to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn everything_queued_is_written_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/x.log");
        let log = FileLog::start(LogPlace::File(path.clone()), None).unwrap();
        for number in 0..100 {
            log.sink().write(&record(&format!("line {number}")));
        }
        log.finish();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 100);
        assert!(text.contains("line 99"));
    }

    #[test]
    fn a_full_file_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let log = FileLog::start(LogPlace::File(path.clone()), Some(10)).unwrap();
        log.sink().write(&record("first"));
        log.sink().write(&record("second"));
        log.finish();
        assert!(std::fs::read_to_string(&path).unwrap().contains("second"));
        let aside = std::fs::read_to_string(dir.path().join("x.log.1")).unwrap();
        assert!(aside.contains("first") && !aside.contains("second"));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_links_are_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        FileLog::start(LogPlace::File(path.clone()), None)
            .unwrap()
            .finish();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let link = dir.path().join("link.log");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(FileLog::start(LogPlace::File(link), None).is_err());
    }
}
