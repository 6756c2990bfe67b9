//! Certificates on disk: complete, private, and one for all processes.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use openclaw_tls_pin::{CertOrigin, LoadFailure, ServerCertError, ServerCertFiles, SubjectNames};

use sha2::{Digest as _, Sha256};

use crate::wire::NOW;

fn files_in(directory: &Path) -> ServerCertFiles {
    ServerCertFiles::in_state_dir(directory)
}

fn make(files: &ServerCertFiles) -> (openclaw_tls_pin::ServerCert, CertOrigin) {
    files.load_or_generate(&SubjectNames::local(), NOW).unwrap()
}

#[test]
fn the_files_stand_where_the_originals_have_them() {
    let files = files_in(Path::new("/state"));
    assert_eq!(
        files.cert_path,
        Path::new("/state/gateway/tls/gateway-cert.pem")
    );
    assert_eq!(
        files.key_path,
        Path::new("/state/gateway/tls/gateway-key.pem")
    );
}

#[test]
fn made_once_and_then_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    let (made, origin) = make(&files);
    assert_eq!(origin, CertOrigin::Generated);
    let (loaded, origin) = make(&files);
    assert_eq!(origin, CertOrigin::Loaded);
    assert_eq!(loaded.fingerprint(), made.fingerprint());
    assert_eq!(files.fingerprint().unwrap(), made.fingerprint());
    assert_eq!(files.load().unwrap().fingerprint(), made.fingerprint());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    make(&files);
    files.renew(&SubjectNames::local(), NOW).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&files.cert_path), 0o600);
    assert_eq!(mode(&files.key_path), 0o600);
    assert_eq!(mode(files.key_path.parent().unwrap()), 0o700);
    assert_eq!(mode(&directory.path().join("gateway")), 0o700);
}

#[test]
fn nothing_else_is_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    make(&files);
    files.renew(&SubjectNames::local(), NOW).unwrap();
    let mut left: Vec<_> = fs::read_dir(files.key_path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["gateway-cert.pem", "gateway-key.pem"]);
}

#[test]
fn renewal_on_disk_keeps_the_key_file() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    let (made, _) = make(&files);
    let key = fs::read(&files.key_path).unwrap();
    let renewed = files.renew(&SubjectNames::local(), NOW + 1).unwrap();
    assert_ne!(renewed.fingerprint(), made.fingerprint());
    assert_eq!(fs::read(&files.key_path).unwrap(), key);
    assert_eq!(files.fingerprint().unwrap(), renewed.fingerprint());
}

#[test]
fn racing_processes_end_with_one_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    let start = Barrier::new(8);
    let fingerprints: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    make(&files).0.fingerprint()
                })
            })
            .collect();
        racers
            .into_iter()
            .map(|racer| racer.join().unwrap())
            .collect()
    });
    let on_disk = files.fingerprint().unwrap();
    assert_eq!(fingerprints, vec![on_disk; 8]);
}

#[test]
fn an_existing_pair_is_kept_whatever_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let files = ServerCertFiles {
        cert_path: directory.path().join("cert.pem"),
        key_path: directory.path().join("key.pem"),
    };
    let cert = include_bytes!("../vectors/rsa-cert.pem");
    let key = include_bytes!("../vectors/rsa-key-pkcs1.pem");
    fs::write(&files.cert_path, cert).unwrap();
    fs::write(&files.key_path, key).unwrap();
    let (_, origin) = make(&files);
    assert_eq!(origin, CertOrigin::Loaded);
    assert_eq!(fs::read(&files.cert_path).unwrap(), cert);
    assert_eq!(fs::read(&files.key_path).unwrap(), key);
}

