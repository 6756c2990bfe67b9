//! The report, for people and for programs.

use openclaw_policy::audit::{Finding, Severity, Summary};
use serde_json::{Value, json};

use super::fix::Fixed;
use crate::error::CliError;
use crate::render::Output;
use crate::render::style;

/// What was found.
#[derive(Debug)]
pub(super) struct Report {
    /// When, milliseconds since 1970.
    pub(super) ts: u64,
    /// How many of each severity.
    pub(super) summary: Summary,
    /// What, the worst first.
    pub(super) findings: Vec<Finding>,
    /// What `--deep` did, for programs.
    pub(super) deep: Option<Value>,
}

impl Report {
    /// `{ts, summary, findings, deep?}`, and with `--fix` `{fix, report}` around it.
    pub(super) fn to_json(&self, fixed: Option<&Fixed>) -> Value {
        let mut report = json!({
            "ts": self.ts,
            "summary": self.summary,
            "findings": self.findings,
        });
        if let Some(deep) = &self.deep {
            report["deep"] = deep.clone();
        }
        match fixed {
            Some(fixed) => json!({ "fix": fixed.to_json(), "report": report }),
            None => report,
        }
    }

    /// The report as text.
    pub(super) fn print(&self, out: &Output, fixed: Option<&Fixed>) -> Result<(), CliError> {
        out.title("OpenClaw security audit")?;
        let Summary {
            critical,
            warn,
            info,
        } = self.summary;
        out.line(format!(
            "Summary: {critical} critical · {warn} warn · {info} info"
        ))?;
        if self.deep.is_none() {
            let command = out.paint(style::COMMAND, "openclaw security audit --deep");
            out.line(format!("Run deeper: {command}"))?;
        }
        if let Some(fixed) = fixed {
            fixed.print(out)?;
        } else if self.findings.iter().any(is_mended_by_us) {
            let command = out.paint(style::COMMAND, "openclaw security audit --fix");
            out.line(format!("Fix: {command}"))?;
        }
        for severity in Severity::ALL {
            let mut group = self
                .findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .peekable();
            if group.peek().is_some() {
                out.blank()?;
                let title = severity.as_str().to_ascii_uppercase();
                out.line(out.paint(color(severity), &title))?;
            }
            for finding in group {
                one(out, finding)?;
            }
        }
        Ok(())
    }
}

fn one(out: &Output, finding: &Finding) -> Result<(), CliError> {
    let id = out.paint(style::TITLE, &finding.check_id);
    out.line(format!("{id} {}", finding.title))?;
    for line in finding.detail.lines() {
        out.line(format!("  {line}"))?;
    }
    if let Some(remediation) = &finding.remediation {
        let label = out.paint(style::COMMAND, "Fix");
        out.line(format!("  {label}: {remediation}"))?;
    }
    Ok(())
}

/// Whether `--fix` does something about it.
fn is_mended_by_us(finding: &Finding) -> bool {
    let id = &finding.check_id;
    id.starts_with("fs.") && id.contains(".perms_") || id == "logging.redact_off"
}

const fn color(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Critical => style::BAD,
        Severity::Warn => style::ODD,
        Severity::Info => style::FAINT,
    }
}
