//! Making, renewing and reading server certificates.

use openclaw_tls_pin::{
    Fingerprint, KeyType, LoadFailure, MinimumTls, ServerCert, ServerCertError, SubjectNames,
    Trust, describe, needs_renewal, server_config,
};

use crate::wire::{NOW, dial};

const DAY: i64 = 86_400;

/// A file of `tests/vectors`.
macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../vectors/", $name)).as_slice()
    };
}

#[test]
fn a_new_certificate_says_what_the_originals_say_and_whom_it_is_for() {
    let names = SubjectNames::local()
        .with_host_name("Gate")
        .with_name("gateway.example")
        .unwrap()
        .with_name("192.0.2.4")
        .unwrap();
    let cert = ServerCert::generate(&names, NOW).unwrap();
    let info = cert.describe().unwrap();
    assert_eq!(info.subject, "CN=openclaw-gateway");
    assert_eq!(info.issuer, info.subject);
    assert!(info.is_self_issued() && cert.is_self_made());
    assert_eq!(
        info.names,
        [
            "localhost",
            "gate",
            "gateway.example",
            "127.0.0.1",
            "::1",
            "192.0.2.4"
        ]
    );
    assert_eq!(info.key_type, KeyType::EcdsaP256);
    assert_eq!(info.not_after, NOW + 3650 * DAY);
    assert_eq!(info.not_before, NOW - DAY);
    assert!(info.is_valid_at(NOW) && !info.is_valid_at(NOW + 3651 * DAY));
    assert_eq!(info.fingerprint, cert.fingerprint());
}

#[test]
fn two_new_certificates_share_nothing() {
    let [a, b] = [0, 1].map(|_| ServerCert::generate(&SubjectNames::local(), NOW).unwrap());
    assert_ne!(a.fingerprint(), b.fingerprint());
    assert_ne!(
        a.describe().unwrap().key_fingerprint.unwrap(),
        b.describe().unwrap().key_fingerprint.unwrap()
    );
}

#[test]
fn impossible_clocks_are_refused() {
    for now in [-1, i64::MIN, i64::MAX, 253_402_300_799] {
        let error = ServerCert::generate(&SubjectNames::local(), now).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("gateway tls: failed to generate cert ("),
            "{error}"
        );
    }
    assert!(ServerCert::generate(&SubjectNames::local(), 0).is_ok());
}

#[test]
fn renewal_keeps_the_key_and_takes_new_names_and_dates() {
    let old = ServerCert::generate(&SubjectNames::local(), NOW).unwrap();
    let names = SubjectNames::local().with_name("new.example").unwrap();
    let new = old.renew(&names, NOW + 3640 * DAY).unwrap();
    let (before, after) = (old.describe().unwrap(), new.describe().unwrap());
    assert_eq!(before.key_fingerprint, after.key_fingerprint);
    assert_ne!(before.fingerprint, after.fingerprint);
    assert!(after.names.contains(&"new.example".to_owned()));
    assert_eq!(after.not_after, NOW + (3640 + 3650) * DAY);
}

#[test]
fn renewal_is_due_thirty_days_before_the_end() {
    let cert = ServerCert::generate(&SubjectNames::local(), NOW).unwrap();
    let end = NOW + 3650 * DAY;
    for (now, due) in [
        (NOW, false),
        (end - 30 * DAY - 1, false),
        (end - 30 * DAY, true),
        (end, true),
        (end + DAY, true),
        (i64::MAX, true),
        (i64::MIN, false),
    ] {
        assert_eq!(needs_renewal(cert.leaf(), now), Ok(due), "{now}");
    }
    assert!(needs_renewal(b"junk", NOW).is_err());
}

