//! Calls, events, and the end of a connection.

use std::time::Duration;

use openclaw_connect::{CallError, ClosedBy, Connection, Connector, SessionEvent, Subscription};
use openclaw_protocol::events::tick::Tick;
use openclaw_protocol::methods::health::{Health, HealthParams};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::fake_gateway::{hello, session_through, session_with};

const LIMIT: Duration = Duration::from_secs(10);

fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap()
}

fn json_of(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}

#[tokio::test]
async fn answers_find_their_calls_in_any_order() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let params = raw(&json!({"n": 1}));
    let typed_params = HealthParams::default();
    let (first, typed, ()) = tokio::join!(
        session.call_raw("first", Some(&params), LIMIT),
        session.call::<Health>(&typed_params, LIMIT),
        async {
            let first = gateway.request().await;
            assert_eq!((&*first.method, &first.params), ("first", &json!({"n": 1})));
            let second = gateway.request().await;
            assert_eq!((&*second.method, &second.params), ("health", &json!({})));
            assert_ne!(first.id, second.id);
            gateway.respond(&second.id, json!({"ok": true})).await;
            gateway.respond(&first.id, json!("one")).await;
        }
    );
    assert_eq!(json_of(&first.unwrap()), "one");
    assert_eq!(json_of(&typed.unwrap()), json!({"ok": true}));
}

#[tokio::test]
async fn refusals_come_with_code_and_details() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let (result, ()) = tokio::join!(session.call_raw("x", None, LIMIT), async {
        let request = gateway.request().await;
        assert_eq!(request.params, Value::Null, "absent, not null");
        let details = json!({"code": "MISSING_SCOPE"});
        gateway.refuse(&request.id, json!({"code": "FORBIDDEN", "message": "missing scope: operator.admin", "details": details})).await;
    });
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "missing scope: operator.admin");
    assert_eq!(error.refusal().unwrap().code.as_str(), "FORBIDDEN");
    assert!(!error.is_outcome_unknown());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_ends_its_call() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let (result, ()) = tokio::join!(session.call_raw("x", None, Duration::MAX), async {
        let request = gateway.request().await;
        gateway.refuse(&request.id, json!({"no": "code"})).await;
    });
    assert!(matches!(result, Err(CallError::Refused(_))), "{result:?}");
}

#[tokio::test]
async fn a_result_of_another_shape_is_told() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    use openclaw_protocol::methods::node::invoke::{NodeInvoke, NodeInvokeParams};
    let params: NodeInvokeParams =
        serde_json::from_value(json!({"nodeId": "n", "command": "c", "idempotencyKey": "k"}))
            .unwrap();
    let (result, ()) = tokio::join!(session.call::<NodeInvoke>(&params, LIMIT), async {
        let request = gateway.request().await;
        gateway.respond(&request.id, json!({"strange": true})).await;
    });
    let error = result.unwrap_err();
    assert!(
        matches!(&error, CallError::Answer { method, .. } if &**method == "node.invoke"),
        "{error}"
    );
}

#[tokio::test]
async fn the_first_of_two_answers_is_skipped_when_asked_for() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let (both, last, ()) = tokio::join!(
        session.call_raw("agent", None, LIMIT),
        session.call_raw_expect_final("agent", None, LIMIT),
        async {
            for _ in 0..2 {
                let request = gateway.request().await;
                gateway
                    .respond(&request.id, json!({"status": "accepted", "runId": "r"}))
                    .await;
                gateway
                    .respond(&request.id, json!({"status": "ok", "runId": "r"}))
                    .await;
            }
        }
    );
    assert_eq!(json_of(&both.unwrap())["status"], "accepted");
    assert_eq!(json_of(&last.unwrap())["status"], "ok");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_told_and_a_late_answer_ignored() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let (result, request) = tokio::join!(
        session.call_raw("slow", None, Duration::from_secs(2)),
        gateway.request()
    );
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "gateway timeout after 2000ms");
    assert!(error.is_outcome_unknown(), "it was sent");
    gateway.respond(&request.id, json!("late")).await;
    let (result, ()) = tokio::join!(session.call_raw("next", None, LIMIT), async {
        let request = gateway.request().await;
        gateway.respond(&request.id, json!("in time")).await;
    });
    assert_eq!(json_of(&result.unwrap()), "in time");
}

#[tokio::test]
async fn a_call_that_was_given_up_is_not_sent() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    {
        let call = session.call_raw("given-up", None, LIMIT);
        tokio::pin!(call);
        // One poll puts it into the queue; the task has had no turn yet.
        assert!(futures_util::poll!(&mut call).is_pending());
    }
    let (result, ()) = tokio::join!(session.call_raw("wanted", None, LIMIT), async {
        let request = gateway.request().await;
        assert_eq!(request.method, "wanted");
        gateway.respond(&request.id, json!(1)).await;
    });
    result.unwrap();
}

