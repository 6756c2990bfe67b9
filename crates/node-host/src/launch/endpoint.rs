//! Which Gateway the node belongs to, and what it may be told.

use openclaw_config::{Loaded, Paths, Source, env, resolve_port};
use openclaw_connect::{Credentials, GatewayUrl, HostClass, Trust};
use openclaw_remote::{
    Chosen, SecretValue, Target, TargetCredentials, TargetFlags, TargetTrust, UrlSource,
};
use openclaw_tls_pin::PinSet;
use secrecy::SecretString;

use super::{LaunchError, LaunchOptions};
use crate::SavedGateway;

/// The Gateway of the node.
#[derive(Debug)]
pub(super) struct NodeGateway {
    /// How it is reached, with which credentials.
    pub(super) target: Target,
    /// What the next start shall find in `node.json`.
    pub(super) to_save: Option<SavedGateway>,
}

/// Chooses it: options, else the Gateway of the last run, else the one that every other command
/// speaks to.
pub(super) fn choose(
    args: &LaunchOptions,
    paths: &Paths,
    saved: Option<SavedGateway>,
    loaded: &Loaded,
) -> Result<NodeGateway, LaunchError> {
    let resolve = |tls_fingerprint| {
        let flags = TargetFlags {
            tls_fingerprint,
            ssh_identity: args.ssh_identity.clone(),
            ..TargetFlags::default()
        };
        Target::resolve(&flags, paths, loaded)
    };
    if args.ssh.is_some() {
        let flags = TargetFlags {
            ssh: args.ssh.clone(),
            ssh_identity: args.ssh_identity.clone(),
            port: args.port,
            tls_fingerprint: args.tls_fingerprint.clone(),
            ..TargetFlags::default()
        };
        let target = Target::resolve(&flags, paths, loaded);
        return Ok(NodeGateway {
            target: target?,
            to_save: None,
        });
    }
    let says_something = args.host.is_some() || args.port.is_some() || args.tls || args.no_tls;
    if !says_something && saved.is_none() {
        let target = resolve(args.tls_fingerprint.clone())?;
        return Ok(NodeGateway {
            target,
            to_save: None,
        });
    }
    let gateway = merged(args, paths, saved, loaded);
    let scheme = if gateway.tls { "wss" } else { "ws" };
    let host = if gateway.host.contains(':') {
        format!("[{}]", gateway.host)
    } else {
        gateway.host.clone()
    };
    let url: GatewayUrl = format!("{scheme}://{host}:{}", gateway.port)
        .parse()
        .map_err(|error| LaunchError::Option(format!("--host {}: {error}", gateway.host)))?;
    let target = match resolve(gateway.tls_fingerprint.clone()) {
        // The credentials in the configuration are for this Gateway, and go to no other.
        Ok(usual) if is_same(&usual, &url) => usual,
        _ => stranger(url, &gateway, loaded)?,
    };
    Ok(NodeGateway {
        target,
        to_save: Some(gateway),
    })
}

/// Options over what was saved over what holds without either.
fn merged(
    args: &LaunchOptions,
    paths: &Paths,
    saved: Option<SavedGateway>,
    loaded: &Loaded,
) -> SavedGateway {
    let other_host = args.host.is_some();
    let saved =
        saved.filter(|saved| !other_host || args.host.as_deref() == Some(saved.host.as_str()));
    let usual_port = || {
        let profile = paths.profile().map(|profile| &profile.value);
        resolve_port(None, &loaded.env, loaded.config.gateway.port, profile)
            .port
            .value
            .get()
    };
    let fingerprint = args
        .tls_fingerprint
        .clone()
        .or_else(|| saved.as_ref()?.tls_fingerprint.clone())
        .filter(|_| !args.no_tls);
    let was_tls = saved.as_ref().is_some_and(|saved| saved.tls);
    SavedGateway {
        host: args
            .host
            .clone()
            .or_else(|| Some(saved.as_ref()?.host.clone()))
            .unwrap_or_else(|| "127.0.0.1".to_owned()),
        port: args
            .port
            .map(Into::into)
            .or_else(|| Some(saved.as_ref()?.port))
            .unwrap_or_else(usual_port),
        tls: !args.no_tls && (args.tls || was_tls || fingerprint.is_some()),
        tls_fingerprint: fingerprint,
    }
}

/// Whether this is the Gateway that every other command speaks to; on this machine, whatever it
/// is called.
fn is_same(usual: &Target, url: &GatewayUrl) -> bool {
    let own = &usual.info.url;
    let here = usual.info.url_source == UrlSource::Local && url.host_class() == HostClass::Loopback;
    usual.tunnel.is_none()
        && own.is_secure() == url.is_secure()
        && own.port() == url.port()
        && (here || own.host() == url.host())
}

/// A Gateway that the configuration does not know: the environment's credentials are meant for
/// whatever is started in it, those of the configuration are not.
fn stranger(
    url: GatewayUrl,
    gateway: &SavedGateway,
    loaded: &Loaded,
) -> Result<Target, LaunchError> {
    let from_env = |name: &'static str| {
        let text = loaded.env.text(name)?;
        Some(Chosen {
            value: SecretValue::Ready(SecretString::from(text)),
            from: Source::Env(name),
            disagreeing: Vec::new(),
        })
    };
    let credentials = TargetCredentials {
        token: from_env(env::GATEWAY_TOKEN),
        password: from_env(env::GATEWAY_PASSWORD),
    };
    let trust = match &gateway.tls_fingerprint {
        None => TargetTrust::system(),
        Some(pins) => TargetTrust {
            trust: Trust::Pins(pins.parse::<PinSet>().map_err(|error| {
                LaunchError::Option(format!("Invalid TLS fingerprint: {error}"))
            })?),
            from: Source::Flag("--tls-fingerprint"),
        },
    };
    Ok(Target::of_program(url, credentials, trust))
}

/// The secrets themselves. Runs the commands that print them.
pub(super) async fn unlock(target: &Target) -> Result<Credentials, LaunchError> {
    let mut credentials = Credentials::none();
    credentials.token = secret(target.credentials.token.as_ref()).await?;
    credentials.password = secret(target.credentials.password.as_ref()).await?;
    Ok(credentials)
}

async fn secret(chosen: Option<&Chosen>) -> Result<Option<SecretString>, LaunchError> {
    match chosen {
        None => Ok(None),
        Some(chosen) => Ok(Some(chosen.value.reveal().await?)),
    }
}