#[test]
fn certificates_of_every_kind_are_read_served_and_renewed() {
    for (cert, key, kind) in [
        (
            vector!("rsa-cert.pem"),
            vector!("rsa-key.pem"),
            KeyType::Rsa(2048),
        ),
        (
            vector!("rsa-cert.pem"),
            vector!("rsa-key-pkcs1.pem"),
            KeyType::Rsa(2048),
        ),
        (
            vector!("ec-cert.pem"),
            vector!("ec-key-sec1.pem"),
            KeyType::EcdsaP384,
        ),
        (
            vector!("ed25519-cert.pem"),
            vector!("ed25519-key.pem"),
            KeyType::Ed25519,
        ),
    ] {
        let cert = ServerCert::from_pem(cert, key).unwrap();
        let info = cert.describe().unwrap();
        assert_eq!(info.key_type, kind);
        let config = server_config(&cert, MinimumTls::default()).unwrap();
        dial(Trust::Pins(cert.fingerprint().into()), config).assert_accepted();

        let renewed = cert.renew(&SubjectNames::local(), NOW).unwrap();
        assert_eq!(
            renewed.describe().unwrap().key_fingerprint,
            info.key_fingerprint
        );
        let config = server_config(&renewed, MinimumTls::default()).unwrap();
        let pin = openclaw_tls_pin::Pin::Key(info.key_fingerprint.unwrap());
        dial(Trust::Pins(pin.into()), config).assert_accepted();
    }
}

#[test]
fn fingerprints_are_those_that_openssl_prints() {
    let rsa = ServerCert::from_pem(vector!("rsa-cert.pem"), vector!("rsa-key.pem")).unwrap();
    let printed = "sha256 Fingerprint=40:52:29:FF:4C:4C:BD:18:A5:13:37:6A:85:5D:DB:7A:36:81:BA:26:\
                   EA:A0:9F:FC:47:8A:6E:F7:68:41:E8:1E";
    assert_eq!(printed.parse::<Fingerprint>(), Ok(rsa.fingerprint()));
    for (cert, key, spki) in [
        (
            vector!("rsa-cert.pem"),
            vector!("rsa-key.pem"),
            "97bfdbf76dc092b055a8659c85808dd2a1f6610de6a1e9a620ca9ebb322071de",
        ),
        (
            vector!("ec-cert.pem"),
            vector!("ec-key-sec1.pem"),
            "cf43dfc3c4b55d27d3c61b2fa7654a2b060e5240758b7d770a05885e40320abc",
        ),
        (
            vector!("ed25519-cert.pem"),
            vector!("ed25519-key.pem"),
            "a7dab1f33033f4c090a6ed06b160febd688b070c5928f7defb2a486c0b7a7396",
        ),
    ] {
        let cert = ServerCert::from_pem(cert, key).unwrap();
        assert_eq!(
            Fingerprint::of_public_key(cert.leaf()).unwrap().to_string(),
            spki
        );
    }
}

#[test]
fn a_foreign_certificate_in_words() {
    let cert = ServerCert::from_pem(vector!("ec-cert.pem"), vector!("ec-key-sec1.pem")).unwrap();
    assert!(!cert.is_self_made(), "self-signed, but not by a Gateway");
    let shown = describe(cert.leaf()).unwrap().to_string();
    let expected = "\
subject:     C=DE, O=Example, CN=gate.example
issuer:      itself
valid for:   gate.example, 192.0.2.5, 2001:db8::5, https://gate.example/
valid from:  2026-11-23 02:07:04 UTC
valid until: 2036-11-20 02:07:04 UTC
key:         ECDSA P-384
fingerprint: sha256:e1ba74f52ce0550b782541898ef59c3a746d59a4030f608d149936e838cdde9c
key pin:     spki-sha256:cf43dfc3c4b55d27d3c61b2fa7654a2b060e5240758b7d770a05885e40320abc";
    assert_eq!(shown, expected);
}

#[test]
fn only_what_was_made_here_is_known_as_self_made() {
    let made = ServerCert::generate(&SubjectNames::local(), NOW).unwrap();
    assert!(made.is_self_made());
    let renewed = made.renew(&SubjectNames::local(), NOW + DAY).unwrap();
    assert!(renewed.is_self_made());
    // What the originals make looks the same but for its serial number.
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "openclaw-gateway");
    let theirs = params.self_signed(&key).unwrap();
    let theirs =
        ServerCert::from_pem(theirs.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    assert_eq!(
        theirs.describe().unwrap().subject,
        made.describe().unwrap().subject
    );
    assert!(!theirs.is_self_made());
}