#[test]
fn a_key_alone_is_kept_and_gets_no_certificate() {
    for key in [
        include_str!("../vectors/rsa-key-pkcs1.pem"),
        include_str!("../vectors/ec-key-sec1.pem"),
        include_str!("../vectors/ed25519-key.pem"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let files = files_in(directory.path());
        fs::create_dir_all(files.key_path.parent().unwrap()).unwrap();
        fs::write(&files.key_path, key).unwrap();
        let error = files
            .load_or_generate(&SubjectNames::local(), NOW)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("gateway tls: cert/key missing"),
            "{error}"
        );
        assert!(error.contains("gateway-cert.pem"), "{error}");
        assert_eq!(fs::read_to_string(&files.key_path).unwrap(), key);
        assert!(!files.cert_path.exists());
    }
}

#[test]
fn an_interrupted_start_is_completed_by_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    let (made, _) = make(&files);
    // The moment before the last step: the certificate waits for its key under another name.
    let key = rcgen::KeyPair::from_pem(&fs::read_to_string(&files.key_path).unwrap()).unwrap();
    let digest = hex::encode(Sha256::digest(rcgen::PublicKeyData::der_bytes(&key)));
    let name = format!(".gateway-cert.pem.{}.new", &digest[..16]);
    let waiting = files.cert_path.with_file_name(name);
    fs::rename(&files.cert_path, &waiting).unwrap();

    let (completed, origin) = make(&files);
    assert_eq!(origin, CertOrigin::Completed);
    assert_eq!(completed.fingerprint(), made.fingerprint());
    assert!(!waiting.exists());
}

#[test]
fn a_certificate_alone_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    make(&files);
    fs::remove_file(&files.key_path).unwrap();
    let before = fs::read(&files.cert_path).unwrap();
    let error = files
        .load_or_generate(&SubjectNames::local(), NOW)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("gateway tls: cert/key missing"),
        "{error}"
    );
    assert!(error.to_string().contains("gateway-key.pem"), "{error}");
    assert_eq!(fs::read(&files.cert_path).unwrap(), before);
    assert!(!files.key_path.exists());
}

#[test]
fn a_broken_file_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    make(&files);
    let key = fs::read(&files.key_path).unwrap();
    fs::write(&files.key_path, "torn").unwrap();
    let error = files
        .load_or_generate(&SubjectNames::local(), NOW)
        .unwrap_err();
    assert!(
        matches!(&error, ServerCertError::Load { path: Some(path), why: LoadFailure::NoKey }
            if *path == files.key_path),
        "{error:?}"
    );
    assert_eq!(fs::read_to_string(&files.key_path).unwrap(), "torn");

    fs::write(&files.key_path, key).unwrap();
    fs::write(&files.cert_path, "torn").unwrap();
    let error = files.load().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("gateway tls: failed to load cert (`"),
        "{error}"
    );
    let error = files.fingerprint().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("gateway tls: unable to compute certificate fingerprint"),
        "{error}"
    );
}

#[test]
fn files_of_two_pairs_are_both_named() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    make(&files);
    let other = include_bytes!("../vectors/ec-key-sec1.pem");
    fs::write(&files.key_path, other).unwrap();
    let error = files.load().unwrap_err().to_string();
    assert!(
        error.starts_with("gateway tls: failed to load cert ("),
        "{error}"
    );
    for name in ["gateway-cert.pem", "gateway-key.pem", "gateway.tls.keyPath"] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn nothing_there_is_an_error_for_those_who_only_read() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    for error in [files.load().map(drop), files.fingerprint().map(drop)] {
        assert!(
            matches!(error, Err(ServerCertError::Missing { .. })),
            "{error:?}"
        );
    }
    assert!(files.renew(&SubjectNames::local(), NOW).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn an_unwritable_place_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let blocked = directory.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = files_in(&blocked)
        .load_or_generate(&SubjectNames::local(), NOW)
        .unwrap_err();
    assert!(error.to_string().contains("gateway-"), "{error}");
}

#[test]
fn a_huge_file_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path());
    make(&files);
    let file = fs::File::create(&files.cert_path).unwrap();
    file.set_len(1 << 40).unwrap();
    let error = files.load().unwrap_err();
    assert!(error.to_string().contains("larger than 1 MiB"), "{error}");
}
