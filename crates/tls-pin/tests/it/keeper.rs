//! A certificate over time: what is served after its files changed, and what a renewal keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use openclaw_tls_pin::{
    CertKeeper, CertOrigin, CertSource, ChangeReason, Fingerprint, LoadFailure, MinimumTls, Pin,
    PinSet, ServerCert, ServerCertError, ServerCertFiles, SubjectNames, Trust, pin_mismatch,
};

use crate::wire::{NOW, dial};

const DAY: i64 = 86_400;
const LATE: i64 = NOW + 3640 * DAY;

fn source(directory: &Path) -> CertSource {
    CertSource {
        files: ServerCertFiles::in_state_dir(directory),
        authorities: None,
        auto_generate: true,
        names: SubjectNames::local(),
    }
}

fn open(source: CertSource) -> CertKeeper {
    CertKeeper::open(source, NOW).unwrap().0
}

/// Puts a pair in place of the one that is there, as somebody who replaces files does.
fn put(files: &ServerCertFiles, cert: &[u8], key: &[u8]) {
    fs::create_dir_all(files.key_path.parent().unwrap()).unwrap();
    for (path, bytes) in [(&files.cert_path, cert), (&files.key_path, key)] {
        let new = path.with_extension("put");
        fs::write(&new, bytes).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(&new, path).unwrap();
    }
}

fn put_rsa(files: &ServerCertFiles) {
    put(
        files,
        include_bytes!("../vectors/rsa-cert.pem"),
        include_bytes!("../vectors/rsa-key.pem"),
    );
}

/// Another pair made by a Gateway.
fn put_made(files: &ServerCertFiles) {
    let elsewhere = tempfile::tempdir().unwrap();
    let made = ServerCertFiles::in_state_dir(elsewhere.path());
    made.load_or_generate(&SubjectNames::local(), NOW).unwrap();
    put(
        files,
        &fs::read(&made.cert_path).unwrap(),
        &fs::read(&made.key_path).unwrap(),
    );
}

#[test]
fn handshakes_after_a_change_see_the_new_certificate_by_the_same_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    let config = keeper.server_config(MinimumTls::default()).unwrap();
    let before = keeper.info().fingerprint;
    dial(Trust::Pins(before.into()), Arc::clone(&config)).assert_accepted();

    put_made(&keeper.source().files);
    let change = keeper.look(NOW).unwrap().unwrap();
    assert_eq!(change.why, ChangeReason::Files);
    assert_eq!(change.before, before);
    assert_eq!(
        change.now.fingerprint,
        keeper.source().files.fingerprint().unwrap()
    );
    assert_eq!(keeper.info(), change.now);
    dial(
        Trust::Pins(change.now.fingerprint.into()),
        Arc::clone(&config),
    )
    .assert_accepted();
    let outcome = dial(Trust::Pins(before.into()), config);
    assert!(pin_mismatch(outcome.refusal()).is_some());
    assert_eq!(
        keeper.look(NOW).unwrap(),
        None,
        "and nothing more to be told"
    );
}

#[test]
fn files_that_are_touched_and_not_changed_are_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    let files = &keeper.source().files;
    let (cert, key) = (
        fs::read(&files.cert_path).unwrap(),
        fs::read(&files.key_path).unwrap(),
    );
    put(files, &cert, &key);
    assert_eq!(keeper.look(NOW).unwrap(), None);
    assert_eq!(keeper.reload(NOW).unwrap(), None);
}

