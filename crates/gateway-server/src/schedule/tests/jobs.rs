//! What jobs may be, and how they change.

use super::*;

#[tokio::test]
async fn a_job_looks_as_it_always_did() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let mut job = line(&json!({ "kind": "every", "everyMs": HOUR }));
    job["name"] = json!("t1");
    let id = bench.add(job).await.unwrap();
    let older = bench.scheduler.get(&id, Generation::V3).await.unwrap();
    assert_eq!(
        serde_json::to_value(older).unwrap(),
        json!({
            "id": id, "name": "t1", "enabled": true, "createdAtMs": NOW, "updatedAtMs": NOW,
            "schedule": { "kind": "every", "everyMs": HOUR, "anchorMs": NOW },
            "sessionTarget": "main", "wakeMode": "next-heartbeat",
            "payload": { "kind": "systemEvent", "text": "offer tea" },
            "state": { "nextRunAtMs": NOW + HOUR },
        })
    );
    let newer = bench.job(&id).await;
    let mut expected =
        serde_json::to_value(bench.scheduler.get(&id, Generation::V3).await.unwrap()).unwrap();
    expected["configRevision"] = newer["configRevision"].clone();
    expected["nextRunAtMs"] = json!(NOW + HOUR);
    expected["deliveryPreview"] = json!({ "label": "not requested", "detail": "not requested" });
    assert_eq!(newer, expected);
    assert!(
        newer["configRevision"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
}

#[tokio::test]
async fn what_is_left_out_is_filled_in() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let mut job = turn(&json!({ "kind": "at", "at": "2026-02-02T05:00:00+01:00" }));
    job["name"] = json!(" ");
    job.as_object_mut().unwrap().remove("delivery");
    let id = bench.add(job).await.unwrap();
    let job = bench.job(&id).await;
    assert_eq!(job["name"], "look");
    assert_eq!(job["schedule"]["at"], "2026-02-02T04:00:00.000Z");
    assert_eq!(job["deleteAfterRun"], true);
    assert_eq!(job["delivery"], json!({ "mode": "announce" }));
    // The older generation says in the payload where the answer goes.
    let mut old = every(HOUR);
    old.as_object_mut().unwrap().remove("delivery");
    old["payload"] = json!({
        "kind": "agentTurn", "message": "look", "deliver": true, "channel": "telegram",
        "to": "42", "bestEffortDeliver": true,
    });
    let id = bench.add(old).await.unwrap();
    let job = bench.job(&id).await;
    assert_eq!(
        job["payload"],
        json!({ "kind": "agentTurn", "message": "look" })
    );
    let expected =
        json!({ "mode": "announce", "channel": "telegram", "to": "42", "bestEffort": true });
    assert_eq!(job["delivery"], expected);
    let current = json!({ "sessionTarget": "current", "sessionKey": "agent:main:work" });
    let mut job = every(HOUR);
    job.as_object_mut()
        .unwrap()
        .extend(current.as_object().unwrap().clone());
    let id = bench.add(job).await.unwrap();
    assert_eq!(
        bench.job(&id).await["sessionTarget"],
        "session:agent:main:work"
    );
}

