//! Addresses in one spelling, and the ranges that rules speak of.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address in its one canonical spelling: IPv4-mapped IPv6 is IPv4.
///
/// Rate-limit keys and proxy lists compare canonical addresses only; two spellings of one
/// address must never be two keys.
#[must_use]
pub fn canonical(addr: IpAddr) -> IpAddr {
    addr.to_canonical()
}

/// The key under which failures of an address count: IPv4 as it is, IPv6 by its /64, because
/// one host commonly owns that whole range.
#[must_use]
pub fn rate_key(addr: IpAddr) -> IpAddr {
    match canonical(addr) {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
        }
    }
}

/// Whether the address is loopback, mapped forms included.
#[must_use]
pub fn is_loopback(addr: IpAddr) -> bool {
    canonical(addr).is_loopback()
}

/// Whether the address is one that Tailscale hands out: 100.64.0.0/10 or fd7a:115c:a1e0::/48.
#[must_use]
pub fn is_tailnet(addr: IpAddr) -> bool {
    match canonical(addr) {
        IpAddr::V4(v4) => is_shared(v4),
        IpAddr::V6(v6) => v6.segments()[..3] == [0xfd7a, 0x115c, 0xa1e0],
    }
}

/// Whether the address is not routed on the internet: loopback, private, link-local, CGNAT,
/// unique local.
#[must_use]
pub fn is_private(addr: IpAddr) -> bool {
    match canonical(addr) {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared(v4)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn is_shared(v4: Ipv4Addr) -> bool {
    let o = v4.octets();
    o[0] == 100 && (64..128).contains(&o[1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{canonical, is_private, is_tailnet, rate_key};
    use std::net::{IpAddr, Ipv4Addr};

    proptest! {
        #[test]
        fn mapped_and_plain_are_one_key(bits in any::<u32>()) {
            let plain = Ipv4Addr::from(bits);
            let mapped = IpAddr::V6(plain.to_ipv6_mapped());
            prop_assert_eq!(rate_key(IpAddr::V4(plain)), rate_key(mapped));
            prop_assert_eq!(canonical(mapped), IpAddr::V4(plain));
            prop_assert_eq!(is_private(mapped), is_private(IpAddr::V4(plain)));
        }

        /// However an address is spelled, and however often it is folded, it is one key.
        #[test]
        fn keys_are_canonical(bits in any::<u128>(), is_mapped in any::<bool>()) {
            let bits = if is_mapped { 0xffff_0000_0000 | bits & 0xffff_ffff } else { bits };
            let addr = IpAddr::from(bits.to_be_bytes());
            let key = rate_key(addr);
            prop_assert_eq!(rate_key(key), key);
            prop_assert_eq!(rate_key(canonical(addr)), key);
            prop_assert_eq!(canonical(canonical(addr)), canonical(addr));
            prop_assert_eq!(is_mapped || key.is_ipv4(), canonical(addr).is_ipv4());
            let spelled: IpAddr = addr.to_string().parse().unwrap();
            prop_assert_eq!(rate_key(spelled), key);
        }

        #[test]
        fn hosts_of_one_v6_network_share_a_key(bits in any::<u128>(), host in any::<u64>()) {
            let a = IpAddr::from(bits.to_be_bytes());
            let b = IpAddr::from(((bits >> 64 << 64) | u128::from(host)).to_be_bytes());
            prop_assume!(canonical(a).is_ipv6() && canonical(b).is_ipv6());
            prop_assert_eq!(rate_key(a), rate_key(b));
        }
    }

    #[test]
    fn tailnet_ranges() {
        for (text, expected) in [
            ("100.64.0.1", true),
            ("100.127.255.255", true),
            ("100.128.0.1", false),
            ("100.63.0.1", false),
            ("fd7a:115c:a1e0::1", true),
            ("fd7a:115c:a1e1::1", false),
        ] {
            assert_eq!(is_tailnet(text.parse().unwrap()), expected, "{text}");
        }
    }
}
