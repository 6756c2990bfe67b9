use crate::support::{Fixture, raw};
use openclaw_store::{CronJobRecord, CronRunRecord, MAX_CRON_RUNS, Store, StoreError};

fn job(id: &str, next_run_ms: Option<u64>) -> CronJobRecord {
    CronJobRecord {
        job_id: id.into(),
        created_at_ms: 1,
        next_run_ms,
        body: raw(r#"{"name":"t1"}"#),
    }
}

fn run(run_id: &str, has_ended: bool) -> CronRunRecord {
    CronRunRecord {
        run_id: run_id.into(),
        job_id: "j".into(),
        at_ms: 10,
        has_ended,
        body: raw("{}"),
    }
}

#[test]
fn a_run_that_was_cut_off_is_seen_and_its_time_does_not_come_again() {
    let fixture = Fixture::new();
    fixture
        .store
        .put_cron_job(job("j", Some(10)))
        .wait()
        .unwrap();
    let begin = fixture
        .store
        .begin_cron_run(job("j", Some(20)), run("r1", false));
    begin.wait().unwrap();
    let fixture = fixture.reopen();
    let store = &fixture.store;
    assert_eq!(store.cron_jobs().wait().unwrap()[0].next_run_ms, Some(20));
    let open = store.open_cron_runs().wait().unwrap();
    assert_eq!(open[0].run_id, "r1");
    store
        .end_cron_run(job("j", Some(20)), run("r1", true), false)
        .wait()
        .unwrap();
    assert!(store.open_cron_runs().wait().unwrap().is_empty());
    assert!(store.cron_runs(Some("j"), 9).wait().unwrap()[0].has_ended);
}

#[test]
fn a_job_that_was_removed_does_not_come_back_with_its_run() {
    let store = Store::in_memory().unwrap();
    store.put_cron_job(job("j", Some(10))).wait().unwrap();
    store
        .begin_cron_run(job("j", None), run("r1", false))
        .wait()
        .unwrap();
    assert!(store.remove_cron_job("j").wait().unwrap());
    assert!(!store.remove_cron_job("j").wait().unwrap());
    store
        .end_cron_run(job("j", Some(20)), run("r1", true), false)
        .wait()
        .unwrap();
    assert!(store.cron_jobs().wait().unwrap().is_empty());
    assert!(store.cron_runs(None, 9).wait().unwrap().is_empty());
    let unknown = StoreError::UnknownJob("j".into());
    let begin = store.begin_cron_run(job("j", None), run("r2", false));
    assert_eq!(begin.wait(), Err(unknown));
}

#[test]
fn a_job_for_one_run_goes_with_it_and_its_history_stays() {
    let store = Store::in_memory().unwrap();
    store.put_cron_job(job("j", Some(10))).wait().unwrap();
    store
        .begin_cron_run(job("j", None), run("r1", false))
        .wait()
        .unwrap();
    store
        .end_cron_run(job("j", None), run("r1", true), true)
        .wait()
        .unwrap();
    assert!(store.cron_jobs().wait().unwrap().is_empty());
    assert_eq!(store.cron_runs(None, 9).wait().unwrap().len(), 1);
}

#[test]
fn the_history_of_a_job_is_bounded_and_newest_first() {
    let store = Store::in_memory().unwrap();
    store.put_cron_job(job("j", None)).wait().unwrap();
    for n in 0..MAX_CRON_RUNS + 5 {
        let begin = store.begin_cron_run(job("j", None), run(&format!("r{n}"), true));
        begin.wait().unwrap();
    }
    let all = store.cron_runs(Some("j"), usize::MAX).wait().unwrap();
    assert_eq!(all.len(), MAX_CRON_RUNS as usize);
    assert_eq!(all[0].run_id, format!("r{}", MAX_CRON_RUNS + 4));
    assert_eq!(store.cron_runs(Some("other"), 9).wait().unwrap().len(), 0);
}

#[test]
fn a_line_is_queued_with_the_note_of_its_run_and_for_no_job_that_is_gone() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_cron_job(job("j", Some(10))).wait().unwrap();
    store
        .begin_cron_line(
            job("j", Some(20)),
            run("r1", false),
            "agent:main:main",
            "tea",
        )
        .wait()
        .unwrap();
    assert!(store.remove_cron_job("j").wait().unwrap());
    let gone = store
        .begin_cron_line(
            job("j", Some(30)),
            run("r2", false),
            "agent:main:main",
            "no",
        )
        .wait();
    assert!(matches!(gone, Err(StoreError::UnknownJob(_))));
    let fixture = fixture.reopen();
    let lines = fixture
        .store
        .system_events("agent:main:main")
        .wait()
        .unwrap();
    let lines: Vec<(u64, &str)> = lines
        .iter()
        .map(|one| (one.at_ms, one.text.as_str()))
        .collect();
    assert_eq!(lines, [(10, "tea")]);
}
