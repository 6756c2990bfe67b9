//! Choosing the local port.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::{LocalPort, TunnelError};

/// A port that is free at this moment. `last` is the one that the tunnel had before: its users may
/// have kept it, so it comes first. None of `avoid` is taken.
pub(crate) fn choose(
    wish: LocalPort,
    last: Option<u16>,
    avoid: &[u16],
) -> Result<u16, TunnelError> {
    let preferred = match wish {
        LocalPort::Exactly(port) => {
            return if is_free(port) {
                Ok(port)
            } else {
                Err(TunnelError::LocalPortTaken { port })
            };
        }
        LocalPort::Preferred(port) => Some(port),
        LocalPort::Ephemeral => None,
    };
    [last, preferred]
        .into_iter()
        .flatten()
        .find(|port| !avoid.contains(port) && is_free(*port))
        .map_or_else(
            || {
                ephemeral(avoid).map_err(|source| TunnelError::NoLocalPort {
                    source: source.into(),
                })
            },
            Ok,
        )
}

/// Whether nobody listens on it on 127.0.0.1 nor on `::1`: a program that dials `localhost` may
/// come to either.
fn is_free(port: u16) -> bool {
    if port == 0 || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
        return false;
    }
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Ok(_) => true,
        // A machine without IPv6 has no `::1` that could be taken.
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
        ),
    }
}

fn ephemeral(avoid: &[u16]) -> io::Result<u16> {
    let mut refused = Vec::new();
    for _ in 0..TRIES {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = listener.local_addr()?.port();
        // Held while the next one is asked for, so that the system does not offer it again.
        refused.push(listener);
        if avoid.contains(&port) {
            continue;
        }
        refused.clear();
        if is_free(port) {
            return Ok(port);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

const TRIES: usize = 16;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{choose, is_free};
    use crate::{LocalPort, TunnelError};

    fn taken() -> (TcpListener, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    fn free() -> u16 {
        choose(LocalPort::Ephemeral, None, &[]).unwrap()
    }

    #[test]
    fn a_free_preferred_port_is_taken() {
        let port = free();
        assert_eq!(choose(LocalPort::Preferred(port), None, &[]).unwrap(), port);
    }

    #[test]
    fn a_taken_or_avoided_one_is_replaced() {
        let (_listener, port) = taken();
        assert_ne!(choose(LocalPort::Preferred(port), None, &[]).unwrap(), port);
        let free = free();
        assert_ne!(
            choose(LocalPort::Preferred(free), None, &[free]).unwrap(),
            free
        );
    }

    #[test]
    fn the_port_it_had_before_comes_first() {
        let (last, preferred) = (free(), free());
        for wish in [LocalPort::Preferred(preferred), LocalPort::Ephemeral] {
            assert_eq!(choose(wish, Some(last), &[]).unwrap(), last);
        }
        let (_listener, last) = taken();
        assert_eq!(
            choose(LocalPort::Preferred(preferred), Some(last), &[]).unwrap(),
            preferred
        );
    }

    #[test]
    fn an_exact_port_is_never_replaced() {
        let port = free();
        assert_eq!(choose(LocalPort::Exactly(port), None, &[]).unwrap(), port);
        let (_listener, port) = taken();
        assert!(matches!(
            choose(LocalPort::Exactly(port), Some(free()), &[]),
            Err(TunnelError::LocalPortTaken { port: named }) if named == port
        ));
    }

    #[test]
    fn a_port_that_is_taken_on_the_other_loopback_is_not_free() {
        let Ok(listener) = TcpListener::bind("[::1]:0") else {
            return; // No IPv6 here: there is nothing to be taken.
        };
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }

    #[test]
    fn port_0_is_no_port() {
        assert!(!is_free(0));
        assert!(choose(LocalPort::Exactly(0), None, &[]).is_err());
        assert_ne!(choose(LocalPort::Preferred(0), None, &[]).unwrap(), 0);
    }
}
