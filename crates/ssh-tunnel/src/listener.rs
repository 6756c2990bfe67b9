//! Whether the listener on a local port belongs to a process.

use std::fs;
use std::path::Path;

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listener {
    /// That process.
    Theirs,
    /// Somebody, and not that process; or nobody.
    NotTheirs,
    /// The system does not say.
    Unknown,
}

/// Whether this process itself listens on this port of 127.0.0.1. Linux alone says so; elsewhere
/// the word of our own child that it listens has to do.
pub(crate) fn owner_of(port: u16, pid: u32) -> Listener {
    if !cfg!(target_os = "linux") {
        return Listener::Unknown;
    }
    let process = Path::new("/proc").join(pid.to_string());
    let Ok(table) = fs::read_to_string(process.join("net/tcp")) else {
        return Listener::Unknown;
    };
    let sockets: Vec<String> = listening_inodes(&table, port)
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return Listener::NotTheirs;
    }
    // Another user's process, or one that hides itself, does not show its files.
    let Ok(files) = fs::read_dir(process.join("fd")) else {
        return Listener::Unknown;
    };
    let is_theirs = files
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|link| sockets.iter().any(|socket| link.as_os_str() == &**socket));
    if is_theirs {
        Listener::Theirs
    } else {
        Listener::NotTheirs
    }
}

/// The inodes of sockets in the state LISTEN on this port of 127.0.0.1, or of all addresses.
fn listening_inodes(table: &str, port: u16) -> impl Iterator<Item = &str> {
    const LISTEN: &str = "0A";
    let loopback = format!("{:08X}:{port:04X}", u32::from_ne_bytes([127, 0, 0, 1]));
    let any = format!("00000000:{port:04X}");
    table.lines().skip(1).filter_map(move |line| {
        let mut fields = line.split_whitespace();
        let address = fields.nth(1)?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        (state == LISTEN && (address == loopback || address == any)).then_some(inode)
    })
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::process::{Command, Stdio};

    use super::{Listener, listening_inodes, owner_of};

    #[test]
    fn the_table_is_read() {
        let port = 0x4967;
        let table = format!(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             \x20  0: {0:08X}:4967 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0\n\
             \x20  1: {0:08X}:4967 {0:08X}:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0\n\
             \x20  2: {0:08X}:4968 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0\n\
             \x20  3: short\n",
            u32::from_ne_bytes([127, 0, 0, 1]),
        );
        assert_eq!(listening_inodes(&table, port).collect::<Vec<_>>(), ["111"]);
        assert_eq!(listening_inodes(&table, 1).count(), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_listener_is_told_from_a_stranger() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let us = std::process::id();
        assert_eq!(owner_of(port, us), Listener::Theirs);
        // A connection is no listener.
        let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let client_port = client.local_addr().unwrap().port();
        assert_eq!(owner_of(client_port, us), Listener::NotTheirs);
        let mut other = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        assert_eq!(owner_of(port, other.id()), Listener::NotTheirs);
        drop(other.stdin.take());
        other.wait().unwrap();
        assert_eq!(owner_of(port, other.id()), Listener::Unknown);
    }
}
