//! This host: its name, its address, its platform.

use std::net::{IpAddr, Ipv4Addr};

/// The host's name; `localhost` where it has none.
pub(crate) fn name() -> String {
    hostname::get()
        .ok()
        .and_then(|name| name.into_string().ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// The first address that others could know it by: private before public, IPv4 only.
pub(crate) fn address() -> Option<String> {
    let mut addresses: Vec<Ipv4Addr> = interfaces()
        .into_iter()
        .filter_map(|addr| match addr {
            IpAddr::V4(v4) if !v4.is_loopback() && !v4.is_link_local() => Some(v4),
            _ => None,
        })
        .collect();
    addresses.sort_by_key(|addr| !addr.is_private());
    addresses.first().map(ToString::to_string)
}

/// The addresses of this host's interfaces; empty where they cannot be listed.
#[must_use]
pub fn interfaces() -> Vec<IpAddr> {
    if_addrs::get_if_addrs()
        .map(|list| list.into_iter().map(|interface| interface.ip()).collect())
        .unwrap_or_default()
}

/// The IANA name of this host's time zone, where it tells.
pub(crate) fn time_zone() -> Option<String> {
    let link = std::fs::read_link("/etc/localtime").ok();
    let linked = link.and_then(|link| {
        let path = link.to_str()?;
        Some(path.split_once("zoneinfo/")?.1.to_owned())
    });
    linked.or_else(|| {
        Some(
            std::fs::read_to_string("/etc/timezone")
                .ok()?
                .trim()
                .to_owned(),
        )
    })
}

/// The platform as presence shows it: `linux 6.8.0`.
pub(crate) fn platform() -> String {
    let uname = rustix::system::uname();
    format!(
        "{} {}",
        std::env::consts::OS,
        uname
            .release()
            .to_string_lossy()
            .split('-')
            .next()
            .unwrap_or_default()
    )
}

/// The device family as presence shows it.
pub(crate) const fn family() -> &'static str {
    match std::env::consts::OS.as_bytes() {
        b"macos" => "Mac",
        b"windows" => "Windows",
        _ => "Linux",
    }
}

/// Bytes of memory that this process holds; 0 where the host does not tell.
pub(crate) fn resident_bytes() -> u64 {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0);
    pages * rustix::param::page_size() as u64
}
