//! `identity/device.json`: the original's format, private, never lost.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use openclaw_identity::{DeviceIdentity, IdentityFileError};
use serde_json::{Value, json};

const NOW: u64 = 1_770_000_000_000;

fn recorded() -> Value {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/device-auth.json")).unwrap();
    vectors["identityFile"]["content"].clone()
}

fn write(dir: &Path, content: &str) {
    fs::create_dir_all(dir).unwrap();
    fs::write(DeviceIdentity::path_in(dir), content).unwrap();
}

fn file_text(dir: &Path) -> String {
    fs::read_to_string(DeviceIdentity::path_in(dir)).unwrap()
}

#[test]
fn a_new_identity_has_the_original_format() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("identity");
    assert!(DeviceIdentity::load(&dir).unwrap().is_none());
    let made = DeviceIdentity::load_or_create(&dir, NOW).unwrap();
    let text = file_text(&dir);
    assert!(
        text.starts_with("{\n  \"version\": 1,\n  \"deviceId\": \""),
        "{text}"
    );
    assert!(
        text.ends_with(&format!("\"createdAtMs\": {NOW}\n}}\n")),
        "{text}"
    );
    let stored: Value = serde_json::from_str(&text).unwrap();
    let members: Vec<&String> = stored.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "version",
            "deviceId",
            "publicKeyPem",
            "privateKeyPem",
            "createdAtMs"
        ]
    );
    assert_eq!(stored["deviceId"], made.device_id().as_str());
    assert_eq!(stored["publicKeyPem"], made.key().public().to_spki_pem());

    let again = DeviceIdentity::load_or_create(&dir, NOW + 1).unwrap();
    assert_eq!(again.device_id(), made.device_id());
    assert_eq!(again.created_at_ms(), Some(NOW));
    assert_eq!(again.key().sign("x"), made.key().sign("x"));
}

#[test]
fn the_recorded_file_is_read_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let text = recorded().to_string();
    write(home.path(), &text);
    let identity = DeviceIdentity::load_or_create(home.path(), NOW + 5).unwrap();
    assert_eq!(
        identity.device_id().as_str(),
        "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
    );
    assert_eq!(identity.created_at_ms(), Some(NOW));
    assert_eq!(file_text(home.path()), text);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("state").join("identity");
    DeviceIdentity::load_or_create(&dir, NOW).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&DeviceIdentity::path_in(&dir)), 0o600);
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(dir.parent().unwrap()), 0o700);
    let left: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["device.json"]);
}

#[test]
fn racing_processes_end_with_one_identity() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("identity");
    let start = Barrier::new(16);
    let ids: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    DeviceIdentity::load_or_create(&dir, NOW)
                        .unwrap()
                        .device_id()
                        .clone()
                })
            })
            .collect();
        racers
            .into_iter()
            .map(|racer| racer.join().unwrap())
            .collect()
    });
    let on_disk = DeviceIdentity::load(&dir).unwrap().unwrap();
    assert_eq!(ids, vec![on_disk.device_id().clone(); 16]);
}

#[test]
fn a_wrong_device_id_is_repaired_and_the_rest_kept() {
    for wrong in [json!("0000"), json!(null), json!(7), json!("56475AA7")] {
        let home = tempfile::tempdir().unwrap();
        let mut content = recorded();
        content["deviceId"] = wrong;
        content["theirs"] = json!({"kept": [1, 2]});
        write(home.path(), &content.to_string());
        let identity = DeviceIdentity::load(home.path()).unwrap().unwrap();
        let stored: Value = serde_json::from_str(&file_text(home.path())).unwrap();
        let mut expected = content;
        expected["deviceId"] = identity.device_id().as_str().into();
        assert_eq!(stored, expected);
        assert_eq!(stored["deviceId"], recorded()["deviceId"]);
    }
}

