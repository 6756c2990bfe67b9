//! Whether there is a tunnel, where it leads, and which ports it has.

use openclaw_config::schema::GatewayMode;
use openclaw_config::schema::gateway::remote::{HostKeyPolicy, Transport};
use openclaw_config::{Loaded, Paths, Source, env, resolve_port};
use openclaw_connect::{GatewayUrl, HostClass};
use openclaw_identity::GatewayOrigin;
use openclaw_ssh_tunnel::{HostKeys, LocalPort, SshTarget, TunnelSpec};

use super::TunnelPlan;
use crate::{KnownGateways, TargetFlags, TargetRefused, UrlSource};

/// The tunnel that options and configuration ask for, if they do.
pub(crate) fn choose(
    flags: &TargetFlags,
    paths: &Paths,
    loaded: &Loaded,
) -> Result<Option<TunnelPlan>, TargetRefused> {
    let remote = &loaded.config.gateway.remote;
    let url: Option<GatewayUrl> = remote
        .url
        .as_ref()
        .and_then(|url| url.expose().parse().ok());
    let (target, source) = match flags.ssh() {
        Some(_) if flags.url().is_some() => return Err(TargetRefused::SshWithUrl),
        Some(text) => (parse(text, Source::Flag("--ssh"))?, UrlSource::SshFlag),
        None if !is_meant(flags, loaded, url.as_ref()) => return Ok(None),
        None => {
            let text = remote.ssh_target.as_deref().unwrap_or_default();
            let from = Source::Config("gateway.remote.sshTarget".to_owned());
            (parse(text, from)?, UrlSource::SshConfig)
        }
    };
    let is_configured =
        source == UrlSource::SshConfig || is_configured(loaded, &target, url.as_ref());
    let known = is_configured.then_some(());
    let near = url.as_ref().filter(|url| is_loopback(url)).and(url.clone());
    let profile = paths.profile().map(|profile| &profile.value);
    let own = resolve_port(None, &loaded.env, loaded.config.gateway.port, profile);
    let own = own.port.value.get();
    let near_port = near
        .as_ref()
        .filter(|_| is_configured)
        .map(GatewayUrl::port);
    let of_same_host = || {
        url.as_ref()
            .filter(|url| names(url, &target))
            .map(GatewayUrl::port)
    };
    let remote_port = flags
        .port
        .filter(|_| source == UrlSource::SshFlag)
        .or(known.and(remote.remote_port))
        .map(Into::into)
        .or(near_port.filter(|port| *port != DEFAULT_PORT))
        .or_else(|| known.and_then(|()| of_same_host()))
        .unwrap_or(own);
    let origin = GatewayOrigin::through_ssh(&target.to_string(), remote_port).map_err(|_| {
        TargetRefused::SshTarget {
            from: Source::Flag("--ssh"),
            why: openclaw_ssh_tunnel::TargetError::Empty,
        }
    })?;
    let spec = TunnelSpec::new(target, remote_port)
        .with_local_port(near_port.map_or(LocalPort::Ephemeral, LocalPort::Preferred));
    Ok(Some(TunnelPlan {
        spec: equipped(spec, flags, loaded, is_configured)?,
        is_secure: is_secure(flags, loaded, near.as_ref(), is_configured)
            // Somebody has seen its certificate.
            || KnownGateways::of(paths).get(&origin)?.is_some(),
        origin,
        is_configured,
        source,
        stable_port: near_port.unwrap_or(own),
        directory: paths.state_dir().join("tunnels"),
    }))
}

/// The port that the original's Gateway has without any configuration.
const DEFAULT_PORT: u16 = 18789;

/// Whether the configuration asks for a tunnel: mode `remote`, a host to go through, and either
/// the transport in writing or an address that leads nowhere without a tunnel.
fn is_meant(flags: &TargetFlags, loaded: &Loaded, url: Option<&GatewayUrl>) -> bool {
    let gateway = &loaded.config.gateway;
    let by_hand = flags.url().is_some() || flags.port.is_some();
    if by_hand
        || loaded.env.text(env::GATEWAY_URL).is_some()
        || gateway.mode != Some(GatewayMode::Remote)
        || gateway.remote.transport != Transport::Ssh
        || gateway.remote.ssh_target.is_none()
    {
        return false;
    }
    let in_writing = loaded
        .resolved
        .pointer("/gateway/remote/transport")
        .is_some();
    in_writing || url.is_none_or(is_loopback)
}

/// Whether `gateway.remote.*` describes what is behind this target.
fn is_configured(loaded: &Loaded, target: &SshTarget, url: Option<&GatewayUrl>) -> bool {
    match &loaded.config.gateway.remote.ssh_target {
        Some(text) => SshTarget::parse(text).is_ok_and(|own| own == *target),
        None => url.is_none_or(|url| is_loopback(url) || names(url, target)),
    }
}

fn is_loopback(url: &GatewayUrl) -> bool {
    url.host_class() == HostClass::Loopback
}

fn names(url: &GatewayUrl, target: &SshTarget) -> bool {
    let host = url.host().to_string();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case(target.host())
}

/// Whether options or configuration say that the Gateway speaks TLS itself: by a pin, or by an
/// address at the near end.
fn is_secure(
    flags: &TargetFlags,
    loaded: &Loaded,
    near: Option<&GatewayUrl>,
    is_configured: bool,
) -> bool {
    let pinned = |pins: Option<&str>| pins.is_some_and(|pins| !pins.trim().is_empty());
    pinned(flags.tls_fingerprint.as_deref())
        || is_configured
            && (near.is_some_and(GatewayUrl::is_secure)
                || pinned(loaded.config.gateway.remote.tls_fingerprint.as_deref()))
}

/// Key, host keys and program.
fn equipped(
    mut spec: TunnelSpec,
    flags: &TargetFlags,
    loaded: &Loaded,
    is_configured: bool,
) -> Result<TunnelSpec, TargetRefused> {
    let remote = &loaded.config.gateway.remote;
    let configured = remote.ssh_identity.as_ref().filter(|_| is_configured);
    if let Some(file) = flags.ssh_identity.as_ref().or(configured) {
        spec = spec.with_identity(file);
    }
    if is_configured && remote.ssh_host_key_policy == HostKeyPolicy::OpenSsh {
        spec = spec.with_host_keys(HostKeys::OpenSsh);
    }
    match loaded.env.path(env::SSH_PROGRAM) {
        None => Ok(spec),
        Some(program) => {
            let spec = spec.with_ssh_program(program);
            spec.map_err(|why| TargetRefused::SshProgram {
                from: Source::Env(env::SSH_PROGRAM),
                why,
            })
        }
    }
}

fn parse(text: &str, from: Source) -> Result<SshTarget, TargetRefused> {
    SshTarget::parse(text).map_err(|why| TargetRefused::SshTarget { from, why })
}
