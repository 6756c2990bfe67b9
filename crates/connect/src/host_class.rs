//! Where an address or host name lies: on this machine, in a private network, or in public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a host lies, as far as its address or name says so by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostClass {
    /// This machine: 127.0.0.0/8, `::1`, `localhost`.
    Loopback,
    /// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7.
    Private,
    /// 169.254.0.0/16, fe80::/10.
    LinkLocal,
    /// 100.64.0.0/10: carrier NAT, and the addresses of a tailnet.
    Cgnat,
    /// A name that is only valid near here: `*.local`, or in a tailnet: `*.ts.net`.
    LocalName,
    /// Any other name. What it resolves to decides.
    Name,
    /// Every other address, the unspecified and multicast ones among them.
    Public,
}

impl HostClass {
    /// The class of an address. An IPv4 address mapped into IPv6 counts as what it is.
    ///
    /// ```
    /// use openclaw_connect::HostClass;
    /// assert_eq!(HostClass::of_address("::ffff:127.0.0.1".parse().unwrap()), HostClass::Loopback);
    /// assert_eq!(HostClass::of_address("0.0.0.0".parse().unwrap()), HostClass::Public);
    /// ```
    #[must_use]
    pub fn of_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => of_v4(v4),
            IpAddr::V6(v6) => of_v6(v6),
        }
    }

    /// The class of a host name, in any case, with or without dots at its end. An address in
    /// text form is no name: parse it first.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name == "localhost" {
            Self::Loopback
        } else if name.ends_with(".local") || name.ends_with(".ts.net") {
            Self::LocalName
        } else {
            Self::Name
        }
    }

    /// Whether credentials may go there in plaintext: nobody but the owner of the machine, of the
    /// local network or of the tailnet is on the way.
    #[must_use]
    pub const fn allows_plaintext(self) -> bool {
        match self {
            Self::Loopback | Self::Private | Self::LinkLocal | Self::Cgnat | Self::LocalName => {
                true
            }
            Self::Name | Self::Public => false,
        }
    }
}

fn of_v4(address: Ipv4Addr) -> HostClass {
    let [a, b, ..] = address.octets();
    if address.is_loopback() {
        HostClass::Loopback
    } else if address.is_private() {
        HostClass::Private
    } else if address.is_link_local() {
        HostClass::LinkLocal
    } else if a == 100 && (64..128).contains(&b) {
        HostClass::Cgnat
    } else {
        HostClass::Public
    }
}

fn of_v6(address: Ipv6Addr) -> HostClass {
    if address.is_loopback() {
        HostClass::Loopback
    } else if address.is_unique_local() {
        HostClass::Private
    } else if address.is_unicast_link_local() {
        HostClass::LinkLocal
    } else {
        HostClass::Public
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> HostClass {
        HostClass::of_address(text.parse().unwrap())
    }

    #[test]
    fn addresses_at_the_edges_of_each_range() {
        for (class, inside) in [
            (
                HostClass::Loopback,
                &["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.9.9.9"][..],
            ),
            (
                HostClass::Private,
                &[
                    "10.0.0.0",
                    "172.16.0.0",
                    "172.31.255.255",
                    "192.168.0.1",
                    "fd7a:115c:a1e0::1",
                ],
            ),
            (
                HostClass::LinkLocal,
                &["169.254.0.1", "fe80::1", "febf::1", "::ffff:169.254.1.1"],
            ),
            (
                HostClass::Cgnat,
                &["100.64.0.0", "100.127.255.255", "::ffff:100.100.1.1"],
            ),
            (
                HostClass::Public,
                &[
                    "0.0.0.0",
                    "::",
                    "9.255.255.255",
                    "11.0.0.0",
                    "126.255.255.255",
                    "128.0.0.1",
                    "172.15.255.255",
                    "172.32.0.0",
                    "192.167.255.255",
                    "192.169.0.0",
                    "169.253.255.255",
                    "169.255.0.0",
                    "100.63.255.255",
                    "100.128.0.0",
                    "224.0.0.1",
                    "255.255.255.255",
                    "fec0::1",
                    "fbff::1",
                    "2001:db8::1",
                    "::127.0.0.1",
                    "64:ff9b::7f00:1",
                    "2002:7f00:1::",
                    "::2",
                ],
            ),
        ] {
            for text in inside {
                assert_eq!(of(text), class, "{text}");
            }
        }
    }

    #[test]
    fn names_are_judged_by_whole_labels() {
        for (name, class) in [
            ("localhost", HostClass::Loopback),
            ("LocalHost..", HostClass::Loopback),
            ("gate.local", HostClass::LocalName),
            ("GATE.TAIL1234.TS.NET.", HostClass::LocalName),
            ("local", HostClass::Name),
            ("ts.net", HostClass::Name),
            ("evillocal", HostClass::Name),
            ("gate.local.example", HostClass::Name),
            ("gate.xts.net", HostClass::Name),
            ("127.evil.example", HostClass::Name),
            ("localhost.evil.example", HostClass::Name),
            ("a.localhost", HostClass::Name),
        ] {
            assert_eq!(HostClass::of_name(name), class, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_what_it_is(bits in any::<u32>()) {
            let v4 = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(
                HostClass::of_address(v4.into()),
                HostClass::of_address(v4.to_ipv6_mapped().into())
            );
        }

        #[test]
        fn what_is_global_is_never_plaintext(bits in any::<u128>()) {
            // 2000::/3 is the whole of global unicast.
            let v6 = Ipv6Addr::from_bits((bits >> 3) | (1 << 125));
            prop_assert!(!HostClass::of_address(v6.into()).allows_plaintext(), "{}", v6);
        }
    }
}