#[tokio::test]
async fn calls_fail_at_once_when_the_connection_is_lost() {
    let (
        Connection {
            session,
            mut events,
            ..
        },
        mut gateway,
    ) = session_with(hello(4)).await;
    let (result, ()) = tokio::join!(session.call_raw("x", None, Duration::MAX), async {
        gateway.request().await;
        drop(gateway);
    });
    let error = result.unwrap_err();
    let CallError::Disconnected {
        sent: true, closed, ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!((closed.by, closed.code), (ClosedBy::Loss, 1006));
    assert!(error.is_outcome_unknown());
    assert!(
        error.to_string().starts_with(
            "gateway closed (1006 abnormal closure (no close frame)): no close reason"
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("verify before retrying"),
        "{error}"
    );
    assert!(events.recv().await.is_none(), "events end too");
    let later = session.call_raw("y", None, LIMIT).await.unwrap_err();
    assert!(
        matches!(later, CallError::Disconnected { sent: false, .. }),
        "{later:?}"
    );
    assert!(!later.to_string().contains("verify before retrying"));
    assert!(session.post("z", None).await.is_err());
    assert!(
        session
            .subscribe(Subscription::all())
            .recv()
            .await
            .is_none()
    );
}

#[tokio::test]
async fn a_close_by_the_gateway_is_answered_and_told() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let (closed, ()) = tokio::join!(session.closed(), async {
        gateway.close(1012, "service restart").await;
        assert_eq!(gateway.expect_close().await.0, 1012);
    });
    assert_eq!(
        (closed.by, closed.code, &*closed.reason),
        (ClosedBy::Gateway, 1012, "service restart")
    );
    assert!(closed.is_restart());
    assert_eq!(closed.to_string(), "gateway closed (1012): service restart");
}

#[tokio::test]
async fn closing_writes_what_is_queued_first() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    for _ in 0..3 {
        session
            .post("note", Some(&raw(&json!({"a": 1}))))
            .await
            .unwrap();
    }
    let ((), ()) = tokio::join!(session.close(), async {
        for _ in 0..3 {
            assert_eq!(gateway.request().await.method, "note");
        }
        assert_eq!(gateway.expect_close().await, (1000, String::new()));
        gateway.drain().await;
    });
    assert_eq!(session.is_closed().unwrap().by, ClosedBy::Us);
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_a_peer_that_is_stuck() {
    let (Connection { session, .. }, _gateway) = session_with(hello(4)).await;
    let started = tokio::time::Instant::now();
    session.close().await;
    assert!(session.is_closed().is_some());
    assert!(
        started.elapsed() <= Duration::from_millis(250),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn dropping_the_last_handle_closes() {
    let (
        Connection {
            session, events, ..
        },
        mut gateway,
    ) = session_with(hello(4)).await;
    let second = session.clone();
    drop((session, events));
    let (result, ()) = tokio::join!(second.call_raw("x", None, LIMIT), async {
        let request = gateway.request().await;
        gateway.respond(&request.id, json!(1)).await;
    });
    result.unwrap();
    drop(second);
    assert_eq!(gateway.expect_close().await.0, 1000);
}

#[tokio::test(start_paused = true)]
async fn silence_for_two_ticks_is_the_end_and_any_frame_is_life() {
    let mut slow = hello(4);
    slow["policy"]["tickIntervalMs"] = json!(5_000);
    let (Connection { session, .. }, mut gateway) = session_with(slow).await;
    let started = tokio::time::Instant::now();
    for message in [
        Message::Ping(vec![1].into()),
        Message::text(r#"{"type":"event","event":"tick","payload":{"ts":1}}"#),
        Message::text("not even json"),
    ] {
        tokio::time::sleep(Duration::from_secs(9)).await;
        gateway.send_message(message).await;
    }
    let (closed, close) = tokio::join!(session.closed(), async {
        assert!(matches!(gateway.message().await, Message::Pong(data) if *data == [1]));
        gateway.expect_close().await
    });
    assert_eq!(close, (4000, "tick timeout".to_owned()));
    assert_eq!((closed.by, closed.code), (ClosedBy::Us, 4000));
    let seconds = started.elapsed().as_secs();
    assert!((37..=38).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn events_come_in_order_and_gaps_are_told() {
    let (
        Connection {
            session,
            mut events,
            ..
        },
        mut gateway,
    ) = session_with(hello(4)).await;
    let mut ticks = session.subscribe(Subscription::only(["tick"]));
    for (name, seq) in [
        ("tick", Some(7)),
        ("health", Some(8)),
        ("node.x", None),
        ("tick", Some(12)),
        ("tick", Some(3)),
    ] {
        gateway.event(name, seq, json!({"ts": 5})).await;
    }
    gateway.close(1000, "").await;
    let mut seen = Vec::new();
    while let Some(event) = events.recv().await {
        seen.push(match event {
            SessionEvent::Event(event) => format!("{} {:?}", event.name, event.seq),
            SessionEvent::Gap { expected, received } => format!("gap {expected}..{received}"),
            SessionEvent::Missed { events } => format!("missed {events}"),
        });
    }
    assert_eq!(
        seen,
        [
            "tick Some(7)",
            "health Some(8)",
            "node.x None",
            "gap 9..12",
            "tick Some(12)",
            "tick Some(3)"
        ]
    );
    let Some(SessionEvent::Event(tick)) = ticks.recv().await else {
        panic!("no tick")
    };
    assert_eq!(tick.payload_of::<Tick>().unwrap().unwrap().ts, 5);
    assert!(matches!(ticks.recv().await, Some(SessionEvent::Gap { .. })));
}

#[tokio::test]
async fn a_subscriber_that_sleeps_holds_up_no_call() {
    let connector = Connector::new().with_events(Subscription::all().with_queue(3));
    let (
        Connection {
            session,
            mut events,
            ..
        },
        mut gateway,
    ) = session_through(&connector, hello(4)).await;
    for n in 0..10 {
        gateway.event("tick", Some(n), json!({"ts": n})).await;
    }
    let (result, ()) = tokio::join!(session.call_raw("x", None, LIMIT), async {
        let request = gateway.request().await;
        gateway.respond(&request.id, json!(1)).await;
    });
    result.unwrap();
    for n in 0..3 {
        let Some(SessionEvent::Event(event)) = events.recv().await else {
            panic!("no event")
        };
        assert_eq!(event.seq, Some(n));
    }
    gateway.event("tick", Some(10), json!({"ts": 10})).await;
    assert!(matches!(
        events.recv().await,
        Some(SessionEvent::Missed { events: 7 })
    ));
    assert!(matches!(events.recv().await, Some(SessionEvent::Event(_))));
}

#[tokio::test]
async fn events_around_the_hello_are_not_lost() {
    use crate::fake_gateway::{over_pipe, plan};
    let (result, _gateway) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        let connect = gateway.request().await;
        gateway
            .event("voicewake.changed", None, json!({"triggers": []}))
            .await;
        gateway.respond(&connect.id, hello(3)).await;
        gateway.event("health", Some(1), json!({})).await;
        gateway
    })
    .await;
    let mut events = result.unwrap().events;
    for name in ["voicewake.changed", "health"] {
        let Some(SessionEvent::Event(event)) = events.recv().await else {
            panic!("no event")
        };
        assert_eq!(&*event.name, name);
    }
}

#[tokio::test]
async fn a_request_larger_than_the_gateway_takes_stays_here() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(3)).await;
    let big = raw(&json!("x".repeat(600_000)));
    let error = session
        .call_raw("send", Some(&big), LIMIT)
        .await
        .unwrap_err();
    let CallError::TooLarge { limit: 524_288, .. } = error else {
        panic!("{error:?}")
    };
    assert!(session.post("send", Some(&big)).await.is_err());
    let (result, ()) = tokio::join!(session.call_raw("ok", None, LIMIT), async {
        let request = gateway.request().await;
        assert_eq!(request.method, "ok", "nothing of the large one was sent");
        gateway.respond(&request.id, json!(1)).await;
    });
    result.unwrap();
}

#[tokio::test]
async fn large_messages_pass_while_both_sides_write() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let big = json!("x".repeat(3_000_000));
    let params = raw(&big);
    // The pipe holds 1 MiB: a client that only wrote, or only read, would be stuck here.
    let (first, second, ()) = tokio::join!(
        session.call_raw("a", Some(&params), LIMIT),
        session.call_raw("b", Some(&params), LIMIT),
        async {
            for _ in 0..2 {
                let request = gateway.request().await;
                gateway.respond(&request.id, request.params).await;
            }
        }
    );
    assert_eq!(json_of(&first.unwrap()), big);
    assert_eq!(json_of(&second.unwrap()), big);
}

#[tokio::test]
async fn many_calls_at_once_all_get_their_own_answer() {
    let (Connection { session, .. }, mut gateway) = session_with(hello(4)).await;
    let numbers: Vec<Box<RawValue>> = (0..1000).map(|n| raw(&json!(n))).collect();
    let calls = futures_util::future::join_all(
        numbers
            .iter()
            .map(|number| session.call_raw("echo", Some(number), LIMIT)),
    );
    let (answers, ()) = tokio::join!(calls, async {
        for _ in 0..1000 {
            let request = gateway.request().await;
            gateway.respond(&request.id, request.params).await;
        }
    });
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(json_of(&answer.unwrap()), n);
    }
}
