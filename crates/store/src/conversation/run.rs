//! Runs of the agent: record, table, operations.

use std::fmt;

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use super::session::{self, SessionRecord};
use super::system_event;
use super::transcript::{self, NewEntry};
use crate::channel::inbox::{self, UpdateKey};
use crate::channel::outbox::{self, NewDelivery};
use crate::columns::{Millis, json, ms, optional_json, optional_ms, rows, run, unreadable};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It waits for its turn.
    Waiting,
    /// It is under way, or was when the Gateway ended.
    Running,
    /// It ended, well or not.
    Ended,
}

impl RunState {
    const ALL: [Self; 3] = [Self::Waiting, Self::Running, Self::Ended];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}

/// One run of the agent, from the request to its outcome.
///
/// Times are milliseconds since 1970.
#[derive(Clone)]
pub struct RunRecord {
    /// Its id; the caller's idempotency key where there is one.
    pub run_id: String,
    /// The session it belongs to.
    pub session_key: String,
    /// Where it stands.
    pub state: RunState,
    /// When it was asked for.
    pub queued_at_ms: u64,
    /// When it was first begun.
    pub started_at_ms: Option<u64>,
    /// When it ended.
    pub ended_at_ms: Option<u64>,
    /// What is asked, by whom, and where the reply goes, as JSON.
    pub request: Box<Raw>,
    /// How it ended, as JSON.
    pub outcome: Option<Box<Raw>>,
}

/// A run to be queued.
#[derive(Clone)]
pub struct NewRun {
    /// Its id; the caller's idempotency key where there is one.
    pub run_id: String,
    /// The session it belongs to.
    pub session_key: String,
    /// When it is asked for, in milliseconds since 1970.
    pub queued_at_ms: u64,
    /// What is asked, as JSON.
    pub request: Box<Raw>,
    /// The updates of a channel that it answers. They are settled when it ends.
    pub answers: Vec<UpdateKey>,
}

/// Whether a run was new.
#[derive(Debug, Clone)]
pub enum Queued {
    /// It waits from now on.
    New(RunRecord),
    /// A run with this id is known; this is it. Nothing was changed.
    Known(RunRecord),
}

/// The beginning of a run, and all that comes of it.
#[derive(Debug, Clone, Default)]
pub struct RunStart {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The session as it is from now on.
    pub session: Option<SessionRecord>,
    /// What the transcript of a session id gains: the question.
    pub entries: Option<(String, Vec<NewEntry>)>,
    /// The number of the last system event that the run is told; these and those before wait
    /// no more.
    pub told_until: Option<u64>,
}

/// The end of a run, and all that comes of it.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// How it ended, as JSON.
    pub outcome: Box<Raw>,
    /// The session as it is from now on.
    pub session: Option<SessionRecord>,
    /// What the transcript of a session id gains.
    pub entries: Option<(String, Vec<NewEntry>)>,
    /// What is to be sent.
    pub deliveries: Vec<NewDelivery>,
}

/// Operations on runs.
impl Store {
    /// Queues a run. Of two runs with one id the first counts.
    pub fn queue_run(&self, new: NewRun) -> Op<Queued> {
        self.write(move |cx| {
            if let Some(known) = find(cx.conn, &new.run_id)? {
                return Ok(Queued::Known(known));
            }
            run(
                cx.conn,
                "INSERT INTO run (run_id, session_key, state, queued_at_ms, request)
                 VALUES (?1, ?2, 'waiting', ?3, ?4)",
                params![
                    new.run_id,
                    new.session_key,
                    Millis(new.queued_at_ms),
                    new.request.get()
                ],
            )?;
            for key in &new.answers {
                inbox::give_to_run(cx.conn, key, &new.run_id)?;
            }
            Ok(Queued::New(RunRecord {
                run_id: new.run_id,
                session_key: new.session_key,
                state: RunState::Waiting,
                queued_at_ms: new.queued_at_ms,
                started_at_ms: None,
                ended_at_ms: None,
                request: new.request,
                outcome: None,
            }))
        })
    }

    /// The run with this id.
    pub fn run(&self, run_id: &str) -> Op<Option<RunRecord>> {
        let run_id = run_id.to_owned();
        self.read(move |cx| find(cx.conn, &run_id))
    }

