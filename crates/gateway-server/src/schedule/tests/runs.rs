//! When jobs run, how often, and what stays of it.

use super::*;
use openclaw_protocol::methods::cron::run::CronRunMode;

use crate::schedule::turn::Asked;

#[tokio::test]
async fn a_job_runs_at_its_time_and_is_noted() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    bench.nothing_begins().await;
    bench.pass(HOUR);
    let doing = bench.begun().await;
    assert_eq!(doing.job, id);
    assert_eq!(doing.run_id, format!("cron:{id}:{}", NOW + HOUR));
    // Before anything was done, it stood on disk that it is done, and when it is done again.
    let open = bench.store.open_cron_runs().await.unwrap();
    assert_eq!(open[0].run_id, doing.run_id);
    let kept = bench.store.cron_jobs().await.unwrap();
    assert_eq!(kept[0].next_run_ms, Some(NOW + 2 * HOUR));
    assert_eq!(bench.told("started")[0]["runAtMs"], NOW + HOUR);
    bench.now.fetch_add(5, Ordering::SeqCst);
    let finished = bench.settle(&id, || doing.ok()).await;
    assert_eq!(finished["status"], "ok");
    assert_eq!(finished["durationMs"], 5);
    assert_eq!(finished["nextRunAtMs"], NOW + 2 * HOUR);
    assert!(bench.store.open_cron_runs().await.unwrap().is_empty());
    let runs = bench.runs(&id, Generation::V4).await;
    assert_eq!(runs["total"], 1);
    assert_eq!(runs["entries"][0]["summary"], "done");
    assert_eq!(runs["entries"][0]["jobName"], "look");
    assert_eq!(runs["entries"][0]["deliveryStatus"], "not-requested");
    // The older generation sees what it always saw.
    let entry = &bench.runs(&id, Generation::V3).await["entries"][0];
    let expected = json!({
        "ts": NOW + HOUR + 5, "jobId": id, "action": "finished", "status": "ok",
        "summary": "done", "runAtMs": NOW + HOUR, "durationMs": 5, "nextRunAtMs": NOW + 2 * HOUR,
    });
    assert_eq!(*entry, expected);
}

#[tokio::test]
async fn a_job_does_not_run_beside_itself() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    bench.pass(HOUR);
    let doing = bench.begun().await;
    bench.pass(3 * HOUR);
    bench.nothing_begins().await;
    let again = bench
        .scheduler
        .run_now(&bench.stage, &id, CronRunMode::Force);
    assert!(matches!(
        again.await.unwrap(),
        Asked::Not("already-running")
    ));
    // The times that went by meanwhile are not made up for.
    bench.settle(&id, || doing.ok()).await;
    bench.nothing_begins().await;
    assert_eq!(bench.job(&id).await["nextRunAtMs"], NOW + 5 * HOUR);
}

#[tokio::test]
async fn no_more_jobs_run_at_once_than_may() {
    let options = ScheduleOptions {
        max_running: 2,
        ..ScheduleOptions::default()
    };
    let mut bench = Bench::new(options).await;
    for _ in 0..4 {
        bench.add(every(HOUR)).await.unwrap();
    }
    bench.pass(HOUR);
    let first = bench.begun().await;
    let _second = bench.begun().await;
    bench.nothing_begins().await;
    let id = first.job.clone();
    bench.settle(&id, || first.ok()).await;
    let _third = bench.begun().await;
    bench.nothing_begins().await;
}

#[tokio::test]
async fn a_run_that_was_cut_off_goes_on_and_its_time_does_not_come_again() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    bench.pass(HOUR);
    let doing = bench.begun().await;
    let run_id = doing.run_id.clone();
    drop(doing);
    let (store, now) = bench.killed().await;
    let mut bench = Bench::over(store, ScheduleOptions::default(), now).await;
    let again = bench.begun().await;
    assert_eq!(
        (again.job.as_str(), again.run_id.as_str()),
        (id.as_str(), run_id.as_str())
    );
    bench.nothing_begins().await;
    assert_eq!(bench.job(&id).await["state"]["runningAtMs"], NOW + HOUR);
    bench.settle(&id, || again.ok()).await;
    assert_eq!(bench.runs(&id, Generation::V4).await["total"], 1);
}

#[tokio::test]
async fn a_line_is_queued_with_its_run_and_not_again_when_the_run_goes_on() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    bench
        .add(line(&json!({ "kind": "every", "everyMs": HOUR })))
        .await
        .unwrap();
    bench.pass(HOUR);
    drop(bench.begun().await);
    let (store, now) = bench.killed().await;
    let lines = store.system_events("agent:main:main").await.unwrap();
    assert_eq!(lines.len(), 1);
    let mut bench = Bench::over(store, ScheduleOptions::default(), now).await;
    let again = bench.begun().await;
    let id = again.job.clone();
    bench.settle(&id, || again.ok()).await;
    let lines = bench.store.system_events("agent:main:main").await.unwrap();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["offer tea"]);
}

