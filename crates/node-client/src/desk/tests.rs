use std::sync::Arc;
use std::time::Duration;

use openclaw_protocol::id::InvokeId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Admitted, Asked, Desk, LaneRules, RunId, Waiter};
use crate::command::CommandLimits;
use crate::limits;
use crate::outcome::Outcome;

/// A desk with one command, `c`; jobs are numbers and waiters are reached by nothing.
struct Scene {
    desk: Desk<u32, ()>,
    now: Instant,
    calls: u32,
}

struct Call {
    key: Option<&'static str>,
    fingerprint: u64,
    deadline_ms: u64,
    connection: u64,
    cancel: CancellationToken,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            key: None,
            fingerprint: 1,
            deadline_ms: 1000,
            connection: 1,
            cancel: CancellationToken::new(),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Seen {
    Start(u32),
    Waits,
    Answered(String),
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(text) => text.as_deref().unwrap_or("nothing").to_owned(),
        Outcome::Failed(error) => error.code().to_owned(),
    }
}

impl Scene {
    fn new(concurrency: usize, queue: usize) -> Self {
        Self::with(concurrency, queue, false)
    }

    fn with(concurrency: usize, queue: usize, ends_with_connection: bool) -> Self {
        let rules = LaneRules {
            limits: CommandLimits { concurrency, queue },
            ends_with_connection,
        };
        Self {
            desk: Desk::new([("c".to_owned(), rules)]),
            now: Instant::now(),
            calls: 0,
        }
    }

    /// Calls the command; the call's number is its job's and, as text, its invoke id.
    fn call(&mut self, call: Call) -> (u32, Option<RunId>, Seen) {
        self.call_command("c", call)
    }

    fn call_command(&mut self, command: &str, call: Call) -> (u32, Option<RunId>, Seen) {
        let number = self.calls;
        self.calls += 1;
        let asked = Asked {
            command,
            key: call.key,
            fingerprint: call.fingerprint,
            deadline: Some(self.now + Duration::from_millis(call.deadline_ms)),
            cancel: call.cancel,
        };
        let waiter = Waiter {
            invoke: InvokeId::from(number.to_string()),
            connection: call.connection,
            reply: (),
        };
        match self.desk.admit(asked, waiter, number, self.now) {
            Admitted::Start(id, job) => (number, Some(id), Seen::Start(job)),
            Admitted::Waits => (number, None, Seen::Waits),
            Admitted::Answered(_, outcome) => (number, None, Seen::Answered(word(&outcome))),
        }
    }

    fn start(&mut self, call: Call) -> RunId {
        let (_, id, seen) = self.call(call);
        id.unwrap_or_else(|| panic!("did not start: {seen:?}"))
    }

    fn settle(&mut self, id: RunId, text: &str) -> Vec<String> {
        let outcome = Arc::new(Outcome::Done(Some(text.into())));
        let told = self.desk.settle(id, &outcome, self.now);
        told.into_iter()
            .map(|waiter| waiter.invoke.to_string())
            .collect()
    }

    fn release(&mut self, id: RunId) -> (Option<u32>, Vec<String>) {
        let next = self.desk.release(id, self.now);
        let expired = next
            .expired
            .into_iter()
            .map(|waiter| waiter.invoke.to_string());
        (next.start.map(|(_, job)| job), expired.collect())
    }

    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
    }
}

fn busy() -> Seen {
    Seen::Answered("BUSY".to_owned())
}

#[test]
fn beyond_concurrency_calls_wait_and_beyond_the_queue_they_are_refused() {
    let mut scene = Scene::new(2, 1);
    let first = scene.start(Call::default());
    let second = scene.start(Call::default());
    assert_eq!(scene.call(Call::default()).2, Seen::Waits);
    assert_eq!(scene.call(Call::default()).2, busy());
    assert_eq!(scene.settle(first, "x"), ["0"]);
    assert_eq!(scene.call(Call::default()).2, busy());
    assert_eq!(scene.release(first), (Some(2), vec![]));
    assert_eq!(scene.release(second), (None, vec![]));
    scene.start(Call::default());
}

#[test]
fn a_concurrency_of_zero_counts_as_one() {
    let mut scene = Scene::new(0, 0);
    scene.start(Call::default());
    assert_eq!(scene.call(Call::default()).2, busy());
}

#[test]
fn an_unknown_command_and_an_expired_call_never_run() {
    let mut scene = Scene::new(1, 1);
    let unknown = scene.call_command("d", Call::default());
    assert_eq!(unknown.2, Seen::Answered("UNAVAILABLE".to_owned()));
    let expired = scene.call(Call {
        deadline_ms: 0,
        ..Call::default()
    });
    assert_eq!(expired.2, Seen::Answered("TIMEOUT".to_owned()));
    assert!(scene.desk.runs.is_empty());
}

#[test]
fn calls_that_expire_while_waiting_are_passed_over() {
    let mut scene = Scene::new(1, 3);
    let first = scene.start(Call {
        deadline_ms: 60_000,
        ..Call::default()
    });
    scene.call(Call {
        deadline_ms: 10,
        ..Call::default()
    });
    scene.call(Call {
        deadline_ms: 60_000,
        ..Call::default()
    });
    scene.pass(10);
    assert_eq!(scene.release(first), (Some(2), vec!["1".to_owned()]));
}

