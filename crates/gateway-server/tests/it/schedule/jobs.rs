//! `cron.*` in both generations.

use super::*;

#[tokio::test]
async fn a_job_lives_from_its_beginning_to_its_end_in_the_older_generation() {
    let mut house = house(echo().await, ScheduleOptions::default(), 3).await;
    let status = house.call("cron.status", json!({})).await;
    assert_eq!(
        (&status["enabled"], &status["jobs"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(status["nextWakeAtMs"], Value::Null);
    assert!(status.get("storage").is_none());
    let job = house.call("cron.add", tea("next-heartbeat")).await;
    let id = job["id"].as_str().unwrap().to_owned();
    assert!(job.get("configRevision").is_none(), "{job}");
    let added = house.cron("added").await;
    assert_eq!(added["nextRunAtMs"], job["state"]["nextRunAtMs"]);
    assert!(added.get("job").is_none(), "{added}");
    let list = house.call("cron.list", json!({})).await;
    assert_eq!(list, json!({ "jobs": [job] }));
    let due = house
        .call("cron.run", json!({ "id": id, "mode": "due" }))
        .await;
    assert_eq!(
        due,
        json!({ "ok": true, "ran": false, "reason": "not-due" })
    );
    let ran = house.call("cron.run", json!({ "jobId": id })).await;
    assert_eq!(ran, json!({ "ok": true, "ran": true }));
    assert_eq!(house.lines().await, ["offer tea"]);
    let finished = house.cron("finished").await;
    assert_eq!(
        (&finished["status"], &finished["summary"]),
        (&json!("ok"), &json!("offer tea"))
    );
    let runs = house.call("cron.runs", json!({ "id": id })).await;
    let entry = &runs["entries"][0];
    assert_eq!(
        (&entry["status"], &entry["action"]),
        (&json!("ok"), &json!("finished"))
    );
    assert!(
        runs.get("total").is_none() && entry.get("runId").is_none(),
        "{runs}"
    );
    let patch = json!({ "id": id, "patch": { "enabled": false } });
    let job = house.call("cron.update", patch).await;
    assert!(job["state"].get("nextRunAtMs").is_none(), "{job}");
    let gone = house.call("cron.remove", json!({ "id": id })).await;
    assert_eq!(gone, json!({ "ok": true, "removed": true }));
    house.cron("removed").await;
    let again = house.call("cron.remove", json!({ "id": id })).await;
    assert_eq!(again, json!({ "ok": true, "removed": false }));
}

#[tokio::test]
async fn a_job_that_runs_an_agent_has_a_session_and_an_answer_of_its_own() {
    let mut house = house(echo().await, ScheduleOptions::default(), 4).await;
    let job = house
        .call("cron.add", look(&json!({ "mode": "none" })))
        .await;
    let id = job["id"].as_str().unwrap().to_owned();
    assert_eq!(house.cron("added").await["job"]["id"], id.as_str());
    let mut sessions = Vec::new();
    for n in 1..=2 {
        let ran = house.call("cron.run", json!({ "id": id })).await;
        assert_eq!((&ran["ok"], &ran["enqueued"]), (&json!(true), &json!(true)));
        let finished = house.cron("finished").await;
        assert_eq!(finished["status"], "ok", "{finished}");
        assert_eq!(finished["sessionKey"], format!("agent:main:cron:{id}"));
        assert!(
            finished["summary"]
                .as_str()
                .unwrap()
                .contains("look at the mail")
        );
        sessions.push(finished["sessionId"].clone());
        let got = house.call("cron.get", json!({ "id": id })).await;
        assert_eq!(got["lastRunStatus"], "ok");
        assert_eq!(got["state"]["consecutiveErrors"], 0);
        let runs = house.call("cron.runs", json!({ "id": id })).await;
        assert_eq!(runs["total"], n);
        assert_eq!(runs["entries"][0]["runId"], ran["runId"]);
    }
    // Each run begins a conversation of its own: nothing of the one before is told.
    assert_ne!(sessions[0], sessions[1]);
    let asked = house.model.asked();
    let text = asked[1].body.to_string();
    assert_eq!(text.matches("look at the mail").count(), 1, "{text}");
    assert!(house.questions()[0].starts_with("[Scheduled job \"look\""));
    assert!(house.lines().await.is_empty());
}

#[tokio::test]
async fn an_answer_goes_where_the_job_says_and_waits_where_there_is_nobody() {
    let mut house = house(echo().await, ScheduleOptions::default(), 4).await;
    let to = json!({ "mode": "announce", "channel": "telegram", "to": "42", "threadId": 7 });
    let job = house.call("cron.add", look(&to)).await;
    assert_eq!(job["deliveryPreview"]["label"], "announce -> telegram:42");
    house.call("cron.run", json!({ "id": job["id"] })).await;
    assert_eq!(house.cron("finished").await["status"], "ok");
    let sent = house.store.open_deliveries().await.unwrap();
    let delivery = &sent[0].delivery;
    assert_eq!(
        (delivery.channel.as_str(), delivery.target.as_str()),
        ("telegram", "42")
    );
    assert!(
        delivery.body.get().contains(r#""threadId":"7""#),
        "{}",
        delivery.body
    );
    let runs = house.call("cron.runs", json!({ "id": job["id"] })).await;
    assert_eq!(runs["entries"][0]["deliveryStatus"], "unknown");

    for (best_effort, status) in [(false, "error"), (true, "ok")] {
        let nobody = json!({ "mode": "announce", "bestEffort": best_effort });
        let job = house.call("cron.add", look(&nobody)).await;
        house.call("cron.run", json!({ "id": job["id"] })).await;
        let finished = house.cron("finished").await;
        assert_eq!(finished["status"], status, "{finished}");
        if status == "error" {
            let why = finished["error"].as_str().unwrap();
            assert!(why.contains("nobody to tell"), "{why}");
        }
        let runs = house.call("cron.runs", json!({ "id": job["id"] })).await;
        assert_eq!(runs["entries"][0]["deliveryStatus"], "not-delivered");
    }
    // What was found is not lost.
    let lines = house.lines().await;
    assert!(
        lines[0].starts_with("The scheduled job \"look\" found: said"),
        "{lines:?}"
    );
    assert_eq!(house.store.open_deliveries().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_that_the_end_of_the_gateway_cut_off_ends_once() {
    let store = Store::in_memory().unwrap();
    let stalls = model(|_| vec![Act::text("let me see"), Act::Stall]).await;
    let mut first = house_over(store.clone(), stalls, ScheduleOptions::default(), 4).await;
    let job = first
        .call("cron.add", look(&json!({ "mode": "none" })))
        .await;
    let ran = first.call("cron.run", json!({ "id": job["id"] })).await;
    first.watcher.event("agent").await;
    drop(first.gateway);
    let mut second = house_over(store, echo().await, ScheduleOptions::default(), 4).await;
    let finished = second.cron("finished").await;
    assert_eq!(
        (&finished["status"], &finished["jobId"]),
        (&json!("ok"), &job["id"])
    );
    let runs = second.call("cron.runs", json!({ "id": job["id"] })).await;
    assert_eq!(
        (&runs["total"], &runs["entries"][0]["runId"]),
        (&json!(1), &ran["runId"])
    );
    assert_eq!(second.questions().len(), 1);
    let job = second.call("cron.get", json!({ "id": job["id"] })).await;
    assert!(job["state"].get("runningAtMs").is_none(), "{job}");
}

#[tokio::test]
async fn a_failing_model_is_a_failed_run() {
    let broken = model(|_| vec![Act::refuse(401, &[], "wrong key")]).await;
    let mut house = house(broken, ScheduleOptions::default(), 4).await;
    let job = house
        .call("cron.add", look(&json!({ "mode": "none" })))
        .await;
    house.call("cron.run", json!({ "id": job["id"] })).await;
    let finished = house.cron("finished").await;
    assert_eq!(finished["status"], "error");
    let job = house.call("cron.get", json!({ "id": job["id"] })).await;
    assert_eq!(job["state"]["consecutiveErrors"], 1);
    assert_eq!(job["state"]["lastError"], finished["error"]);
}

#[tokio::test]
async fn who_may_not_and_what_is_not_there_is_refused() {
    let mut house = house(echo().await, ScheduleOptions::default(), 4).await;
    for method in [
        "cron.get",
        "cron.update",
        "cron.remove",
        "cron.run",
        "cron.runs",
    ] {
        let mut params = json!({ "id": "nope" });
        if method == "cron.update" {
            params["patch"] = json!({});
        }
        let error = house.refused(method, params).await;
        let told = (
            &error["code"],
            &error["details"]["code"],
            &error["details"]["jobId"],
        );
        let expected = (
            &json!("INVALID_REQUEST"),
            &json!("CRON_JOB_NOT_FOUND"),
            &json!("nope"),
        );
        assert_eq!(told, expected, "{method}");
    }
    for (method, params, part) in [
        (
            "cron.update",
            json!({ "patch": {} }),
            "must have required property 'id'",
        ),
        ("cron.runs", json!({ "id": "a/b" }), "slash"),
        ("cron.add", json!({ "name": "x" }), "schedule"),
        (
            "cron.run",
            json!({ "id": "x", "expectedProcessInstanceId": "other" }),
            "restarted",
        ),
    ] {
        let error = house.refused(method, params).await;
        assert!(
            error["message"].as_str().unwrap().contains(part),
            "{method}: {error}"
        );
    }
    let mut params = join::params(4, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.read", "operator.write"]);
    let device = crate::device::Device::new(3);
    let (mut reader, response) = join::connect(&house.gateway, params, Some(&device)).await;
    assert_eq!(response["ok"], true, "{response}");
    for (method, params) in [
        ("cron.add", tea("now")),
        ("cron.update", json!({ "id": "x", "patch": {} })),
        ("cron.remove", json!({ "id": "x" })),
        ("cron.run", json!({ "id": "x" })),
        ("set-heartbeats", json!({ "enabled": false })),
        ("system-event", json!({ "text": "x" })),
    ] {
        let refused = reader.call(method, params).await;
        assert_eq!(
            refused["error"]["details"]["code"], "MISSING_SCOPE",
            "{method}: {refused}"
        );
    }
    assert_eq!(reader.call("cron.list", json!({})).await["ok"], true);
}

#[tokio::test]
async fn an_agent_makes_jobs_of_its_own_and_sees_no_others() {
    let scripted = model(|asked| {
        let call = |arguments: Value| vec![Act::call("c1", "cron", arguments.to_string())];
        if !asked.results.is_empty() {
            return vec![Act::text(format!("result {}", asked.results.join(" ")))];
        }
        match asked.question.as_str() {
            "remind me" => call(json!({
                "action": "add",
                "job": {
                    "schedule": { "kind": "at", "at": "2035-01-01T00:00:00Z" },
                    "payload": { "kind": "systemEvent", "text": "the tea is ready" },
                },
            })),
            "as another" => call(json!({
                "action": "add",
                "job": {
                    "schedule": { "kind": "at", "at": "2035-01-01T00:00:00Z" },
                    "sessionTarget": "session:agent:work:main",
                    "payload": { "kind": "agentTurn", "message": "do it for me" },
                },
            })),
            "into another" => call(json!({
                "action": "add",
                "job": {
                    "schedule": { "kind": "at", "at": "2035-01-01T00:00:00Z" },
                    "sessionKey": "agent:work:main",
                    "payload": { "kind": "systemEvent", "text": "do it for me" },
                },
            })),
            "over another" => call(json!({
                "action": "add",
                "job": {
                    "schedule": { "kind": "at", "at": "2035-01-01T00:00:00Z" },
                    "declarationKey": "theirs",
                    "payload": { "kind": "systemEvent", "text": "do it for me" },
                },
            })),
            "badly" => call(json!({
                "action": "add",
                "job": {
                    "schedule": { "kind": "cron", "expr": "99 * * * *" },
                    "payload": { "kind": "systemEvent", "text": "x" },
                },
            })),
            _ => call(json!({ "action": "remove", "jobId": asked.question })),
        }
    })
    .await;
    let mut house = house(scripted, ScheduleOptions::default(), 4).await;
    let say = async |house: &mut House, text: &str| {
        let key = uuid::Uuid::new_v4().to_string();
        let params = json!({ "message": text, "sessionKey": "main", "idempotencyKey": key });
        house.call("agent", params).await;
        let waited = house
            .call("agent.wait", json!({ "runId": key, "timeoutMs": 20_000 }))
            .await;
        assert_eq!(waited["status"], "ok", "{waited}");
    };
    say(&mut house, "remind me").await;
    let added = house.cron("added").await;
    let job = &added["job"];
    assert_eq!(
        (&job["agentId"], &job["sessionTarget"]),
        (&json!("main"), &json!("main"))
    );
    assert_eq!(job["name"], "the tea is ready");
    for (question, why) in [
        (
            "as another",
            "sessionTarget: the session belongs to another agent",
        ),
        (
            "into another",
            "sessionKey: the session belongs to another agent",
        ),
        ("over another", "declarationKey: not for agents"),
    ] {
        say(&mut house, question).await;
        let told = house.model.asked().last().unwrap().results.join(" ");
        assert!(told.contains(why), "{told}");
    }
    say(&mut house, "badly").await;
    let told = house.model.asked().last().unwrap().results.join(" ");
    assert!(told.contains("99"), "{told}");
    say(&mut house, "no-such-job").await;
    let told = house.model.asked().last().unwrap().results.join(" ");
    assert!(told.contains("not found"), "{told}");
    let list = house.call("cron.list", json!({})).await;
    assert_eq!(list["total"], 1);
}
