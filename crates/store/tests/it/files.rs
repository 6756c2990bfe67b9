use std::fs;
use std::time::Instant;

use crate::support::{Fixture, device, devices};
use openclaw_store::{OpenError, OpenOptions, Store, StoreError};

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn new_files_and_directories_are_private() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new").join("state").join("state.db");
    let store = Store::open(&path, &OpenOptions::create()).unwrap();
    store.put_device(device(1)).wait().unwrap();
    assert_eq!(mode(&dir.path().join("new")), 0o700);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_could_read_is_made_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    let path = fixture.path();
    fixture.store.close().wait().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = Store::open(&path, &OpenOptions::existing()).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn nothing_is_created_unless_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sub").join("state.db");
    let error = Store::open(&path, &OpenOptions::existing()).unwrap_err();
    assert!(
        matches!(&error, OpenError::Missing { path: named } if *named == path),
        "{error}"
    );
    assert!(!dir.path().join("sub").exists());
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let below = dir.path().join("file").join("state");
    let error = Store::open(below.join("state.db"), &OpenOptions::create()).unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, OpenError::Directory { .. } | OpenError::File { .. }),
        "{text}"
    );
    assert!(text.contains(below.to_str().unwrap()), "{text}");
}

#[test]
fn a_closed_store_says_so_and_leaves_one_file() {
    let fixture = Fixture::new();
    let other = fixture.store.clone();
    other.put_device(device(1)).wait().unwrap();
    fixture.store.clone().close().wait().unwrap();
    assert_eq!(
        other.put_device(device(2)).wait().unwrap_err(),
        StoreError::Closed
    );
    assert_eq!(other.snapshot().wait().unwrap_err(), StoreError::Closed);
    assert_eq!(other.close().wait().unwrap_err(), StoreError::Closed);
    let names: Vec<_> = fs::read_dir(fixture.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["state.db"], "the log was moved into the file");
}

#[test]
fn stores_in_memory_share_nothing() {
    let (one, two) = (Store::in_memory().unwrap(), Store::in_memory().unwrap());
    one.put_device(device(1)).wait().unwrap();
    assert_eq!(devices(&one).len(), 1);
    assert!(devices(&two).is_empty());
}

#[test]
fn opening_an_existing_file_reads_none_of_what_is_in_it() {
    let fastest_with = |devices: u8| {
        let fixture = Fixture::new();
        for n in 0..devices {
            fixture.store.put_device(device(n)).wait().unwrap();
        }
        let path = fixture.path();
        fixture.store.close().wait().unwrap();
        // The fastest of many: a busy machine slows some down, a slow design all of them.
        let times = (0..40).map(|_| {
            let begun = Instant::now();
            let _store = Store::open(&path, &OpenOptions::existing()).unwrap();
            begun.elapsed()
        });
        times.min().unwrap()
    };
    let (few, many) = (fastest_with(1), fastest_with(250));
    assert!(many < few * 10, "{few:?} with 1 device, {many:?} with 250");
}