#[test]
fn an_issued_certificate_names_its_issuer_and_is_not_self_made() {
    let cert = ServerCert::from_pem(vector!("issued-cert.pem"), vector!("issued-key.pem")).unwrap();
    assert!(!cert.is_self_made());
    assert!(
        cert.describe()
            .unwrap()
            .to_string()
            .contains("issuer:      CN=Test Intermediate")
    );
}

#[test]
fn authorities_complete_the_chain_without_the_root() {
    let issued =
        || ServerCert::from_pem(vector!("issued-cert.pem"), vector!("issued-key.pem")).unwrap();
    let completed = issued()
        .with_authorities(vector!("authorities.pem"))
        .unwrap();
    assert_eq!(completed.chain().len(), 2);
    assert_eq!(completed.fingerprint(), issued().fingerprint());
    let intermediate = describe(&completed.chain()[1]).unwrap();
    assert_eq!(intermediate.subject, "CN=Test Intermediate");

    let twice = completed
        .with_authorities(vector!("authorities.pem"))
        .unwrap();
    assert_eq!(twice.chain().len(), 2, "a complete chain is left alone");
    let strangers = issued()
        .with_authorities(vector!("ed25519-cert.pem"))
        .unwrap();
    assert_eq!(strangers.chain().len(), 1);
    let own = ServerCert::generate(&SubjectNames::local(), NOW).unwrap();
    assert_eq!(
        own.with_authorities(vector!("authorities.pem"))
            .unwrap()
            .chain()
            .len(),
        1
    );
    assert!(matches!(
        issued().with_authorities(b"no pem"),
        Err(LoadFailure::NoCertificate)
    ));
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let cert = vector!("rsa-cert.pem");
    let key = vector!("rsa-key.pem");
    let refused = |cert: &[u8], key: &[u8]| ServerCert::from_pem(cert, key).unwrap_err();
    assert!(matches!(refused(b"", key), LoadFailure::NoCertificate));
    assert!(matches!(refused(key, key), LoadFailure::NoCertificate));
    assert!(matches!(
        refused(b"-----BEGIN CERTIFICATE-----\n!", key),
        LoadFailure::NoCertificate
    ));
    assert!(matches!(refused(cert, b""), LoadFailure::NoKey));
    assert!(matches!(refused(cert, cert), LoadFailure::NoKey));
    assert!(matches!(
        refused(cert, vector!("encrypted-key.pem")),
        LoadFailure::EncryptedKey
    ));
    assert!(matches!(
        refused(cert, vector!("ec-key-sec1.pem")),
        LoadFailure::KeyMismatch
    ));
    assert!(matches!(
        refused(cert, vector!("issued-key.pem")),
        LoadFailure::KeyMismatch
    ));
    let junk = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(matches!(
        refused(cert, junk),
        LoadFailure::Tls(_) | LoadFailure::NoKey
    ));
    let junk = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(refused(junk, key), LoadFailure::Tls(_)));
}

#[test]
fn no_key_is_ever_shown() {
    let cert = ServerCert::generate(&SubjectNames::local(), NOW).unwrap();
    let shown = format!("{cert:?} {:?}", cert.key());
    assert!(shown.contains(&cert.fingerprint().to_string()));
    // The seed of the key stands in the middle of its DER.
    let der = cert.key().secret_der();
    let middle = &der[der.len() / 4..der.len() / 4 + 8];
    assert!(!shown.contains(&format!("{middle:?}")[1..20]));

    let torn = String::from_utf8(vector!("rsa-key.pem").to_vec())
        .unwrap()
        .replacen("MII", "M!I", 1);
    let error = ServerCert::from_pem(vector!("rsa-cert.pem"), torn.as_bytes()).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.len() < 200, "{shown}");
    let wrapped = ServerCertError::Load {
        path: None,
        why: error,
    };
    assert!(
        wrapped
            .to_string()
            .starts_with("gateway tls: failed to load cert ("),
        "{wrapped}"
    );
}
