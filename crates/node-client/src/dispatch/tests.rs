use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use openclaw_protocol::{Generation, Raw};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Dispatcher, deadline};
use crate::command::{Command, CommandLimits};
use crate::handler::{self, Handler};
use crate::line::Line;
use crate::publish::Published;
use crate::request::{InvokeCancel, InvokeRequest};
use crate::uplink::{SendError, Uplink};
use crate::{InvokeContext, NodeError, NodeHandle, NodeState, Surface};

/// A connection that remembers what was sent on it.
#[derive(Debug)]
struct Recorder {
    generation: Generation,
    sent: Mutex<Vec<(String, Value)>>,
    arrived: Notify,
}

#[async_trait]
impl Uplink for Recorder {
    async fn call(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> Result<Option<Box<RawValue>>, SendError> {
        let params = serde_json::from_str(params.get()).unwrap();
        self.sent.lock().unwrap().push((method.to_owned(), params));
        self.arrived.notify_one();
        Ok(None)
    }

    fn generation(&self) -> Generation {
        self.generation
    }

    fn max_payload(&self) -> usize {
        10_000
    }

    fn node_id(&self) -> &str {
        "n1"
    }
}

struct Scene {
    dispatcher: Dispatcher,
    recorder: Arc<Recorder>,
    calls: AtomicUsize,
}

impl Scene {
    fn new(handler: Handler) -> Self {
        Self::with(handler, CommandLimits::default(), Generation::V4)
    }

    fn with(handler: Handler, limits: CommandLimits, generation: Generation) -> Self {
        let stop = CancellationToken::new();
        let (_, uplink) = watch::channel(None);
        let (_, state) = watch::channel(NodeState::Idle);
        let handle = NodeHandle::new(
            uplink,
            state,
            stop.clone(),
            Surface::default(),
            Published::default(),
        );
        let command = Command {
            name: "c".to_owned(),
            handler,
            limits,
            ends_with_connection: false,
        };
        let recorder = Recorder {
            generation,
            sent: Mutex::default(),
            arrived: Notify::new(),
        };
        Self {
            dispatcher: Dispatcher::new(vec![command], handle, stop),
            recorder: Arc::new(recorder),
            calls: AtomicUsize::new(0),
        }
    }

    /// Calls `c` with more members of the request; gives the invoke id.
    fn invoke(&self, more: &Value) -> String {
        let id = format!("i{}", self.calls.fetch_add(1, Ordering::SeqCst));
        let mut payload = json!({"id": id, "nodeId": "n1", "command": "c"});
        for (key, value) in more.as_object().unwrap() {
            payload[key] = value.clone();
        }
        let raw = Raw::from_string(payload.to_string()).unwrap();
        let uplink: Arc<dyn Uplink> = Arc::clone(&self.recorder) as Arc<dyn Uplink>;
        self.dispatcher
            .invoke(InvokeRequest::read(&raw).unwrap(), &Line::new(1, uplink));
        id
    }

    /// The answer to one call, once it is there.
    async fn answer(&self, id: &str) -> Value {
        loop {
            let found = {
                let sent = self.recorder.sent.lock().unwrap();
                let ours = |(method, params): &&(String, Value)| {
                    method == "node.invoke.result" && params["id"] == id
                };
                sent.iter().find(ours).map(|(_, params)| params.clone())
            };
            match found {
                Some(params) => return params,
                None => self.recorder.arrived.notified().await,
            }
        }
    }

