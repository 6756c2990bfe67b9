use crate::support::{Fixture, raw};
use openclaw_store::{
    EntryRange, NewDelivery, NewEntry, NewRun, Queued, RunEnd, RunStart, RunState, SessionRecord,
    Store, StoreError, UpdateKey,
};

const KEY: &str = "agent:main:main";

fn session(session_id: &str, at_ms: u64) -> SessionRecord {
    SessionRecord {
        key: KEY.into(),
        session_id: session_id.into(),
        created_at_ms: 1,
        updated_at_ms: at_ms,
        entry: raw(r#"{"verboseLevel":"full"}"#),
    }
}

fn entry(id: &str) -> NewEntry {
    NewEntry {
        entry_id: id.into(),
        run_id: None,
        at_ms: 5,
        body: raw(&format!(r#"{{"role":"user","text":"{id}"}}"#)),
    }
}

fn ids(store: &Store, range: EntryRange) -> Vec<(u64, String)> {
    let entries = store.entries("s1", range).wait().unwrap();
    entries
        .into_iter()
        .map(|entry| (entry.seq, entry.entry.entry_id))
        .collect()
}

fn new_run(run_id: &str) -> NewRun {
    NewRun {
        run_id: run_id.into(),
        session_key: KEY.into(),
        queued_at_ms: 10,
        request: raw(r#"{"message":"hi"}"#),
        answers: vec![update("7")],
    }
}

fn update(id: &str) -> UpdateKey {
    UpdateKey {
        channel: "telegram".into(),
        account: "default".into(),
        update_id: id.into(),
    }
}

fn end() -> RunEnd {
    RunEnd {
        at_ms: 30,
        outcome: raw(r#"{"status":"ok"}"#),
        session: Some(session("s1", 30)),
        entries: Some(("s1".into(), vec![entry("reply")])),
        deliveries: vec![NewDelivery {
            delivery_id: "r1:0".into(),
            channel: "telegram".into(),
            account: "default".into(),
            target: "42".into(),
            created_at_ms: 30,
            body: raw(r#"{"text":"hello"}"#),
        }],
    }
}

#[test]
fn a_session_is_kept_reset_and_removed() {
    let fixture = Fixture::new();
    fixture.store.put_session(session("s1", 2)).wait().unwrap();
    fixture
        .store
        .append_entries("s1", vec![entry("a")])
        .wait()
        .unwrap();
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let found = store.session(KEY).wait().unwrap().unwrap();
    assert_eq!((found.session_id.as_str(), found.updated_at_ms), ("s1", 2));
    assert_eq!(found.entry.get(), r#"{"verboseLevel":"full"}"#);

    // A reset begins another transcript, and leaves the first one.
    store.put_session(session("s2", 3)).wait().unwrap();
    assert_eq!(store.sessions().wait().unwrap().len(), 1);
    assert_eq!(store.entry_count("s1").wait().unwrap(), 1);

    store.append_entries("s2", vec![entry("b")]).wait().unwrap();
    assert!(store.remove_session(KEY, true).wait().unwrap());
    assert!(!store.remove_session(KEY, true).wait().unwrap());
    assert_eq!(store.entry_count("s2").wait().unwrap(), 0);
    assert_eq!(store.entry_count("s1").wait().unwrap(), 1);
}

#[test]
fn the_session_that_changed_last_is_in_front() {
    let store = Store::in_memory().unwrap();
    store.put_session(session("s1", 9)).wait().unwrap();
    let mut other = session("s2", 20);
    other.key = "agent:main:telegram:group:1".into();
    store.put_session(other.clone()).wait().unwrap();
    let keys = |store: &Store| -> Vec<String> {
        let all = store.sessions().wait().unwrap();
        all.into_iter().map(|session| session.key).collect()
    };
    assert_eq!(keys(&store), [other.key.as_str(), KEY]);
    // Two sessions never share a transcript.
    other.session_id = "s1".into();
    assert!(matches!(
        store.put_session(other).wait(),
        Err(StoreError::Database(_))
    ));
}

#[test]
fn a_transcript_is_read_from_either_end() {
    let store = Store::in_memory().unwrap();
    let all = ["a", "b", "c", "d"].map(entry).to_vec();
    assert_eq!(store.append_entries("s1", all).wait().unwrap(), 4);
    let pair = |seq: u64, id: &str| (seq, id.to_owned());
    assert_eq!(
        ids(&store, EntryRange::Last(2)),
        [pair(3, "c"), pair(4, "d")]
    );
    assert_eq!(ids(&store, EntryRange::Before(3, 1)), [pair(2, "b")]);
    assert_eq!(
        ids(&store, EntryRange::After(1, 2)),
        [pair(2, "b"), pair(3, "c")]
    );
    assert!(ids(&store, EntryRange::Last(0)).is_empty());
    assert!(ids(&store, EntryRange::After(4, 9)).is_empty());
    assert!(
        store
            .entries("s9", EntryRange::Last(9))
            .wait()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_entry_that_is_there_is_not_added_again() {
    let store = Store::in_memory().unwrap();
    store.append_entries("s1", vec![entry("a")]).wait().unwrap();
    let again = vec![entry("a"), entry("b")];
    assert_eq!(store.append_entries("s1", again).wait().unwrap(), 2);
    assert_eq!(store.entry_count("s1").wait().unwrap(), 2);
    // Ids are of one transcript.
    assert_eq!(
        store.append_entries("s2", vec![entry("a")]).wait().unwrap(),
        1
    );
}

#[test]
fn a_summary_takes_the_place_of_the_first_entries() {
    let store = Store::in_memory().unwrap();
    let all = ["a", "b", "c"].map(entry).to_vec();
    store.append_entries("s1", all).wait().unwrap();
    let gone = store
        .compact_entries("s1", 3, Some(entry("sum")))
        .wait()
        .unwrap();
    assert_eq!(gone, 2);
    let pair = |seq: u64, id: &str| (seq, id.to_owned());
    assert_eq!(
        ids(&store, EntryRange::Last(9)),
        [pair(2, "sum"), pair(3, "c")]
    );
    assert_eq!(
        store.append_entries("s1", vec![entry("d")]).wait().unwrap(),
        4
    );
    // Nothing stands before the first entry, so there is nothing to sum up.
    assert_eq!(
        store
            .compact_entries("s1", 2, Some(entry("x")))
            .wait()
            .unwrap(),
        0
    );
    assert_eq!(store.entry_count("s1").wait().unwrap(), 3);
    assert_eq!(store.remove_entries("s1").wait().unwrap(), 3);
}

#[test]
fn of_two_runs_with_one_id_the_first_counts() {
    let store = Store::in_memory().unwrap();
    assert!(matches!(
        store.queue_run(new_run("r1")).wait().unwrap(),
        Queued::New(_)
    ));
    let mut other = new_run("r1");
    other.request = raw(r#"{"message":"another"}"#);
    let Queued::Known(known) = store.queue_run(other).wait().unwrap() else {
        panic!("the run was new twice");
    };
    assert_eq!(known.request.get(), r#"{"message":"hi"}"#);
}

#[test]
fn a_run_goes_from_the_update_to_the_reply_and_leaves_nothing_open() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert!(
        store
            .accept_update(update("7"), raw("{}"), 9)
            .wait()
            .unwrap()
    );
    store.queue_run(new_run("r1")).wait().unwrap();
    let given = store.open_updates().wait().unwrap();
    assert_eq!(given[0].run_id.as_deref(), Some("r1"));

    store
        .push_system_event(KEY, "node came", 11)
        .wait()
        .unwrap();
    let events = store.system_events(KEY).wait().unwrap();
    store
        .push_system_event(KEY, "node went", 12)
        .wait()
        .unwrap();
    let start = RunStart {
        at_ms: 20,
        session: Some(session("s1", 20)),
        entries: Some(("s1".into(), vec![entry("question")])),
        told_until: events.last().map(|event| event.id),
    };
    store.start_run("r1", start.clone()).wait().unwrap();
    let left = store.system_events(KEY).wait().unwrap();
    assert_eq!(
        left.len(),
        1,
        "what came after the run was told waits for the next"
    );
    assert_eq!(left[0].text, "node went");

    // The Gateway ends here, and begins the run again.
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let open = store.open_runs().wait().unwrap();
    assert_eq!((open.len(), open[0].state), (1, RunState::Running));
    let later = RunStart { at_ms: 25, ..start };
    store.start_run("r1", later).wait().unwrap();
    store.end_run("r1", end()).wait().unwrap();

    let run = store.run("r1").wait().unwrap().unwrap();
    assert_eq!(run.state, RunState::Ended);
    assert_eq!((run.started_at_ms, run.ended_at_ms), (Some(20), Some(30)));
    assert_eq!(run.outcome.unwrap().get(), r#"{"status":"ok"}"#);
    assert!(store.open_runs().wait().unwrap().is_empty());
    assert!(store.open_updates().wait().unwrap().is_empty());
    assert_eq!(store.entry_count("s1").wait().unwrap(), 2);
    assert_eq!(store.open_deliveries().wait().unwrap().len(), 1);
    // The update is known when it comes again.
    assert!(
        !store
            .accept_update(update("7"), raw("{}"), 40)
            .wait()
            .unwrap()
    );
}

#[test]
fn a_run_ends_once_and_nothing_of_a_second_end_is_kept() {
    let store = Store::in_memory().unwrap();
    store.queue_run(new_run("r1")).wait().unwrap();
    store.end_run("r1", end()).wait().unwrap();
    let unknown = Err(StoreError::UnknownRun("r1".into()));
    let mut second = end();
    second.entries = Some(("s1".into(), vec![entry("other")]));
    assert_eq!(store.end_run("r1", second).wait(), unknown);
    assert_eq!(store.start_run("r1", RunStart::default()).wait(), unknown);
    assert_eq!(store.entry_count("s1").wait().unwrap(), 1);
    assert_eq!(store.forget_runs(30).wait().unwrap(), 0);
    assert_eq!(store.forget_runs(31).wait().unwrap(), 1);
    assert!(store.run("r1").wait().unwrap().is_none());
}

#[test]
fn an_end_that_cannot_be_kept_whole_is_not_kept_at_all() {
    let store = Store::in_memory().unwrap();
    store.queue_run(new_run("r1")).wait().unwrap();
    let mut other = session("s1", 1);
    other.key = "agent:main:other".into();
    store.put_session(other).wait().unwrap();
    // The session of the end claims a transcript that belongs to another one.
    assert!(store.end_run("r1", end()).wait().is_err());
    let run = store.run("r1").wait().unwrap().unwrap();
    assert_eq!(run.state, RunState::Waiting);
    assert!(store.open_deliveries().wait().unwrap().is_empty());
}

#[test]
fn a_step_that_did_not_end_is_seen_after_a_restart() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.queue_run(new_run("r1")).wait().unwrap();
    store
        .begin_step("r1", 1, 21, raw(r#"{"tool":"nodes"}"#))
        .wait()
        .unwrap();
    assert!(
        store
            .end_step("r1", 1, 22, raw(r#""done""#))
            .wait()
            .unwrap()
    );
    assert!(
        !store
            .end_step("r1", 1, 23, raw(r#""again""#))
            .wait()
            .unwrap()
    );
    store
        .begin_step("r1", 2, 24, raw(r#"{"tool":"exec"}"#))
        .wait()
        .unwrap();
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let steps = store.steps("r1").wait().unwrap();
    assert_eq!(steps[0].result.as_ref().unwrap().get(), r#""done""#);
    assert_eq!(
        (steps[1].ended_at_ms, steps[1].result.is_none()),
        (None, true)
    );

    let reused = StoreError::StepReused {
        run_id: "r1".into(),
        seq: 2,
    };
    assert_eq!(store.begin_step("r1", 2, 25, raw("1")).wait(), Err(reused));
    let unknown = StoreError::UnknownRun("r9".into());
    assert_eq!(store.begin_step("r9", 1, 25, raw("1")).wait(), Err(unknown));

    // Steps go with their run.
    store.end_run("r1", end()).wait().unwrap();
    store.forget_runs(u64::MAX).wait().unwrap();
    assert!(store.steps("r1").wait().unwrap().is_empty());
    assert!(store.check_integrity().wait().unwrap().is_empty());
}

#[test]
fn system_events_are_bounded_and_do_not_repeat() {
    let store = Store::in_memory().unwrap();
    for n in 0..30 {
        assert!(
            store
                .push_system_event(KEY, &format!("event {n}"), n)
                .wait()
                .unwrap()
        );
    }
    assert!(!store.push_system_event(KEY, "event 29", 31).wait().unwrap());
    let events = store.system_events(KEY).wait().unwrap();
    assert_eq!(events.len(), 20);
    assert_eq!(events[0].text, "event 10");
    assert!(
        store
            .system_events("agent:main:other")
            .wait()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_people_say_does_not_show_in_debug_texts() {
    let mut end = end();
    end.outcome = raw(r#""hidden""#);
    let run = new_run("r1");
    let texts = [
        format!("{:?}", session("s1", 1)),
        format!("{run:?}"),
        format!("{:?}", end.deliveries),
        format!("{:?}", end.entries),
    ];
    for text in texts {
        for hidden in ["verboseLevel", "\"hi", "hello", "\"role"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}
