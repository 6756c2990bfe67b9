//! What an announcement says, out of what it was given and what the Gateway is by now.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use openclaw_discovery::wide_area::ZoneFacts;
use openclaw_discovery::{
    AdvertiseFacts, AdvertiseQuestion, Decision, Interfaces, Multicast, TxtMode, should_advertise,
};
use openclaw_policy::address::{is_loopback, is_tailnet};

use super::{Announcement, ZonePlace};
use crate::reach::Ways;

/// Whether to announce a Gateway that listens here.
pub(super) fn decision(announcement: &Announcement, listening: &[SocketAddr]) -> Decision {
    should_advertise(AdvertiseQuestion {
        mode: announcement.mode,
        is_exposed: listening.iter().any(|addr| has_neighbours(addr.ip())),
        platform: announcement.platform,
        is_disabled: announcement.is_disabled,
    })
}

/// Whether the local network reaches a listener on this address. The tailnet is another network.
fn has_neighbours(ip: IpAddr) -> bool {
    !is_loopback(ip) && !is_tailnet(ip)
}

/// How mDNS is spoken for a Gateway that listens here.
pub(super) fn multicast(announcement: &Announcement, listening: &[SocketAddr]) -> Multicast {
    announcement.multicast.clone().unwrap_or_else(|| {
        let ips = || listening.iter().map(SocketAddr::ip);
        let held: Vec<IpAddr> = ips().filter(|ip| has_neighbours(*ip)).collect();
        let is_everywhere = held.is_empty() || ips().any(|ip| ip.is_unspecified());
        Multicast {
            interfaces: if is_everywhere {
                Interfaces::Network
            } else {
                Interfaces::Holding(held)
            },
            ..Multicast::default()
        }
    })
}

/// What is said by mDNS; nothing of a Gateway that listens nowhere.
pub(super) fn mdns(
    announcement: &Announcement,
    mode: TxtMode,
    ways: &Ways,
) -> Option<AdvertiseFacts> {
    let listening = &ways.listening;
    Some(AdvertiseFacts {
        mode,
        display_name: announcement.display_name.clone(),
        host: announcement.host.clone(),
        gateway_port: listening.first()?.port(),
        tls: ways.is_tls,
        fingerprint: ways.fingerprint(),
        is_direct_reachable: listening.iter().any(|addr| has_neighbours(addr.ip())),
        tailnet_dns: tailnet_dns(ways),
        ssh_port: announcement.ssh_port,
        cli_path: announcement.cli_path.clone(),
    })
}

/// What stands in the zone file, for a host with these addresses; nothing without one to tell.
pub(super) fn zone(
    announcement: &Announcement,
    place: &ZonePlace,
    ways: &Ways,
    host: &[IpAddr],
) -> Option<ZoneFacts> {
    let ipv4 = place.address.or_else(|| tailnet_ipv4(host))?;
    let ipv6 = host.iter().find_map(|ip| match ip {
        IpAddr::V6(v6) if place.address.is_none() && is_tailnet(*ip) => Some(*v6),
        _ => None,
    });
    let reaches = |ip: IpAddr| ip == IpAddr::V4(ipv4) || ip == IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    Some(ZoneFacts {
        domain: place.domain.clone(),
        host: announcement.host.split('.').next()?.to_owned(),
        display_name: announcement.display_name.clone(),
        ipv4,
        ipv6,
        gateway_port: ways.listening.first()?.port(),
        tls: ways.is_tls,
        fingerprint: ways.fingerprint(),
        is_direct_reachable: ways.listening.iter().any(|addr| reaches(addr.ip())),
        mode: match announcement.mode {
            Some(openclaw_discovery::MdnsMode::Full) => TxtMode::Full,
            _ => TxtMode::Minimal,
        },
        tailnet_dns: tailnet_dns(ways),
        ssh_port: announcement.ssh_port,
        cli_path: announcement.cli_path.clone(),
    })
}

fn tailnet_ipv4(host: &[IpAddr]) -> Option<Ipv4Addr> {
    host.iter().find_map(|ip| match ip {
        IpAddr::V4(v4) if is_tailnet(*ip) => Some(*v4),
        _ => None,
    })
}

