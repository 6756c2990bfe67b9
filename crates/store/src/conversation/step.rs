//! What runs set in motion outside of the Gateway: record, table, operations.

use openclaw_protocol::Raw;
use rusqlite::{Row, params};

use crate::columns::{Millis, json, ms, optional_json, optional_ms, rows, run};
use crate::error::StoreError;
use crate::op::Op;
use crate::store::Store;

/// One call of a tool by a run.
///
/// A step that began and did not end is one whose effect nobody knows: it is never done again.
#[derive(Debug, Clone)]
pub struct StepRecord {
    /// Its number in the run, from 1.
    pub seq: u64,
    /// When it was about to be done, in milliseconds since 1970.
    pub begun_at_ms: u64,
    /// When its end was known.
    pub ended_at_ms: Option<u64>,
    /// What was about to be done, as JSON.
    pub body: Box<Raw>,
    /// What came of it, as JSON.
    pub result: Option<Box<Raw>>,
}

/// Operations on steps.
impl Store {
    /// Notes that a step is about to be done. Await it before the step is done.
    ///
    /// Errors: [`StoreError::UnknownRun`] for a run that is not there;
    /// [`StoreError::StepReused`] for a number that was used.
    pub fn begin_step(&self, run_id: &str, seq: u64, at_ms: u64, body: Box<Raw>) -> Op<()> {
        let run_id = run_id.to_owned();
        self.write(move |cx| {
            let sql = "INSERT INTO run_step (run_id, seq, begun_at_ms, body)
                       SELECT run_id, ?2, ?3, ?4 FROM run WHERE run_id = ?1
                       ON CONFLICT (run_id, seq) DO NOTHING";
            let params = params![run_id, Millis(seq), Millis(at_ms), body.get()];
            if run(cx.conn, sql, params)? > 0 {
                return Ok(());
            }
            let known = "SELECT count(*) FROM run WHERE run_id = ?1";
            let runs: i64 = cx.conn.query_row(known, [&run_id], |row| row.get(0))?;
            Err(match runs {
                0 => StoreError::UnknownRun(run_id),
                _ => StoreError::StepReused { run_id, seq },
            }
            .into())
        })
    }

    /// Notes what came of a step. The first end counts; says whether this was it.
    pub fn end_step(&self, run_id: &str, seq: u64, at_ms: u64, result: Box<Raw>) -> Op<bool> {
        let run_id = run_id.to_owned();
        self.write(move |cx| {
            let sql = "UPDATE run_step SET ended_at_ms = ?3, result = ?4
                       WHERE run_id = ?1 AND seq = ?2 AND ended_at_ms IS NULL";
            let params = params![run_id, Millis(seq), Millis(at_ms), result.get()];
            Ok(run(cx.conn, sql, params)? > 0)
        })
    }

    /// The steps of a run, in their order.
    pub fn steps(&self, run_id: &str) -> Op<Vec<StepRecord>> {
        let run_id = run_id.to_owned();
        self.read(move |cx| {
            let sql = "SELECT * FROM run_step WHERE run_id = ?1 ORDER BY seq";
            rows(cx.conn, "run_step", sql, [&run_id], read)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StepRecord> {
    Ok(StepRecord {
        seq: ms(row, "seq")?,
        begun_at_ms: ms(row, "begun_at_ms")?,
        ended_at_ms: optional_ms(row, "ended_at_ms")?,
        body: json(row, "body")?,
        result: optional_json(row, "result")?,
    })
}
