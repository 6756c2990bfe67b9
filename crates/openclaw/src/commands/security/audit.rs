//! `openclaw security audit`

use openclaw_policy::audit::{Summary, audit};

use super::report::Report;
use super::{fix, gather, probe};
use crate::app::App;
use crate::cli::security::SecurityAuditArgs;
use crate::clock;
use crate::error::CliError;
use crate::exit::Exit;

/// Looks, mends what it is told to mend, looks again, and reports.
pub(crate) async fn run(app: &App, args: &SecurityAuditArgs) -> Result<(), CliError> {
    let mut loaded = app.load_config()?;
    let fixed = if args.fix {
        let fixed = fix::apply(app, &loaded);
        loaded = app.load_config()?;
        Some(fixed)
    } else {
        None
    };
    let mut facts = gather::facts(app, args, &loaded).await;
    let deep = if args.deep {
        let (probed, deep) = probe::ask(app, args, &loaded, &facts.gateway).await;
        facts.probe = probed;
        Some(deep)
    } else {
        None
    };
    let findings = audit(&facts);
    let report = Report {
        ts: clock::now_ms(),
        summary: Summary::of(&findings),
        findings,
        deep,
    };
    if app.out.is_json() {
        app.out.json(&report.to_json(fixed.as_ref()))?;
    } else {
        report.print(&app.out, fixed.as_ref())?;
    }
    let worst = report.summary.worst();
    if args.fail_on.is_some_and(|limit| limit.is_met(worst)) {
        return Err(CliError::reported(Exit::Failure));
    }
    Ok(())
}
