//! Which addresses beyond loopback a bind opens.

use std::net::IpAddr;

use crate::address::{canonical, is_loopback, is_tailnet};
use crate::modes::BindMode;

/// What a bind opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether it goes beyond loopback.
    pub is_exposed: bool,
    /// The addresses of this host beyond loopback that it opens; link-local ones left out.
    pub addresses: Vec<IpAddr>,
}

/// What this bind opens on a host with these addresses. Whether it is allowed is another
/// question: see [`expose`](crate::exposure::expose).
#[must_use]
pub fn reach(mode: BindMode, custom_host: Option<&str>, interfaces: &[IpAddr]) -> Reach {
    let all = || {
        let mut all: Vec<IpAddr> = interfaces
            .iter()
            .copied()
            .map(canonical)
            .filter(|address| !is_loopback(*address) && !is_link_local(*address))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    match mode {
        BindMode::Loopback | BindMode::Auto => Reach::default(),
        BindMode::Lan => Reach {
            is_exposed: true,
            addresses: all().into_iter().filter(IpAddr::is_ipv4).collect(),
        },
        BindMode::Tailnet => Reach {
            is_exposed: true,
            addresses: all().into_iter().filter(|at| is_tailnet(*at)).collect(),
        },
        BindMode::Custom => {
            let host: Option<IpAddr> = custom_host.and_then(|host| host.trim().parse().ok());
            match host.map(canonical) {
                Some(host) if is_loopback(host) => Reach::default(),
                Some(host) if host.is_unspecified() => Reach {
                    is_exposed: true,
                    addresses: all()
                        .into_iter()
                        .filter(|at| at.is_ipv4() == host.is_ipv4())
                        .collect(),
                },
                Some(host) => Reach {
                    is_exposed: true,
                    addresses: vec![host],
                },
                // It does not start; nobody knows what was meant.
                None => Reach {
                    is_exposed: true,
                    addresses: Vec::new(),
                },
            }
        }
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::reach;
    use crate::modes::BindMode;

    #[test]
    fn only_what_a_bind_names_is_open() {
        let host: Vec<IpAddr> = [
            "127.0.0.1",
            "::1",
            "192.168.1.5",
            "100.64.0.9",
            "fe80::1",
            "2001:db8::5",
        ]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
        for (mode, custom, exposed, expected) in [
            (BindMode::Loopback, None, false, &[][..]),
            (BindMode::Auto, None, false, &[]),
            (BindMode::Lan, None, true, &["100.64.0.9", "192.168.1.5"]),
            (BindMode::Tailnet, None, true, &["100.64.0.9"]),
            (
                BindMode::Custom,
                Some("192.168.1.5"),
                true,
                &["192.168.1.5"],
            ),
            (BindMode::Custom, Some("127.0.0.1"), false, &[]),
            (BindMode::Custom, Some("::ffff:127.0.0.2"), false, &[]),
            (
                BindMode::Custom,
                Some("0.0.0.0"),
                true,
                &["100.64.0.9", "192.168.1.5"],
            ),
            (BindMode::Custom, Some("::"), true, &["2001:db8::5"]),
            (BindMode::Custom, Some("nonsense"), true, &[]),
            (BindMode::Custom, None, true, &[]),
        ] {
            let found = reach(mode, custom, &host);
            let shown: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
            assert_eq!(
                (found.is_exposed, shown),
                (exposed, expected.iter().map(ToString::to_string).collect()),
                "{mode} {custom:?}"
            );
        }
    }
}
