//! Which addresses a bind means. A bind is what it says: never widened, in containers neither.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{canonical, is_loopback, is_tailnet};
use crate::exposure::ExposureRefused;
use crate::modes::BindMode;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LOOPBACK_V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindPlan {
    /// Addresses that must be bound, the main one first.
    pub required: Vec<IpAddr>,
    /// Addresses that are bound where this host can (`::1`).
    pub optional: Vec<IpAddr>,
}

impl BindPlan {
    /// 127.0.0.1, and `::1` where this host has it.
    fn loopback() -> Self {
        Self::with_loopback(LOOPBACK)
    }

    /// This address, and loopback: programs on this host find the Gateway there.
    fn with_loopback(main: IpAddr) -> Self {
        let mut required = vec![main];
        if main != LOOPBACK {
            required.push(LOOPBACK);
        }
        Self {
            required,
            optional: (main != LOOPBACK_V6)
                .then_some(LOOPBACK_V6)
                .into_iter()
                .collect(),
        }
    }

    /// Every address that may be bound, the main one first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.required.iter().chain(&self.optional).copied()
    }

    /// Whether anything but loopback is bound.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.addresses().any(|addr| !is_loopback(addr))
    }

    /// Whether a network is listened to that does not encrypt by itself, as a tailnet does.
    #[must_use]
    pub fn is_on_open_network(&self) -> bool {
        self.addresses()
            .any(|addr| !is_loopback(addr) && !is_tailnet(addr))
    }
}

/// The addresses of a bind on a host with these interfaces.
///
/// - `loopback` and `auto` are 127.0.0.1 and, where it exists, `::1`.
/// - `lan` is 0.0.0.0, as in both real releases. IPv6 is not part of it: where IPv4 stands behind
///   address translation, IPv6 addresses are often open to the internet. Who wants them says so
///   with `custom` and `::`.
/// - `tailnet` is the first tailnet address, IPv4 before IPv6, and loopback.
/// - `custom` is the address in `gateway.customBindHost`, and loopback.
///
/// # Errors
///
/// [`ExposureRefused`] where there is no such address.
pub fn addresses(
    mode: BindMode,
    custom_host: Option<&str>,
    interfaces: &[IpAddr],
) -> Result<BindPlan, ExposureRefused> {
    match mode {
        BindMode::Loopback | BindMode::Auto => Ok(BindPlan::loopback()),
        BindMode::Lan => Ok(BindPlan {
            required: vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)],
            optional: vec![],
        }),
        BindMode::Tailnet => {
            let tailnet = || interfaces.iter().copied().filter(|addr| is_tailnet(*addr));
            tailnet()
                .find(IpAddr::is_ipv4)
                .or_else(|| tailnet().next())
                .map(BindPlan::with_loopback)
                .ok_or(ExposureRefused::NoTailnetAddress)
        }
        BindMode::Custom => custom(custom_host, interfaces),
    }
}

fn custom(host: Option<&str>, interfaces: &[IpAddr]) -> Result<BindPlan, ExposureRefused> {
    let Some(host) = host.map(str::trim).filter(|host| !host.is_empty()) else {
        return Err(ExposureRefused::CustomHostMissing);
    };
    let addr: IpAddr = host
        .parse()
        .map_err(|_| ExposureRefused::CustomHostInvalid(host.to_owned()))?;
    let addr = canonical(addr);
    if addr == IpAddr::V4(Ipv4Addr::UNSPECIFIED) {
        // Loopback is part of it.
        return Ok(BindPlan {
            required: vec![addr],
            optional: vec![],
        });
    }
    let is_here = is_loopback(addr)
        || addr.is_unspecified()
        || interfaces.iter().any(|own| canonical(*own) == addr);
    if !is_here {
        return Err(ExposureRefused::CustomHostNotHere(addr));
    }
    if addr.is_unspecified() {
        // `::` is every IPv6 address, `::1` among them, and no IPv4 address.
        return Ok(BindPlan {
            required: vec![addr, LOOPBACK],
            optional: vec![],
        });
    }
    Ok(BindPlan::with_loopback(addr))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::addresses;
    use crate::exposure::ExposureRefused;
    use crate::modes::BindMode;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn every_bind_is_what_it_says() {
        let host = ips(&[
            "127.0.0.1",
            "::1",
            "fd7a:115c:a1e0::5",
            "192.168.1.4",
            "100.64.0.9",
        ]);
        for (mode, custom, required, optional) in [
            (BindMode::Loopback, None, &["127.0.0.1"][..], &["::1"][..]),
            (BindMode::Auto, None, &["127.0.0.1"], &["::1"]),
            // A leftover address does not widen another mode.
            (
                BindMode::Loopback,
                Some("0.0.0.0"),
                &["127.0.0.1"],
                &["::1"],
            ),
            (BindMode::Lan, None, &["0.0.0.0"], &[]),
            (
                BindMode::Tailnet,
                None,
                &["100.64.0.9", "127.0.0.1"],
                &["::1"],
            ),
            (
                BindMode::Custom,
                Some("127.0.0.1"),
                &["127.0.0.1"],
                &["::1"],
            ),
            (
                BindMode::Custom,
                Some("::ffff:127.0.0.1"),
                &["127.0.0.1"],
                &["::1"],
            ),
            (
                BindMode::Custom,
                Some("127.0.0.5"),
                &["127.0.0.5", "127.0.0.1"],
                &["::1"],
            ),
            (BindMode::Custom, Some("::1"), &["::1", "127.0.0.1"], &[]),
            (
                BindMode::Custom,
                Some(" 192.168.1.4 "),
                &["192.168.1.4", "127.0.0.1"],
                &["::1"],
            ),
            (BindMode::Custom, Some("0.0.0.0"), &["0.0.0.0"], &[]),
            (BindMode::Custom, Some("::"), &["::", "127.0.0.1"], &[]),
        ] {
            let plan = addresses(mode, custom, &host).unwrap();
            assert_eq!(plan.required, ips(required), "{mode} {custom:?}");
            assert_eq!(plan.optional, ips(optional), "{mode} {custom:?}");
        }
        let only_v6 = ips(&["192.168.1.4", "fd7a:115c:a1e0::5"]);
        let plan = addresses(BindMode::Tailnet, None, &only_v6).unwrap();
        assert_eq!(plan.required, ips(&["fd7a:115c:a1e0::5", "127.0.0.1"]));
    }

    #[test]
    fn an_address_that_is_not_there_is_no_other_address() {
        let host = ips(&["127.0.0.1", "192.168.1.4"]);
        let invalid = |host: &str| ExposureRefused::CustomHostInvalid(host.to_owned());
        for (mode, custom, expected) in [
            (BindMode::Tailnet, None, ExposureRefused::NoTailnetAddress),
            (BindMode::Custom, None, ExposureRefused::CustomHostMissing),
            (
                BindMode::Custom,
                Some("  "),
                ExposureRefused::CustomHostMissing,
            ),
            (BindMode::Custom, Some("localhost"), invalid("localhost")),
            (
                BindMode::Custom,
                Some("192.168.1.4:80"),
                invalid("192.168.1.4:80"),
            ),
            (
                BindMode::Custom,
                Some("fe80::1%eth0"),
                invalid("fe80::1%eth0"),
            ),
            (
                BindMode::Custom,
                Some("192.168.1.5"),
                ExposureRefused::CustomHostNotHere("192.168.1.5".parse().unwrap()),
            ),
        ] {
            assert_eq!(
                addresses(mode, custom, &host),
                Err(expected),
                "{mode} {custom:?}"
            );
        }
    }
}