#[tokio::test]
async fn what_cannot_be_a_job_is_refused_with_the_reason() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let with = |name: &str, value: Value| {
        let mut job = every(HOUR);
        job[name] = value;
        job
    };
    let main = |name: &str, value: Value| {
        let mut job = line(&json!({ "kind": "every", "everyMs": HOUR }));
        job[name] = value;
        job
    };
    for (job, part) in [
        (
            with("schedule", json!({ "kind": "cron", "expr": "61 * * * *" })),
            "61",
        ),
        (
            with("schedule", json!({ "kind": "at", "at": "2020-01-01" })),
            "in the past",
        ),
        (
            with("schedule", json!({ "kind": "stream", "command": ["tail"] })),
            "stream",
        ),
        (with("sessionTarget", json!("main")), "systemEvent"),
        (with("sessionTarget", json!("moon")), "sessionTarget"),
        (with("sessionTarget", json!("session:")), "sessionTarget"),
        (
            with("sessionTarget", json!("session:agent::x")),
            "session key",
        ),
        (with("agentId", json!("nobody")), "nobody"),
        (with("sessionKey", json!("a\nb")), "sessionKey"),
        (with("name", json!("x".repeat(201))), "name: at most 200"),
        (
            with("payload", json!({ "kind": "agentTurn", "message": " " })),
            "payload.message",
        ),
        (
            with(
                "payload",
                json!({ "kind": "agentTurn", "message": "x".repeat(70_000) }),
            ),
            "65536",
        ),
        (
            with(
                "payload",
                json!({ "kind": "agentTurn", "message": "x", "thinking": "hard?" }),
            ),
            "thinking",
        ),
        (
            with("payload", json!({ "kind": "command", "argv": ["ls"] })),
            "command",
        ),
        (
            with("payload", json!({ "kind": "script", "script": "x" })),
            "script",
        ),
        (with("trigger", json!({ "script": "x" })), "trigger"),
        (with("pacing", json!({ "min": "1m" })), "pacing"),
        (
            with("delivery", json!({ "mode": "webhook" })),
            "delivery.to",
        ),
        (
            with(
                "delivery",
                json!({ "mode": "webhook", "to": "file:///etc/passwd" }),
            ),
            "delivery.to",
        ),
        (
            with(
                "delivery",
                json!({ "mode": "webhook", "to": "http://a:b@c/" }),
            ),
            "password",
        ),
        (
            with(
                "delivery",
                json!({ "mode": "announce", "failureDestination": { "mode": "webhook", "to": "x" } }),
            ),
            "failureDestination",
        ),
        (main("sessionTarget", json!("isolated")), "agentTurn"),
        (
            main("payload", json!({ "kind": "systemEvent", "text": "\n" })),
            "payload.text",
        ),
        (
            main(
                "delivery",
                json!({ "mode": "announce", "channel": "telegram", "to": "42" }),
            ),
            "isolated",
        ),
    ] {
        let refused = bench.add(job.clone()).await;
        let told = refused.expect_err(&job.to_string()).to_string();
        assert!(told.contains(part), "{job}: {told}");
    }
    assert_eq!(bench.scheduler.status().await.jobs, 0);
    assert!(bench.store.cron_jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_change_leaves_the_rest_as_it_was() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let mut job = every(HOUR);
    job["payload"]["model"] = json!("p/m");
    job["displayName"] = json!("Look");
    let id = bench.add(job).await.unwrap();
    let first = bench.job(&id).await;
    bench.now.fetch_add(10, Ordering::SeqCst);
    let patch = json!({
        "name": "see", "displayName": null,
        "payload": { "kind": "agentTurn", "model": null, "timeoutSeconds": 5 },
        "delivery": { "mode": "announce", "channel": "telegram", "to": "1" },
        "failureAlert": { "after": 3 },
    });
    let job = bench.change(&id, patch).await.unwrap();
    assert_eq!(job["name"], "see");
    assert!(job.get("displayName").is_none());
    let payload = json!({ "kind": "agentTurn", "message": "look", "timeoutSeconds": 5 });
    assert_eq!(job["payload"], payload);
    assert_eq!(job["failureAlert"], json!({ "after": 3 }));
    assert_eq!(job["updatedAtMs"], NOW + 10);
    assert_eq!(
        job["nextRunAtMs"], first["nextRunAtMs"],
        "its time is the same"
    );
    assert_ne!(job["configRevision"], first["configRevision"]);
    let job = bench.change(
        &id,
        json!({ "delivery": { "to": null }, "failureAlert": false }),
    );
    let job = job.await.unwrap();
    assert_eq!(
        job["delivery"],
        json!({ "mode": "announce", "channel": "telegram" })
    );
    assert_eq!(job["failureAlert"], false);
    // Another payload and session at once.
    let patch = json!({
        "sessionTarget": "main", "payload": { "kind": "systemEvent", "text": "tea" },
        "delivery": { "mode": "none" },
    });
    let job = bench.change(&id, patch).await.unwrap();
    assert_eq!(
        job["payload"],
        json!({ "kind": "systemEvent", "text": "tea" })
    );
    // And all of it is on disk.
    let kept = bench.store.cron_jobs().await.unwrap();
    assert!(kept[0].body.get().contains(r#""text":"tea""#));
}

#[tokio::test]
async fn another_time_and_another_switch_plan_anew() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    let patch = json!({ "schedule": { "kind": "every", "everyMs": 2 * HOUR } });
    let job = bench.change(&id, patch).await.unwrap();
    assert_eq!(job["nextRunAtMs"], NOW + 2 * HOUR);
    let job = bench
        .change(&id, json!({ "enabled": false }))
        .await
        .unwrap();
    assert!(job.get("nextRunAtMs").is_none());
    bench.now.fetch_add(5 * HOUR, Ordering::SeqCst);
    let job = bench.change(&id, json!({ "enabled": true })).await.unwrap();
    assert_eq!(job["nextRunAtMs"], NOW + 6 * HOUR);
}

#[tokio::test]
async fn a_change_that_makes_no_job_changes_nothing() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let id = bench.add(every(HOUR)).await.unwrap();
    let before = bench.job(&id).await;
    for (patch, part) in [
        (json!({ "sessionTarget": "main" }), "systemEvent"),
        (
            json!({ "schedule": { "kind": "cron", "expr": "x" } }),
            "cron expression",
        ),
        (
            json!({ "payload": { "kind": "agentTurn", "message": "" } }),
            "payload.message",
        ),
        (json!({ "payload": { "kind": "systemEvent" } }), "payload"),
        (json!({ "delivery": { "mode": "webhook" } }), "delivery.to"),
        (
            json!({ "failureAlert": { "after": "often" } }),
            "failureAlert",
        ),
        (json!({ "agentId": "nobody" }), "nobody"),
        (json!({ "trigger": { "script": "x" } }), "trigger"),
    ] {
        let told = bench
            .change(&id, patch.clone())
            .await
            .unwrap_err()
            .to_string();
        assert!(told.contains(part), "{patch}: {told}");
    }
    assert_eq!(bench.job(&id).await, before);
    let stale = bench.scheduler.update(
        &bench.stage,
        &id,
        serde_json::from_value(json!({ "name": "x" })).unwrap(),
        Some("sha256:other"),
        &ANYBODY,
        Generation::V4,
    );
    assert!(matches!(stale.await, Err(JobFlaw::Changed)));
    assert!(matches!(
        bench.change("gone", json!({})).await,
        Err(JobFlaw::Unknown(_))
    ));
}

