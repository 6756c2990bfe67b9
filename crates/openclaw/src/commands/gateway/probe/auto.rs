//! `--ssh-auto`: an SSH target that nobody typed.
//!
//! The host of the configured Gateway goes before one that answered nearby. Whoever answers nearby
//! could be anybody: `ssh` connects only where the host key is known already, and no credential
//! goes there but what was given by hand and what this device got from that very Gateway.

use openclaw_config::{Env, Loaded, Port, env};
use openclaw_connect::{GatewayUrl, HostClass};
use openclaw_remote::{Target, TargetFlags};
use openclaw_ssh_tunnel::TunnelSpec;

use super::RESOLVE;
use super::candidates::Candidate;
use crate::app::App;
use crate::cli::gateway::GatewayProbeArgs;
use crate::client;
use crate::commands::gateway::discover::nearby::Nearby;

/// Whether there is no SSH target yet, and nothing else was named by hand.
pub(super) fn is_needed(candidates: &[Candidate], args: &GatewayProbeArgs) -> bool {
    let by_hand = args.target.url.is_some() || args.target.port.is_some();
    !by_hand && candidates.iter().all(|one| one.id != "sshTunnel")
}

/// The host of `gateway.remote.url`, unless that is this machine.
pub(super) async fn of_remote_url(
    app: &App,
    args: &GatewayProbeArgs,
    loaded: &Loaded,
) -> Option<Candidate> {
    let url = loaded.config.gateway.remote.url.as_ref()?;
    let url: GatewayUrl = url.expose().parse().ok()?;
    if url.host_class() == HostClass::Loopback {
        return None;
    }
    let flags = flags(args, &url.host().to_string(), None, loaded).await;
    let target = resolve(app, &flags, loaded);
    Some(Candidate::through_ssh(
        "config gateway.remote.url",
        false,
        target,
    ))
}

/// The first that answered nearby with an address.
pub(super) async fn of_nearby(
    app: &App,
    args: &GatewayProbeArgs,
    loaded: &Loaded,
    nearby: &Nearby,
) -> Option<Candidate> {
    let beacons = nearby.found.iter().flat_map(|found| &found.beacons);
    let locator = beacons
        .filter_map(openclaw_discovery::Beacon::locator)
        .next()?;
    let flags = flags(args, locator.host(), Port::new(locator.port()), loaded).await;
    let target = resolve(app, &flags, &without_secrets(loaded));
    Some(Candidate::through_ssh("discovered", false, target))
}

fn resolve(
    app: &App,
    flags: &TargetFlags,
    loaded: &Loaded,
) -> Result<Target, crate::error::CliError> {
    Target::resolve(flags, &app.paths, loaded).map_err(|why| client::refused(&why))
}

/// `user@host`, as `ssh` would have it for that host, else as the user of this machine.
async fn flags(
    args: &GatewayProbeArgs,
    host: &str,
    port: Option<Port>,
    loaded: &Loaded,
) -> TargetFlags {
    let user = match user_of(host, loaded).await {
        Some(user) => Some(user),
        None => local_user(&loaded.env),
    };
    TargetFlags {
        ssh: Some(user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"))),
        url: None,
        port,
        ..client::flags(&args.target)
    }
}

async fn user_of(host: &str, loaded: &Loaded) -> Option<String> {
    let spec = TunnelSpec::new(host.parse().ok()?, 1);
    let spec = match loaded.env.path(env::SSH_PROGRAM) {
        Some(program) => spec.with_ssh_program(program).ok()?,
        None => spec,
    };
    let effective = spec.effective(RESOLVE).await?;
    effective.user().map(str::to_owned)
}

fn local_user(env: &Env) -> Option<String> {
    ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| env.text(name))
        .map(str::to_owned)
}

/// The same configuration for a Gateway that it does not know.
fn without_secrets(loaded: &Loaded) -> Loaded {
    let mut loaded = loaded.clone();
    let remote = &mut loaded.config.gateway.remote;
    remote.token = None;
    remote.password = None;
    remote.tls_fingerprint = None;
    remote.ssh_identity = None;
    loaded.env = loaded
        .env
        .without(env::GATEWAY_TOKEN)
        .without(env::GATEWAY_PASSWORD);
    loaded
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::{PathFlags, Paths, check_text};
    use secrecy::SecretString;

    use super::*;

    /// The target behind this host with a configuration full of secrets.
    fn target(strip: bool, token: Option<&str>) -> Target {
        let env = Env::empty()
            .with("HOME", "/nonexistent/u")
            .with(env::GATEWAY_TOKEN, "of-the-environment")
            .with(env::GATEWAY_PASSWORD, "of-the-environment");
        let text = "{gateway: {remote: {token: 'configured', password: 'configured', \
                    sshIdentity: '/k/id'}}}";
        let loaded = check_text(Path::new("/x/openclaw.json"), text.to_owned(), &env).unwrap();
        let loaded = if strip {
            without_secrets(&loaded)
        } else {
            loaded
        };
        let flags = TargetFlags {
            ssh: Some("ann@studio.local".to_owned()),
            token: token.map(SecretString::from),
            ..TargetFlags::default()
        };
        let paths = Paths::resolve(&env, &PathFlags::default()).unwrap();
        Target::resolve(&flags, &paths, &loaded).unwrap()
    }

    #[test]
    fn what_answers_nearby_gets_what_was_given_by_hand_and_nothing_else() {
        assert!(!target(false, None).credentials.is_empty(), "there is some");
        assert!(target(true, None).credentials.is_empty());
        let given = target(true, Some("by-hand")).credentials;
        assert_eq!(given.token.unwrap().from.to_string(), "--token");
        assert!(given.password.is_none());
    }

    #[test]
    fn the_user_of_this_machine_is_the_last_resort() {
        let named = Env::empty().with("LOGNAME", "bob").with("USER", "ann");
        assert_eq!(local_user(&named).as_deref(), Some("ann"));
        assert_eq!(local_user(&Env::empty()), None);
    }
}
