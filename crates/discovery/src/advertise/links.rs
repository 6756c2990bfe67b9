//! The network interfaces that are announced on.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use if_addrs::{IfAddr, Interface};

use crate::interfaces::Interfaces;
use crate::limits::MAX_TOLD_ADDRESSES;

/// An interface that is spoken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The address that is spoken from; it also names the interface.
    pub(super) v4: Ipv4Addr,
    /// Its networks, as address and mask.
    nets: Vec<(Ipv4Addr, Ipv4Addr)>,
    /// The addresses that are told there.
    pub(super) addresses: Vec<IpAddr>,
}

impl Link {
    /// Whether an address is on this link. Nobody else is answered.
    pub(super) fn holds(&self, ip: Ipv4Addr) -> bool {
        self.nets.iter().any(|(net, mask)| net & mask == ip & mask)
    }
}

/// The links and all addresses of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Links {
    pub(super) links: Vec<Link>,
    pub(super) own: Vec<IpAddr>,
}

/// Looks at the interfaces. Takes some microseconds.
pub(super) fn scan(interfaces: &Interfaces) -> io::Result<Links> {
    Ok(select(&if_addrs::get_if_addrs()?, interfaces))
}

fn select(all: &[Interface], interfaces: &Interfaces) -> Links {
    let mut own: Vec<IpAddr> = all.iter().map(Interface::ip).collect();
    own.sort_unstable();
    let mut by_name: BTreeMap<&str, Vec<&Interface>> = BTreeMap::new();
    for interface in all
        .iter()
        .filter(|interface| can_speak(interface, interfaces))
    {
        by_name.entry(&interface.name).or_default().push(interface);
    }
    let links = by_name
        .values()
        .filter_map(|addresses| link(addresses, interfaces));
    Links {
        links: links.collect(),
        own,
    }
}

/// A point-to-point interface has no neighbours; the tailnet's is one.
fn can_speak(interface: &Interface, interfaces: &Interfaces) -> bool {
    interface.is_oper_up()
        && !interface.is_p2p()
        && match interfaces {
            Interfaces::Network => !interface.is_loopback(),
            Interfaces::Holding(_) => true,
            Interfaces::Loopback => interface.is_loopback() && interface.ip().is_ipv4(),
        }
}

fn link(addresses: &[&Interface], interfaces: &Interfaces) -> Option<Link> {
    let mut nets: Vec<(Ipv4Addr, Ipv4Addr)> = addresses
        .iter()
        .filter_map(|interface| match &interface.addr {
            IfAddr::V4(v4) => Some((v4.ip, v4.netmask)),
            IfAddr::V6(_) => None,
        })
        .collect();
    nets.sort_unstable();
    let is_told = |ip: &IpAddr| match interfaces {
        Interfaces::Network | Interfaces::Loopback => true,
        Interfaces::Holding(held) => held.contains(ip),
    };
    let mut told: Vec<IpAddr> = addresses
        .iter()
        .map(|interface| interface.ip())
        .filter(is_told)
        .collect();
    told.sort_unstable();
    told.truncate(MAX_TOLD_ADDRESSES);
    (!told.is_empty()).then_some(())?;
    Some(Link {
        v4: nets.first()?.0,
        nets,
        addresses: told,
    })
}

#[cfg(test)]
impl Link {
    /// A link of one /24 network, of which its own address is told.
    pub(super) const fn of(v4: Ipv4Addr) -> Self {
        Self {
            v4,
            nets: Vec::new(),
            addresses: Vec::new(),
        }
    }

    pub(super) fn with_net(mut self) -> Self {
        self.nets = vec![(self.v4, Ipv4Addr::new(255, 255, 255, 0))];
        self.addresses = vec![self.v4.into()];
        self
    }
}

#[cfg(test)]
mod tests {
    use if_addrs::{IfOperStatus, Ifv4Addr, Ifv6Addr};

    use super::*;

    fn interface(name: &str, ip: &str) -> Interface {
        let addr = match ip.parse().expect("an address") {
            IpAddr::V4(ip) => IfAddr::V4(Ifv4Addr {
                ip,
                netmask: Ipv4Addr::new(255, 255, 255, 0),
                prefixlen: 24,
                broadcast: None,
            }),
            IpAddr::V6(ip) => IfAddr::V6(Ifv6Addr {
                ip,
                netmask: std::net::Ipv6Addr::UNSPECIFIED,
                prefixlen: 64,
                broadcast: None,
            }),
        };
        Interface {
            name: name.to_owned(),
            addr,
            index: Some(1),
            oper_status: IfOperStatus::Up,
            is_p2p: false,
            #[cfg(windows)]
            adapter_name: String::new(),
        }
    }

    fn machine() -> Vec<Interface> {
        let mut tailnet = interface("tailscale0", "100.64.0.1");
        tailnet.is_p2p = true;
        let mut down = interface("eth9", "10.9.9.9");
        down.oper_status = IfOperStatus::Down;
        vec![
            interface("lo", "127.0.0.1"),
            interface("lo", "::1"),
            interface("eth0", "fe80::1"),
            interface("eth0", "192.168.1.20"),
            interface("eth0", "192.168.2.20"),
            interface("wlan0", "10.0.0.5"),
            interface("six0", "fd00::1"),
            tailnet,
            down,
        ]
    }

    fn told(interfaces: &Interfaces) -> Vec<(String, Vec<String>)> {
        let links = select(&machine(), interfaces).links;
        let shown = links.iter().map(|link| {
            let told = link.addresses.iter().map(ToString::to_string).collect();
            (link.v4.to_string(), told)
        });
        shown.collect()
    }

    fn row(v4: &str, told: &[&str]) -> (String, Vec<String>) {
        (
            v4.to_owned(),
            told.iter().map(|ip| (*ip).to_owned()).collect(),
        )
    }

    #[test]
    fn the_network_is_every_interface_with_neighbours() {
        assert_eq!(
            told(&Interfaces::Network),
            [
                row("192.168.1.20", &["192.168.1.20", "192.168.2.20", "fe80::1"]),
                row("10.0.0.5", &["10.0.0.5"]),
            ]
        );
    }

    #[test]
    fn only_held_addresses_are_told() {
        let holding = |ips: &[&str]| {
            Interfaces::Holding(
                ips.iter()
                    .map(|ip| ip.parse().expect("an address"))
                    .collect(),
            )
        };
        let row = row("192.168.1.20", &["192.168.2.20"]);
        assert_eq!(told(&holding(&["192.168.2.20"])), [row]);
        assert!(
            told(&holding(&["100.64.0.1"])).is_empty(),
            "no multicast on a tailnet"
        );
        assert!(told(&holding(&["8.8.8.8"])).is_empty());
        assert!(told(&holding(&[])).is_empty());
    }

    #[test]
    fn loopback_is_loopback_alone() {
        assert_eq!(
            told(&Interfaces::Loopback),
            [row("127.0.0.1", &["127.0.0.1"])]
        );
    }

    #[test]
    fn a_link_holds_its_networks() {
        let links = select(&machine(), &Interfaces::Network).links;
        let holds = |ip: &str| links[0].holds(ip.parse().expect("an address"));
        assert!(holds("192.168.1.77") && holds("192.168.2.1"));
        assert!(!holds("192.168.3.1") && !holds("10.0.0.5") && !holds("8.8.8.8"));
    }
}
