//! TLS: who is trusted, and that nobody else gets a byte.

use std::sync::Arc;

use openclaw_connect::dial::{dial, dial_io};
use openclaw_connect::{
    Class, DialError, EdgeHeaders, Endpoint, GatewaySocket, Limits, Stage, SystemNetwork, Trust,
};
use openclaw_tls_pin::{MinimumTls, PinSet, ServerCert, SubjectNames, server_config};
use rustls::RootCertStore;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_rustls::TlsAcceptor;

use crate::fake_gateway::{FakeGateway, listen};

const URL: &str = "wss://127.0.0.1:18789";

/// Valid from 2024 on, for ten years.
fn cert() -> ServerCert {
    ServerCert::generate(&SubjectNames::local(), 1_704_067_200).unwrap()
}

fn acceptor(cert: &ServerCert) -> TlsAcceptor {
    TlsAcceptor::from(server_config(cert, MinimumTls::default()).unwrap())
}

fn pinned(pins: PinSet) -> Endpoint {
    Endpoint::new(URL.parse().unwrap(), Trust::Pins(pins))
}

/// Dials a TLS server over a pipe. Returns every application byte that the server saw, too.
async fn against(
    cert: &ServerCert,
    target: &Endpoint,
) -> (Result<GatewaySocket, DialError>, Vec<u8>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let limits = Limits::default();
    tokio::join!(dial_io(ours, target, &limits), serve(cert, theirs))
}

async fn serve(cert: &ServerCert, io: DuplexStream) -> Vec<u8> {
    let mut seen = Vec::new();
    let Ok(mut stream) = acceptor(cert).accept(io).await else {
        return seen;
    };
    // A refusal, so that the client's side ends too.
    let _ = stream
        .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        .await;
    let _ = stream.read_to_end(&mut seen).await;
    seen
}

#[tokio::test]
async fn the_pinned_certificate_is_accepted() {
    let cert = cert();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let target = pinned(PinSet::from(cert.fingerprint()));
    let limits = Limits::default();
    let (dialled, _gateway) = tokio::join!(dial_io(ours, &target, &limits), async {
        FakeGateway::accept(acceptor(&cert).accept(theirs).await.unwrap()).await
    });
    dialled.expect("an open socket");
}

#[tokio::test]
async fn another_certificate_gets_no_byte() {
    let (pinned_cert, presented) = (cert(), cert());
    let target = pinned(PinSet::from(pinned_cert.fingerprint()));
    let (result, seen) = against(&presented, &target).await;
    let Err(error) = result else {
        panic!("accepted")
    };
    let DialError::PinMismatch(mismatch) = &error else {
        panic!("{error}")
    };
    assert_eq!(mismatch.expected, PinSet::from(pinned_cert.fingerprint()));
    assert_eq!(mismatch.presented_leaf, presented.fingerprint());
    assert!(
        error
            .to_string()
            .starts_with("gateway tls fingerprint mismatch"),
        "{error}"
    );
    assert_eq!(error.stage(), Stage::Tls);
    assert_eq!(Class::of_dial(&error), Class::Stop);
    assert_eq!(seen, b"", "not one application byte");
}

#[tokio::test]
async fn an_unknown_certificate_is_shown_with_its_fingerprint_and_gets_no_byte() {
    let (known, presented) = (cert(), cert());
    let mut roots = RootCertStore::empty();
    roots.add(known.leaf().to_vec().into()).unwrap();
    let target = Endpoint::new(URL.parse().unwrap(), Trust::Roots(Arc::new(roots)));
    let (result, seen) = against(&presented, &target).await;
    let Err(error) = result else {
        panic!("accepted")
    };
    let DialError::Untrusted(untrusted) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(untrusted.presented, presented.fingerprint());
    assert!(
        error.to_string().starts_with("self-signed certificate"),
        "{error}"
    );
    assert!(matches!(Class::of_dial(&error), Class::WaitForHuman(_)));
    assert_eq!(seen, b"");
}

