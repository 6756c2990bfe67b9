//! A client and a server joined by two buffers: no sockets, no time.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use openclaw_tls_pin::{Trust, client_config};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

/// 2026-03-01 12:00:00 UTC.
pub(crate) const NOW: i64 = 1_772_366_400;

/// What came of a connection attempt.
pub(crate) struct Outcome {
    pub(crate) client_error: Option<rustls::Error>,
    /// Application bytes that reached the server.
    pub(crate) received: Vec<u8>,
    pub(crate) version: Option<rustls::ProtocolVersion>,
    pub(crate) server_was_handshaking: bool,
}

/// Dials with this trust; the client has its secret ready to go from the very start.
pub(crate) fn dial(trust: Trust, server: Arc<ServerConfig>) -> Outcome {
    dial_with(client_config(trust).unwrap(), server)
}

pub(crate) fn dial_with(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Outcome {
    let name = "gateway.invalid".try_into().unwrap();
    let mut client = ClientConnection::new(client, name).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    client.writer().write_all(SECRET).unwrap();
    let mut received = Vec::new();
    let mut client_error = None;
    for _ in 0..20 {
        let mut to_server = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut to_server).unwrap();
        }
        let mut bytes = to_server.as_slice();
        while !bytes.is_empty() {
            server.read_tls(&mut bytes).unwrap();
            // An alert from the client is an error here; what matters is what was received.
            let _ = server.process_new_packets();
        }
        // An error means that there is nothing to read.
        let _ = server.reader().read_to_end(&mut received);
        let mut to_client = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut to_client).unwrap();
        }
        if to_server.is_empty() && to_client.is_empty() {
            break;
        }
        let mut bytes = to_client.as_slice();
        while !bytes.is_empty() {
            client.read_tls(&mut bytes).unwrap();
            if let Err(error) = client.process_new_packets() {
                client_error.get_or_insert(error);
            }
        }
    }
    Outcome {
        client_error,
        received,
        version: client.protocol_version(),
        server_was_handshaking: server.is_handshaking(),
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn assert_accepted(&self) {
        assert_eq!(self.client_error, None);
        assert_eq!(self.received, SECRET);
    }

    /// The client gave up before anything of its own went out.
    #[track_caller]
    pub(crate) fn refusal(&self) -> &rustls::Error {
        assert!(
            self.received.is_empty(),
            "application bytes reached the server"
        );
        assert!(
            self.server_was_handshaking,
            "the handshake must not complete"
        );
        self.client_error.as_ref().expect("the client must refuse")
    }
}

pub(crate) const SECRET: &[u8] = b"GET / HTTP/1.1\r\nAuthorization: Bearer secret\r\n\r\n";