    /// The runs that have not ended, in the order in which they were asked for: what a Gateway
    /// takes up again when it starts.
    pub fn open_runs(&self) -> Op<Vec<RunRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM run WHERE state <> 'ended' ORDER BY queued_at_ms, rowid";
            rows(cx.conn, TABLE, sql, (), read)
        })
    }

    /// Notes that a run begins, with all that comes of it at once.
    ///
    /// A run that was begun before keeps its first time.
    ///
    /// Errors: [`StoreError::UnknownRun`] for a run that is not there, or has ended.
    pub fn start_run(&self, run_id: &str, start: RunStart) -> Op<()> {
        let run_id = run_id.to_owned();
        self.write(move |cx| {
            let sql = "UPDATE run SET state = 'running',
                           started_at_ms = coalesce(started_at_ms, ?2)
                       WHERE run_id = ?1 AND state <> 'ended'
                       RETURNING session_key";
            let params = params![run_id, Millis(start.at_ms)];
            let keys = rows(cx.conn, TABLE, sql, params, |row| row.get::<_, String>(0))?;
            let Some(session_key) = keys.into_iter().next() else {
                return Err(StoreError::UnknownRun(run_id).into());
            };
            if let Some(until) = start.told_until {
                system_event::told(cx.conn, &session_key, until)?;
            }
            gain(cx.conn, start.session.as_ref(), start.entries.as_ref())
        })
    }

    /// Ends a run: outcome, session, transcript, what is to be sent, and the updates that it
    /// answers, all at once.
    ///
    /// Errors: [`StoreError::UnknownRun`] for a run that is not there, or has ended.
    pub fn end_run(&self, run_id: &str, end: RunEnd) -> Op<()> {
        let run_id = run_id.to_owned();
        self.write(move |cx| {
            let sql = "UPDATE run SET state = 'ended', ended_at_ms = ?2, outcome = ?3
                       WHERE run_id = ?1 AND state <> 'ended'";
            let params = params![run_id, Millis(end.at_ms), end.outcome.get()];
            if run(cx.conn, sql, params)? == 0 {
                return Err(StoreError::UnknownRun(run_id).into());
            }
            gain(cx.conn, end.session.as_ref(), end.entries.as_ref())?;
            for delivery in &end.deliveries {
                outbox::insert(cx.conn, delivery)?;
            }
            inbox::settle_of_run(cx.conn, &run_id, end.at_ms)
        })
    }

    /// Forgets the runs that ended before `before_ms`, with their steps; says how many.
    pub fn forget_runs(&self, before_ms: u64) -> Op<usize> {
        self.write(move |cx| {
            let sql = "DELETE FROM run WHERE state = 'ended' AND ended_at_ms < ?1";
            Ok(run(cx.conn, sql, [Millis(before_ms)])?)
        })
    }
}

fn gain(
    conn: &Connection,
    session: Option<&SessionRecord>,
    entries: Option<&(String, Vec<NewEntry>)>,
) -> Result<(), Failure> {
    if let Some(session) = session {
        session::put(conn, session)?;
    }
    if let Some((session_id, entries)) = entries {
        transcript::append(conn, session_id, entries)?;
    }
    Ok(())
}

fn find(conn: &Connection, run_id: &str) -> Result<Option<RunRecord>, Failure> {
    let sql = "SELECT * FROM run WHERE run_id = ?1";
    Ok(rows(conn, TABLE, sql, [run_id], read)?.into_iter().next())
}

fn read(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let state: String = row.get("state")?;
    let found = RunState::ALL.into_iter().find(|one| one.as_str() == state);
    Ok(RunRecord {
        run_id: row.get("run_id")?,
        session_key: row.get("session_key")?,
        state: found.ok_or_else(|| unreadable(row, "state", format!("`{state}`")))?,
        queued_at_ms: ms(row, "queued_at_ms")?,
        started_at_ms: optional_ms(row, "started_at_ms")?,
        ended_at_ms: optional_ms(row, "ended_at_ms")?,
        request: json(row, "request")?,
        outcome: optional_json(row, "outcome")?,
    })
}

/// What is asked is private: only names and times show.
impl fmt::Debug for RunRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunRecord")
            .field("run_id", &self.run_id)
            .field("session_key", &self.session_key)
            .field("state", &self.state)
            .field("queued_at_ms", &self.queued_at_ms)
            .field("started_at_ms", &self.started_at_ms)
            .field("ended_at_ms", &self.ended_at_ms)
            .finish_non_exhaustive()
    }
}

/// What is asked is private: only names and times show.
impl fmt::Debug for NewRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRun")
            .field("run_id", &self.run_id)
            .field("session_key", &self.session_key)
            .field("queued_at_ms", &self.queued_at_ms)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

const TABLE: &str = "run";
