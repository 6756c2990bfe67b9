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

    /// What kind of cell it is: what stands before the dot of its name.
    fn kind(&self) -> &str {
        self.cell
            .split_once('.')
            .map_or(&self.cell, |(kind, _)| kind)
    }

    /// Which programs: what stands behind the dot.
    fn pair(&self) -> &str {
        self.cell.split_once('.').map_or("", |(_, pair)| pair)
    }

    /// How this step went.
    fn mark(&self, step: &str) -> &'static str {
        match self.rows.iter().find(|row| row.step == step) {
            Some(row) if row.failure.is_some() => "✗",
            Some(_) => "✓",
            // A cell ends early only behind a failure.
            None if self.rows.last().is_some_and(|row| row.failure.is_some()) => "·",
            None => "",
        }
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

/// For each kind of cell its steps against the pairs of programs: `✓` passed, `✗` failed, `·` not
/// reached because a step before it failed, empty if this pair has no such step.
fn matrix(reports: &[Report]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for report in reports {
        if !kinds.contains(&report.kind()) {
            kinds.push(report.kind());
        }
    }
    let mut out = String::new();
    for kind in kinds {
        let cells: Vec<&Report> = reports.iter().filter(|one| one.kind() == kind).collect();
        let mut steps: Vec<&str> = Vec::new();
        for row in cells.iter().flat_map(|cell| &cell.rows) {
            if !steps.contains(&row.step.as_str()) {
                steps.push(&row.step);
            }
        }
        let width = steps.iter().chain([&kind]).map(|step| step.chars().count());
        let width = width.max().unwrap_or(0);
        let _ = write!(out, "\n{kind:width$}");
        for cell in &cells {
            let _ = write!(out, "  {}", cell.pair());
        }
        for step in steps {
            let _ = write!(out, "\n{step:width$}");
            for cell in &cells {
                let _ = write!(out, "  {:^1$}", cell.mark(step), cell.pair().len());
            }
        }
        out.push('\n');
    }
    out
}

/// Prints the table, then what failed, then who passed which step. Returns how many steps passed and failed.
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
    let _ = write!(out, "{}", matrix(reports));
    println!("{out}");
    let failed = rows().filter(|(_, row)| row.failure.is_some()).count();
    (rows().count() - failed, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(index: usize, cell: &str, steps: &[(&str, bool)]) -> Report {
        let mut report = Report::new(index, cell.to_owned());
        for (step, passed) in steps {
            report.rows.push(Row {
                step: (*step).to_owned(),
                failure: (!passed).then(|| "it broke".to_owned()),
                took: Duration::ZERO,
                note: None,
            });
        }
        report
    }

    #[test]
    fn the_matrix_tells_passed_failed_not_reached_and_not_there() {
        let reports = [
            report(0, "node.a-on-b", &[("pairs", true), ("answers", true)]),
            report(1, "tls.a-on-b", &[("pins", true)]),
            report(2, "node.b-on-a", &[("pairs", false)]),
            report(3, "node.b-on-b", &[("pairs", true)]),
        ];
        let expected = "\n\
            node     a-on-b  b-on-a  b-on-b\n\
            pairs      ✓       ✗       ✓   \n\
            answers    ✓       ·           \n\
            \n\
            tls   a-on-b\n\
            pins    ✓   \n";
        assert_eq!(matrix(&reports), expected);
    }

    #[test]
    fn every_step_is_counted() {
        let reports = [
            report(0, "node.a-on-b", &[("pairs", true), ("answers", false)]),
            report(1, "whole", &[("whole cell", false)]),
        ];
        assert_eq!(print(&reports), (1, 2));
        assert!(matrix(&reports).contains("whole cell"));
    }
}