#[tokio::test]
async fn one_call_makes_one_job_however_often_it_is_tried() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let add = || {
        let params = serde_json::from_value(every(HOUR)).unwrap();
        bench.scheduler.add(
            &bench.stage,
            params,
            &ANYBODY,
            Some("run:7"),
            Generation::V4,
        )
    };
    let first = add().await.unwrap();
    let second = add().await.unwrap();
    assert_eq!(first.job().id, second.job().id);
    assert_eq!(bench.scheduler.status().await.jobs, 1);
}

#[tokio::test]
async fn a_declared_job_is_made_once_and_then_changed() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    let mut job = every(HOUR);
    job["declarationKey"] = json!("app:look");
    let first = bench.declare(job.clone()).await.unwrap();
    assert_eq!(first["created"], true);
    bench.now.fetch_add(HOUR / 2, Ordering::SeqCst);
    let same = bench.declare(job.clone()).await.unwrap();
    assert_eq!(
        (&same["created"], &same["updated"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(same["job"]["nextRunAtMs"], NOW + HOUR, "its time goes on");
    job["name"] = json!("see");
    let other = bench.declare(job.clone()).await.unwrap();
    assert_eq!(other["updated"], true);
    assert_eq!(other["job"]["id"], first["job"]["id"]);
    assert_eq!(other["job"]["createdAtMs"], NOW);
    job["schedule"]["everyMs"] = json!(2 * HOUR);
    let later = bench.declare(job).await.unwrap();
    assert_eq!(later["job"]["nextRunAtMs"], NOW + HOUR / 2 + 2 * HOUR);
    assert_eq!(bench.scheduler.status().await.jobs, 1);
}

#[tokio::test]
async fn lists_show_what_is_asked_for_by_page() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    for n in 1..=5_u64 {
        let mut job = every(n * HOUR);
        job["name"] = json!(format!("job {n}"));
        job["enabled"] = json!(n != 5);
        if n == 2 {
            job["agentId"] = json!("ann");
        }
        bench.add(job).await.unwrap();
    }
    let list = async |params: Value, generation| {
        let params = serde_json::from_value(params).unwrap();
        let agent_of = |own: Option<&str>| own.unwrap_or("main").to_owned();
        let list = bench.scheduler.list(&params, &agent_of, generation).await;
        serde_json::to_value(list).unwrap()
    };
    let names = |list: &Value| -> Vec<String> {
        let jobs = list["jobs"].as_array().unwrap();
        jobs.iter()
            .map(|job| job["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let page = list(json!({ "limit": 2, "offset": 1 }), Generation::V4).await;
    assert_eq!(names(&page), ["job 2", "job 3"]);
    assert_eq!(
        (&page["total"], &page["hasMore"], &page["nextOffset"]),
        (&json!(4), &json!(true), &json!(3))
    );
    assert_eq!(page["jobs"][0]["effectiveAgentId"], "ann");
    for (params, expected) in [
        (
            json!({ "includeDisabled": true }),
            vec!["job 1", "job 2", "job 3", "job 4", "job 5"],
        ),
        (json!({ "enabled": "disabled" }), vec!["job 5"]),
        (json!({ "agentId": "ann" }), vec!["job 2"]),
        (json!({ "query": "JOB 3" }), vec!["job 3"]),
        (json!({ "scheduleKind": "cron" }), vec![]),
        (json!({ "lastRunStatus": "ok" }), vec![]),
        (
            json!({ "sortBy": "name", "sortDir": "desc", "limit": 1 }),
            vec!["job 4"],
        ),
        (json!({ "compact": true, "limit": 1 }), vec!["job 1"]),
    ] {
        assert_eq!(
            names(&list(params.clone(), Generation::V4).await),
            expected,
            "{params}"
        );
    }
    let older = list(json!({}), Generation::V3).await;
    assert_eq!(older.as_object().unwrap().len(), 1, "{older}");
    assert_eq!(names(&older).len(), 4);
}

#[tokio::test]
async fn a_job_that_is_unreadable_does_not_keep_the_others_from_running() {
    let bench = Bench::new(ScheduleOptions::default()).await;
    bench.add(every(HOUR)).await.unwrap();
    let broken = |id: &str, body: &str| openclaw_store::CronJobRecord {
        job_id: id.to_owned(),
        created_at_ms: 1,
        next_run_ms: Some(1),
        body: serde_json::value::RawValue::from_string(body.to_owned()).unwrap(),
    };
    bench.store.put_cron_job(broken("a", "[]")).await.unwrap();
    let newer = r#"{"id":"b","name":"b","enabled":true,"schedule":{"kind":"moon"}}"#;
    bench.store.put_cron_job(broken("b", newer)).await.unwrap();
    let (store, now) = bench.killed().await;
    let mut bench = Bench::over(store, ScheduleOptions::default(), now).await;
    assert_eq!(bench.scheduler.status().await.jobs, 2);
    // A schedule that nobody here understands is kept, and never comes.
    assert_eq!(bench.job("b").await["schedule"]["kind"], "moon");
    bench.pass(HOUR);
    assert_ne!(bench.begun().await.job, "b");
    bench.nothing_begins().await;
}
