//! A beacon for people.

use std::net::IpAddr;

use openclaw_discovery::{Beacon, Hint};

use crate::render::{Output, style};

/// The lines of one beacon. What it says of itself is shown; addresses, and the commands to type
/// next, come from its SRV and address records alone.
pub(super) fn of(out: &Output, beacon: &Beacon) -> Vec<String> {
    let hints = beacon.hints();
    let label = |name| out.paint(style::FAINT, name);
    let mut lines = vec![format!(
        "- {} {}",
        beacon.display_name(),
        label(beacon.domain())
    )];
    let mut say = |name, value: Option<String>| {
        lines.extend(value.map(|value| format!("  {}: {value}", label(name))));
    };
    let command = |text: String| out.paint(style::COMMAND, &text);
    let text = |hint: &Option<Hint<String>>| hint.as_ref().map(ToString::to_string);
    let locator = beacon.locator();
    say("tailnet", text(&hints.tailnet_dns));
    say("lan", text(&hints.lan_host));
    say("host", beacon.srv_host().map(str::to_owned));
    say("ws", locator.as_ref().map(|at| command(at.ws_url())));
    say("role", text(&hints.role));
    say("transport", text(&hints.transport));
    let fingerprint = || match &hints.fingerprint {
        Some(fingerprint) => format!("sha256 {fingerprint}"),
        None => "enabled".to_owned(),
    };
    say("tls", beacon.wants_tls().then(fingerprint));
    let Some(at) = locator else {
        return lines;
    };
    let (host, port) = (at.host(), at.port());
    let ssh = hints.ssh_port.as_ref().map(|ssh| {
        command(format!(
            "ssh -N -L 18789:127.0.0.1:{port} <user>@{host} -p {ssh}"
        ))
    });
    say("ssh", ssh);
    let addresses = at.addresses().iter().filter(|addr| can_be_typed(addr.ip()));
    let addresses: Vec<String> = addresses.map(ToString::to_string).collect();
    say(
        "addresses",
        (!addresses.is_empty()).then(|| addresses.join(", ")),
    );
    let trust = || command(format!("openclaw trust add {host}:{port}"));
    say("trust", beacon.wants_tls().then(trust));
    let probe = format!("openclaw gateway probe --url {}", at.ws_url());
    say("probe", Some(command(probe)));
    lines
}

/// Whether an address means something without the name of an interface.
const fn can_be_typed(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    }
}
