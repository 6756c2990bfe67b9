//! Scheduled jobs and their runs: records, tables, operations.

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, optional_ms, rows, run};
use crate::conversation::system_event::push;
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;

/// A scheduled job.
///
/// Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct CronJobRecord {
    /// Its id.
    pub job_id: String,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it is to run next; absent where no run is planned.
    pub next_run_ms: Option<u64>,
    /// The job as its owner wrote it, and its state, as a JSON object.
    pub body: Box<Raw>,
}

/// A run of a scheduled job.
#[derive(Debug, Clone)]
pub struct CronRunRecord {
    /// Its id.
    pub run_id: String,
    /// The job.
    pub job_id: String,
    /// When it began.
    pub at_ms: u64,
    /// Whether its end is known.
    pub has_ended: bool,
    /// What is known of it, as a JSON object.
    pub body: Box<Raw>,
}

/// Runs kept for one job; the oldest goes when there is one more.
pub const MAX_CRON_RUNS: u32 = 500;

/// Operations on scheduled jobs.
impl Store {
    /// All jobs, the oldest in front.
    pub fn cron_jobs(&self) -> Op<Vec<CronJobRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM cron_job ORDER BY created_at_ms, job_id";
            rows(cx.conn, "cron_job", sql, (), read_job)
        })
    }

    /// Keeps a job, in place of the one with its id.
    pub fn put_cron_job(&self, job: CronJobRecord) -> Op<()> {
        self.write(move |cx| put_job(cx.conn, &job))
    }

    /// Removes a job and what is known of its runs; says whether there was one.
    pub fn remove_cron_job(&self, job_id: &str) -> Op<bool> {
        let job_id = job_id.to_owned();
        self.write(move |cx| {
            run(cx.conn, "DELETE FROM cron_run WHERE job_id = ?1", [&job_id])?;
            Ok(run(cx.conn, "DELETE FROM cron_job WHERE job_id = ?1", [&job_id])? > 0)
        })
    }

    /// Notes that a job is about to run, with its state from now on: a job whose time has come
    /// runs once, whatever happens to the Gateway after this.
    ///
    /// Errors: [`StoreError::UnknownJob`] for a job that was removed meanwhile.
    pub fn begin_cron_run(&self, job: CronJobRecord, begun: CronRunRecord) -> Op<()> {
        self.write(move |cx| {
            if !has_job(cx.conn, &job.job_id)? {
                return Err(StoreError::UnknownJob(job.job_id).into());
            }
            put_job(cx.conn, &job)?;
            put_run(cx.conn, &begun)
        })
    }

    /// The same for a job whose work is a line for a session: the line is queued together with
    /// the note, once for one run.
    ///
    /// Errors: [`StoreError::UnknownJob`] for a job that was removed meanwhile.
    pub fn begin_cron_line(
        &self,
        job: CronJobRecord,
        begun: CronRunRecord,
        session_key: &str,
        text: &str,
    ) -> Op<()> {
        let (key, text) = (session_key.to_owned(), text.to_owned());
        self.write(move |cx| {
            if !has_job(cx.conn, &job.job_id)? {
                return Err(StoreError::UnknownJob(job.job_id).into());
            }
            put_job(cx.conn, &job)?;
            put_run(cx.conn, &begun)?;
            push(cx.conn, &key, &text, begun.at_ms).map(drop)
        })
    }

    /// Notes how a run ended, with the state of its job from now on. `job` is passed over if
    /// the job was removed meanwhile, and removed if `remove` says so.
    pub fn end_cron_run(&self, job: CronJobRecord, ended: CronRunRecord, remove: bool) -> Op<()> {
        self.write(move |cx| {
            if !has_job(cx.conn, &job.job_id)? {
                return Ok(());
            }
            put_run(cx.conn, &ended)?;
            if remove {
                run(
                    cx.conn,
                    "DELETE FROM cron_job WHERE job_id = ?1",
                    [&job.job_id],
                )?;
                return Ok(());
            }
            put_job(cx.conn, &job)
        })
    }

    /// The last runs of a job, or of all jobs, the newest in front.
    pub fn cron_runs(&self, job_id: Option<&str>, limit: usize) -> Op<Vec<CronRunRecord>> {
        let job_id = job_id.map(str::to_owned);
        self.read(move |cx| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let sql = "SELECT * FROM cron_run WHERE ?1 IS NULL OR job_id = ?1
                       ORDER BY id DESC LIMIT ?2";
            rows(cx.conn, "cron_run", sql, params![job_id, limit], read_run)
        })
    }

    /// The runs whose end is not known: those under way, and those that the end of a Gateway
    /// cut off.
    pub fn open_cron_runs(&self) -> Op<Vec<CronRunRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM cron_run WHERE ended = 0 ORDER BY id";
            rows(cx.conn, "cron_run", sql, (), read_run)
        })
    }
}

fn has_job(conn: &Connection, job_id: &str) -> Result<bool, Failure> {
    let sql = "SELECT job_id FROM cron_job WHERE job_id = ?1";
    let found = rows(conn, "cron_job", sql, [job_id], |row| {
        row.get::<_, String>(0)
    })?;
    Ok(!found.is_empty())
}

fn put_job(conn: &Connection, job: &CronJobRecord) -> Result<(), Failure> {
    run(
        conn,
        "INSERT INTO cron_job (job_id, created_at_ms, next_run_ms, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (job_id) DO UPDATE SET next_run_ms = excluded.next_run_ms,
             body = excluded.body",
        params![
            job.job_id,
            Millis(job.created_at_ms),
            job.next_run_ms.map(Millis),
            job.body.get()
        ],
    )?;
    Ok(())
}

fn put_run(conn: &Connection, record: &CronRunRecord) -> Result<(), Failure> {
    run(
        conn,
        "INSERT INTO cron_run (run_id, job_id, at_ms, ended, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (run_id) DO UPDATE SET ended = excluded.ended, body = excluded.body",
        params![
            record.run_id,
            record.job_id,
            Millis(record.at_ms),
            record.has_ended,
            record.body.get()
        ],
    )?;
    let sql = "DELETE FROM cron_run WHERE job_id = ?1 AND id NOT IN
                   (SELECT id FROM cron_run WHERE job_id = ?1 ORDER BY id DESC LIMIT ?2)";
    run(conn, sql, params![record.job_id, MAX_CRON_RUNS])?;
    Ok(())
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<CronJobRecord> {
    Ok(CronJobRecord {
        job_id: row.get("job_id")?,
        created_at_ms: ms(row, "created_at_ms")?,
        next_run_ms: optional_ms(row, "next_run_ms")?,
        body: json(row, "body")?,
    })
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<CronRunRecord> {
    Ok(CronRunRecord {
        run_id: row.get("run_id")?,
        job_id: row.get("job_id")?,
        at_ms: ms(row, "at_ms")?,
        has_ended: row.get("ended")?,
        body: json(row, "body")?,
    })
}