#[test]
fn broken_files_are_named_once_and_the_old_certificate_is_served_on() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    let config = keeper.server_config(MinimumTls::default()).unwrap();
    let before = keeper.info().fingerprint;
    let files = keeper.source().files.clone();
    let key = fs::read(&files.key_path).unwrap();

    put(&files, b"torn", &key);
    let error = keeper.look(NOW).unwrap_err().to_string();
    assert!(error.contains("gateway-cert.pem"), "{error}");
    assert_eq!(keeper.look(NOW).unwrap(), None, "told once");
    assert!(keeper.reload(NOW).is_err(), "and to whoever asks");
    dial(Trust::Pins(before.into()), Arc::clone(&config)).assert_accepted();

    fs::remove_file(&files.cert_path).unwrap();
    let error = keeper.look(NOW).unwrap_err();
    assert!(
        matches!(error, ServerCertError::Missing { .. }),
        "a Gateway that runs makes no other certificate: {error}"
    );
    assert!(!files.cert_path.exists());

    put(&files, include_bytes!("../vectors/rsa-cert.pem"), &key);
    let error = keeper.look(NOW).unwrap_err();
    assert!(
        matches!(error, ServerCertError::Mismatch { .. }),
        "{error:?}"
    );
    dial(Trust::Pins(before.into()), Arc::clone(&config)).assert_accepted();

    put_rsa(&files);
    let change = keeper.look(NOW).unwrap().unwrap();
    dial(Trust::Pins(change.now.fingerprint.into()), config).assert_accepted();
}

#[test]
fn renewal_keeps_the_key_and_reaches_disk_and_wire() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    let config = keeper.server_config(MinimumTls::default()).unwrap();
    let old = keeper.info();
    let key = Pin::Key(old.key_fingerprint.unwrap());
    assert_eq!(keeper.look(NOW + 3600 * DAY).unwrap(), None, "not due yet");

    let change = keeper.look(LATE).unwrap().unwrap();
    assert_eq!(change.why, ChangeReason::Renewal);
    assert_eq!(change.before, old.fingerprint);
    assert_eq!(change.now.key_fingerprint, old.key_fingerprint);
    assert_eq!(change.now.not_after, LATE + 3650 * DAY);
    assert_eq!(
        keeper.source().files.fingerprint().unwrap(),
        change.now.fingerprint
    );
    dial(Trust::Pins(PinSet::from(key)), Arc::clone(&config)).assert_accepted();
    let outcome = dial(Trust::Pins(old.fingerprint.into()), config);
    assert!(pin_mismatch(outcome.refusal()).is_some());
    assert_eq!(keeper.look(LATE + DAY).unwrap(), None, "once is enough");
}

#[test]
fn what_somebody_else_made_is_never_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(directory.path());
    put_rsa(&source.files);
    let keeper = open(source);
    let before = fs::read(&keeper.source().files.cert_path).unwrap();
    let end = keeper.info().not_after;
    for now in [end - DAY, end, end + DAY] {
        assert_eq!(keeper.look(now).unwrap(), None);
        assert!(keeper.info().concern_at(now).is_some());
    }
    assert_eq!(fs::read(&keeper.source().files.cert_path).unwrap(), before);
}

#[test]
fn without_leave_to_make_certificates_none_is_renewed() {
    let directory = tempfile::tempdir().unwrap();
    open(source(directory.path()));
    let keeper = open(CertSource {
        auto_generate: false,
        ..source(directory.path())
    });
    assert_eq!(keeper.look(LATE).unwrap(), None);
}

#[test]
fn a_clock_that_jumps_renews_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    for now in [0, NOW - 365 * DAY, NOW + 36_500 * DAY, i64::MAX] {
        assert_eq!(keeper.look(now).unwrap(), None, "{now}");
    }
}

#[test]
fn a_clock_that_is_not_set_makes_no_certificate_of_the_past() {
    let directory = tempfile::tempdir().unwrap();
    let (keeper, origin) = CertKeeper::open(source(directory.path()), 0).unwrap();
    assert_eq!(origin, CertOrigin::Generated);
    assert_eq!(
        keeper.look(NOW).unwrap(),
        None,
        "the pins hold when the clock is set"
    );
    assert!(keeper.info().is_valid_at(NOW));
}

#[test]
fn an_expired_certificate_is_served_and_spoken_of() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(directory.path());
    put_rsa(&source.files);
    let end = open(source.clone()).info().not_after;
    let (keeper, _) = CertKeeper::open(source, end + 400 * DAY).unwrap();
    let config = keeper.server_config(MinimumTls::default()).unwrap();
    dial(Trust::Pins(keeper.info().fingerprint.into()), config).assert_accepted();
    let concern = keeper.info().concern_at(end + 400 * DAY).unwrap();
    assert!(concern.to_string().starts_with("not valid since"));
}

