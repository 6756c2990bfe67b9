//! Sockets that were not opened.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use openclaw_connect::dial::Untrusted;
use openclaw_connect::{
    ConnectError, Connector, DialError, EdgeError, Endpoint, PlaintextRefused, Stage, Trust,
};
use openclaw_remote::Target;
use openclaw_tls_pin::{ClientConfigError, Fingerprint, PinMismatch};
use rustls::{CertificateError, Error as TlsError};

use super::{behind, by_hand, io, local, pinned, remote, told};
use crate::error::CliError;
use crate::render::failure::catalogue::{Sample, shown, variants};
use crate::runtime;

const SOURCE: &str = include_str!("../../../../connect/src/dial/error.rs");

fn of(target: &Target, error: DialError) -> Sample {
    Sample::new(error, |error| render(target, error))
}

fn render(target: &Target, error: DialError) -> CliError {
    told(target, Box::new(ConnectError::Dial(Box::new(error))))
}

/// What a proxy's answer comes to.
fn answered(answer: &'static str) -> DialError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]).unwrap();
        socket.write_all(answer.as_bytes()).unwrap();
    });
    let url = format!("ws://127.0.0.1:{port}").parse().unwrap();
    let endpoint = Endpoint::new(url, Trust::System);
    let dialled = runtime::one_shot()
        .unwrap()
        .block_on(async { Connector::new().dial(&endpoint).await.map(drop) });
    server.join().unwrap();
    match dialled {
        Err(ConnectError::Dial(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_socket_that_was_not_opened() {
    let far = remote("wss://gw.example");
    let fingerprint = Fingerprint::from_bytes([0xcd; 32]);
    let pins = || "ab".repeat(32).parse().unwrap();
    let mismatch = || {
        Box::new(PinMismatch {
            expected: pins(),
            presented_leaf: fingerprint,
            presented_key: Some(fingerprint),
        })
    };
    let untrusted = |why| {
        DialError::Untrusted(Box::new(Untrusted {
            presented: fingerprint,
            certificate: None,
            why: TlsError::InvalidCertificate(why),
        }))
    };
    let plaintext = PlaintextRefused {
        url: "ws://gw.example".parse().unwrap(),
        resolved: "203.0.113.5".parse().ok(),
    };
    let resolve = DialError::Resolve {
        host: "gw.example".to_owned(),
        source: io(ErrorKind::NotFound),
    };
    let connect = |kind| DialError::Connect {
        address: "192.0.2.1:443".parse().unwrap(),
        source: io(kind),
    };
    let roots = DialError::TlsSetup(ClientConfigError::Versions(TlsError::General(
        "no".to_owned(),
    )));
    let dropped = |stage| DialError::Dropped {
        stage,
        source: None,
    };
    let samples = [
        of(
            &by_hand("wss://gw.example"),
            DialError::Plaintext(plaintext),
        ),
        of(&remote("ws://192.168.1.2:18789"), DialError::PinNeedsTls),
        of(&far, DialError::Edge(EdgeError::NeedsTls)),
        of(&far, resolve),
        of(&far, connect(ErrorKind::ConnectionRefused)).noting("refused "),
        of(&far, connect(ErrorKind::HostUnreachable)).noting("no way there "),
        of(&local(), connect(ErrorKind::ConnectionRefused)).noting("Gateway down "),
        of(&behind(), connect(ErrorKind::ConnectionRefused)).noting("behind a tunnel "),
        of(&far, roots),
        of(
            &far,
            DialError::SystemRoots(TlsError::General("none".to_owned())),
        ),
        of(&pinned(), DialError::PinMismatch(mismatch())),
        of(&local(), DialError::PinMismatch(mismatch())).noting("on this machine "),
        of(&far, untrusted(CertificateError::UnknownIssuer)).noting("unknown authority "),
        of(&far, untrusted(CertificateError::Expired)).noting("expired "),
        of(&far, untrusted(CertificateError::NotValidForName)).noting("another host "),
        of(&behind(), untrusted(CertificateError::UnknownIssuer)).noting("behind a tunnel "),
        of(&far, DialError::NotTls),
        of(&remote("wss://192.168.1.2:18789"), DialError::NotTls).noting("nearby "),
        of(&local(), DialError::NotTls).noting("on this machine "),
        of(&remote("ws://192.168.1.2:18789"), DialError::NeedsTls),
        of(&local(), DialError::NeedsTls).noting("on this machine "),
        of(&behind(), DialError::NeedsTls).noting("behind a tunnel "),
        of(&far, DialError::Tls(TlsError::HandshakeNotComplete)),
        of(&far, DialError::NotWebSocket("the answer is not HTTP")),
        of(&far, dropped(Stage::Tls)),
        of(&by_hand("ws://127.0.0.1:18789"), dropped(Stage::Upgrade)).noting("perhaps TLS "),
    ];
    let proxies = [
        ("302 Found", "a login page "),
        ("401 Unauthorized", "a login "),
        ("403 Forbidden", "forbidden "),
        ("404 Not Found", "no such path "),
        ("429 Too Many Requests", "too many "),
        ("502 Bad Gateway", "nobody behind the proxy "),
    ];
    let proxies = proxies.map(|(status, note)| {
        let more = if status.starts_with("302") {
            "Location: https://login.example/in?x=1\r\n"
        } else {
            ""
        };
        let answer = format!("HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\n\r\n");
        of(&far, answered(answer.leak())).noting(note)
    });
    let stages = [
        (Stage::Resolve, "resolve "),
        (Stage::Connect, "connect "),
        (Stage::Tls, "tls "),
        (Stage::Upgrade, "upgrade "),
    ]
    .map(|(stage, note)| {
        let after = Duration::from_secs(3);
        of(&far, DialError::Timeout { stage, after }).noting(note)
    });
    let all: Vec<Sample> = samples.into_iter().chain(proxies).chain(stages).collect();
    assert_snapshot!(shown(SOURCE, "DialError", &all));
}

#[test]
fn every_stage_has_a_deadline_somewhere() {
    // Nothing waits at the check; the last two are the handshake's.
    let known = [
        "Check",
        "Resolve",
        "Connect",
        "Tls",
        "Upgrade",
        "Challenge",
        "Hello",
    ];
    assert_eq!(variants(SOURCE, "Stage"), known);
}