#[test]
fn a_missing_device_id_is_repaired() {
    let home = tempfile::tempdir().unwrap();
    let mut content = recorded();
    content.as_object_mut().unwrap().remove("deviceId");
    content.as_object_mut().unwrap().remove("createdAtMs");
    write(home.path(), &content.to_string());
    let identity = DeviceIdentity::load(home.path()).unwrap().unwrap();
    assert_eq!(identity.created_at_ms(), None);
    let stored: Value = serde_json::from_str(&file_text(home.path())).unwrap();
    assert_eq!(stored["deviceId"], recorded()["deviceId"]);
}

#[test]
fn an_unreadable_file_is_named_and_never_replaced() {
    let other = openclaw_identity::DeviceKey::from_seed([1; 32])
        .public()
        .to_spki_pem();
    let changed = |member: &str, value: Value| {
        let mut content = recorded();
        content[member] = value;
        content.to_string()
    };
    let mut bare = recorded();
    bare.as_object_mut().unwrap().remove("privateKeyPem");
    let whole = recorded().to_string();
    for content in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "not json".to_owned(),
        whole[..whole.len() - 10].to_owned(),
        bare.to_string(),
        changed("privateKeyPem", json!("junk")),
        changed("privateKeyPem", json!(1)),
        changed("publicKeyPem", json!("junk")),
        changed("publicKeyPem", json!(other)),
        changed("version", json!(2)),
        changed("version", json!("1")),
        changed("version", recorded()["privateKeyPem"].clone()),
    ] {
        let home = tempfile::tempdir().unwrap();
        write(home.path(), &content);
        let error = DeviceIdentity::load_or_create(home.path(), NOW).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("device.json"), "{shown}");
        assert!(
            error
                .to_string()
                .contains("move it away to get a new identity"),
            "{shown}"
        );
        assert!(
            !shown.contains("MC4C") && !shown.contains("BEGIN PRIVATE"),
            "{shown}"
        );
        assert_eq!(file_text(home.path()), content);
    }
}

#[test]
fn a_newer_version_is_named() {
    let home = tempfile::tempdir().unwrap();
    let mut content = recorded();
    content["version"] = json!(2);
    write(home.path(), &content.to_string());
    let error = DeviceIdentity::load(home.path()).unwrap_err();
    assert!(
        matches!(error, IdentityFileError::Version { found: 2, .. }),
        "{error:?}"
    );
}

#[test]
fn bytes_that_are_no_text_and_huge_files_are_damage() {
    let home = tempfile::tempdir().unwrap();
    fs::write(DeviceIdentity::path_in(home.path()), [0xff, 0xfe]).unwrap();
    let error = DeviceIdentity::load_or_create(home.path(), NOW).unwrap_err();
    assert!(
        matches!(error, IdentityFileError::Unreadable { .. }),
        "{error:?}"
    );

    let file = fs::File::create(DeviceIdentity::path_in(home.path())).unwrap();
    file.set_len(1 << 40).unwrap();
    let error = DeviceIdentity::load_or_create(home.path(), NOW).unwrap_err();
    assert!(
        matches!(error, IdentityFileError::Unreadable { .. }),
        "{error:?}"
    );
}

#[test]
fn an_impossible_directory_is_named() {
    let home = tempfile::tempdir().unwrap();
    let blocked = home.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = DeviceIdentity::load_or_create(&blocked, NOW).unwrap_err();
    assert!(error.to_string().contains("device.json"), "{error}");

    let home = tempfile::tempdir().unwrap();
    fs::create_dir(DeviceIdentity::path_in(home.path())).unwrap();
    let error = DeviceIdentity::load_or_create(home.path(), NOW).unwrap_err();
    assert!(matches!(error, IdentityFileError::Read { .. }), "{error:?}");
}

#[test]
fn debug_shows_no_key() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &recorded().to_string());
    let identity = DeviceIdentity::load(home.path()).unwrap().unwrap();
    let shown = format!("{identity:?}");
    assert!(shown.contains("56475aa7"), "{shown}");
    assert!(
        !shown.contains("MC4C") && !shown.contains("0, 1, 2, 3"),
        "{shown}"
    );
}