#[test]
fn a_renewal_that_fails_is_tried_again_a_day_later() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    let before = keeper.info();
    // A key that cannot be read makes a renewal fail; its stamp is the one that was seen.
    let key = keeper.source().files.key_path.clone();
    let bytes = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    assert!(keeper.look(NOW).is_err());
    assert!(keeper.look(LATE).is_err());
    assert_eq!(keeper.look(LATE + 1).unwrap(), None);
    assert!(keeper.look(LATE + DAY).is_err());
    assert_eq!(keeper.info(), before);
    put(
        &keeper.source().files,
        &fs::read(&keeper.source().files.cert_path).unwrap(),
        &bytes,
    );
    let change = keeper.look(LATE + 3 * DAY).unwrap().unwrap();
    assert_eq!(change.why, ChangeReason::Renewal);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(directory.path());
    open(source.clone());
    for (mode, allowed) in [
        (0o600, true),
        (0o400, true),
        (0o640, true),
        (0o644, false),
        (0o660, false),
        (0o602, false),
    ] {
        fs::set_permissions(&source.files.key_path, fs::Permissions::from_mode(mode)).unwrap();
        let checked = source.check();
        assert_eq!(checked.is_ok(), allowed, "{mode:o}");
        assert_eq!(CertKeeper::open(source.clone(), NOW).is_ok(), allowed);
        if let Err(error) = checked {
            assert!(
                matches!(&error, ServerCertError::Load { path: Some(path), why: LoadFailure::Exposed { mode: found } }
                    if *path == source.files.key_path && *found == mode),
                "{error:?}"
            );
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }
}

#[test]
fn checking_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(directory.path());
    source.check().unwrap();
    let forbidden = CertSource {
        auto_generate: false,
        ..source.clone()
    };
    assert!(matches!(
        forbidden.check(),
        Err(ServerCertError::Missing { .. })
    ));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    open(source.clone());
    forbidden.check().unwrap();
    fs::remove_file(&source.files.cert_path).unwrap();
    assert!(matches!(
        source.check(),
        Err(ServerCertError::Missing { .. })
    ));
}

#[test]
fn authorities_complete_the_chain_and_must_be_there() {
    let directory = tempfile::tempdir().unwrap();
    let mut source = source(directory.path());
    put(
        &source.files,
        include_bytes!("../vectors/issued-cert.pem"),
        include_bytes!("../vectors/issued-key.pem"),
    );
    let authorities = directory.path().join("ca.pem");
    source.authorities = Some(authorities.clone());
    let error = source.check().unwrap_err().to_string();
    assert!(error.contains("ca.pem"), "{error}");
    fs::write(&authorities, "torn").unwrap();
    let error = source.check().unwrap_err().to_string();
    assert!(error.contains("ca.pem"), "{error}");
    fs::write(&authorities, include_bytes!("../vectors/authorities.pem")).unwrap();
    let keeper = open(source);
    let config = keeper.server_config(MinimumTls::default()).unwrap();
    let leaf = keeper.info().fingerprint;
    dial(Trust::Pins(leaf.into()), config).assert_accepted();
}

#[test]
fn nothing_of_a_key_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = open(source(directory.path()));
    let pem = fs::read_to_string(&keeper.source().files.key_path).unwrap();
    let secret = pem.lines().nth(1).unwrap();
    let shown = format!("{keeper:?}");
    assert!(shown.contains(&keeper.info().fingerprint.to_string()));
    assert!(!shown.contains(secret));
    let cert = ServerCert::from_pem(
        &fs::read(&keeper.source().files.cert_path).unwrap(),
        pem.as_bytes(),
    )
    .unwrap();
    assert_eq!(
        Fingerprint::of_certificate(cert.leaf()),
        keeper.info().fingerprint
    );
}
