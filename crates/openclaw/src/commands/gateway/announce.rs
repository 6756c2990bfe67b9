//! `discovery`: how the Gateway that this program runs is found by others.

use std::path::Path;

use openclaw_config::config_path::ConfigPath;
use openclaw_config::schema::MdnsMode as Written;
use openclaw_config::{Loaded, Source, env};
use openclaw_discovery::MdnsMode;
use openclaw_gateway_server::{Announcement, ZonePlace};

/// What the Gateway is announced with. Whether it is at all is decided when it listens.
pub(super) fn announcement(state_dir: &Path, loaded: &Loaded) -> Announcement {
    let usual = Announcement::default();
    let host = loaded.env.text(env::MDNS_HOSTNAME);
    Announcement {
        mode: mode(loaded),
        is_disabled: loaded.env.says_yes(env::DISABLE_BONJOUR),
        host: host.map_or(usual.host, str::to_owned),
        ssh_port: ssh_port(loaded),
        cli_path: std::env::current_exe()
            .ok()
            .and_then(|path| path.into_os_string().into_string().ok()),
        zone: zone(state_dir, loaded),
        ..usual
    }
}

/// `discovery.mdns.mode` where somebody wrote it: the default is another on every system.
fn mode(loaded: &Loaded) -> Option<MdnsMode> {
    is_written(loaded, &["discovery", "mdns", "mode"]).then_some(
        match loaded.config.discovery.mdns.mode {
            Written::Off => MdnsMode::Off,
            Written::Minimal => MdnsMode::Minimal,
            Written::Full => MdnsMode::Full,
        },
    )
}

fn is_written(loaded: &Loaded, keys: &[&str]) -> bool {
    loaded.source_of(&ConfigPath::of_keys(keys)) != Source::Default
}

fn ssh_port(loaded: &Loaded) -> Option<u16> {
    let text = loaded.env.text(env::SSH_PORT)?;
    let port = text.parse().ok().filter(|port| *port > 0);
    if port.is_none() {
        tracing::warn!(
            ignored = text,
            "OPENCLAW_SSH_PORT is no port and is passed over"
        );
    }
    port
}

/// The zone file, where a domain is configured. `enabled` is the older release's: `false` still
/// turns it off.
fn zone(state_dir: &Path, loaded: &Loaded) -> Option<ZonePlace> {
    let configured = &loaded.config.discovery.wide_area;
    let enabled =
        is_written(loaded, &["discovery", "wideArea", "enabled"]).then_some(configured.enabled);
    if enabled == Some(false) {
        return None;
    }
    let Some(domain) = configured.domain.as_deref() else {
        if enabled == Some(true) {
            tracing::warn!(
                "discovery.wideArea.enabled is true, but no domain was configured; set \
                 discovery.wideArea.domain to enable unicast DNS-SD"
            );
        }
        return None;
    };
    match domain.parse() {
        Ok(domain) => Some(ZonePlace {
            domain,
            state_dir: state_dir.to_owned(),
            address: None,
        }),
        Err(error) => {
            tracing::warn!("no zone file is written: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use openclaw_config::{Env, check_text};

    use super::*;

    fn announced(text: &str, variables: &[(&str, &str)]) -> Announcement {
        let env = variables
            .iter()
            .fold(Env::empty(), |env, (name, value)| env.with(name, *value));
        let path = Path::new("/x/openclaw.json");
        let loaded = check_text(path, text.to_owned(), &env).unwrap();
        announcement(Path::new("/state"), &loaded)
    }

    #[test]
    fn only_a_mode_that_is_written_is_one() {
        for (text, mode) in [
            ("{}", None),
            ("{discovery: {}}", None),
            ("{discovery: {mdns: {}}}", None),
            (
                "{discovery: {mdns: {mode: 'minimal'}}}",
                Some(MdnsMode::Minimal),
            ),
            ("{discovery: {mdns: {mode: 'full'}}}", Some(MdnsMode::Full)),
            ("{discovery: {mdns: {mode: 'off'}}}", Some(MdnsMode::Off)),
        ] {
            assert_eq!(announced(text, &[]).mode, mode, "{text}");
        }
    }

    #[test]
    fn the_environment_has_its_say() {
        let plain = announced("{}", &[]);
        assert_eq!((plain.is_disabled, plain.ssh_port), (false, None));
        assert_eq!(plain.host, Announcement::default().host);
        let said = announced(
            "{}",
            &[
                (env::DISABLE_BONJOUR, "1"),
                (env::MDNS_HOSTNAME, "gate"),
                (env::SSH_PORT, "2222"),
            ],
        );
        assert!(said.is_disabled);
        assert_eq!((said.host.as_str(), said.ssh_port), ("gate", Some(2222)));
        for nonsense in ["0", "65536", "-1", "ssh"] {
            let said = announced("{}", &[(env::SSH_PORT, nonsense)]);
            assert_eq!(said.ssh_port, None, "{nonsense}");
        }
        assert!(!announced("{}", &[(env::DISABLE_BONJOUR, "0")]).is_disabled);
    }

    #[test]
    fn a_zone_needs_a_domain_that_is_one() {
        let domain = |text: &str| {
            let zone = announced(text, &[]).zone?;
            assert_eq!(zone.state_dir, Path::new("/state"));
            Some(zone.domain.to_string())
        };
        for text in [
            "{discovery: {wideArea: {domain: 'OpenClaw.Internal.'}}}",
            "{discovery: {wideArea: {enabled: true, domain: 'openclaw.internal'}}}",
        ] {
            assert_eq!(domain(text).as_deref(), Some("openclaw.internal"), "{text}");
        }
        for text in [
            "{}",
            "{discovery: {wideArea: {enabled: true}}}",
            "{discovery: {wideArea: {enabled: false, domain: 'openclaw.internal'}}}",
            "{discovery: {wideArea: {domain: '../../etc'}}}",
            "{discovery: {wideArea: {domain: 'x.local'}}}",
        ] {
            assert_eq!(domain(text), None, "{text}");
        }
    }

    #[test]
    fn the_variable_of_the_search_makes_no_zone() {
        let said = announced("{}", &[(env::WIDE_AREA_DOMAIN, "openclaw.internal")]);
        assert_eq!(said.zone, None);
    }
}
