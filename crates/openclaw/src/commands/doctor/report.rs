//! What was found, for people and for programs.

use anstyle::Style;
use serde_json::{Map, Value, json};

use super::check::{Check, Status};
use super::fix::Fixed;
use crate::error::CliError;
use crate::render::{Output, style};

/// What was found.
#[derive(Debug)]
pub(super) struct Report {
    /// In the order in which it was looked at.
    pub(super) checks: Vec<Check>,
}

impl Report {
    /// How many are like this.
    pub(super) fn count(&self, status: Status) -> usize {
        let same = self.checks.iter().filter(|check| check.status == status);
        same.count()
    }

    /// `{ok, summary, checks, fix?}`.
    pub(super) fn to_json(&self, fixed: Option<&Fixed>) -> Value {
        let summary: Map<String, Value> = Status::ALL
            .map(|status| (status.as_str().to_owned(), json!(self.count(status))))
            .into_iter()
            .collect();
        let mut report = json!({
            "ok": self.count(Status::Fail) == 0,
            "summary": summary,
            "checks": self.checks,
        });
        if let Some(fixed) = fixed {
            report["fix"] = fixed.to_json();
        }
        report
    }

    /// The report as text: what was done, then everything, then what to do.
    pub(super) fn print(&self, out: &Output, fixed: Option<&Fixed>) -> Result<(), CliError> {
        out.title("OpenClaw doctor")?;
        if let Some(fixed) = fixed {
            fixed.print(out)?;
        }
        out.blank()?;
        for check in &self.checks {
            let word = format!("{:<7}", check.status.as_str());
            out.line(format!(
                "{} {}",
                out.paint(color(check.status), &word),
                check.title
            ))?;
            let detail = check.detail.as_deref().unwrap_or_default();
            for line in detail.lines() {
                out.line(format!("        {line}"))?;
            }
            if let Some(remedy) = &check.remedy {
                let label = out.paint(style::COMMAND, "Fix");
                out.line(format!("        {label}: {remedy}"))?;
            }
        }
        out.blank()?;
        let counts: Vec<String> = Status::ALL
            .iter()
            .map(|status| format!("{} {}", self.count(*status), status.as_str()))
            .collect();
        out.line(counts.join(" · "))
    }
}

const fn color(status: Status) -> Style {
    match status {
        Status::Fail => style::BAD,
        Status::Warn => style::ODD,
        Status::Ok => style::GOOD,
        Status::Skipped => style::FAINT,
    }
}