    async fn ask(&self, more: &Value) -> Value {
        let id = self.invoke(more);
        self.answer(&id).await
    }
}

fn echo() -> Handler {
    handler::typed(|params: Value, _| async move { Ok(params) })
}

/// A handler that waits for permission, and counts its runs.
fn gated() -> (Handler, Arc<tokio::sync::Semaphore>, Arc<AtomicUsize>) {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let runs = Arc::new(AtomicUsize::new(0));
    let (inner_gate, inner_runs) = (Arc::clone(&gate), Arc::clone(&runs));
    let handler = handler::typed(move |(): (), _| {
        let gate = Arc::clone(&inner_gate);
        let run = inner_runs.fetch_add(1, Ordering::SeqCst);
        async move {
            gate.acquire().await?.forget();
            Ok(run)
        }
    });
    (handler, gate, runs)
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or("no error")
}

#[tokio::test]
async fn a_handler_answers_with_its_result() {
    let scene = Scene::new(echo());
    let answer = scene.ask(&json!({"paramsJSON": "{\"a\":1}"})).await;
    assert_eq!(
        answer,
        json!({"id": "i0", "nodeId": "n1", "ok": true, "payloadJSON": "{\"a\":1}"})
    );
}

#[tokio::test]
async fn refusals_name_their_reason() {
    let scene = Scene::new(handler::typed(|_: u8, _| async move { Ok(()) }));
    let unknown = scene.ask(&json!({"command": "other"})).await;
    assert_eq!(
        unknown["error"],
        json!({"code": "UNAVAILABLE", "message": "command not supported"})
    );
    assert_eq!(
        code(&scene.ask(&json!({"paramsJSON": "{"})).await),
        "INVALID_REQUEST"
    );
    assert_eq!(
        code(&scene.ask(&json!({"paramsJSON": "\"x\""})).await),
        "INVALID_REQUEST"
    );
    assert_eq!(scene.ask(&json!({"paramsJSON": "7"})).await["ok"], true);
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_node_lives_on() {
    let scene = Scene::new(handler::typed(|fails: bool, _| {
        assert!(!fails, "on purpose");
        async move { Ok("fine") }
    }));
    let panicked = scene.ask(&json!({"paramsJSON": "true"})).await;
    assert_eq!(code(&panicked), "HANDLER_PANICKED");
    assert!(!panicked.to_string().contains("on purpose"));
    assert_eq!(scene.ask(&json!({"paramsJSON": "false"})).await["ok"], true);
}

#[tokio::test]
async fn a_blocking_handler_works_and_panics_like_any_other() {
    let scene = Scene::new(handler::blocking(|fails: bool, context: InvokeContext| {
        assert!(!fails, "on purpose");
        Ok(context.command().to_owned())
    }));
    assert_eq!(
        scene.ask(&json!({"paramsJSON": "false"})).await["payloadJSON"],
        "\"c\""
    );
    assert_eq!(
        code(&scene.ask(&json!({"paramsJSON": "true"})).await),
        "HANDLER_PANICKED"
    );
}

#[tokio::test(start_paused = true)]
async fn time_that_is_up_cancels_the_handler_and_answers_at_once() {
    let cancelled = Arc::new(Notify::new());
    let seen = Arc::clone(&cancelled);
    let scene = Scene::new(handler::typed(move |(): (), context: InvokeContext| {
        let seen = Arc::clone(&seen);
        async move {
            context.cancellation().cancelled().await;
            seen.notify_one();
            std::future::pending::<Result<(), NodeError>>().await
        }
    }));
    let started = Instant::now();
    let answer = scene.ask(&json!({"timeoutMs": 500})).await;
    assert_eq!(code(&answer), "TIMEOUT");
    assert_eq!(started.elapsed(), Duration::from_millis(500));
    cancelled.notified().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_does_not_end_gives_its_place_up_after_the_grace() {
    let limits = CommandLimits {
        concurrency: 1,
        queue: 1,
    };
    let (handler, _gate, runs) = gated();
    let scene = Scene::with(handler, limits, Generation::V4);
    let first = scene.invoke(&json!({"timeoutMs": 100}));
    scene.invoke(&json!({"timeoutMs": 60_000}));
    assert_eq!(code(&scene.answer(&first).await), "TIMEOUT");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    tokio::time::sleep(crate::CANCEL_GRACE + Duration::from_millis(1)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_expires_in_the_queue_never_runs() {
    let limits = CommandLimits {
        concurrency: 1,
        queue: 1,
    };
    let (handler, gate, runs) = gated();
    let scene = Scene::with(handler, limits, Generation::V4);
    let first = scene.invoke(&json!({"timeoutMs": 60_000}));
    let late = scene.invoke(&json!({"timeoutMs": 10}));
    tokio::time::sleep(Duration::from_millis(20)).await;
    gate.add_permits(1);
    assert_eq!(scene.answer(&first).await["ok"], true);
    assert_eq!(code(&scene.answer(&late).await), "TIMEOUT");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn more_calls_than_the_bounds_are_refused_as_busy() {
    let (handler, gate, runs) = gated();
    let scene = Scene::with(
        handler,
        CommandLimits {
            concurrency: 1,
            queue: 1,
        },
        Generation::V4,
    );
    let running = scene.invoke(&json!({}));
    let waiting = scene.invoke(&json!({}));
    assert_eq!(code(&scene.ask(&json!({})).await), "BUSY");
    gate.add_permits(2);
    assert_eq!(scene.answer(&running).await["payloadJSON"], "0");
    assert_eq!(scene.answer(&waiting).await["payloadJSON"], "1");
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_key_is_one_run_for_calls_at_once_and_later() {
    let (handler, gate, runs) = gated();
    let scene = Scene::new(handler);
    let first = scene.invoke(&json!({"idempotencyKey": "k"}));
    let joined = scene.invoke(&json!({"idempotencyKey": "k"}));
    gate.add_permits(5);
    assert_eq!(scene.answer(&first).await["payloadJSON"], "0");
    assert_eq!(scene.answer(&joined).await["payloadJSON"], "0");
    assert_eq!(
        scene.ask(&json!({"idempotencyKey": "k"})).await["payloadJSON"],
        "0"
    );
    let other = scene
        .ask(&json!({"idempotencyKey": "k", "paramsJSON": "[]"}))
        .await;
    assert_eq!(code(&other), "INVALID_REQUEST");
    assert_eq!(
        scene.ask(&json!({"idempotencyKey": "l"})).await["payloadJSON"],
        "1"
    );
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_taken_back_cancels_its_run() {
    let ended = Arc::new(Notify::new());
    let seen = Arc::clone(&ended);
    let scene = Scene::new(handler::typed(move |(): (), context: InvokeContext| {
        let seen = Arc::clone(&seen);
        async move {
            context.cancellation().cancelled().await;
            seen.notify_one();
            Ok(())
        }
    }));
    let id = scene.invoke(&json!({}));
    let cancel: InvokeCancel =
        serde_json::from_value(json!({"invokeId": id, "nodeId": "n1"})).unwrap();
    scene.dispatcher.cancel(&cancel, 2);
    scene.dispatcher.cancel(&cancel, 1);
    ended.notified().await;
}

#[tokio::test]
async fn stopping_cancels_what_runs_and_waits_for_it() {
    let cleaned = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&cleaned);
    let scene = Scene::new(handler::typed(move |(): (), context: InvokeContext| {
        let seen = Arc::clone(&seen);
        async move {
            context.cancellation().cancelled().await;
            tokio::task::yield_now().await;
            seen.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }));
    scene.invoke(&json!({}));
    tokio::task::yield_now().await;
    scene.dispatcher.shut_down().await;
    assert_eq!(cleaned.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn progress_comes_in_order_before_the_result_and_only_where_it_is_known() {
    let tell = || {
        handler::typed(|(): (), context: InvokeContext| async move {
            let first = context.progress("one").await;
            Ok(first && context.progress("two").await)
        })
    };
    let scene = Scene::new(tell());
    assert_eq!(scene.ask(&json!({})).await["payloadJSON"], "true");
    let sent: Vec<_> = scene.recorder.sent.lock().unwrap().clone();
    let seen: Vec<_> = sent
        .iter()
        .map(|(method, params)| (method.as_str(), &params["chunk"]))
        .collect();
    let (one, two) = (json!("one"), json!("two"));
    assert_eq!(
        seen,
        [
            ("node.invoke.progress", &one),
            ("node.invoke.progress", &two),
            ("node.invoke.result", &Value::Null)
        ]
    );
    assert_eq!(
        (&sent[0].1["seq"], &sent[1].1["seq"]),
        (&json!(0), &json!(1))
    );

    let old = Scene::with(tell(), CommandLimits::default(), Generation::V3);
    assert_eq!(old.ask(&json!({})).await["payloadJSON"], "false");
    assert_eq!(old.recorder.sent.lock().unwrap().len(), 1);
}

#[test]
fn deadlines_follow_the_generation() {
    let now = Instant::now();
    let after = |ms| Some(now + Duration::from_millis(ms));
    for (timeout, generation, expected) in [
        (None, Generation::V3, after(30_000)),
        (None, Generation::V4, after(30_000)),
        (Some(0), Generation::V3, after(0)),
        (Some(0), Generation::V4, None),
        (Some(4991), Generation::V4, after(4991)),
    ] {
        assert_eq!(
            deadline(timeout, generation, now),
            expected,
            "{timeout:?} {generation:?}"
        );
    }
    deadline(Some(u64::MAX), Generation::V4, now);
}

#[tokio::test]
async fn a_february_call_without_time_left_never_runs() {
    let (handler, _gate, runs) = gated();
    let scene = Scene::with(handler, CommandLimits::default(), Generation::V3);
    assert_eq!(code(&scene.ask(&json!({"timeoutMs": 0})).await), "TIMEOUT");
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_a_day_ends_the_calls_that_are_due_and_no_other() {
    let scene = Scene::new(handler::typed(
        |(): (), context: InvokeContext| async move {
            context.cancellation().cancelled().await;
            std::future::pending::<Result<(), NodeError>>().await
        },
    ));
    let due = scene.invoke(&json!({"timeoutMs": 3_600_000}));
    let later = scene.invoke(&json!({"timeoutMs": 2 * 86_400_000}));
    let endless = scene.invoke(&json!({"timeoutMs": 0}));
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_secs(86_400)).await;
    assert_eq!(code(&scene.answer(&due).await), "TIMEOUT");
    tokio::time::advance(Duration::from_secs(60)).await;
    let answered = |id: &str| {
        let sent = scene.recorder.sent.lock().unwrap();
        sent.iter().any(|(_, params)| params["id"] == id)
    };
    assert!(!answered(&later) && !answered(&endless));
    scene.dispatcher.shut_down().await;
    assert_eq!(code(&scene.answer(&later).await), "CANCELLED");
    assert_eq!(code(&scene.answer(&endless).await), "CANCELLED");
}

#[tokio::test]
async fn a_command_that_is_withheld_is_no_command() {
    let scene = Scene::new(echo());
    let node = scene.dispatcher.shared.handle.clone();
    node.declare(|surface| surface.set_command("c", false));
    assert_eq!(code(&scene.ask(&json!({})).await), "UNAVAILABLE");
    node.declare(|surface| surface.set_command("c", true));
    assert_eq!(scene.ask(&json!({"paramsJSON": "1"})).await["ok"], true);
}
