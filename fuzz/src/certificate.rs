//! Certificates, PEM files and the names of a certificate.
//!
//! - What is described can be printed, is bounded, and is described the same a second time.
//! - A certificate ends where it ends: a byte less or more is none.
//! - A certificate fits the pin of its own bytes and of its own key, and no other; the verifier
//!   of the handshake says the same.
//! - Once a certificate needs renewal it always does, at its end at the latest.
//! - A pair that is read from PEM can be served; a chain grows by each authority once at most.
//! - A certificate is made for every set of names that is accepted, and names them.
//!
//! Bytes that begin with `names` are names, one a line; others are DER or PEM.

use std::sync::LazyLock;

use openclaw_tls_pin::{
    Fingerprint, LoadFailure, MinimumTls, Pin, PinSet, ServerCert, SubjectNames, describe,
    needs_renewal, server_config,
};
use sha2::{Digest as _, Sha256};

use crate::marker::assert_printable;

/// A time within the life of the certificates in the corpus, Unix seconds.
const NOW: i64 = 1_770_000_000;

/// Longest description, in bytes.
const DESCRIPTION: usize = 128 * 1024;

static OWN: LazyLock<ServerCert> = LazyLock::new(|| {
    ServerCert::generate(&SubjectNames::local(), NOW).expect("a key can always be made")
});

static ISSUED: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let cert = include_bytes!("../../crates/tls-pin/tests/vectors/issued-cert.pem");
    let key = include_bytes!("../../crates/tls-pin/tests/vectors/issued-key.pem");
    (cert.to_vec(), key.to_vec())
});

/// Reads bytes as names, as DER and as PEM.
pub fn certificate(data: &[u8]) {
    if let Some(names) = data.strip_prefix(b"names\n") {
        named(names);
    } else {
        der(data);
        pem(data);
    }
}

fn der(der: &[u8]) {
    let leaf = Fingerprint::of_certificate(der);
    assert_eq!(*leaf.as_bytes(), <[u8; 32]>::from(Sha256::digest(der)));
    let key = Fingerprint::of_public_key(der).ok();
    assert!(PinSet::from(leaf).matches(der).is_ok());
    if let Some(key) = key {
        assert_eq!(PinSet::from(Pin::Key(key)).matches(der), Ok(Pin::Key(key)));
    }
    let foreign = PinSet::new([Pin::Leaf(OWN.fingerprint()), Pin::Key(OWN.fingerprint())]);
    let foreign = foreign.expect("two pins");
    let mismatch = foreign
        .matches(der)
        .expect_err("a pin of another certificate fits");
    assert_eq!(
        (mismatch.presented_leaf, mismatch.presented_key),
        (leaf, key)
    );
    assert_printable(&mismatch.to_string());

    let Ok(info) = describe(der) else {
        assert!(needs_renewal(der, NOW).is_err());
        return;
    };
    let shown = info.to_string();
    assert_printable(&shown);
    assert!(shown.len() <= DESCRIPTION, "{} bytes", shown.len());
    assert!(info.names.len() <= 100);
    assert!(info.names.iter().all(|name| !name.contains('\n')));
    assert!(!info.subject.contains('\n') && !info.issuer.contains('\n'));
    assert_eq!((info.fingerprint, info.key_fingerprint), (leaf, key));
    assert_eq!(describe(der).as_ref(), Ok(&info));
    assert!(
        describe(&der[..der.len() - 1]).is_err(),
        "a byte less is none"
    );
    let longer = [der, &[0]].concat();
    assert!(describe(&longer).is_err(), "a byte more is none");

    let mut times = [i64::MIN, info.not_before, NOW, info.not_after, i64::MAX];
    times.sort_unstable();
    let mut was_needed = false;
    for time in times {
        let is_needed = needs_renewal(der, time).expect("it was described");
        assert!(is_needed || !was_needed, "no longer needed at {time}");
        was_needed = is_needed;
        let is_within = info.not_before <= time && time <= info.not_after;
        assert_eq!(info.is_valid_at(time), is_within);
    }
    assert!(was_needed, "never needed");
    assert!(needs_renewal(der, info.not_after).expect("it was described"));
}

fn pem(pem: &[u8]) {
    match ServerCert::from_pem(pem, pem) {
        Ok(cert) => {
            assert!(server_config(&cert, MinimumTls::Tls13).is_ok());
            let count = cert.chain().len();
            assert!(count > 0 && count <= pem.len() / 64);
            assert_eq!(
                *cert.fingerprint().as_bytes(),
                <[u8; 32]>::from(Sha256::digest(cert.leaf()))
            );
        }
        Err(why) => assert_refusal(&why),
    }
    let (cert, key) = &*ISSUED;
    let issued = ServerCert::from_pem(cert, key).expect("a stored pair");
    match issued.with_authorities(pem) {
        Ok(cert) => {
            let chain = cert.chain();
            for (place, der) in chain.iter().enumerate() {
                assert!(
                    !chain[..place].contains(der) || pem.len() > 128,
                    "twice in a chain"
                );
            }
        }
        Err(why) => assert_refusal(&why),
    }
}

fn assert_refusal(why: &LoadFailure) {
    let said = why.to_string();
    assert_printable(&said);
    assert!(said.len() <= 1024, "{} bytes", said.len());
}

fn named(lines: &[u8]) {
    let Ok(lines) = str::from_utf8(lines) else {
        return;
    };
    let mut names = SubjectNames::local();
    for line in lines.lines().take(16) {
        names = match names.clone().with_name(line) {
            Ok(more) => more,
            Err(refusal) => {
                let said = refusal.to_string();
                assert_printable(&said);
                assert!(said.len() <= 1024, "{} bytes", said.len());
                names.with_host_name(line)
            }
        };
    }
    let cert = OWN
        .renew(&names, NOW)
        .expect("accepted names can be certified");
    let info = cert.describe().expect("our own certificate");
    for name in names.dns_names() {
        assert!(
            info.names
                .iter()
                .any(|shown| shown == name || name.len() > 256),
            "{name}"
        );
    }
    for address in names.addresses() {
        assert!(info.names.contains(&address.to_string()), "{address}");
    }
    assert!(cert.is_self_made() && info.is_valid_at(NOW));
    let key = Fingerprint::of_public_key(OWN.leaf()).ok();
    assert_eq!(info.key_fingerprint, key, "a key pin outlives a renewal");
}