#[tokio::test]
async fn what_was_missed_takes_place_once_or_is_left_out() {
    for skip_missed in [false, true] {
        let bench = Bench::new(ScheduleOptions::default()).await;
        let often = bench.add(every(HOUR)).await.unwrap();
        let once = json!({ "kind": "at", "at": "2026-02-02T03:00:00Z" });
        let once = bench.add(turn(&once)).await.unwrap();
        let (store, now) = bench.killed().await;
        now.fetch_add(10 * HOUR + 1, Ordering::SeqCst);
        let options = ScheduleOptions {
            skip_missed,
            ..ScheduleOptions::default()
        };
        let mut bench = Bench::over(store, options, now).await;
        if skip_missed {
            bench.nothing_begins().await;
            assert_eq!(bench.job(&often).await["nextRunAtMs"], NOW + 11 * HOUR);
            let job = bench.job(&once).await;
            assert_eq!(
                (&job["enabled"], &job["lastRunStatus"]),
                (&json!(false), &json!("skipped"))
            );
            continue;
        }
        let mut jobs = Vec::new();
        for _ in 0..2 {
            let doing = bench.begun().await;
            let job = doing.job.clone();
            bench.settle(&job, || doing.ok()).await;
            jobs.push(job);
        }
        jobs.sort();
        let mut expected = vec![often.clone(), once];
        expected.sort();
        assert_eq!(jobs, expected);
        bench.nothing_begins().await;
        assert_eq!(bench.job(&often).await["nextRunAtMs"], NOW + 11 * HOUR);
    }
}

#[tokio::test]
async fn a_failing_job_is_left_alone_for_longer_and_longer() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(1000)).await.unwrap();
    for (failures, pause) in [(1, 30_000), (2, 60_000), (3, 300_000)] {
        bench.pass(3_600_000);
        let doing = bench.begun().await;
        let finished = bench.settle(&id, || doing.fail("the model is away")).await;
        let now = bench.now.load(Ordering::SeqCst);
        assert_eq!(finished["error"], "the model is away");
        assert_eq!(finished["nextRunAtMs"], now + pause);
        assert_eq!(bench.job(&id).await["state"]["consecutiveErrors"], failures);
    }
    bench.pass(3_600_000);
    let doing = bench.begun().await;
    bench.settle(&id, || doing.ok()).await;
    let job = bench.job(&id).await;
    assert_eq!(job["state"]["consecutiveErrors"], 0);
    assert!(job["state"].get("lastError").is_none(), "{job}");
}

#[tokio::test]
async fn a_job_for_one_run_goes_after_it_unless_it_failed_or_is_kept() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let at = json!({ "kind": "at", "at": "2026-02-02T03:00:00Z" });
    let goes = bench.add(turn(&at)).await.unwrap();
    bench.pass(HOUR);
    let doing = bench.begun().await;
    bench.settle(&goes, || doing.ok()).await;
    assert!(bench.scheduler.get(&goes, Generation::V4).await.is_err());
    assert_eq!(bench.told("removed")[0]["jobId"], goes.as_str());
    // What it came to can still be read.
    assert_eq!(bench.runs(&goes, Generation::V4).await["total"], 1);

    let later = json!({ "kind": "at", "at": "2026-02-02T04:00:00Z" });
    let fails = bench.add(turn(&later)).await.unwrap();
    let mut kept = turn(&later);
    kept["deleteAfterRun"] = json!(false);
    let kept = bench.add(kept).await.unwrap();
    bench.pass(HOUR);
    for _ in 0..2 {
        let doing = bench.begun().await;
        let job = doing.job.clone();
        let fails = job == fails;
        bench
            .settle(&job, || if fails { doing.fail("no") } else { doing.ok() })
            .await;
    }
    for (id, status) in [(&fails, "error"), (&kept, "ok")] {
        let job = bench.job(id).await;
        assert_eq!(
            (&job["enabled"], &job["state"]["lastStatus"]),
            (&json!(false), &json!(status))
        );
    }
    bench.pass(24 * HOUR);
    bench.nothing_begins().await;
}

