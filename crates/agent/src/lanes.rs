//! Lanes: one run at a time per session, so many sessions at once, and a queue with an end.
//!
//! Who came first goes first, among those whose session is free: a session with a long queue
//! does not hold up the others.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

/// How many may run and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimits {
    /// Sessions that run at once.
    pub running: usize,
    /// Runs that wait in one session.
    pub waiting_per_session: usize,
    /// Runs that wait in all.
    pub waiting: usize,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            running: 8,
            waiting_per_session: 20,
            waiting: 500,
        }
    }
}

/// There is no place to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// The session's queue is full.
    #[error("{0} messages are waiting in this session already; wait, or send `/stop`")]
    SessionFull(usize),
    /// The Gateway's queue is full.
    #[error("{0} messages are waiting already; try again later")]
    Full(usize),
}

/// All lanes. Clones share them.
#[derive(Debug, Clone)]
pub struct Lanes {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limits: LaneLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: HashSet<Arc<str>>,
    waiting: VecDeque<Waiter>,
    next: u64,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    key: Arc<str>,
    go: oneshot::Sender<Turn>,
}

/// How many run and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneStatus {
    /// Sessions that run.
    pub running: usize,
    /// Runs that wait.
    pub waiting: usize,
}

impl Lanes {
    /// Lanes of their own.
    pub fn new(limits: LaneLimits) -> Self {
        Self {
            shared: Arc::new(Shared {
                limits,
                state: Mutex::default(),
            }),
        }
    }

    /// Takes a place in the lane of a session. Await it for the turn; drop it to leave.
    ///
    /// Errors: [`LaneError`] when there is no place to wait.
    pub fn enter(&self, session_key: &str) -> Result<Place, LaneError> {
        let limits = self.shared.limits;
        let (go, turn) = oneshot::channel();
        let mut state = self.shared.lock();
        let in_session = state
            .waiting
            .iter()
            .filter(|one| &*one.key == session_key)
            .count();
        let at_once = in_session == 0
            && !state.running.contains(session_key)
            && state.running.len() < limits.running.max(1);
        if !at_once && in_session >= limits.waiting_per_session {
            return Err(LaneError::SessionFull(in_session));
        }
        if !at_once && state.waiting.len() >= limits.waiting {
            return Err(LaneError::Full(state.waiting.len()));
        }
        let id = state.next;
        state.next += 1;
        let ahead = in_session + usize::from(state.running.contains(session_key));
        state.waiting.push_back(Waiter {
            id,
            key: session_key.into(),
            go,
        });
        drop(state);
        self.shared.start_those_who_can();
        Ok(Place {
            id,
            ahead,
            turn,
            shared: Arc::clone(&self.shared),
        })
    }

    /// How many run and wait.
    pub fn status(&self) -> LaneStatus {
        let state = self.shared.lock();
        LaneStatus {
            running: state.running.len(),
            waiting: state.waiting.len(),
        }
    }

    /// The session runs.
    pub fn is_running(&self, session_key: &str) -> bool {
        self.shared.lock().running.contains(session_key)
    }

