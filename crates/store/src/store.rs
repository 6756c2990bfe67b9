//! The handle.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use openclaw_protocol::Role;
use openclaw_protocol::id::DeviceId;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Failure, OpenError};
use crate::job::{Context, Mode, job};
use crate::node::mark::Marks;
use crate::op::Op;
use crate::open;
use crate::options::OpenOptions;
use crate::touch::Touches;
use crate::writer::{Counters, Message, Writer};

/// A handle on the durable state; clones are cheap and share one connection.
///
/// The last handle to go closes the database and waits for that; [`close`](Self::close) does
/// it without blocking.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// How much a store has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Operations run.
    pub jobs: u64,
    /// Transactions with writes committed; each cost one sync to disk.
    pub commits: u64,
}

struct Inner {
    path: PathBuf,
    /// Taken when the last handle goes, so that the thread sees the end of the queue.
    queue: Option<mpsc::Sender<Message>>,
    thread: Option<JoinHandle<()>>,
    touches: Arc<Touches>,
    marks: Arc<Marks>,
    counters: Arc<Counters>,
}

impl Store {
    /// Opens the database file at `path`; blocks for a few milliseconds.
    ///
    /// A new file is private to its owner (0600), and so is a new directory (0700). A file of
    /// an older schema is brought up to date in one transaction.
    ///
    /// # Errors
    /// See [`OpenError`]. A damaged, foreign or newer file is left as it is.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let path = std::path::absolute(path).map_err(|source| OpenError::File {
            path: path.to_path_buf(),
            source,
        })?;
        let conn = open::file(&path, options)?;
        Self::start(path, conn)
    }

    /// Opens a store that lives in memory and ends with its last handle: for programs that
    /// embed a Gateway, and for tests.
    ///
    /// # Errors
    /// [`OpenError::Database`] and [`OpenError::Thread`] when memory or threads are short.
    pub fn in_memory() -> Result<Self, OpenError> {
        let path = PathBuf::from(":memory:");
        let conn = open::memory(&path)?;
        Self::start(path, conn)
    }

    fn start(path: PathBuf, conn: Connection) -> Result<Self, OpenError> {
        let touches = Arc::new(Touches::default());
        let counters = Arc::new(Counters::default());
        let (queue, messages) = mpsc::channel(QUEUE);
        let writer = Writer::new(
            path.clone(),
            conn,
            Arc::clone(&touches),
            Arc::clone(&counters),
        );
        let thread = std::thread::Builder::new()
            .name("openclaw-store".into())
            .stack_size(STACK_BYTES)
            .spawn(move || writer.run(messages))
            .map_err(OpenError::Thread)?;
        let marks = Arc::new(Marks::beside(&path));
        let inner = Inner {
            path,
            marks,
            queue: Some(queue),
            thread: Some(thread),
            touches,
            counters,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The database file, absolute; `:memory:` for a store in memory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How much the store has done since it was opened.
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        self.inner.counters.read()
    }

    /// Notes that a device was heard at `at_ms`, on occasion of `reason` (`connect`).
    ///
    /// Costs no disk access: notes are gathered, show in every later answer of this store, and
    /// are written by [`flush_touches`](Self::flush_touches) and at the end. A crash loses
    /// those since the last flush. Unknown devices are passed over.
    pub fn touch(&self, device_id: &DeviceId, at_ms: u64, reason: &'static str) {
        self.inner.touches.seen(device_id, at_ms, reason);
    }

    /// Notes that the token of a device for `role` was used at `at_ms`.
    ///
    /// Gathered and written as by [`touch`](Self::touch).
    pub fn touch_token(&self, device_id: &DeviceId, role: &Role, at_ms: u64) {
        self.inner.touches.token_used(device_id, role, at_ms);
    }

    /// Writes what [`touch`](Self::touch) and [`touch_token`](Self::touch_token) gathered, all
    /// in one transaction and without a sync to disk. Call it every half minute or so.
    pub fn flush_touches(&self) -> Op<()> {
        let (reply, answer) = oneshot::channel();
        Op::new(self.clone(), Message::Flush(reply), answer)
    }

    /// Has SQLite examine the whole file; the answer lists what is wrong, nothing if all is
    /// well. Takes long for a large file.
    pub fn check_integrity(&self) -> Op<Vec<String>> {
        self.read(|cx| {
            let mut statement = cx.conn.prepare("PRAGMA integrity_check(20)")?;
            let lines = statement.query_map((), |row| row.get::<_, String>(0))?;
            let mut problems = lines.collect::<Result<Vec<_>, _>>()?;
            problems.retain(|line| line != "ok");
            let mut statement = cx.conn.prepare("PRAGMA foreign_key_check")?;
            let lines = statement.query_map((), |row| {
                row.get::<_, String>(0)
                    .map(|table| format!("row of `{table}` without its owner"))
            })?;
            for line in lines {
                problems.push(line?);
            }
            Ok(problems)
        })
    }

    /// Finishes what is queued, writes gathered notes, and closes the database.
    ///
    /// Operations of other handles that come later fail with [`StoreError::Closed`](crate::StoreError::Closed).
    pub fn close(self) -> Op<()> {
        let (reply, answer) = oneshot::channel();
        Op::new(self, Message::Close(reply), answer)
    }

    pub(crate) fn marks(&self) -> &Arc<Marks> {
        &self.inner.marks
    }

    pub(crate) fn queue(&self) -> &mpsc::Sender<Message> {
        self.inner
            .queue
            .as_ref()
            .expect("the queue is taken only when no handle is left")
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Context<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Op<T> {
        self.op(Mode::Read, work)
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Context<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Op<T> {
        self.op(Mode::Write, work)
    }

    fn op<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl FnOnce(Context<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Op<T> {
        let (job, answer) = job(mode, work);
        Op::new(self.clone(), Message::Job(job), answer)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(path = %self.path.display(), "the thread of the state database panicked");
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

/// Operations that may wait. A full queue makes the next sender wait, in order.
const QUEUE: usize = 128;

/// SQLite and our closures need a fraction of this.
const STACK_BYTES: usize = 256 * 1024;
