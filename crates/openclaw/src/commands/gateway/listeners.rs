//! Which processes listen on a port. Linux shows it; elsewhere nothing is said.

use std::fmt;

use serde::Serialize;

/// A process that listens on a port. Its command is shown without options: those may be secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Listener {
    /// Its id, where we may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pid: Option<u32>,
    /// Its program and first words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    /// Its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// Where it listens: `127.0.0.1:18789`.
    pub(crate) address: String,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "pid {pid}")?,
            None => f.write_str("a process of another user")?,
        }
        if let Some(user) = &self.user {
            write!(f, " {user}")?;
        }
        if let Some(command) = &self.command {
            write!(f, ": {command}")?;
        }
        write!(f, " ({})", self.address)
    }
}

/// Everybody who listens on this port.
#[cfg(target_os = "linux")]
pub(crate) fn on_port(port: u16) -> Vec<Listener> {
    linux::on_port(port)
}

/// Everybody who listens on this port: not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn on_port(_: u16) -> Vec<Listener> {
    Vec::new()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
    use std::os::unix::fs::MetadataExt as _;

    use super::Listener;

    pub(super) fn on_port(port: u16) -> Vec<Listener> {
        let sockets: Vec<(SocketAddr, u64)> = ["/proc/net/tcp", "/proc/net/tcp6"]
            .into_iter()
            .filter_map(|path| fs::read_to_string(path).ok())
            .flat_map(|table| {
                table
                    .lines()
                    .skip(1)
                    .filter_map(listening)
                    .collect::<Vec<_>>()
            })
            .filter(|(address, _)| address.port() == port)
            .collect();
        sockets
            .into_iter()
            .map(|(address, inode)| {
                let pid = owner(inode);
                Listener {
                    pid,
                    command: pid.and_then(command),
                    user: pid.and_then(user),
                    address: address.to_string(),
                }
            })
            .collect()
    }

    /// A row of the kernel's table, if it is a listening socket: its address and inode.
    pub(super) fn listening(row: &str) -> Option<(SocketAddr, u64)> {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let (ip, port) = local.split_once(':')?;
        let address = SocketAddr::new(address(ip)?, u16::from_str_radix(port, 16).ok()?);
        (*state == LISTEN).then_some((address, inode.parse().ok()?))
    }

    const LISTEN: &str = "0A";

    /// Words of 32 bits in the byte order of the host, as hex.
    fn address(hex: &str) -> Option<IpAddr> {
        let word = |at: usize| {
            u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16)
                .ok()
                .map(u32::to_ne_bytes)
        };
        match hex.len() {
            8 => Some(Ipv4Addr::from(word(0)?).into()),
            32 => {
                let mut octets = [0; 16];
                for at in 0..4 {
                    octets[at * 4..at * 4 + 4].copy_from_slice(&word(at)?);
                }
                Some(Ipv6Addr::from(octets).into())
            }
            _ => None,
        }
    }

    /// The process that holds the socket, among those that we may look into.
    fn owner(inode: u64) -> Option<u32> {
        let wanted = format!("socket:[{inode}]");
        let processes = fs::read_dir("/proc").ok()?.flatten();
        processes
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            .find(|pid| {
                fs::read_dir(format!("/proc/{pid}/fd")).is_ok_and(|files| {
                    files.flatten().any(|file| {
                        fs::read_link(file.path())
                            .is_ok_and(|link| link.as_os_str() == wanted.as_str())
                    })
                })
            })
    }

    /// Program and words up to the first option.
    fn command(pid: u32) -> Option<String> {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let words: Vec<_> = line
            .split('\0')
            .take_while(|word| !word.is_empty() && !word.starts_with('-'))
            .take(3)
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    fn user(pid: u32) -> Option<String> {
        let uid = fs::metadata(format!("/proc/{pid}")).ok()?.uid().to_string();
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == uid).then(|| name.to_owned())
        });
        Some(name.unwrap_or(uid))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use super::{linux, on_port};

    #[test]
    fn our_own_listener_is_found_with_its_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let found = on_port(address.port());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].pid, Some(std::process::id()));
        assert_eq!(found[0].address, address.to_string());
        drop(listener);
        assert!(on_port(address.port()).is_empty());
    }

    #[test]
    fn rows_that_do_not_listen_are_passed_over() {
        let row =
            "0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1234 1";
        let (address, inode) = linux::listening(row).unwrap();
        assert_eq!((address.port(), inode), (0x4965, 1234));
        assert!(linux::listening(&row.replace(" 0A ", " 01 ")).is_none());
        assert!(linux::listening("garbage").is_none());
    }
}
