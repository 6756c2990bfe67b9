//! Which Gateways could be meant.

use openclaw_config::schema::GatewayMode;
use openclaw_config::schema::gateway::remote::Transport;
use openclaw_config::{Loaded, resolve_port};
use openclaw_remote::{Target, TargetFlags, UrlSource};
use openclaw_ssh_tunnel::SshTarget;

use super::report::Tried;
use crate::app::App;
use crate::cli::gateway::GatewayProbeArgs;
use crate::client;
use crate::commands::probe::Probed;
use crate::error::CliError;

/// A Gateway that could be meant.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Its name for programs.
    pub(super) id: &'static str,
    /// Its name for people.
    name: &'static str,
    /// Where the SSH target came from.
    from: Option<&'static str>,
    /// Whether commands would speak to it.
    active: bool,
    /// How it is reached.
    pub(super) target: Result<Target, CliError>,
}

impl Candidate {
    /// What came of it.
    pub(super) fn tried(self, probed: Probed, resolved: Option<SshTarget>) -> Tried {
        let plan = self.target.as_ref().ok().and_then(|one| one.tunnel.clone());
        let (url, probed) = match self.target {
            Ok(target) => (Some(target.info.url.to_string()), probed),
            Err(error) => (None, Probed::failed(error)),
        };
        Tried {
            tunnel: plan,
            resolved,
            from: self.from,
            id: self.id,
            name: self.name,
            active: self.active,
            url,
            probed,
        }
    }

    /// One behind an SSH tunnel.
    pub(super) const fn through_ssh(
        from: &'static str,
        active: bool,
        target: Result<Target, CliError>,
    ) -> Self {
        Self {
            id: "sshTunnel",
            name: "SSH tunnel",
            from: Some(from),
            active,
            target,
        }
    }
}

/// The one given by hand, the configured remote one, and the one of this machine. Credentials
/// that are given by hand go to the Gateway that is given by hand, and to no other.
pub(super) fn candidates(app: &App, args: &GatewayProbeArgs, loaded: &Loaded) -> Vec<Candidate> {
    let mut flags = client::flags(&args.target);
    let resolve = |flags: &TargetFlags, loaded: &Loaded| {
        Target::resolve(flags, &app.paths, loaded).map_err(|why| client::refused(&why))
    };
    let mut found = Vec::new();
    found.extend(through_ssh(&mut flags, loaded, resolve));
    let is_explicit = flags.url.is_some();
    let is_remote = loaded.config.gateway.mode == Some(GatewayMode::Remote)
        && found.iter().all(|candidate| !candidate.active);
    if is_explicit {
        let target = resolve(&flags, loaded);
        found.push(Candidate {
            id: "explicit",
            name: "Explicit URL",
            from: None,
            active: true,
            target,
        });
    } else if let Ok(target) = resolve(&flags, loaded)
        && target.info.url_source == UrlSource::Env
    {
        found.push(Candidate {
            id: "env",
            name: "OPENCLAW_GATEWAY_URL",
            from: None,
            active: true,
            target: Ok(target),
        });
    }
    let profile = app.paths.profile().map(|profile| &profile.value);
    let configured = loaded.config.gateway.port;
    let port = resolve_port(flags.port, &loaded.env, configured, profile)
        .port
        .value;
    let is_remote = is_remote && !is_explicit && flags.port.is_none();
    let (for_remote, for_local) = match (is_explicit, is_remote) {
        (true, _) => (TargetFlags::default(), TargetFlags::default()),
        (false, true) => (flags, TargetFlags::default()),
        (false, false) => (TargetFlags::default(), flags),
    };
    if loaded.config.gateway.remote.url.is_some() {
        let mut remote = loaded.clone();
        remote.config.gateway.mode = Some(GatewayMode::Remote);
        // The address as it stands; the tunnel is a candidate of its own.
        remote.config.gateway.remote.transport = Transport::Direct;
        remote.env = remote.env.without(openclaw_config::env::GATEWAY_URL);
        found.push(Candidate {
            id: "configRemote",
            name: "Configured remote",
            from: None,
            active: is_remote && found.iter().all(|candidate| !candidate.active),
            target: resolve(&for_remote, &remote),
        });
    }
    let own = TargetFlags {
        port: Some(port),
        ..for_local
    };
    let active = found.iter().all(|candidate| !candidate.active);
    found.push(Candidate {
        id: "localLoopback",
        name: "Local loopback",
        from: None,
        active,
        target: resolve(&own, loaded),
    });
    found
}

/// The one behind `--ssh`, or behind `gateway.remote.sshTarget` where nothing else is given by
/// hand. What is given by hand with `--ssh` is for that Gateway alone, and taken out of the flags.
fn through_ssh(
    flags: &mut TargetFlags,
    loaded: &Loaded,
    resolve: impl Fn(&TargetFlags, &Loaded) -> Result<Target, CliError>,
) -> Option<Candidate> {
    if flags.ssh.is_some() {
        let target = resolve(&std::mem::take(flags), loaded);
        return Some(Candidate::through_ssh("--ssh", true, target));
    }
    let remote = &loaded.config.gateway.remote;
    let configured = remote.ssh_target.as_ref()?;
    if remote.transport != Transport::Ssh || flags.url.is_some() || flags.port.is_some() {
        return None;
    }
    let is_active = resolve(flags, loaded).is_ok_and(|target| target.tunnel.is_some());
    let mut own = TargetFlags {
        ssh: Some(configured.clone()),
        ssh_identity: flags.ssh_identity.take(),
        ..TargetFlags::default()
    };
    if is_active {
        own.token = flags.token.take();
        own.password = flags.password.take();
    }
    let from = "config gateway.remote.sshTarget";
    let target = resolve(&own, loaded);
    Some(Candidate::through_ssh(from, is_active, target))
}