/// The machine's tailnet name, while Tailscale leads here.
fn tailnet_dns(ways: &Ways) -> Option<String> {
    let (_, url) = ways.told.tailscale.as_ref()?;
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', ':']).next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use openclaw_discovery::{MdnsMode, Platform, Silence};
    use openclaw_policy::TailscaleMode;

    use super::*;
    use crate::reach::Reach;

    fn announcement() -> Announcement {
        Announcement {
            mode: Some(MdnsMode::Full),
            platform: Platform::Linux,
            display_name: "Studio".to_owned(),
            host: "studio.example".to_owned(),
            ..Announcement::default()
        }
    }

    fn listening(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn ways(addresses: &[&str]) -> Ways {
        Ways {
            listening: listening(addresses),
            ..Ways::of(Reach::default())
        }
    }

    fn place() -> ZonePlace {
        ZonePlace {
            domain: "openclaw.internal".parse().unwrap(),
            state_dir: "/state".into(),
            address: None,
        }
    }

    #[test]
    fn only_a_gateway_with_neighbours_announces_itself_unasked() {
        let unasked = Announcement {
            mode: None,
            platform: Platform::MacOs,
            ..announcement()
        };
        let told = |addresses: &[&str]| decision(&unasked, &listening(addresses));
        for addresses in [
            &["127.0.0.1:1", "[::1]:1"][..],
            &["100.64.0.1:1", "127.0.0.1:1"],
            &["[fd7a:115c:a1e0::1]:1"],
            &[],
        ] {
            let silent = Decision::Silent(Silence::NotExposed);
            assert_eq!(told(addresses), silent, "{addresses:?}");
        }
        for addresses in [
            &["0.0.0.0:1"][..],
            &["[::]:1"],
            &["127.0.0.1:1", "192.168.1.2:1"],
            &["[fe80::1]:1"],
        ] {
            let speaks = Decision::Advertise(TxtMode::Minimal);
            assert_eq!(told(addresses), speaks, "{addresses:?}");
        }
    }

    #[test]
    fn it_is_announced_where_it_listens_or_everywhere() {
        let spoken =
            |addresses: &[&str]| multicast(&announcement(), &listening(addresses)).interfaces;
        for addresses in [
            &["0.0.0.0:1"][..],
            &["127.0.0.1:1"],
            &["100.64.0.1:1"],
            &["192.168.1.2:1", "[::]:1"],
        ] {
            assert_eq!(spoken(addresses), Interfaces::Network, "{addresses:?}");
        }
        let held = Interfaces::Holding(vec!["192.168.1.2".parse().unwrap()]);
        assert_eq!(spoken(&["192.168.1.2:1", "127.0.0.1:1"]), held);
        let given = Multicast {
            interfaces: Interfaces::Loopback,
            port: 9,
        };
        let told = Announcement {
            multicast: Some(given.clone()),
            ..announcement()
        };
        assert_eq!(multicast(&told, &listening(&["192.168.1.2:1"])), given);
    }

    #[test]
    fn what_is_said_is_what_the_gateway_is_by_now() {
        let said = |ways: &Ways| mdns(&announcement(), TxtMode::Full, ways);
        assert_eq!(said(&ways(&[])), None);
        let facts = said(&ways(&["127.0.0.1:4711"])).unwrap();
        assert_eq!((facts.gateway_port, facts.tls), (4711, false));
        assert_eq!((facts.fingerprint, facts.tailnet_dns), (None, None));
        assert!(!facts.is_direct_reachable);

        let mut secure = ways(&["0.0.0.0:4711"]);
        secure.is_tls = true;
        secure.told.tls_fingerprint = Some("ab".repeat(32));
        let url = "wss://studio.tail1.ts.net/".to_owned();
        secure.told.tailscale = Some((TailscaleMode::Serve, url));
        let facts = said(&secure).unwrap();
        assert!(facts.tls && facts.is_direct_reachable);
        assert_eq!(facts.fingerprint, Some("ab".repeat(32)));
        assert_eq!(facts.tailnet_dns.as_deref(), Some("studio.tail1.ts.net"));
    }

    #[test]
    fn a_zone_needs_an_address_of_the_tailnet() {
        let hosts: Vec<IpAddr> = ["192.168.1.2", "fe80::1"]
            .map(|ip| ip.parse().unwrap())
            .into();
        let ways = ways(&["127.0.0.1:4711"]);
        assert_eq!(zone(&announcement(), &place(), &ways, &hosts), None);

        let given = ZonePlace {
            address: Some("10.0.0.9".parse().unwrap()),
            ..place()
        };
        let facts = zone(&announcement(), &given, &ways, &hosts).unwrap();
        assert_eq!(facts.ipv4, Ipv4Addr::new(10, 0, 0, 9));
        assert_eq!((facts.ipv6, facts.host.as_str()), (None, "studio"));
        assert!(!facts.is_direct_reachable);
    }

    #[test]
    fn a_zone_tells_the_tailnet_and_no_other_network() {
        let hosts: Vec<IpAddr> = ["192.168.1.2", "100.64.0.7", "fd7a:115c:a1e0::7", "fd00::1"]
            .map(|ip| ip.parse().unwrap())
            .into();
        for (addresses, is_direct) in [
            (&["100.64.0.7:4711"][..], true),
            (&["0.0.0.0:4711"], true),
            (&["192.168.1.2:4711"], false),
        ] {
            let facts = zone(&announcement(), &place(), &ways(addresses), &hosts).unwrap();
            assert_eq!(facts.ipv4, Ipv4Addr::new(100, 64, 0, 7));
            assert_eq!(facts.ipv6, Some("fd7a:115c:a1e0::7".parse().unwrap()));
            assert_eq!(facts.is_direct_reachable, is_direct, "{addresses:?}");
            assert_eq!((facts.gateway_port, facts.mode), (4711, TxtMode::Full));
        }
        let quiet = Announcement {
            mode: Some(MdnsMode::Off),
            ..announcement()
        };
        let facts = zone(&quiet, &place(), &ways(&["0.0.0.0:1"]), &hosts).unwrap();
        assert_eq!(facts.mode, TxtMode::Minimal);
    }
}
