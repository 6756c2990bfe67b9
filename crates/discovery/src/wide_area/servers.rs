//! The name servers of this system.

use std::fs;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};

/// The system's name servers, out of `/etc/resolv.conf`: at most three, none where there is no
/// such file. Blocks on the disk.
pub fn system_name_servers() -> Vec<SocketAddr> {
    let mut text = Vec::new();
    let read = fs::File::open("/etc/resolv.conf")
        .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut text));
    match read {
        Ok(_) => name_servers_in(&String::from_utf8_lossy(&text)),
        Err(_) => Vec::new(),
    }
}

/// The name servers in the text of a `resolv.conf`: the first three, as the system's resolver
/// takes them.
pub fn name_servers_in(text: &str) -> Vec<SocketAddr> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next()? == "nameserver").then(|| words.next())?
    });
    let addresses = lines.filter_map(|word| word.parse::<IpAddr>().ok());
    addresses
        .map(|ip| SocketAddr::new(ip, DNS_PORT))
        .take(3)
        .collect()
}

/// The port of DNS.
const DNS_PORT: u16 = 53;

const MAX_BYTES: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_in_their_order() {
        let text = "# nameserver 9.9.9.9\nsearch lan\n nameserver 100.100.100.100\nnameserver\tfd00::1 # x\n\
                    nameserver nonsense\nnameserver\nnameservers 1.1.1.1\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n";
        let servers: Vec<String> = name_servers_in(text)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            servers,
            ["100.100.100.100:53", "[fd00::1]:53", "10.0.0.1:53"]
        );
        assert!(name_servers_in("").is_empty());
    }
}
