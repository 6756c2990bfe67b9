//! TLS on the Gateway's own port: what is served, when it changes, and what goes on meanwhile.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openclaw_gateway_server::{Gateway, ServeError};
use openclaw_tls_pin::{
    CertSource, Fingerprint, PinSet, ServerCertError, ServerCertFiles, SubjectNames, Trust,
    client_config,
};
use rustls::{ClientConfig, version};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::join::{options, params};
use crate::peer::{Ask, Peer};

fn source(state: &Path) -> CertSource {
    CertSource {
        files: ServerCertFiles::in_state_dir(state),
        authorities: None,
        auto_generate: true,
        names: SubjectNames::local(),
    }
}

async fn gateway(state: &Path) -> Gateway {
    Gateway::builder(options())
        .certificate(source(state))
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap()
}

/// Replaces the pair by another one.
fn replace(state: &Path) -> Fingerprint {
    let elsewhere = tempfile::tempdir().unwrap();
    let (new, old) = (
        ServerCertFiles::in_state_dir(elsewhere.path()),
        ServerCertFiles::in_state_dir(state),
    );
    new.load_or_generate(&SubjectNames::local(), 1_772_366_400)
        .unwrap();
    fs::copy(&new.key_path, &old.key_path).unwrap();
    fs::copy(&new.cert_path, &old.cert_path).unwrap();
    new.fingerprint().unwrap()
}

async fn dial(
    addr: SocketAddr,
    config: Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(addr).await.unwrap();
    TlsConnector::from(config)
        .connect("gateway.invalid".try_into().unwrap(), stream)
        .await
}

/// Whether the Gateway presents this certificate now.
async fn presents(gateway: &Gateway, fingerprint: Fingerprint) -> bool {
    let config = client_config(Trust::Pins(PinSet::from(fingerprint))).unwrap();
    dial(gateway.addresses()[0], config).await.is_ok()
}

fn served(gateway: &Gateway) -> Fingerprint {
    gateway.certificate().unwrap().fingerprint
}

async fn join(gateway: &Gateway) -> Peer<TlsStream<TcpStream>> {
    let config = client_config(Trust::Pins(PinSet::from(served(gateway)))).unwrap();
    let stream = dial(gateway.addresses()[0], config).await.unwrap();
    let mut peer = Peer::over(stream, &Ask::default()).await.unwrap();
    let hello = peer
        .call("connect", params(4, "cli", "cli", "operator"))
        .await;
    assert_eq!(hello["ok"], true, "{hello}");
    peer
}

#[tokio::test]
async fn a_new_certificate_is_seen_by_new_clients_while_sessions_go_on() {
    let state = tempfile::tempdir().unwrap();
    let gateway = gateway(state.path()).await;
    assert!(gateway.is_tls());
    let before = served(&gateway);
    let mut session = join(&gateway).await;

    let after = replace(state.path());
    let change = gateway.reload_tls().await.unwrap().unwrap();
    assert_eq!((change.before, change.now.fingerprint), (before, after));
    assert_eq!(served(&gateway), after);
    assert!(presents(&gateway, after).await);
    assert!(!presents(&gateway, before).await);

    assert_eq!(session.call("health", json!({})).await["ok"], true);
    join(&gateway).await;
}

#[tokio::test]
async fn the_files_are_looked_at_without_being_told() {
    let state = tempfile::tempdir().unwrap();
    let gateway = gateway(state.path()).await;
    let after = replace(state.path());
    assert!(!presents(&gateway, after).await);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    let seen = async { while !presents(&gateway, after).await {} };
    tokio::time::timeout(Duration::from_secs(60), seen)
        .await
        .expect("seen after half a minute");
}

#[tokio::test]
async fn broken_files_change_nothing_and_are_named() {
    let state = tempfile::tempdir().unwrap();
    let gateway = gateway(state.path()).await;
    let before = served(&gateway);
    let files = ServerCertFiles::in_state_dir(state.path());
    let key = fs::read(&files.key_path).unwrap();
    for (file, content) in [
        (&files.cert_path, "-----BEGIN CERTIFICATE-----\ntorn"),
        (&files.key_path, ""),
    ] {
        let good = fs::read(file).unwrap();
        fs::write(file, content).unwrap();
        let error = gateway.reload_tls().await.unwrap_err().to_string();
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(error.contains(name), "{error}");
        assert!(presents(&gateway, before).await);
        fs::write(file, good).unwrap();
        assert_eq!(gateway.reload_tls().await.unwrap(), None);
    }
    // A pair of which only one half has arrived yet.
    replace(state.path());
    fs::write(&files.key_path, key).unwrap();
    let error = gateway.reload_tls().await.unwrap_err();
    assert!(
        matches!(error, ServerCertError::Mismatch { .. }),
        "{error:?}"
    );
    assert!(presents(&gateway, before).await);
    join(&gateway).await;
}

