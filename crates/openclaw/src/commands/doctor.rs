//! `openclaw doctor`: looks at everything that this installation depends on, and says what mends
//! what is wrong.
//!
//! | Question | File |
//! | --- | --- |
//! | configuration, state lock, disk, clock | [`local`] |
//! | who has the port, and whether services fit this program | [`service`] |
//! | files, exposure, secrets, certificate, pairing | [`audit`]: what `security audit` finds |
//! | what the Gateway says of itself and its nodes | [`gateway`] |
//! | what is mended | [`fix`] |

mod audit;
mod check;
mod fix;
mod gateway;
mod local;
mod report;
mod service;

use openclaw_remote::{Target, UrlSource};

use super::probe::{self, Probed, Questions};
use super::security::gather;
use crate::app::{App, refused_config};
use crate::cli::doctor::DoctorArgs;
use crate::cli::security::SecurityAuditArgs;
use crate::client;
use crate::error::CliError;
use crate::exit::Exit;
use check::{Check, Status};
use report::Report;

/// Mends what it is told to mend, looks, and reports. Ends with 1 where something fails.
pub(crate) fn run(app: &App, args: &DoctorArgs) -> Result<(), CliError> {
    let fixed = args.fix.then(|| fix::apply(app));
    let checks = crate::runtime::one_shot()?.block_on(look(app, args));
    let report = Report { checks };
    if app.out.is_json() {
        app.out.json(&report.to_json(fixed.as_ref()))?;
    } else {
        report.print(&app.out, fixed.as_ref())?;
    }
    if report.count(Status::Fail) > 0 {
        return Err(CliError::reported(Exit::Failure));
    }
    Ok(())
}

async fn look(app: &App, args: &DoctorArgs) -> Vec<Check> {
    let loaded = app.try_load_config();
    let mut checks = local::config(app, &loaded);
    checks.extend(local::lock(app));
    let probed = match &loaded {
        Ok(loaded) => {
            let target = Target::resolve(&client::flags(&args.target), &app.paths, loaded)
                .map_err(|why| client::refused(&why));
            match target {
                Ok(target) => {
                    let timeout = args.target.timeout.unwrap_or(TIMEOUT);
                    let questions = Questions {
                        status: true,
                        health: Some(false),
                        members: true,
                    };
                    let is_here =
                        target.info.url_source == UrlSource::Local && target.tunnel.is_none();
                    (probe::ask(app, &target, timeout, questions).await, is_here)
                }
                Err(error) => (Probed::failed(error), false),
            }
        }
        Err(error) => (Probed::failed(refused_config(error)), false),
    };
    let (probed, is_here) = probed;
    checks.extend(service::checks(app, &loaded, args.target.port));
    checks.extend(gateway::checks(&loaded, &probed, is_here));
    if let Ok(loaded) = &loaded {
        let asked = SecurityAuditArgs {
            token: args.target.token.clone(),
            password: args.target.password.clone(),
            port: args.target.port,
            timeout: args.target.timeout,
            ..SecurityAuditArgs::default()
        };
        let mut facts = gather::facts(app, &asked, loaded).await;
        if args.deep && probed.is_reachable() {
            let asking = super::security::probe::ask(app, &asked, loaded, &facts.gateway);
            facts.probe = asking.await.0;
        }
        checks.extend(audit::checks(&facts, args.deep));
    }
    checks.push(local::disk(app));
    checks.push(local::clock(app));
    checks
}

/// How long the Gateway may take for each answer without `--timeout`.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
