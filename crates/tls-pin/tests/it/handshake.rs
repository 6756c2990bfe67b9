//! What a pin lets through and what it stops, seen from both ends of a handshake.

use std::sync::Arc;
use std::time::Duration;

use openclaw_tls_pin::{
    Fingerprint, MinimumTls, Pin, PinSet, ServerCert, SubjectNames, Trust, client_config,
    pin_mismatch, server_config,
};
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, ProtocolVersion, RootCertStore, ServerConfig, version,
};
use rustls_pki_types::{PrivateKeyDer, UnixTime};

use crate::wire::{NOW, dial, dial_with};

const YEAR: i64 = 365 * 86_400;

fn cert_at(now: i64) -> ServerCert {
    ServerCert::generate(&SubjectNames::local(), now).unwrap()
}

fn serve(cert: &ServerCert) -> Arc<ServerConfig> {
    server_config(cert, MinimumTls::default()).unwrap()
}

fn key_pin(cert: &ServerCert) -> Pin {
    Pin::Key(Fingerprint::of_public_key(cert.leaf()).unwrap())
}

#[test]
fn the_right_leaf_pin_is_accepted() {
    let cert = cert_at(NOW);
    let outcome = dial(Trust::Pins(cert.fingerprint().into()), serve(&cert));
    outcome.assert_accepted();
    assert_eq!(outcome.version, Some(ProtocolVersion::TLSv1_3));
}

#[test]
fn a_wrong_pin_stops_before_any_application_byte() {
    let cert = cert_at(NOW);
    let pins = PinSet::from(cert_at(NOW).fingerprint());
    let outcome = dial(Trust::Pins(pins.clone()), serve(&cert));
    let mismatch = pin_mismatch(outcome.refusal()).expect("a typed mismatch");
    assert_eq!(mismatch.expected, pins);
    assert_eq!(mismatch.presented_leaf, cert.fingerprint());
    assert_eq!(mismatch.presented_key.map(Pin::Key), Some(key_pin(&cert)));
}

#[test]
fn a_wrong_pin_stops_tls_1_2_too() {
    let cert = cert_at(NOW);
    let pins = PinSet::from(cert_at(NOW).fingerprint());
    let outcome = dial(Trust::Pins(pins), only_tls12(&cert, &cert));
    assert!(pin_mismatch(outcome.refusal()).is_some());
}

#[test]
fn a_key_pin_survives_renewal_and_a_leaf_pin_does_not() {
    let old = cert_at(NOW);
    let new = old.renew(&SubjectNames::local(), NOW + YEAR).unwrap();
    assert_ne!(old.fingerprint(), new.fingerprint());
    dial(Trust::Pins(key_pin(&old).into()), serve(&new)).assert_accepted();
    let outcome = dial(Trust::Pins(old.fingerprint().into()), serve(&new));
    assert!(pin_mismatch(outcome.refusal()).is_some());
}

#[test]
fn a_key_pin_refuses_another_key() {
    let cert = cert_at(NOW);
    let outcome = dial(Trust::Pins(key_pin(&cert_at(NOW)).into()), serve(&cert));
    assert!(pin_mismatch(outcome.refusal()).is_some());
}

#[test]
fn digests_of_the_other_kind_do_not_pass() {
    let cert = cert_at(NOW);
    let leaf = cert.fingerprint();
    let key = Fingerprint::of_public_key(cert.leaf()).unwrap();
    for crossed in [Pin::Leaf(key), Pin::Key(leaf)] {
        let outcome = dial(Trust::Pins(crossed.into()), serve(&cert));
        assert!(pin_mismatch(outcome.refusal()).is_some(), "{crossed}");
    }
}

#[test]
fn during_a_rotation_old_and_new_are_accepted_and_others_not() {
    let (old, new, other) = (cert_at(NOW), cert_at(NOW), cert_at(NOW));
    let pins = PinSet::new([old.fingerprint().into(), key_pin(&new)]).unwrap();
    dial(Trust::Pins(pins.clone()), serve(&old)).assert_accepted();
    dial(Trust::Pins(pins.clone()), serve(&new)).assert_accepted();
    assert!(pin_mismatch(dial(Trust::Pins(pins), serve(&other)).refusal()).is_some());
}

#[test]
fn an_expired_certificate_with_its_pin_is_accepted() {
    let expired = cert_at(NOW - 20 * YEAR);
    assert!(!expired.describe().unwrap().is_valid_at(NOW));
    dial(Trust::Pins(expired.fingerprint().into()), serve(&expired)).assert_accepted();
    dial(Trust::Pins(key_pin(&expired).into()), serve(&expired)).assert_accepted();
}

#[test]
fn presenting_a_pinned_certificate_without_its_key_fails() {
    let (pinned, thief) = (cert_at(NOW), cert_at(NOW));
    for pin in [Pin::Leaf(pinned.fingerprint()), key_pin(&pinned)] {
        for config in [only_tls13(&pinned, &thief), only_tls12(&pinned, &thief)] {
            let outcome = dial(Trust::Pins(pin.into()), config);
            let error = outcome.refusal();
            assert!(
                matches!(
                    error,
                    rustls::Error::InvalidCertificate(
                        CertificateError::BadSignature
                            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
                    )
                ),
                "{error:?}"
            );
            assert!(
                pin_mismatch(error).is_none(),
                "the pin fits; the signature does not"
            );
        }
    }
}

#[test]
fn the_stand_in_server_is_accepted_when_it_holds_the_key() {
    // What makes the test above fail is the key alone.
    let cert = cert_at(NOW);
    for config in [only_tls13(&cert, &cert), only_tls12(&cert, &cert)] {
        dial(Trust::Pins(cert.fingerprint().into()), config).assert_accepted();
    }
}