#[tokio::test]
async fn the_pair_is_made_once_and_private() {
    let state = tempfile::tempdir().unwrap();
    let first = gateway(state.path()).await;
    let fingerprint = served(&first);
    first.shutdown("test").await;
    assert_eq!(served(&gateway(state.path()).await), fingerprint);
    let files = ServerCertFiles::in_state_dir(state.path());
    for (path, mode) in [
        (&files.cert_path, 0o600),
        (&files.key_path, 0o600),
        (&files.key_path.parent().unwrap().to_owned(), 0o700),
    ] {
        let found = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
}

#[tokio::test]
async fn without_a_certificate_it_does_not_start() {
    let state = tempfile::tempdir().unwrap();
    let files = ServerCertFiles::in_state_dir(state.path());
    let start = |source: CertSource| {
        Gateway::builder(options())
            .certificate(source)
            .bind("127.0.0.1:0".parse().unwrap())
            .serve()
    };
    let mut forbidden = source(state.path());
    forbidden.auto_generate = false;
    let error = start(forbidden).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("gateway tls: cert/key missing"),
        "{error}"
    );
    gateway(state.path()).await;
    fs::remove_file(&files.key_path).unwrap();
    let error = start(source(state.path())).await.unwrap_err();
    assert!(
        matches!(&error, ServeError::Tls(ServerCertError::Missing { path }) if *path == files.key_path),
        "{error:?}"
    );
}

#[tokio::test]
async fn tls_1_2_is_too_old() {
    let state = tempfile::tempdir().unwrap();
    let gateway = gateway(state.path()).await;
    let trust = Trust::Pins(PinSet::from(served(&gateway)));
    let verifier = openclaw_tls_pin::PinVerifier::new(PinSet::from(served(&gateway)));
    let old = ClientConfig::builder_with_provider(Arc::clone(
        client_config(trust).unwrap().crypto_provider(),
    ))
    .with_protocol_versions(&[&version::TLS12])
    .unwrap()
    .dangerous()
    .with_custom_certificate_verifier(Arc::new(verifier))
    .with_no_client_auth();
    let error = dial(gateway.addresses()[0], Arc::new(old))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("ProtocolVersion"), "{error}");
}

#[tokio::test]
async fn plain_text_gets_no_answer_of_the_gateway() {
    let state = tempfile::tempdir().unwrap();
    let gateway = gateway(state.path()).await;
    let mut stream = TcpStream::connect(gateway.addresses()[0]).await.unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // A reset is as good an end as any.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(
        answer.len() <= 7 && answer.first().is_none_or(|first| *first == 21),
        "at most a TLS alert: {answer:?}"
    );
    let mut peer = join(&gateway).await;
    assert_eq!(peer.call("health", json!({})).await["ok"], true);
}

/// February's client looks at the certificate only now, and closes with its reason. Without an
/// answer it would tell its user of a broken connection, and not of the pin.
#[tokio::test]
async fn a_client_that_closes_is_answered_in_either_state() {
    let state = tempfile::tempdir().unwrap();
    let gateway = gateway(state.path()).await;
    let config = client_config(Trust::Pins(PinSet::from(served(&gateway)))).unwrap();
    let reason = "gateway tls fingerprint mismatch";

    let stream = dial(gateway.addresses()[0], config).await.unwrap();
    let mut stranger = Peer::over(stream, &Ask::default()).await.unwrap();
    stranger.send_raw(&close_frame(1008, reason)).await;
    assert_eq!(stranger.closed().await, Some((1008, reason.to_owned())));

    let mut peer = join(&gateway).await;
    peer.send_raw(&close_frame(1000, "")).await;
    assert_eq!(peer.closed().await, Some((1000, String::new())));

    let mut plain = Peer::over(gateway.in_memory(), &Ask::default())
        .await
        .unwrap();
    plain.send_raw(&close_frame(1008, reason)).await;
    assert_eq!(plain.closed().await, Some((1008, reason.to_owned())));
}

/// A close frame of a client, masked by zeros.
fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
    let length = u8::try_from(payload.len()).unwrap();
    [&[0x88, 0x80 | length, 0, 0, 0, 0], payload.as_slice()].concat()
}
