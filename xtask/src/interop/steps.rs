//! What a cell tried and how each step went.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::failure::Outcome;

/// The steps of one cell.
#[derive(Debug)]
pub(super) struct Report {
    index: usize,
    cell: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    step: String,
    /// `None`: passed.
    failure: Option<String>,
    took: Duration,
    /// What is worth telling although it passed.
    note: Option<String>,
}

impl Report {
    /// An empty report.
    pub(super) fn new(index: usize, cell: String) -> Self {
        Self {
            index,
            cell,
            rows: Vec::new(),
        }
    }

    /// Its place in the table.
    pub(super) const fn index(&self) -> usize {
        self.index
    }

    /// The name of the cell.
    pub(super) fn cell(&self) -> &str {
        &self.cell
    }

    /// Does one step; `None` if it failed.
    pub(super) async fn step<T>(
        &mut self,
        name: &str,
        work: impl Future<Output = Outcome<T>>,
    ) -> Option<T> {
        let started = Instant::now();
        let outcome = work.await;
        let (value, failure) = match outcome {
            Ok(value) => (Some(value), None),
            Err(failure) => (None, Some(failure.to_string())),
        };
        self.rows.push(Row {
            step: name.to_owned(),
            failure,
            took: started.elapsed(),
            note: None,
        });
        value
    }

    /// Adds a note to the last step.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        if let Some(row) = self.rows.last_mut() {
            row.note = Some(note.into());
        }
    }

    /// A step that failed in another way.
    pub(super) fn fail(&mut self, step: &str, failure: String) {
        self.rows.push(Row {
            step: step.to_owned(),
            failure: Some(failure),
            took: Duration::ZERO,
            note: None,
        });
    }

    /// One line for those who wait.
    pub(super) fn summary(&self) -> String {
        let failed = self.rows.iter().filter(|row| row.failure.is_some()).count();
        if failed == 0 {
            format!("✓ {} ({} steps)", self.cell, self.rows.len())
        } else {
            format!(
                "✗ {} ({failed} of {} steps failed)",
                self.cell,
                self.rows.len()
            )
        }
    }
}

/// Prints the table, then what failed. Returns how many steps passed and failed.
pub(super) fn print(reports: &[Report]) -> (usize, usize) {
    let rows = || {
        reports
            .iter()
            .flat_map(|report| report.rows.iter().map(move |row| (report, row)))
    };
    let width = |of: fn(&Report, &Row) -> usize| {
        rows()
            .map(|(report, row)| of(report, row))
            .max()
            .unwrap_or(0)
    };
    let cell = width(|report, _| report.cell.len());
    let step = width(|_, row| row.step.len());
    let mut out = String::new();
    let _ = writeln!(out, "\n{:cell$}  {:step$}  result  seconds", "cell", "step");
    for (report, row) in rows() {
        let result = if row.failure.is_some() {
            "FAILED"
        } else {
            "passed"
        };
        let _ = write!(
            out,
            "{:cell$}  {:step$}  {result}  {:7.1}",
            report.cell,
            row.step,
            row.took.as_secs_f64()
        );
        let _ = writeln!(
            out,
            "{}",
            row.note
                .as_ref()
                .map(|note| format!("  {note}"))
                .unwrap_or_default()
        );
    }
    for (report, row) in rows() {
        if let Some(failure) = &row.failure {
            let _ = writeln!(
                out,
                "\n{} · {}\n  {}",
                report.cell,
                row.step,
                failure.replace('\n', "\n  ")
            );
        }
    }
    println!("{out}");
    let failed = rows().filter(|(_, row)| row.failure.is_some()).count();
    (rows().count() - failed, failed)
}