#[test]
fn a_pinned_intermediate_is_not_the_leaf() {
    let (pinned, leaf) = (cert_at(NOW), cert_at(NOW));
    let chain = vec![leaf.leaf().clone(), pinned.leaf().clone()];
    let config = resolver_config(chain, leaf.key().clone_key(), &version::TLS13);
    let outcome = dial(Trust::Pins(pinned.fingerprint().into()), config);
    assert!(pin_mismatch(outcome.refusal()).is_some());
}

#[test]
fn a_server_speaks_tls_1_3_only_unless_told_otherwise() {
    let cert = cert_at(NOW);
    let old_client = || {
        let pins = PinSet::from(cert.fingerprint());
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&version::TLS12])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(openclaw_tls_pin::PinVerifier::new(pins)))
            .with_no_client_auth();
        Arc::new(config)
    };
    let outcome = dial_with(old_client(), serve(&cert));
    assert!(
        matches!(
            outcome.refusal(),
            rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)
        ),
        "{:?}",
        outcome.client_error
    );
    let relaxed = server_config(&cert, MinimumTls::Tls12).unwrap();
    let outcome = dial_with(old_client(), Arc::clone(&relaxed));
    outcome.assert_accepted();
    assert_eq!(outcome.version, Some(ProtocolVersion::TLSv1_2));
    let outcome = dial(Trust::Pins(cert.fingerprint().into()), relaxed);
    assert_eq!(outcome.version, Some(ProtocolVersion::TLSv1_3));
}

#[test]
fn roots_check_name_and_issuer() {
    let names = SubjectNames::local().with_name("gateway.invalid").unwrap();
    let named = ServerCert::generate(&names, NOW).unwrap();
    let unnamed = cert_at(NOW);
    let roots = |cert: &ServerCert| {
        let mut roots = RootCertStore::empty();
        roots.add(cert.leaf().clone()).unwrap();
        at_now(&client_config(Trust::Roots(roots)).unwrap())
    };
    dial_with(roots(&named), serve(&named)).assert_accepted();
    let outcome = dial_with(roots(&unnamed), serve(&unnamed));
    assert!(
        matches!(
            outcome.refusal(),
            rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. })
        ),
        "{:?}",
        outcome.client_error
    );
    let outcome = dial_with(roots(&unnamed), serve(&named));
    assert!(
        matches!(
            outcome.refusal(),
            rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature
            )
        ),
        "{:?}",
        outcome.client_error
    );
}

#[test]
fn the_verifier_given_as_system_trust_decides() {
    let cert = cert_at(NOW);
    let wrong = PinSet::from(Fingerprint::from_bytes([0; 32]));
    let refuses = Arc::new(openclaw_tls_pin::PinVerifier::new(wrong));
    assert!(pin_mismatch(dial(Trust::System(refuses), serve(&cert)).refusal()).is_some());
    let accepts = Arc::new(openclaw_tls_pin::PinVerifier::new(
        cert.fingerprint().into(),
    ));
    dial(Trust::System(accepts), serve(&cert)).assert_accepted();
}

#[test]
fn a_second_connection_checks_the_pin_again() {
    let cert = cert_at(NOW);
    let client = client_config(Trust::Pins(cert.fingerprint().into())).unwrap();
    dial_with(Arc::clone(&client), serve(&cert)).assert_accepted();
    let outcome = dial_with(client, serve(&cert_at(NOW)));
    assert!(pin_mismatch(outcome.refusal()).is_some());
}

#[test]
fn plain_text_is_no_handshake() {
    let mut server = rustls::ServerConnection::new(serve(&cert_at(NOW))).unwrap();
    let mut bytes = &b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"[..];
    server.read_tls(&mut bytes).unwrap();
    assert!(server.process_new_packets().is_err());
}

#[test]
fn tls_1_2_only_servers_are_reached_with_a_pin() {
    let cert = cert_at(NOW);
    let outcome = dial(
        Trust::Pins(cert.fingerprint().into()),
        only_tls12(&cert, &cert),
    );
    outcome.assert_accepted();
    assert_eq!(outcome.version, Some(ProtocolVersion::TLSv1_2));
}

/// The same client on the day of the tests.
fn at_now(config: &ClientConfig) -> Arc<ClientConfig> {
    #[derive(Debug)]
    struct Today;
    impl TimeProvider for Today {
        fn current_time(&self) -> Option<UnixTime> {
            u64::try_from(NOW)
                .ok()
                .map(|now| UnixTime::since_unix_epoch(Duration::from_secs(now)))
        }
    }
    let mut config = config.clone();
    config.time_provider = Arc::new(Today);
    Arc::new(config)
}

/// A server that presents whatever it is told to and signs with whatever key it is given.
#[derive(Debug)]
struct StandIn(Arc<CertifiedKey>);

impl ResolvesServerCert for StandIn {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn resolver_config(
    chain: Vec<rustls_pki_types::CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    version: &'static rustls::SupportedProtocolVersion,
) -> Arc<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = provider.key_provider.load_private_key(key).unwrap();
    let stand_in = StandIn(Arc::new(CertifiedKey::new(chain, key)));
    Arc::new(
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(stand_in)),
    )
}

fn only_tls13(shown: &ServerCert, signer: &ServerCert) -> Arc<ServerConfig> {
    resolver_config(
        shown.chain().to_vec(),
        signer.key().clone_key(),
        &version::TLS13,
    )
}

fn only_tls12(shown: &ServerCert, signer: &ServerCert) -> Arc<ServerConfig> {
    resolver_config(
        shown.chain().to_vec(),
        signer.key().clone_key(),
        &version::TLS12,
    )
}