    /// How many wait in a session.
    pub fn waiting_in(&self, session_key: &str) -> usize {
        self.shared
            .lock()
            .waiting
            .iter()
            .filter(|one| &*one.key == session_key)
            .count()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_those_who_can(self: &Arc<Self>) {
        loop {
            let mut state = self.lock();
            if state.running.len() >= self.limits.running.max(1) {
                return;
            }
            let State {
                running, waiting, ..
            } = &mut *state;
            let Some(at) = waiting.iter().position(|one| !running.contains(&one.key)) else {
                return;
            };
            let Some(waiter) = waiting.remove(at) else {
                return;
            };
            running.insert(Arc::clone(&waiter.key));
            // Not under the lock: a turn that nobody takes ends at once, and that locks again.
            drop(state);
            let turn = Turn {
                key: waiter.key,
                shared: Arc::clone(self),
            };
            drop(waiter.go.send(turn));
        }
    }

    fn end(self: &Arc<Self>, key: &str) {
        self.lock().running.remove(key);
        self.start_those_who_can();
    }

    fn leave(&self, id: u64) {
        self.lock().waiting.retain(|one| one.id != id);
    }
}

/// A place in a lane: a future that gives the turn. Dropping it leaves the lane.
#[derive(Debug)]
pub struct Place {
    id: u64,
    ahead: usize,
    turn: oneshot::Receiver<Turn>,
    shared: Arc<Shared>,
}

impl Place {
    /// How many of the same session were ahead when the place was taken.
    pub const fn ahead(&self) -> usize {
        self.ahead
    }
}

impl Future for Place {
    type Output = Turn;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Turn> {
        match Pin::new(&mut self.turn).poll(cx) {
            Poll::Ready(Ok(turn)) => Poll::Ready(turn),
            // The sender lives in the queue until it sends, and the queue lives as long as this.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.leave(self.id);
    }
}

/// The right to run in a session. Dropping it lets the next one run.
#[derive(Debug)]
pub struct Turn {
    key: Arc<str>,
    shared: Arc<Shared>,
}

impl Turn {
    /// The session.
    pub fn session_key(&self) -> &str {
        &self.key
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.end(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;

    fn lanes(running: usize) -> Lanes {
        Lanes::new(LaneLimits {
            running,
            waiting_per_session: 2,
            waiting: 4,
        })
    }

    fn turn(place: &mut Place) -> Option<Turn> {
        place.now_or_never()
    }

    #[test]
    fn one_run_at_a_time_in_a_session() {
        let lanes = lanes(4);
        let mut first = lanes.enter("a").unwrap();
        let mut second = lanes.enter("a").unwrap();
        assert_eq!((first.ahead(), second.ahead()), (0, 1));
        let running = turn(&mut first).unwrap();
        assert!(turn(&mut second).is_none());
        let mut other = lanes.enter("b").unwrap();
        assert_eq!(turn(&mut other).unwrap().session_key(), "b");
        drop(running);
        assert!(turn(&mut second).is_some());
    }

    #[test]
    fn a_busy_session_holds_up_nobody() {
        let lanes = lanes(2);
        let mut places: Vec<Place> = ["a", "a", "a", "b", "c"]
            .map(|key| lanes.enter(key).unwrap())
            .into();
        let a = turn(&mut places[0]).unwrap();
        let b = turn(&mut places[3]).unwrap();
        assert_eq!(
            lanes.status(),
            LaneStatus {
                running: 2,
                waiting: 3
            }
        );
        drop(b);
        assert!(
            turn(&mut places[4]).is_some(),
            "c goes before the second of a"
        );
        drop(a);
        assert!(turn(&mut places[1]).is_some());
    }

    #[test]
    fn queues_have_an_end() {
        let lanes = lanes(1);
        let kept: Vec<Place> = ["a", "a", "a"].map(|key| lanes.enter(key).unwrap()).into();
        assert_eq!(lanes.enter("a").unwrap_err(), LaneError::SessionFull(2));
        let more: Vec<Place> = ["b", "c"].map(|key| lanes.enter(key).unwrap()).into();
        assert_eq!(lanes.enter("d").unwrap_err(), LaneError::Full(4));
        drop((kept, more));
        assert_eq!(
            lanes.status(),
            LaneStatus {
                running: 0,
                waiting: 0
            }
        );
        assert!(turn(&mut lanes.enter("d").unwrap()).is_some());
    }

    #[test]
    fn who_leaves_is_not_waited_for() {
        let lanes = lanes(1);
        let mut first = lanes.enter("a").unwrap();
        let second = lanes.enter("a").unwrap();
        let mut third = lanes.enter("a").unwrap();
        let running = turn(&mut first).unwrap();
        assert_eq!(lanes.waiting_in("a"), 2);
        drop(second);
        drop(running);
        assert!(turn(&mut third).is_some());
    }

    #[test]
    fn a_turn_that_nobody_takes_goes_to_the_next() {
        let lanes = lanes(1);
        let first = lanes.enter("a").unwrap();
        let mut second = lanes.enter("a").unwrap();
        assert!(lanes.is_running("a"));
        drop(first);
        assert!(turn(&mut second).is_some());
    }

    proptest! {
        #[test]
        fn nobody_is_forgotten(script in prop::collection::vec((0_usize..5, 0_usize..3), 1..80)) {
            let lanes = Lanes::new(LaneLimits { running: 2, waiting_per_session: 100, waiting: 1000 });
            let (mut places, mut turns) = (Vec::new(), Vec::new());
            for (key, what) in script {
                match what {
                    0 => places.push(lanes.enter(&key.to_string()).unwrap()),
                    1 if !places.is_empty() => drop(places.remove(key % places.len())),
                    _ if !turns.is_empty() => drop(turns.remove(key % turns.len())),
                    _ => {}
                }
                places.retain_mut(|place| match turn(place) {
                    Some(turn) => { turns.push(turn); false }
                    None => true,
                });
                let mut keys: Vec<&str> = turns.iter().map(Turn::session_key).collect();
                keys.sort_unstable();
                keys.dedup();
                prop_assert_eq!(keys.len(), turns.len());
                prop_assert!(turns.len() <= 2);
                prop_assert_eq!(lanes.status(), LaneStatus { running: turns.len(), waiting: places.len() });
                let someone_could = places.len() > turns.len() && turns.is_empty();
                prop_assert!(!someone_could);
            }
        }
    }
}
