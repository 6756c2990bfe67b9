//! The port is taken: by whom?

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;

use super::listeners;
use crate::error::CliError;

/// How long the owner may take for each step.
const PATIENCE: Duration = Duration::from_millis(500);

/// The refusal to start, naming the owner as far as it shows itself.
pub(crate) fn refusal(address: SocketAddr, cause: &io::Error) -> CliError {
    let port = address.port();
    let found = listeners::on_port(port);
    let message = if is_gateway(reachable(address)) {
        format!("another gateway instance is already listening on ws://{address}")
    } else {
        format!("failed to bind gateway socket on ws://{address}: {cause}")
    };
    let mut lines = vec![message, format!("Port {port} is already in use.")];
    lines.extend(found.iter().map(|listener| format!("- {listener}")));
    CliError::failure(lines.join("\n"))
        .kind("gateway_port_in_use")
        .field("port", port)
        .field("listeners", json!(found))
        .hint(format!("openclaw gateway status --port {port}"))
        .hint("stop the owner of the port, or choose another: openclaw gateway run --port PORT")
}

/// The address under which a listener on `address` is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Whether an OpenClaw Gateway listens there: it answers the health probe of the newest release,
/// or greets a WebSocket with its challenge, as both releases do.
pub(crate) fn is_gateway(address: SocketAddr) -> bool {
    let probe = exchange(
        address,
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "\"status\":\"live\"",
    );
    probe.unwrap_or(false)
        || exchange(
            address,
            "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: b3BlbmNsYXctcG9ydC1jaGs=\r\n\r\n",
            "connect.challenge",
        )
        .unwrap_or(false)
}

/// Whether a page stands at the root of what listens there; `None` where nobody answers.
pub(crate) fn serves_page(address: SocketAddr) -> Option<bool> {
    exchange(
        address,
        "GET / HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\nconnection: close\r\n\r\n",
        "<html",
    )
    .ok()
}

/// Sends a request and waits until its answer contains `sign`, ends, or takes too long.
fn exchange(address: SocketAddr, request: &str, sign: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while answer.len() < LONGEST_ANSWER {
        match stream.read(&mut buffer)? {
            0 => break,
            length => answer.extend_from_slice(&buffer[..length]),
        }
        if contains(&answer, sign.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

const LONGEST_ANSWER: usize = 16 * 1024;

fn contains(text: &[u8], sign: &[u8]) -> bool {
    text.windows(sign.len()).any(|window| window == sign)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::is_gateway;

    /// A server that answers each of its connections with the next of these texts.
    fn served(answers: &'static [&'static str]) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buffer = [0; 1024];
                let _ = stream.read(&mut buffer).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let found = is_gateway(address);
        server.join().unwrap();
        found
    }

    #[test]
    fn gateways_of_both_releases_are_known() {
        assert!(served(&[
            "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"status\":\"live\"}"
        ]));
        assert!(served(&[
            "HTTP/1.1 200 OK\r\n\r\n<html></html>",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n..{\"type\":\"event\",\"event\":\"connect.challenge\"}",
        ]));
    }

    #[test]
    fn other_servers_are_not() {
        assert!(!served(&[
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\n"
        ]));
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert!(!is_gateway(free));
    }
}
