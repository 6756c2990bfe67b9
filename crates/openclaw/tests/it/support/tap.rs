//! A TLS server that keeps every byte it gets, as it came and as it was decrypted.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use openclaw_tls_pin::{Fingerprint, MinimumTls, ServerCert, SubjectNames, server_config};
use rustls::{ServerConfig, ServerConnection};

/// How long a client may stay silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with a certificate of its own. It answers every upgrade with 404.
pub(crate) struct Tap {
    /// Its port on loopback.
    pub(crate) port: u16,
    /// What its certificate is.
    pub(crate) fingerprint: Fingerprint,
    /// What its key is.
    pub(crate) key: Fingerprint,
    heard: Receiver<Heard>,
}

/// One connection from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The bytes on the wire.
    pub(crate) wire: Vec<u8>,
    /// What a client wanted to say.
    pub(crate) said: Vec<u8>,
    /// Why TLS ended, if it did not end well.
    pub(crate) error: Option<rustls::Error>,
}

/// One record on the wire: its type, and how many bytes it holds.
pub(crate) type Record = (u8, usize);

/// The type of records that hold application data, or what is to look like it.
pub(crate) const APPLICATION_DATA: u8 = 23;

impl Tap {
    /// Begins to listen, by TLS 1.3.
    pub(crate) fn open() -> Self {
        let cert = ServerCert::generate(&SubjectNames::local(), 1_772_366_400).unwrap();
        let config = server_config(&cert, MinimumTls::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, heard) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if sender.send(listen(stream, Arc::clone(&config))).is_err() {
                    return;
                }
            }
        });
        Self {
            port,
            fingerprint: cert.fingerprint(),
            key: Fingerprint::of_public_key(cert.leaf()).unwrap(),
            heard,
        }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("wss://127.0.0.1:{}", self.port)
    }

    /// The next connection, after its end.
    #[track_caller]
    pub(crate) fn next(&self) -> Heard {
        self.heard.recv_timeout(PATIENCE).expect("a connection")
    }

    /// Everything that was heard by now.
    pub(crate) fn all(&self) -> Vec<Heard> {
        self.heard.try_iter().collect()
    }
}

impl Heard {
    /// The records on the wire.
    #[track_caller]
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        let mut rest = self.wire.as_slice();
        while let [kind, _, _, high, low, tail @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            assert!(length <= tail.len(), "a torn record: {self:?}");
            records.push((*kind, length));
            rest = &tail[length..];
        }
        assert_eq!(rest, b"", "bytes outside of records");
        records
    }

    /// Nothing went out but a handshake that was broken off: a ClientHello, at most the empty
    /// `change_cipher_spec` of TLS 1.3, and one alert, which is encrypted and then looks like 19
    /// bytes of application data: 2 of an alert, 1 for its type, 16 to authenticate it.
    #[track_caller]
    pub(crate) fn assert_nothing_said(&self) {
        assert_eq!(self.said, b"", "application bytes were sent");
        let records = self.records();
        let [(22, _), rest @ ..] = records.as_slice() else {
            panic!("no ClientHello: {records:?}");
        };
        let alerts = rest.strip_prefix(&[(20, 1)]).unwrap_or(rest);
        assert!(
            matches!(alerts, [] | [(21, 2)] | [(APPLICATION_DATA, 19)]),
            "more than an alert: {records:?}"
        );
        assert!(
            matches!(self.error, Some(rustls::Error::AlertReceived(_))),
            "the client gives its reason: {:?}",
            self.error
        );
    }
}

fn listen(mut stream: TcpStream, config: Arc<ServerConfig>) -> Heard {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut tls = ServerConnection::new(config).unwrap();
    let mut heard = Heard {
        wire: Vec::new(),
        said: Vec::new(),
        error: None,
    };
    let mut buffer = [0; 4096];
    // A client that resets the connection ends it, too.
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        heard.wire.extend_from_slice(&buffer[..count]);
        let mut bytes = &buffer[..count];
        while !bytes.is_empty() && heard.error.is_none() {
            tls.read_tls(&mut bytes).unwrap();
            heard.error = tls.process_new_packets().err();
        }
        let before = heard.said.len();
        // Nothing more to read is an error of its own.
        let _ = tls.reader().read_to_end(&mut heard.said);
        if before == 0 && !heard.said.is_empty() {
            tls.writer()
                .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
        }
        while tls.wants_write() {
            if tls.write_tls(&mut stream).is_err() {
                return heard;
            }
        }
    }
    heard
}
