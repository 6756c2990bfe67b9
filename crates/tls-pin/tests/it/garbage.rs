//! Bytes from strangers: answered, never a panic.

use std::sync::LazyLock;

use openclaw_tls_pin::{
    Fingerprint, Pin, PinSet, ServerCert, SubjectNames, describe, needs_renewal,
};
use proptest::prelude::*;

use crate::wire::NOW;

static CERT: LazyLock<ServerCert> =
    LazyLock::new(|| ServerCert::generate(&SubjectNames::local(), NOW).unwrap());

fn all_readers(der: &[u8]) {
    if let Ok(info) = describe(der) {
        let shown = info.to_string();
        assert!(
            !shown.chars().any(|c| c.is_control() && c != '\n'),
            "{shown:?}"
        );
    }
    let _ = needs_renewal(der, NOW);
    let _ = Fingerprint::of_public_key(der);
    let pins = PinSet::new([
        Pin::Leaf(CERT.fingerprint()),
        Pin::Key(Fingerprint::of_public_key(CERT.leaf()).unwrap()),
    ])
    .unwrap();
    if let Err(mismatch) = pins.matches(der) {
        assert_eq!(mismatch.presented_leaf, Fingerprint::of_certificate(der));
    }
}

proptest! {
    #[test]
    fn random_bytes(der in prop::collection::vec(any::<u8>(), 0..2048)) {
        all_readers(&der);
    }

    #[test]
    fn damaged_certificates(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut der = CERT.leaf().to_vec();
        for (index, byte) in changes {
            let index = index.index(der.len());
            der[index] = byte;
        }
        if is_cut {
            der.truncate(cut.index(der.len()));
        }
        all_readers(&der);
    }

    #[test]
    fn a_changed_certificate_never_fits_a_leaf_pin(
        index in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut der = CERT.leaf().to_vec();
        let index = index.index(der.len());
        der[index] ^= flip;
        prop_assert!(PinSet::from(CERT.fingerprint()).matches(&der).is_err());
    }

    #[test]
    fn random_pem(
        label in prop::sample::select(&["CERTIFICATE", "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"][..]),
        body in "[A-Za-z0-9+/=\n]{0,300}",
    ) {
        let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        prop_assert!(ServerCert::from_pem(pem.as_bytes(), pem.as_bytes()).is_err());
    }
}

#[test]
fn every_prefix_of_a_certificate() {
    let der = CERT.leaf().to_vec();
    for end in 0..der.len() {
        assert!(describe(&der[..end]).is_err());
        all_readers(&der[..end]);
    }
    let mut longer = der;
    longer.push(0);
    assert!(
        describe(&longer).is_err(),
        "trailing bytes are no part of a certificate"
    );
}
