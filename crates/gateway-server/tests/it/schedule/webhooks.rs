//! Jobs that tell an address on the web.

use std::net::{IpAddr, Ipv4Addr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Takes one request and answers with a status; answers what came.
async fn takes_one(listener: &TcpListener, status: u16) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut seen = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.unwrap();
        seen.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&seen);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
        if body.len() >= length {
            break;
        }
    }
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(seen).unwrap()
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/done", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn an_address_that_is_allowed_hears_the_end_with_the_token() {
    let options = ScheduleOptions {
        webhook_token: Some("hunter2".to_owned().into()),
        webhook_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..ScheduleOptions::default()
    };
    let mut house = house(echo().await, options, 4).await;
    let (listener, url) = listener().await;
    let job = house
        .call("cron.add", look(&json!({ "mode": "webhook", "to": url })))
        .await;
    house.call("cron.run", json!({ "id": job["id"] })).await;
    let seen = takes_one(&listener, 200).await;
    assert!(seen.contains("Bearer hunter2"), "{seen}");
    let body: Value = serde_json::from_str(seen.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(
        (&body["jobId"], &body["status"]),
        (&job["id"], &json!("ok"))
    );
    assert!(
        body["summary"]
            .as_str()
            .unwrap()
            .contains("look at the mail")
    );
    assert_eq!(house.cron("finished").await["status"], "ok");
    let runs = house.call("cron.runs", json!({ "id": job["id"] })).await;
    assert_eq!(runs["entries"][0]["deliveryStatus"], "delivered");
}

#[tokio::test]
async fn an_address_that_refuses_or_is_not_public_is_an_error() {
    let options = ScheduleOptions {
        webhook_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..ScheduleOptions::default()
    };
    let mut refused = house(echo().await, options, 4).await;
    let (listener, url) = listener().await;
    let job = refused
        .call("cron.add", look(&json!({ "mode": "webhook", "to": url })))
        .await;
    refused.call("cron.run", json!({ "id": job["id"] })).await;
    takes_one(&listener, 403).await;
    let finished = refused.cron("finished").await;
    assert!(
        finished["error"].as_str().unwrap().contains("403"),
        "{finished}"
    );

    // Nothing on this network is told by default.
    let mut guarded = house(echo().await, ScheduleOptions::default(), 4).await;
    let job = guarded
        .call("cron.add", look(&json!({ "mode": "webhook", "to": url })))
        .await;
    guarded.call("cron.run", json!({ "id": job["id"] })).await;
    let finished = guarded.cron("finished").await;
    let why = finished["error"].as_str().unwrap();
    assert!(why.contains("private network"), "{why}");
}

/// A model that has the agent make a job which tells `url`, and does what jobs say.
async fn maker(url: &str) -> Arc<FakeModel> {
    let job = json!({ "action": "add", "job": {
        "name": "mine", "schedule": { "kind": "every", "everyMs": 3_600_000 },
        "payload": { "kind": "agentTurn", "message": "look at the mail" },
        "delivery": { "mode": "webhook", "to": url },
        // It says that somebody else made it.
        "owner": {},
    } });
    model(move |asked| match asked.results.last() {
        None if asked.question.contains("make a job") => {
            vec![Act::call("c1", "cron", job.to_string())]
        }
        _ => vec![Act::text("done")],
    })
    .await
}

#[tokio::test]
async fn a_job_of_an_agent_shows_no_address_the_token() {
    let options = ScheduleOptions {
        webhook_token: Some("hunter2".to_owned().into()),
        webhook_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..ScheduleOptions::default()
    };
    let (listener, url) = listener().await;
    let mut house = house(maker(&url).await, options, 4).await;
    let params = json!({ "message": "make a job", "sessionKey": "main", "idempotencyKey": "k1" });
    house.call("agent", params).await;
    let wait = json!({ "runId": "k1", "timeoutMs": 20_000 });
    house.call("agent.wait", wait).await;
    let jobs = house.call("cron.list", json!({})).await;
    let job = &jobs["jobs"][0];
    assert_eq!(job["name"], "mine", "{jobs}");
    assert_eq!(job["owner"]["sessionKey"], "agent:main:main", "{job}");
    house.call("cron.run", json!({ "id": job["id"] })).await;
    let seen = takes_one(&listener, 401).await;
    let seen = seen.to_ascii_lowercase();
    assert!(
        !seen.contains("hunter2") && !seen.contains("authorization"),
        "{seen}"
    );
    let finished = house.cron("finished").await;
    let why = finished["error"].as_str().unwrap();
    assert!(why.contains("cron.webhookToken was not sent"), "{why}");
}
