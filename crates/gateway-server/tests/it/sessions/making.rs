//! `sessions.create`, `sessions.send`, `sessions.abort`.

use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::{Gateway, GatewayOptions};
use serde_json::json;

use super::{house, message, ok, refused};
use crate::join;
use crate::runs::agents_of;

#[tokio::test]
async fn a_session_is_made_with_its_settings_and_its_first_run() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    let wish = json!({"label": "trip", "thinkingLevel": "low", "displayName": "The trip",
        "message": "plan it", "idempotencyKey": "first"});
    let sent = peer.request("sessions.create", wish).await;
    let made = peer.response(&sent).await;
    let made = &made["payload"];
    assert_eq!(
        (&made["runStarted"], &made["runId"]),
        (&json!(true), &json!("first")),
        "{made}"
    );
    assert_eq!(made["entry"]["label"], "trip");
    assert_eq!(made["key"], "agent:main:dashboard:first");
    loop {
        let event = peer.event("chat").await;
        if event["payload"]["state"] == "final" {
            break;
        }
    }
    let row = ok(&mut peer, "sessions.describe", json!({"key": made["key"]})).await;
    assert_eq!(row["session"]["displayName"], "The trip");
    assert_eq!(row["session"]["thinkingLevel"], "low");
    let quiet = ok(&mut peer, "sessions.create", json!({"key": "quiet"})).await;
    assert_eq!(
        (&quiet["runStarted"], &quiet["key"]),
        (&json!(false), &json!("agent:main:quiet"))
    );
    let again = ok(&mut peer, "sessions.create", json!({"key": "quiet"})).await;
    assert_eq!(
        again["sessionId"], quiet["sessionId"],
        "it is there already"
    );
}

#[tokio::test]
async fn what_cannot_be_made_is_not() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    for (wish, why) in [
        (json!({"key": "x", "incognito": true}), "incognito"),
        (
            json!({"key": "x", "permissionMode": "read-only"}),
            "permissionMode",
        ),
        (json!({"key": "x", "cwd": "/"}), "cwd"),
        (
            json!({"key": "x", "model": "fake/none"}),
            "model not allowed",
        ),
        (
            json!({"key": "x", "parentSessionKey": "nowhere"}),
            "unknown parent",
        ),
        (json!({"key": "x", "agentId": "nobody"}), "unknown agent id"),
        (json!({"key": "global"}), "cannot be made"),
        (json!({"key": "cron:1"}), "cannot be made"),
        (json!({"key": "agent:a b:x"}), "agent:ID:NAME"),
    ] {
        let error = refused(&mut peer, "sessions.create", wish.clone()).await;
        assert!(message(&error).contains(why), "{wish}: {error}");
    }
    let list = ok(&mut peer, "sessions.list", json!({"includeGlobal": true})).await;
    assert_eq!(list["count"], 0, "{list}");
}

#[tokio::test]
async fn something_is_said_only_where_a_session_is() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    let wish = json!({"key": "main", "message": "hello", "idempotencyKey": "k1"});
    let error = refused(&mut peer, "sessions.send", wish.clone()).await;
    assert!(message(&error).contains("session not found"), "{error}");
    ok(&mut peer, "sessions.create", json!({"key": "main"})).await;
    let sent = ok(&mut peer, "sessions.send", wish).await;
    assert_eq!(
        (&sent["runId"], &sent["status"]),
        (&json!("k1"), &json!("started"))
    );
}

#[tokio::test]
async fn a_run_is_ended_by_session_or_by_name() {
    let model = FakeModel::start(|_| vec![Act::text("wait"), Act::Stall]).await;
    let options = GatewayOptions {
        agents: agents_of(&model),
        ..join::options()
    };
    let gateway = Gateway::builder(options).start().await.unwrap();
    let mut peer = join::admin(&gateway, 4).await;
    let none = ok(&mut peer, "sessions.abort", json!({"key": "main"})).await;
    assert_eq!(
        (&none["status"], &none["abortedRunId"]),
        (&json!("no-active-run"), &json!(null))
    );
    let none = ok(&mut peer, "sessions.abort", json!({"runId": "nothing"})).await;
    assert_eq!(none["status"], "no-active-run");
    refused(&mut peer, "sessions.abort", json!({})).await;
    for (run, wish) in [("a", json!({"key": "main"})), ("b", json!({"runId": "b"}))] {
        let say = json!({"sessionKey": "main", "message": "x", "idempotencyKey": run});
        ok(&mut peer, "chat.send", say).await;
        let row = ok(&mut peer, "sessions.describe", json!({"key": "main"})).await;
        if !row["session"].is_null() {
            assert_eq!(row["session"]["hasActiveRun"], true, "{row}");
        }
        let error = refused(
            &mut peer,
            "sessions.abort",
            json!({"key": "other", "runId": run}),
        )
        .await;
        assert!(message(&error).contains("does not match"), "{error}");
        let ended = ok(&mut peer, "sessions.abort", wish).await;
        assert_eq!(
            (&ended["status"], &ended["abortedRunId"]),
            (&json!("aborted"), &json!(run))
        );
    }
}

#[tokio::test]
async fn who_comes_back_sees_what_is_being_said() {
    let model = FakeModel::start(|_| vec![Act::text("so far"), Act::Stall]).await;
    let options = GatewayOptions {
        agents: agents_of(&model),
        ..join::options()
    };
    let gateway = Gateway::builder(options).start().await.unwrap();
    let mut first = join::admin(&gateway, 4).await;
    let say = json!({"sessionKey": "main", "message": "x", "idempotencyKey": "r1"});
    first.request("chat.send", say).await;
    loop {
        let event = first.event("chat").await;
        if event["payload"]["state"] == "delta" {
            break;
        }
    }
    let mut second = join::admin(&gateway, 4).await;
    let history = ok(&mut second, "chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(history["inFlightRun"]["runId"], "r1");
    assert_eq!(history["inFlightRun"]["text"], "so far");
    let busy = refused(
        &mut second,
        "sessions.compact",
        json!({"key": "main", "maxLines": 1}),
    )
    .await;
    assert!(message(&busy).contains("busy"), "{busy}");
    let reset = ok(&mut second, "sessions.reset", json!({"key": "main"})).await;
    assert_eq!(reset["ok"], true);
    let history = ok(&mut second, "chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(history["messages"], json!([]));
    assert!(history.get("inFlightRun").is_none(), "{history}");
}
