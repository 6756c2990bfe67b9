use crate::support::Fixture;
use openclaw_store::{Store, StoreError};

#[test]
fn a_setting_is_kept_replaced_and_removed() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store
        .put_setting("heartbeat.enabled", &true)
        .wait()
        .unwrap();
    store
        .put_setting("heartbeat.enabled", &false)
        .wait()
        .unwrap();
    store
        .put_setting("voicewake.triggers", &["a", "b"])
        .wait()
        .unwrap();
    let fixture = fixture.reopen();
    let store = &fixture.store;
    assert_eq!(
        store.setting("heartbeat.enabled").wait().unwrap(),
        Some(false)
    );
    let snapshot = store.snapshot().wait().unwrap();
    let triggers: Option<Vec<String>> = snapshot.setting("voicewake.triggers").unwrap();
    assert_eq!(triggers.unwrap(), ["a", "b"]);
    assert!(store.remove_setting("heartbeat.enabled").wait().unwrap());
    assert!(!store.remove_setting("heartbeat.enabled").wait().unwrap());
    assert_eq!(
        store.setting::<bool>("heartbeat.enabled").wait().unwrap(),
        None
    );
}

#[test]
fn a_setting_of_another_form_is_an_error_that_names_it() {
    let store = Store::in_memory().unwrap();
    store.put_setting("n", "text").wait().unwrap();
    let error = store.setting::<u32>("n").wait().unwrap_err();
    assert!(
        matches!(&error, StoreError::Setting { key, .. } if key == "n"),
        "{error}"
    );
    let snapshot = store.snapshot().wait().unwrap();
    assert_eq!(snapshot.setting::<u32>("n").unwrap_err(), error);
    assert_eq!(snapshot.setting::<u32>("absent").unwrap(), None);
}

#[test]
fn a_value_that_is_no_json_is_refused_and_the_old_one_stays() {
    let store = Store::in_memory().unwrap();
    store.put_setting("n", &1).wait().unwrap();
    let no_json = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = store.put_setting("n", &no_json).wait().unwrap_err();
    assert!(matches!(error, StoreError::Setting { .. }), "{error}");
    assert_eq!(store.setting("n").wait().unwrap(), Some(1));
}
