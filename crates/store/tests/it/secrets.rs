use crate::support::{Fixture, asks, device, grant, id};
use openclaw_protocol::{Role, ScopeSet};
use openclaw_store::{Approval, DeviceGrant, IdempotencyRecord};

const TOKEN: &str = "tok-3f9a1c77e0b24d5d";

/// SHA-256 of `TOKEN` would let nobody in, yet has no business in a log either.
fn digest_hex() -> String {
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in <sha2::Sha256 as sha2::Digest>::digest(TOKEN) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

#[test]
fn no_token_is_in_the_files_or_in_debug_output() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_device(device(1)).wait().unwrap();
    let issued = grant(Role::Operator, TOKEN, ScopeSet::empty());
    let stands = store.set_token(&id(1), issued.clone(), 1).wait().unwrap();
    let request = asks(2, "r1", &[Role::Node], ScopeSet::empty());
    store.put_pending(request, vec![]).wait().unwrap();
    let granted = Approval::Device(DeviceGrant {
        tokens: vec![issued],
        ..Default::default()
    });
    let approved = store
        .approve_pending(&"r1".into(), granted.clone(), 2)
        .wait()
        .unwrap();

    let digest = digest_hex();
    for shown in [
        format!("{stands:?}"),
        format!("{granted:?}"),
        format!("{approved:?}"),
    ] {
        assert!(
            !shown.contains(TOKEN) && !shown.contains(&digest),
            "{shown}"
        );
    }
    let mut files = 0;
    for entry in std::fs::read_dir(fixture.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(TOKEN.len())
                .any(|window| window == TOKEN.as_bytes())
        );
        files += 1;
    }
    assert_eq!(files, 3, "database, log and its index");
}

#[test]
fn answers_and_settings_do_not_show_in_debug_output() {
    let fixture = Fixture::new();
    fixture.store.put_setting("s", TOKEN).wait().unwrap();
    let snapshot = fixture.store.snapshot().wait().unwrap();
    assert!(!format!("{snapshot:?}").contains(TOKEN));
    let record = IdempotencyRecord {
        kind: "send".into(),
        key: "k".into(),
        created_at_ms: 1,
        result: openclaw_protocol::Raw::from_string(format!("\"{TOKEN}\"")).unwrap(),
    };
    assert!(!format!("{record:?}").contains(TOKEN));
}