#[test]
fn a_repeated_key_joins_the_run_and_later_gets_its_outcome() {
    let mut scene = Scene::new(1, 1);
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let id = scene.start(keyed());
    assert_eq!(scene.call(keyed()).2, Seen::Waits);
    assert_eq!(
        scene
            .call(Call {
                connection: 2,
                ..keyed()
            })
            .2,
        Seen::Waits
    );
    assert_eq!(scene.settle(id, "first"), ["0", "1", "2"]);
    assert_eq!(scene.call(keyed()).2, Seen::Answered("first".to_owned()));
    scene.release(id);
    assert_eq!(scene.call(keyed()).2, Seen::Answered("first".to_owned()));
}

#[test]
fn a_key_belongs_to_one_call() {
    let mut scene = Scene::new(2, 1);
    let refused = Seen::Answered("INVALID_REQUEST".to_owned());
    let id = scene.start(Call {
        key: Some("k"),
        ..Call::default()
    });
    let other = || Call {
        key: Some("k"),
        fingerprint: 2,
        ..Call::default()
    };
    assert_eq!(scene.call(other()).2, refused);
    scene.settle(id, "x");
    scene.release(id);
    assert_eq!(scene.call(other()).2, refused);
}

#[test]
fn what_never_ran_leaves_its_key_free() {
    let mut scene = Scene::new(1, 0);
    let id = scene.start(Call::default());
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    assert_eq!(scene.call(keyed()).2, busy());
    scene.release(id);
    scene.start(keyed());
}

#[test]
fn too_many_repeats_of_one_key_are_refused() {
    let mut scene = Scene::new(1, 0);
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    scene.start(keyed());
    for _ in 1..limits::WAITERS_OF_A_RUN {
        assert_eq!(scene.call(keyed()).2, Seen::Waits);
    }
    assert_eq!(scene.call(keyed()).2, busy());
}

#[test]
fn all_commands_together_are_bounded() {
    let mut scene = Scene::new(limits::CALLS * 2, 0);
    for _ in 0..limits::CALLS {
        scene.start(Call::default());
    }
    assert_eq!(scene.call(Call::default()).2, busy());
}

#[test]
fn a_run_is_cancelled_when_its_last_caller_leaves() {
    let mut scene = Scene::new(1, 0);
    let cancel = CancellationToken::new();
    let call = Call {
        key: Some("k"),
        cancel: cancel.clone(),
        ..Call::default()
    };
    scene.start(call);
    scene.call(Call {
        key: Some("k"),
        ..Call::default()
    });
    scene.desk.cancel(&"0".into(), 2);
    scene.desk.cancel(&"0".into(), 1);
    assert!(!cancel.is_cancelled());
    scene.desk.cancel(&"1".into(), 1);
    assert!(cancel.is_cancelled());
}

#[test]
fn a_cancelled_call_that_waits_gives_its_place_up() {
    let mut scene = Scene::new(1, 1);
    let first = scene.start(Call::default());
    scene.call(Call::default());
    scene.desk.cancel(&"1".into(), 1);
    assert_eq!(scene.call(Call::default()).2, Seen::Waits);
    assert_eq!(scene.release(first).0, Some(2));
}

#[test]
fn after_a_disconnect_runs_go_on_and_waiting_calls_never_start() {
    let mut scene = Scene::new(1, 2);
    let cancel = CancellationToken::new();
    let call = Call {
        key: Some("k"),
        cancel: cancel.clone(),
        ..Call::default()
    };
    let id = scene.start(call);
    scene.call(Call::default());
    scene.call(Call {
        connection: 2,
        ..Call::default()
    });
    scene.desk.disconnect(1);
    assert!(!cancel.is_cancelled());
    assert_eq!(scene.settle(id, "late"), Vec::<String>::new());
    assert_eq!(scene.release(id).0, Some(2));
    let again = scene.call(Call {
        key: Some("k"),
        connection: 2,
        ..Call::default()
    });
    assert_eq!(again.2, Seen::Answered("late".to_owned()));
}

#[test]
fn a_command_that_ends_with_its_connection_is_cancelled_and_still_runs_once() {
    let mut scene = Scene::with(2, 0, true);
    let call = |key, cancel: &CancellationToken, connection| Call {
        key: Some(key),
        cancel: cancel.clone(),
        connection,
        ..Call::default()
    };
    let (shared, lonely) = (CancellationToken::new(), CancellationToken::new());
    scene.start(call("shared", &shared, 1));
    scene.call(call("shared", &shared, 2));
    let id = scene.start(call("lonely", &lonely, 1));
    scene.desk.disconnect(3);
    scene.desk.disconnect(1);
    assert!(lonely.is_cancelled() && !shared.is_cancelled());
    assert_eq!(scene.settle(id, "stopped"), Vec::<String>::new());
    scene.release(id);
    let again = scene.call(call("lonely", &lonely, 2));
    assert_eq!(again.2, Seen::Answered("stopped".to_owned()));
}
