//! How calls to nodes ended, for callers that ask again: record, table, operations.

use std::fmt;
use std::sync::Arc;

use openclaw_protocol::Raw;
use rusqlite::{Row, params};

use crate::columns::{Millis, json, ms, rows, run};
use crate::op::Op;
use crate::store::Store;

/// How a call ended.
#[derive(Clone)]
pub struct CallOutcomeRecord {
    /// As in the mark of the call.
    pub fingerprint: [u8; 16],
    /// When it ended, in milliseconds since 1970.
    pub at_ms: u64,
    /// What the owner of the record wrote.
    pub outcome: Box<Raw>,
}

/// Outcomes kept at most; the oldest go.
pub const MAX_CALL_OUTCOMES: usize = 1000;

/// Operations on outcomes of calls to nodes.
impl Store {
    /// Keeps outcomes, in place of those that stand for the same calls, and has the marks of
    /// calls reach the disk.
    pub fn put_call_outcomes(&self, records: Vec<CallOutcomeRecord>) -> Op<()> {
        let marks = Arc::clone(self.marks());
        self.write(move |cx| {
            for record in &records {
                run(
                    cx.conn,
                    "INSERT OR REPLACE INTO call_outcome (fingerprint, at_ms, outcome)
                     VALUES (?1, ?2, ?3)",
                    params![
                        record.fingerprint,
                        Millis(record.at_ms),
                        record.outcome.get()
                    ],
                )?;
            }
            let kept = i64::try_from(MAX_CALL_OUTCOMES).unwrap_or(i64::MAX);
            let sql = "DELETE FROM call_outcome WHERE fingerprint NOT IN
                           (SELECT fingerprint FROM call_outcome ORDER BY at_ms DESC LIMIT ?1)";
            run(cx.conn, sql, [kept])?;
            Ok(marks.sync()?)
        })
    }

    /// The outcomes that are kept, the oldest in front.
    pub fn call_outcomes(&self) -> Op<Vec<CallOutcomeRecord>> {
        self.read(|cx| {
            let sql = "SELECT hex(fingerprint), * FROM call_outcome ORDER BY at_ms";
            rows(cx.conn, "call_outcome", sql, (), read)
        })
    }

    /// Forgets the outcomes of calls that ended before `before_ms`; says how many.
    pub fn forget_call_outcomes(&self, before_ms: u64) -> Op<usize> {
        self.write(move |cx| {
            let sql = "DELETE FROM call_outcome WHERE at_ms < ?1";
            Ok(run(cx.conn, sql, [Millis(before_ms)])?)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<CallOutcomeRecord> {
    Ok(CallOutcomeRecord {
        fingerprint: row.get("fingerprint")?,
        at_ms: ms(row, "at_ms")?,
        outcome: json(row, "outcome")?,
    })
}

/// Answers of nodes may be private: only their size shows.
impl fmt::Debug for CallOutcomeRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOutcomeRecord")
            .field("at_ms", &self.at_ms)
            .field("bytes", &self.outcome.get().len())
            .finish_non_exhaustive()
    }
}
