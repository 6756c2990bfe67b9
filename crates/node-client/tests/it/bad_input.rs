//! Handlers and Gateways that misbehave.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::testing::{TestError, TestGateway};
use openclaw_node_client::{
    CommandLimits, InvokeContext, Node, NodeBuilder, NodeError, NodeState, SendError,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::fake_gateway::FakeGateway;
use crate::node_of;

const MIB: usize = 1024 * 1024;

fn node() -> NodeBuilder {
    Node::builder("ws://127.0.0.1:1").command("ping", |(): (), _| async move {
        Ok::<_, NodeError>("pong")
    })
}

async fn alive(gateway: &TestGateway) {
    let answer = gateway.invoke("ping", Value::Null).await.unwrap();
    assert_eq!(answer.text(), "\"pong\"");
    let NodeState::Online(online) = gateway.node().state() else {
        panic!("it is offline")
    };
    assert_eq!(online.connection, 1, "it had to reconnect");
}

#[tokio::test]
async fn a_result_of_26_mib_is_an_error_and_not_the_end() {
    let node = node()
        .command("big", |mib: usize, _| async move {
            Ok::<_, NodeError>("x".repeat(mib * MIB))
        })
        .command("fail", |mib: usize, _| async move {
            Err::<(), _>(NodeError::new("x".repeat(mib * MIB), "y".repeat(mib * MIB)))
        });
    let gateway = TestGateway::start(node).await.unwrap();
    let large = gateway.invoke("big", 26).await.unwrap_err();
    assert_eq!(large.code(), Some(NodeError::TOO_LARGE));
    let failed = gateway.invoke("fail", 26).await.unwrap_err();
    assert_eq!(failed.code().unwrap().len(), 128);
    // Just below the limit it is a result like any other.
    let fits = gateway.invoke("big", 24).await.unwrap();
    assert_eq!(fits.text().len(), 24 * MIB + 2);
    alive(&gateway).await;
}

#[tokio::test]
async fn an_event_of_26_mib_is_refused_here_and_never_sent() {
    let mut gateway = TestGateway::start(node()).await.unwrap();
    let large = "x".repeat(26 * MIB);
    let refused = gateway.node().emit("picture", &large).await;
    assert!(
        matches!(refused, Err(SendError::TooLarge { .. })),
        "{refused:?}"
    );
    gateway.node().emit("small", &()).await.unwrap();
    assert_eq!(gateway.next_event().await.unwrap().event, "small");
    alive(&gateway).await;
}

#[tokio::test]
async fn a_handler_that_panics_in_every_way_fails_its_own_call() {
    let node = node()
        .command("at_once", |(): (), _| {
            if true {
                panic!("on purpose");
            }
            async move { Ok::<_, NodeError>(()) }
        })
        .command("later", |(): (), _| async move {
            tokio::task::yield_now().await;
            if true {
                panic!("on purpose");
            }
            Ok::<_, NodeError>(())
        })
        .command_blocking("thread", |(): (), _| -> Result<(), NodeError> {
            panic!("on purpose")
        })
        .command("cleanup", |(): (), call: InvokeContext| async move {
            call.cancellation().cancelled().await;
            if true {
                panic!("on purpose");
            }
            Ok::<_, NodeError>(())
        });
    let gateway = TestGateway::start(node).await.unwrap();
    for command in ["at_once", "later", "thread"] {
        let error = gateway.invoke(command, Value::Null).await.unwrap_err();
        assert_eq!(error.code(), Some(NodeError::PANICKED), "{command}");
        assert!(!error.to_string().contains("on purpose"), "{error}");
    }
    let late = gateway.call("cleanup").timeout(Duration::from_millis(20));
    let late = late.start().await.unwrap().answer().await.unwrap_err();
    assert_eq!(late.code(), Some(NodeError::TIMEOUT));
    alive(&gateway).await;
}

#[tokio::test]
async fn a_flood_of_calls_runs_few_and_refuses_the_rest() {
    let gate = Arc::new(Semaphore::new(0));
    let (door, runs) = (Arc::clone(&gate), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&runs);
    let node = node()
        .command("slow", move |(): (), _| {
            let door = Arc::clone(&door);
            count.fetch_add(1, Ordering::SeqCst);
            async move {
                door.acquire().await?.forget();
                Ok(())
            }
        })
        .limits(CommandLimits {
            concurrency: 2,
            queue: 3,
        });
    let gateway = TestGateway::start(node).await.unwrap();
    let mut calls = Vec::new();
    for _ in 0..100 {
        calls.push(gateway.call("slow").start().await.unwrap());
    }
    alive(&gateway).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    gate.add_permits(100);
    let (mut done, mut busy) = (0, 0);
    for call in calls {
        match call.answer().await {
            Ok(_) => done += 1,
            Err(error) if error.code() == Some(NodeError::BUSY) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((done, busy), (5, 95));
    assert_eq!(runs.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn ten_thousand_calls_at_once_leave_the_node_in_order() {
    let mut gateway = FakeGateway::new();
    let node = node_of(&gateway).command("ping", |(): (), _| async move { Ok::<_, NodeError>(1) });
    let node = node.build().unwrap();
    let handle = node.handle();
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    let mut peer = gateway.admit(4).await;
    // Nobody reads the answers meanwhile, and nobody acknowledges one.
    for number in 0..10_000 {
        peer.invoke(&format!("i{number}"), "ping", &json!({"timeoutMs": 60_000}))
            .await;
    }
    let mut answers: HashMap<String, usize> = HashMap::new();
    peer.invoke("last", "ping", &json!({"timeoutMs": 60_000}))
        .await;
    for _ in 0..200 {
        let result = peer.result().await;
        let code = result["error"]["code"].as_str().unwrap_or("ok");
        assert!(matches!(code, "ok" | "BUSY"), "{result}");
        *answers
            .entry(result["id"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    assert!(answers.values().all(|times| *times == 1), "{answers:?}");
    assert!(handle.state().is_online());
}

#[tokio::test]
async fn a_flood_of_events_loses_events_and_no_order() {
    let heard = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&heard);
    let node = node().on_event("noise", move |_: Value| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let gateway = TestGateway::start(node).await.unwrap();
    for number in 0..20_000 {
        gateway.event("noise", number).await.unwrap();
    }
    alive(&gateway).await;
    assert!(heard.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn a_call_has_one_answer_whoever_races_for_it() {
    let mut gateway = FakeGateway::new();
    // Ends at the very moment when its time is up, so that both want to answer.
    let node = node_of(&gateway).command("edge", |(): (), call: InvokeContext| async move {
        let until = call
            .deadline()
            .ok_or("a deadline")
            .map_err(NodeError::unavailable)?;
        tokio::time::sleep_until(until).await;
        Ok("just in time")
    });
    let node = node.build().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    let mut peer = gateway.admit(4).await;
    let mut answers: HashMap<String, usize> = HashMap::new();
    for round in 0..100 {
        let key = format!("k{}", round / 2);
        let more = json!({"timeoutMs": 2, "idempotencyKey": key});
        peer.invoke(&format!("i{round}"), "edge", &more).await;
        if round % 3 == 0 {
            // The caller takes it back at the same time; then there is one answer or none.
            let cancel = json!({"invokeId": format!("i{round}"), "nodeId": "n"});
            peer.event("node.invoke.cancel", &cancel).await;
        } else {
            let id = peer.result().await["id"].as_str().unwrap().to_owned();
            *answers.entry(id).or_default() += 1;
        }
    }
    peer.invoke("end", "none", &json!({})).await;
    loop {
        let id = peer.result().await["id"].as_str().unwrap().to_owned();
        if id == "end" {
            break;
        }
        *answers.entry(id).or_default() += 1;
    }
    assert!(answers.len() >= 66);
    assert!(answers.values().all(|times| *times == 1), "{answers:?}");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_survived() {
    let mut gateway = FakeGateway::new();
    let node = node_of(&gateway).command("ping", |(): (), _| async move { Ok::<_, NodeError>(1) });
    let node = node.build().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    let mut peer = gateway.admit(4).await;
    for payload in [
        Value::Null,
        json!([]),
        json!({"command": "ping"}),
        json!({"id": 7, "command": "ping"}),
        json!({"id": "x", "command": "ping", "timeoutMs": -1}),
        json!({"id": "x", "command": "ping", "timeoutMs": "soon"}),
    ] {
        for event in [
            "node.invoke.request",
            "node.invoke.input",
            "node.invoke.cancel",
        ] {
            peer.event(event, &payload).await;
        }
    }
    // The same id twice: Gateways do not, and if one does, both are answered.
    for _ in 0..2 {
        peer.invoke("i1", "ping", &json!({"timeoutMs": u64::MAX}))
            .await;
        assert_eq!(peer.result().await["payloadJSON"], "1");
    }
    peer.invoke("i2", "ping", &json!({"paramsJSON": "{\"a\":"}))
        .await;
    assert_eq!(peer.result().await["error"]["code"], "INVALID_REQUEST");
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_a_day_has_its_node_back_by_itself() {
    let gateway = TestGateway::start(node()).await.unwrap();
    alive(&gateway).await;
    // Every timer is late at once, that of the connection too.
    tokio::time::advance(Duration::from_secs(86_400)).await;
    let answer = loop {
        gateway.declares(|_| true).await.unwrap();
        // The connection of before may still be on its way out.
        match gateway.invoke("ping", Value::Null).await {
            Ok(answer) => break answer,
            Err(TestError::Disconnected | TestError::NotConnected) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(answer.text(), "\"pong\"");
}

#[tokio::test]
async fn a_thousand_calls_over_fifty_lost_connections_run_once_for_each_key() {
    let runs = Arc::<Mutex<HashMap<u32, usize>>>::default();
    let gate = Arc::new(Semaphore::new(0));
    let (count, door) = (Arc::clone(&runs), Arc::clone(&gate));
    let node = node().command("work", move |number: u32, _| {
        *count.lock().unwrap().entry(number).or_default() += 1;
        let door = Arc::clone(&door);
        async move {
            // Half of them cannot end before their connection is lost.
            if number.is_multiple_of(2) {
                door.acquire().await?.forget();
            }
            Ok::<_, NodeError>(number)
        }
    });
    let mut gateway = TestGateway::start(node).await.unwrap();
    let (mut done, mut lost) = (0, 0);
    for round in 0..50 {
        let mut open: Vec<u32> = (0..20).map(|n| round * 20 + n).collect();
        let mut restarts = 1;
        while !open.is_empty() {
            let mut calls = Vec::new();
            for number in std::mem::take(&mut open) {
                let call = gateway
                    .call("work")
                    .params(number)
                    .key(format!("k{number}"));
                calls.push((number, call.start().await.unwrap()));
            }
            if restarts > 0 {
                restarts -= 1;
                gateway.restart().await.unwrap();
                gate.add_permits(10);
            }
            for (number, call) in calls {
                match call.answer().await {
                    Ok(answer) => {
                        assert_eq!(answer.json::<u32>().unwrap(), number);
                        done += 1;
                    }
                    // Both are to be repeated with the same key.
                    Err(TestError::Disconnected) => {
                        lost += 1;
                        open.push(number);
                    }
                    Err(error) if error.code() == Some(NodeError::BUSY) => open.push(number),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
    assert_eq!(done, 1000);
    assert!(lost >= 500, "only {lost} calls lost their connection");
    let runs = runs.lock().unwrap();
    assert_eq!(runs.len(), 1000);
    assert!(runs.values().all(|times| *times == 1), "{runs:?}");
}

#[tokio::test]
async fn a_small_message_limit_of_a_gateway_is_kept() {
    for generation in [Generation::V3, Generation::V4] {
        let node = node().command("big", |bytes: usize, _| async move {
            Ok::<_, NodeError>("\"".repeat(bytes))
        });
        let gateway = TestGateway::builder()
            .generation(generation)
            .max_payload(4096);
        let gateway = gateway.start(node).await.unwrap();
        for (bytes, fits) in [(500, true), (1500, true), (3000, false), (1_000_000, false)] {
            let answer = gateway.invoke("big", bytes).await;
            match answer {
                Ok(answer) => assert!(fits && answer.json::<String>().unwrap().len() == bytes),
                Err(error) => assert!(!fits && error.code() == Some(NodeError::TOO_LARGE)),
            }
        }
        alive(&gateway).await;
    }
}