/// The originals make theirs with `CA:TRUE`.
#[tokio::test]
async fn a_certificate_that_the_original_made_is_called_self_signed() {
    let presented = ServerCert::from_pem(
        include_bytes!("../../../tls-pin/tests/vectors/rsa-cert.pem"),
        include_bytes!("../../../tls-pin/tests/vectors/rsa-key.pem"),
    )
    .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert().leaf().to_vec().into()).unwrap();
    let target = Endpoint::new(URL.parse().unwrap(), Trust::Roots(Arc::new(roots)));
    let (result, seen) = against(&presented, &target).await;
    let said = result.err().map(|error| error.to_string());
    let expected = format!(
        "self-signed certificate (sha256:{})",
        presented.fingerprint()
    );
    assert_eq!(said, Some(expected));
    assert_eq!(seen, b"");
}

#[tokio::test]
async fn system_trust_knows_no_self_signed_certificate() {
    let presented = cert();
    let target = Endpoint::new(URL.parse().unwrap(), Trust::System);
    let (result, seen) = against(&presented, &target).await;
    // A system without any authorities cannot even ask.
    assert!(
        matches!(
            result,
            Err(DialError::Untrusted(_) | DialError::SystemRoots(_))
        ),
        "{result:?}"
    );
    assert_eq!(seen, b"");
}

#[tokio::test]
async fn edge_headers_go_out_after_the_certificate_has_passed() {
    let cert = cert();
    let secret = SecretString::from("s3cret");
    let target = pinned(PinSet::from(cert.fingerprint()));
    let edge = EdgeHeaders::new(target.origin(), [("CF-Access-Client-Secret", &secret)]).unwrap();
    let (result, seen) = against(&cert, &target.clone().with_edge(edge.clone())).await;
    assert!(
        matches!(result, Err(DialError::UpgradeRejected(_))),
        "{result:?}"
    );
    let seen = String::from_utf8(seen).unwrap();
    assert!(
        seen.contains("\r\ncf-access-client-secret: s3cret\r\n"),
        "{seen}"
    );

    let other = pinned(PinSet::from(self::cert().fingerprint())).with_edge(edge);
    let (result, seen) = against(&cert, &other).await;
    assert!(
        matches!(result, Err(DialError::PinMismatch(_))),
        "{result:?}"
    );
    assert_eq!(seen, b"");
}

#[tokio::test]
async fn tls_to_a_plaintext_port_says_so() {
    let (listener, url) = listen("wss").await;
    let target = Endpoint::new(
        url.parse().unwrap(),
        Trust::Pins(PinSet::from(cert().fingerprint())),
    );
    let limits = Limits::default();
    let (result, ()) = tokio::join!(dial(&target, &limits, &SystemNetwork), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 512];
        let _ = stream.read(&mut hello).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
    });
    let Err(error) = result else {
        panic!("accepted")
    };
    assert!(matches!(error, DialError::NotTls), "{error:?}");
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
    assert_eq!(Class::of_dial(&error), Class::Stop);
}

#[tokio::test]
async fn plaintext_to_a_real_tls_server_is_not_taken_for_a_gateway() {
    let (listener, url) = listen("ws").await;
    let cert = cert();
    let target = Endpoint::new(url.parse().unwrap(), Trust::System);
    let limits = Limits::default();
    let (result, ()) = tokio::join!(dial(&target, &limits, &SystemNetwork), async {
        let (stream, _) = listener.accept().await.unwrap();
        assert!(acceptor(&cert).accept(stream).await.is_err());
    });
    let Err(error) = result else {
        panic!("accepted")
    };
    assert!(
        matches!(
            error,
            DialError::NeedsTls
                | DialError::Dropped {
                    stage: Stage::Upgrade,
                    ..
                }
        ),
        "{error:?}"
    );
}
