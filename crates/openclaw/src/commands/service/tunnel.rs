//! `tunnel install`: the tunnel of `tunnel up`, kept by the service manager.
//!
//! The service is given the options of this command and nothing more: what they leave open it
//! takes from the configuration at each start.

use openclaw_remote::tunnel::{self, Kept, KeptPurpose};

use super::control::Control;
use super::definition::Definition;
use super::install::{Place, installed, load, place, put};
use super::report::{Action, Report, finish};
use super::{Kind, Manager, ssh};
use crate::app::App;
use crate::cli::tunnel::{TunnelInstallArgs, TunnelOptionArgs};
use crate::commands::tunnel::resolve;
use crate::error::CliError;

/// Installs it.
pub(crate) fn install(app: &App, args: &TunnelInstallArgs) -> Result<(), CliError> {
    let done = place(app, Kind::Tunnel, args.force).and_then(|place| match place {
        Place::Taken(report) => Ok(report),
        Place::Free(file) => {
            let manager = Manager::of_host();
            let words = service_args(&args.tunnel)?;
            let mut definition = Definition::of(app, manager, Kind::Tunnel, words)?;
            let warning = ssh::equip(app, manager, &mut definition)?;
            // As the service will see it: what would not start is not installed.
            let seen = definition.env(app)?;
            let (_, plan) = resolve(app, &args.tunnel, &load(app, &seen)?)?;
            let control = Control::reach(app, Kind::Tunnel)?;
            if let Some(kept) = tunnel::kept(&plan) {
                refuse_taken(&control, &kept)?;
            }
            put(app, &control, &definition, &file)?;
            Ok(named(installed(&control, Kind::Tunnel), &plan.ssh_target()).warn(warning))
        }
    });
    finish(app, Kind::Tunnel, Action::Install, done)
}

/// Refuses to begin beside another process that keeps this tunnel; the service itself is none.
fn refuse_taken(control: &Control, kept: &Kept) -> Result<(), CliError> {
    let own = control.runtime().ok().and_then(|runtime| runtime.pid);
    if own == Some(kept.pid) {
        return Ok(());
    }
    let (who, command) = match kept.purpose {
        KeptPurpose::Node => ("a node keeps it for itself", "openclaw node stop"),
        _ => ("`tunnel up` keeps it", "openclaw tunnel down"),
    };
    Err(CliError::failure(format!(
        "the tunnel to {} port {} is kept already, by process {}: {who}",
        kept.target, kept.remote_port, kept.pid
    ))
    .kind("tunnel_taken")
    .field("details", serde_json::to_value(kept).unwrap_or_default())
    .hint(command))
}

fn named(report: Report, target: &str) -> Report {
    report.hint(format!("it leads to {target}"))
}

/// The same options for the service.
fn service_args(args: &TunnelOptionArgs) -> Result<Vec<String>, CliError> {
    let mut all = ["tunnel", "up", "--foreground"].map(str::to_owned).to_vec();
    let identity = args.ssh_identity.as_deref().map(ssh::identity);
    for (option, value) in [
        ("--ssh", args.target.ssh.clone()),
        ("--port", args.target.port.map(|port| port.to_string())),
        ("--ssh-identity", identity.transpose()?),
        ("--local-port", args.local_port.map(|port| port.to_string())),
        ("--tls-fingerprint", args.tls_fingerprint.clone()),
    ] {
        all.extend(value.map(|value| format!("{option}={value}")));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::service_args;
    use crate::cli::tunnel::{TunnelOptionArgs, TunnelTargetArgs};

    #[test]
    fn the_service_is_given_what_was_said_and_no_more() {
        let bare = service_args(&TunnelOptionArgs::default()).unwrap();
        assert_eq!(bare, ["tunnel", "up", "--foreground"]);
        let all = service_args(&TunnelOptionArgs {
            target: TunnelTargetArgs {
                ssh: Some("ann@host:2222".to_owned()),
                port: "20330".parse().ok(),
            },
            ssh_identity: Some("/k/id".into()),
            local_port: "20331".parse().ok(),
            tls_fingerprint: Some("sha256:ab".to_owned()),
        });
        assert_eq!(
            all.unwrap()[3..],
            [
                "--ssh=ann@host:2222",
                "--port=20330",
                "--ssh-identity=/k/id",
                "--local-port=20331",
                "--tls-fingerprint=sha256:ab",
            ]
        );
    }
}
