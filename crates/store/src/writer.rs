//! The thread that owns the connection: batches, transactions, answers.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::columns::run;
use crate::error::{DatabaseError, StoreError};
use crate::job::{Context, Job, Mode, Reply};
use crate::store::StoreStats;
use crate::touch::{self, Touches};

/// What the thread is asked to do.
pub(crate) enum Message {
    /// An operation; waiting ones share a transaction.
    Job(Box<dyn Job>),
    /// Write the gathered touches.
    Flush(Reply<()>),
    /// Write the gathered touches, close the file, end.
    Close(Reply<()>),
}

/// Numbers that handles read while the thread works.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    jobs: AtomicU64,
    commits: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> StoreStats {
        StoreStats {
            jobs: self.jobs.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
        }
    }
}

pub(crate) struct Writer {
    path: PathBuf,
    conn: Connection,
    touches: Arc<Touches>,
    counters: Arc<Counters>,
    /// Whether commits are not synced to disk at the moment.
    is_relaxed: bool,
}

impl Writer {
    pub(crate) const fn new(
        path: PathBuf,
        conn: Connection,
        touches: Arc<Touches>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            path,
            conn,
            touches,
            counters,
            is_relaxed: false,
        }
    }

    /// Works until the last handle is gone or one asks to close.
    pub(crate) fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut batch = VecDeque::new();
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = messages.blocking_recv() else {
                break;
            };
            let mut next = Some(first);
            while let Some(Message::Job(job)) = next {
                batch.push_back(job);
                next = if batch.len() < MAX_BATCH {
                    messages.try_recv().ok()
                } else {
                    None
                };
            }
            self.run_batch(&mut batch);
            match next {
                Some(Message::Flush(reply)) => {
                    let _ = reply.send(self.flush());
                }
                Some(Message::Close(reply)) => closing = Some(reply),
                Some(Message::Job(_)) | None => {}
            }
        }
        drop(messages);
        self.end(closing);
    }

    fn run_batch(&mut self, batch: &mut VecDeque<Box<dyn Job>>) {
        self.counters
            .jobs
            .fetch_add(batch.len() as u64, Ordering::Relaxed);
        while !batch.is_empty() {
            // One round, unless SQLite ends the transaction early or refuses to begin it.
            self.transaction(batch);
        }
    }

    /// Runs jobs in one transaction until there are none left, or the transaction is gone.
    fn transaction(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) {
        let writes = waiting.iter().any(|job| job.mode() == Mode::Write);
        if let Err(error) = self.begin(writes) {
            // Who only reads needs no write lock, and gets a round without it.
            let error = self.store_error(&error);
            let (refused, readers): (Vec<_>, _) = waiting
                .drain(..)
                .partition(|job| !writes || job.mode() == Mode::Write);
            waiting.extend::<Vec<_>>(readers);
            refused.into_iter().for_each(|job| job.finish(Some(&error)));
            return;
        }
        let mut done = Vec::with_capacity(waiting.len());
        let mut lost: Option<StoreError> = None;
        while let Some(mut job) = waiting.pop_front() {
            let outcome = self.run_in_savepoint(job.as_mut());
            done.push(job);
            if let Err(error) = outcome {
                lost = Some(StoreError::RolledBack {
                    reason: error.to_string(),
                });
                break;
            }
        }
        if lost.is_none()
            && let Err(error) = run(&self.conn, "COMMIT", ())
        {
            lost = Some(self.store_error(&error));
        }
        if lost.is_some() {
            self.abandon();
        } else if writes {
            self.counters.commits.fetch_add(1, Ordering::Relaxed);
        }
        done.into_iter().for_each(|job| job.finish(lost.as_ref()));
    }

    fn begin(&mut self, writes: bool) -> rusqlite::Result<()> {
        if !writes {
            return run(&self.conn, "BEGIN", ()).map(drop);
        }
        if self.is_relaxed {
            self.conn.execute_batch("PRAGMA synchronous = FULL")?;
            self.is_relaxed = false;
        }
        run(&self.conn, "BEGIN IMMEDIATE", ()).map(drop)
    }

    /// Runs one job so that its failure undoes nothing but its own work.
    ///
    /// The error means that the whole transaction is lost: a full disk or a failing one makes
    /// SQLite roll back by itself.
    fn run_in_savepoint(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        let cx = Context {
            conn: &self.conn,
            touches: &self.touches,
        };
        let fatal = |error: rusqlite::Error| self.store_error(&error);
        let is_write = job.mode() == Mode::Write;
        if is_write {
            run(&self.conn, "SAVEPOINT job", ()).map_err(fatal)?;
        }
        let outcome = job.run(cx, &self.path);
        if self.conn.is_autocommit() {
            return outcome.and(Err(StoreError::Closed));
        }
        if is_write {
            if outcome.is_err() {
                run(&self.conn, "ROLLBACK TO job", ()).map_err(fatal)?;
            }
            run(&self.conn, "RELEASE job", ()).map_err(fatal)?;
        }
        Ok(())
    }

    /// Leaves no transaction open.
    fn abandon(&self) {
        if !self.conn.is_autocommit()
            && let Err(error) = run(&self.conn, "ROLLBACK", ())
        {
            tracing::error!(path = %self.path.display(), %error, "cannot roll back");
        }
    }

    /// Writes the gathered touches. They are not worth a sync to disk of their own: the next
    /// write that is will carry them along.
    fn flush(&mut self) -> Result<(), StoreError> {
        let notes = self.touches.take();
        if notes.is_empty() {
            return Ok(());
        }
        let written = self.write_notes(&notes);
        written.map_err(|error| {
            self.abandon();
            self.touches.restore(notes);
            self.store_error(&error)
        })
    }

    fn write_notes(&mut self, notes: &touch::Notes) -> rusqlite::Result<()> {
        self.is_relaxed = true;
        self.conn.execute_batch("PRAGMA synchronous = NORMAL")?;
        run(&self.conn, "BEGIN IMMEDIATE", ())?;
        touch::write(&self.conn, notes)?;
        run(&self.conn, "COMMIT", ()).map(drop)
    }

    fn end(mut self, closing: Option<Reply<()>>) {
        let flushed = self.flush();
        if let Err(error) = &flushed {
            tracing::warn!(path = %self.path.display(), %error, "last-seen times are lost");
        }
        let Self { path, conn, .. } = self;
        let closed = conn
            .close()
            .map_err(|(_, error)| DatabaseError::new(&path, &error).into());
        if let Err(error) = &closed {
            let error: &StoreError = error;
            tracing::warn!(path = %path.display(), %error, "the state database did not close cleanly");
        }
        if let Some(reply) = closing {
            let _ = reply.send(flushed.and(closed));
        }
    }

    fn store_error(&self, error: &rusqlite::Error) -> StoreError {
        DatabaseError::new(&self.path, error).into()
    }
}

