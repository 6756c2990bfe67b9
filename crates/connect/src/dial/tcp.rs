//! The TCP connection: several addresses, a little apart, the first one wins.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;

use super::{DialError, Io, Network};
use crate::limits::NEXT_ADDRESS;

/// Connects to the first address that answers. The next one is tried when one fails, or after a
/// short while; connections that lose are dropped.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    network: &dyn Network,
) -> Result<Box<dyn Io>, DialError> {
    let mut waiting = by_turns(addresses).into_iter();
    let mut tries = FuturesUnordered::new();
    let mut first_error = None;
    let attempt = |address| async move { (address, network.connect(address).await) };
    if let Some(address) = waiting.next() {
        tries.push(attempt(address));
    }
    loop {
        let may_start = waiting.len() > 0;
        // Both arms are cancel-safe: the stream keeps its attempts, the sleep has no effect.
        let ended = tokio::select! {
            ended = tries.next() => ended,
            () = sleep(NEXT_ADDRESS), if may_start => None,
        };
        match ended {
            Some((_, Ok(stream))) => return Ok(stream),
            Some((address, Err(source))) => {
                tracing::debug!(%address, error = %source, "no connection");
                first_error.get_or_insert(DialError::Connect { address, source });
            }
            None => {}
        }
        if let Some(address) = waiting.next() {
            tries.push(attempt(address));
        } else if tries.is_empty() {
            let none = std::io::ErrorKind::AddrNotAvailable.into();
            return Err(first_error.unwrap_or(DialError::Resolve {
                host: String::new(),
                source: none,
            }));
        }
    }
}

/// The addresses with both families by turns, beginning with the family of the first.
fn by_turns(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (mut these, mut those): (Vec<_>, Vec<_>) = addresses
        .iter()
        .rev()
        .copied()
        .partition(|address| address.is_ipv4() == first_is_v4);
    let mut ordered = Vec::with_capacity(addresses.len());
    while !these.is_empty() || !those.is_empty() {
        ordered.extend(these.pop());
        ordered.extend(those.pop());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::by_turns;

    #[test]
    fn families_take_turns() {
        let parse = |list: &[&str]| -> Vec<std::net::SocketAddr> {
            list.iter().map(|text| text.parse().unwrap()).collect()
        };
        let mixed = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
        let turns = parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
        assert_eq!(by_turns(&mixed), turns);
        assert_eq!(by_turns(&[]), []);
    }
}