#[tokio::test]
async fn somebody_is_told_after_failures_and_not_every_time() {
    let options = ScheduleOptions {
        failure_alert: Some(FailureAlertRule::default()),
        ..ScheduleOptions::default()
    };
    let mut bench = Bench::new(options).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    let mut quiet = every(HOUR);
    quiet["failureAlert"] = json!(false);
    let quiet = bench.add(quiet).await.unwrap();
    let mut counts = Vec::new();
    for _ in 0..4 {
        bench.pass(HOUR / 2 + 1);
        bench.pass(HOUR / 2);
        for _ in 0..2 {
            let doing = bench.begun().await;
            let job = doing.job.clone();
            assert!(job == id || job == quiet);
            bench.settle(&job, || doing.fail("no")).await;
        }
        bench.scheduler.begin_due(&bench.stage).await.unwrap();
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        counts.push(bench.seen.alerts.lock().unwrap().len());
    }
    // After the second failure, then once an hour; never for the one that wants none.
    assert_eq!(counts, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_job_that_was_removed_while_it_ran_does_not_come_back() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    bench.pass(HOUR);
    let doing = bench.begun().await;
    assert!(bench.scheduler.remove(&bench.stage, &id).await.unwrap());
    doing.ok();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(bench.store.cron_jobs().await.unwrap().is_empty());
    assert!(bench.store.cron_runs(None, 9).await.unwrap().is_empty());
    assert!(bench.told("finished").is_empty());
    assert!(!bench.scheduler.remove(&bench.stage, &id).await.unwrap());
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_jobs() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench
        .add(turn(&json!({ "kind": "cron", "expr": "0 * * * *" })))
        .await
        .unwrap();
    let first = bench.job(&id).await["nextRunAtMs"].as_u64().unwrap();
    bench.now.fetch_sub(48 * HOUR, Ordering::SeqCst);
    bench.scheduler.plan_anew(&bench.stage).await;
    let next = bench.job(&id).await["nextRunAtMs"].as_u64().unwrap();
    assert_eq!(next, first - 48 * HOUR);
    bench.pass(HOUR);
    assert_eq!(bench.begun().await.job, id);
}

#[tokio::test]
async fn a_scheduler_that_is_off_runs_what_is_asked_for_and_nothing_else() {
    let options = ScheduleOptions {
        is_enabled: false,
        ..ScheduleOptions::default()
    };
    let mut bench = Bench::new(options).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    bench.pass(2 * HOUR);
    bench.nothing_begins().await;
    let standing = bench.scheduler.status().await;
    assert_eq!(
        (standing.is_enabled, standing.jobs, standing.next_ms),
        (false, 1, None)
    );
    let asked = bench
        .scheduler
        .run_now(&bench.stage, &id, CronRunMode::Force);
    let Asked::Begun { run_id, ended } = asked.await.unwrap() else {
        panic!("it begins")
    };
    assert!(run_id.starts_with(&format!("manual:{id}:")));
    bench.begun().await.ok();
    assert_eq!(ended.await.unwrap().status.as_deref(), Some("ok"));
}

#[tokio::test]
async fn what_is_asked_for_runs_if_its_mode_lets_it() {
    let mut bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    let ask = |mode| bench.scheduler.run_now(&bench.stage, &id, mode);
    assert!(matches!(
        ask(CronRunMode::Due).await.unwrap(),
        Asked::Not("not-due")
    ));
    bench
        .change(&id, json!({ "enabled": false }))
        .await
        .unwrap();
    assert!(matches!(
        ask(CronRunMode::IfEnabled).await.unwrap(),
        Asked::Not("disabled")
    ));
    assert!(matches!(
        bench
            .scheduler
            .run_now(&bench.stage, "gone", CronRunMode::Force)
            .await,
        Err(JobFlaw::Unknown(_))
    ));
    assert!(matches!(
        ask(CronRunMode::Force).await.unwrap(),
        Asked::Begun { .. }
    ));
    let doing = bench.begun().await;
    bench.settle(&id, || doing.ok()).await;
    // It stays switched off.
    let job = bench.job(&id).await;
    assert_eq!(job["enabled"], false);
    assert!(job.get("nextRunAtMs").is_none());
}

#[tokio::test(start_paused = true)]
async fn the_task_sleeps_until_the_next_job() {
    let begin = tokio::time::Instant::now();
    let (send, mut doing) = mpsc::channel(8);
    let seen = Arc::new(Seen {
        tasks: TaskTracker::new(),
        doing: send,
        told: Mutex::default(),
        alerts: Mutex::default(),
    });
    let stage: Arc<dyn Stage> = seen;
    let clock = Clock::of(move || NOW + crate::clock::as_millis(begin.elapsed()));
    let store = Store::in_memory().unwrap();
    let scheduler = Arc::new(Scheduler::new(store, ScheduleOptions::default(), clock));
    scheduler.load(&stage).await.unwrap();
    let params = serde_json::from_value(every(5 * HOUR)).unwrap();
    scheduler
        .add(&stage, params, &ANYBODY, None, Generation::V4)
        .await
        .unwrap();
    let (stop, house) = (CancellationToken::new(), TaskTracker::new());
    house.spawn(Arc::clone(&scheduler).keep(Arc::clone(&stage), stop.clone()));
    let begun: Doing = doing.recv().await.unwrap();
    let at: u64 = begun.run_id.rsplit(':').next().unwrap().parse().unwrap();
    assert!(at >= NOW + 5 * HOUR, "not before its time: {at}");
    stop.cancel();
    house.close();
    house.wait().await;
}