/// Jobs in one transaction at most: bounds how long the first of them waits.
const MAX_BATCH: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::path::PathBuf;
    use std::sync::Arc;

    use openclaw_protocol::id::DeviceId;
    use tokio::sync::oneshot::Receiver;

    use super::{Counters, Writer};
    use crate::error::{DatabaseError, Failure, StoreError};
    use crate::job::{Context, Job, Mode, job};
    use crate::open;
    use crate::touch::Touches;

    fn writer() -> Writer {
        let path = PathBuf::from(":memory:");
        let conn = open::memory(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
        Writer::new(
            path,
            conn,
            Arc::new(Touches::default()),
            Arc::new(Counters::default()),
        )
    }

    fn insert(cx: Context<'_>, n: i64) -> Result<(), Failure> {
        cx.conn.execute("INSERT INTO t VALUES (?1)", [n])?;
        Ok(())
    }

    fn adding(n: i64) -> (Box<dyn Job>, Receiver<Result<(), StoreError>>) {
        job(Mode::Write, move |cx| insert(cx, n))
    }

    fn refused() -> StoreError {
        StoreError::UnknownRequest("r".into())
    }

    fn rows(writer: &Writer) -> Vec<i64> {
        let mut statement = writer.conn.prepare("SELECT n FROM t ORDER BY n").unwrap();
        statement
            .query_map((), |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn a_failed_job_undoes_its_own_work_only() {
        let mut writer = writer();
        let (one, first) = adding(1);
        let (two, second) = job::<(), _>(Mode::Write, |cx| {
            insert(cx, 2)?;
            Err(refused().into())
        });
        let (three, third) = adding(3);
        writer.run_batch(&mut VecDeque::from([one, two, three]));
        assert_eq!(rows(&writer), [1, 3]);
        assert_eq!(first.blocking_recv().unwrap(), Ok(()));
        assert_eq!(second.blocking_recv().unwrap(), Err(refused()));
        assert_eq!(third.blocking_recv().unwrap(), Ok(()));
        let stats = writer.counters.read();
        assert_eq!((stats.jobs, stats.commits), (3, 1));
    }

    #[test]
    fn a_lost_transaction_is_told_to_everyone_in_it_and_to_nobody_else() {
        let mut writer = writer();
        let (one, first) = adding(1);
        // What SQLite does by itself when the disk fails.
        let (two, second) = job::<(), _>(Mode::Write, |cx| {
            cx.conn.execute_batch("ROLLBACK")?;
            Err(refused().into())
        });
        let (three, third) = adding(3);
        writer.run_batch(&mut VecDeque::from([one, two, three]));
        assert_eq!(rows(&writer), [3]);
        let reason = refused().to_string();
        assert_eq!(
            first.blocking_recv().unwrap(),
            Err(StoreError::RolledBack { reason })
        );
        assert_eq!(second.blocking_recv().unwrap(), Err(refused()));
        assert_eq!(third.blocking_recv().unwrap(), Ok(()));
    }

    #[test]
    fn a_full_disk_loses_nothing_that_was_acknowledged() {
        let mut writer = writer();
        writer.conn.execute_batch("CREATE TABLE big (x)").unwrap();
        let pages: i64 = writer
            .conn
            .query_row("PRAGMA page_count", (), |row| row.get(0))
            .unwrap();
        let cap = format!("PRAGMA max_page_count = {}", pages + 1);
        writer.conn.query_row(&cap, (), |_| Ok(())).unwrap();
        let (one, first) = adding(1);
        let (two, second) = job(Mode::Write, |cx| {
            cx.conn
                .execute("INSERT INTO big VALUES (zeroblob(1000000))", ())?;
            Ok(())
        });
        let (three, third) = adding(3);
        writer.run_batch(&mut VecDeque::from([one, two, three]));
        let error = second.blocking_recv().unwrap().unwrap_err();
        let want = DatabaseError::Full {
            path: writer.path.clone(),
        };
        assert_eq!(error, StoreError::Database(want));
        let mut acknowledged = Vec::new();
        for (n, answer) in [(1, first), (3, third)] {
            if answer.blocking_recv().unwrap().is_ok() {
                acknowledged.push(n);
            }
        }
        assert_eq!(rows(&writer), acknowledged);
        assert!(acknowledged.contains(&3), "the store works on");
    }

    #[test]
    fn a_commit_that_fails_is_told_to_everyone() {
        let mut writer = writer();
        writer
            .conn
            .execute_batch(
                "CREATE TABLE owner (id INTEGER PRIMARY KEY);
                 CREATE TABLE owned (id REFERENCES owner (id) DEFERRABLE INITIALLY DEFERRED);",
            )
            .unwrap();
        let (one, first) = adding(1);
        let (two, second) = job(Mode::Write, |cx| {
            cx.conn.execute("INSERT INTO owned VALUES (9)", ())?;
            Ok(())
        });
        writer.run_batch(&mut VecDeque::from([one, two]));
        assert!(matches!(
            first.blocking_recv().unwrap(),
            Err(StoreError::Database(_))
        ));
        assert!(matches!(
            second.blocking_recv().unwrap(),
            Err(StoreError::Database(_))
        ));
        assert!(rows(&writer).is_empty());
        let (three, third) = adding(3);
        writer.run_batch(&mut VecDeque::from([three]));
        assert_eq!(third.blocking_recv().unwrap(), Ok(()));
    }

    #[test]
    fn reading_alone_commits_nothing_and_sees_what_was_written() {
        let mut writer = writer();
        let (one, _first) = adding(1);
        writer.run_batch(&mut VecDeque::from([one]));
        let (read, answer) = job(Mode::Read, |cx| {
            Ok(cx
                .conn
                .query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0))?)
        });
        writer.run_batch(&mut VecDeque::from([read]));
        assert_eq!(answer.blocking_recv().unwrap(), Ok(1));
        let stats = writer.counters.read();
        assert_eq!((stats.jobs, stats.commits), (2, 1));
    }

    #[test]
    fn touches_are_written_without_a_sync_and_the_next_write_has_one() {
        let mut writer = writer();
        let synchronous = |writer: &Writer| -> i64 {
            writer
                .conn
                .query_row("PRAGMA synchronous", (), |row| row.get(0))
                .unwrap()
        };
        writer
            .touches
            .seen(&DeviceId::from_digest([1; 32]), 1, "connect");
        writer.flush().unwrap();
        assert_eq!(synchronous(&writer), 1);
        let (one, _first) = adding(1);
        writer.run_batch(&mut VecDeque::from([one]));
        assert_eq!(synchronous(&writer), 2);
    }
}
