//! Input that arrives while a command runs: `node.invoke.input`.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use openclaw_protocol::id::InvokeId;
use serde_json::value::RawValue;
use tokio::sync::Notify;

use crate::{NodeError, limits};

/// The input of one call, in order, until the handler takes it.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Box<RawValue>>,
    next: u64,
    end: Option<End>,
}

/// Why there will be no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nobody can send any more.
    Over,
    /// A piece is missing.
    Gap,
    /// The handler did not take them in time.
    Full,
    /// A piece was no JSON.
    NotJson,
}

impl Inputs {
    /// Takes a piece in. Repeats are ignored; after a gap the rest is of no use.
    fn push(&self, seq: u64, text: String) {
        let mut state = self.state();
        if state.end.is_some() || seq < state.next {
            return;
        }
        if seq > state.next {
            state.end = Some(End::Gap);
        } else if state.queue.len() >= limits::INPUTS {
            state.end = Some(End::Full);
        } else {
            match RawValue::from_string(text) {
                Ok(piece) => {
                    state.next += 1;
                    state.queue.push_back(piece);
                }
                Err(_) => state.end = Some(End::NotJson),
            }
        }
        drop(state);
        self.arrived.notify_one();
    }

    /// Nobody can send any more: the connection is gone.
    fn close(&self) {
        self.state().end.get_or_insert(End::Over);
        self.arrived.notify_one();
    }

    /// The next piece, as soon as there is one; `None` when there will be none. Cancel-safe.
    pub(crate) async fn next(&self) -> Result<Option<Box<RawValue>>, NodeError> {
        loop {
            {
                let mut state = self.state();
                if let Some(piece) = state.queue.pop_front() {
                    return Ok(Some(piece));
                }
                if let Some(end) = state.end {
                    // Whoever else waits sees the same end.
                    self.arrived.notify_one();
                    return end.told();
                }
            }
            self.arrived.notified().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn told<T>(self) -> Result<Option<T>, NodeError> {
        let message = match self {
            Self::Over => return Ok(None),
            Self::Gap => "a piece of the input is missing",
            Self::NotJson => "a piece of the input is no JSON",
            Self::Full => {
                return Err(NodeError::new(
                    NodeError::BUSY,
                    "more input came than the command took",
                ));
            }
        };
        Err(NodeError::invalid_request(message))
    }
}

/// Which call input belongs to, by connection and id.
#[derive(Clone, Default)]
pub(crate) struct InputBook {
    calls: Arc<Mutex<Calls>>,
}

type Calls = HashMap<(u64, InvokeId), Weak<Inputs>>;

/// A call's place in the book, which ends with it.
pub(crate) struct InputSeat {
    book: InputBook,
    key: (u64, InvokeId),
    inputs: Arc<Inputs>,
}

impl InputBook {
    /// A place for a call of this connection.
    pub(crate) fn seat(&self, connection: u64, invoke: &InvokeId) -> InputSeat {
        let inputs = Arc::<Inputs>::default();
        let key = (connection, invoke.clone());
        self.calls().insert(key.clone(), Arc::downgrade(&inputs));
        InputSeat {
            book: self.clone(),
            key,
            inputs,
        }
    }

    /// Hands a piece to its call, if that is there.
    pub(crate) fn push(&self, connection: u64, invoke: InvokeId, seq: u64, text: String) {
        let call = self
            .calls()
            .get(&(connection, invoke))
            .and_then(Weak::upgrade);
        match call {
            Some(inputs) => inputs.push(seq, text),
            None => tracing::debug!("input for a call that is not there; ignored"),
        }
    }

    /// Ends the input of all calls of this connection.
    pub(crate) fn disconnect(&self, connection: u64) {
        let calls: Vec<_> = {
            let calls = self.calls();
            let of_it = calls.iter().filter(|((from, _), _)| *from == connection);
            of_it.filter_map(|(_, call)| call.upgrade()).collect()
        };
        for call in calls {
            call.close();
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InputSeat {
    /// What arrived for the call.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }
}

impl Drop for InputSeat {
    fn drop(&mut self) {
        let mut calls = self.book.calls();
        // The id may be somebody else's by now: Gateways can repeat one.
        let is_ours = |call: &Weak<Inputs>| std::ptr::eq(call.as_ptr(), &*self.inputs);
        if calls.get(&self.key).is_some_and(is_ours) {
            calls.remove(&self.key);
        }
    }
}

impl fmt::Debug for InputSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputSeat").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::id::InvokeId;

    use super::{InputBook, InputSeat};
    use crate::limits;

    fn scene() -> (InputBook, InputSeat, InvokeId) {
        let (book, id) = (InputBook::default(), InvokeId::from("i1"));
        let seat = book.seat(1, &id);
        (book, seat, id)
    }

    async fn next(seat: &InputSeat) -> Result<Option<String>, String> {
        let next = seat.inputs().next().await;
        next.map(|piece| piece.map(|piece| piece.get().to_owned()))
            .map_err(|error| error.message().to_owned())
    }

    #[tokio::test]
    async fn pieces_come_in_order_and_repeats_once() {
        let (book, seat, id) = scene();
        for (seq, text) in [(0, "1"), (1, "2"), (0, "1"), (1, "9"), (2, "3")] {
            book.push(1, id.clone(), seq, text.to_owned());
        }
        for expected in ["1", "2", "3"] {
            assert_eq!(next(&seat).await, Ok(Some(expected.to_owned())));
        }
        book.disconnect(2);
        book.disconnect(1);
        assert_eq!(next(&seat).await, Ok(None));
        assert_eq!(next(&seat).await, Ok(None));
    }

    #[tokio::test]
    async fn what_is_missing_too_much_or_no_json_ends_the_input_with_a_word() {
        let (book, seat, id) = scene();
        book.push(1, id.clone(), 0, "1".to_owned());
        book.push(1, id.clone(), 2, "3".to_owned());
        book.push(1, id, 1, "2".to_owned());
        assert_eq!(next(&seat).await, Ok(Some("1".to_owned())));
        assert!(next(&seat).await.unwrap_err().contains("missing"));

        let (book, seat, id) = scene();
        for seq in 0..10_000 {
            book.push(1, id.clone(), seq, "{}".to_owned());
        }
        for _ in 0..limits::INPUTS {
            next(&seat).await.unwrap();
        }
        assert!(next(&seat).await.unwrap_err().contains("more input"));

        let (book, seat, id) = scene();
        book.push(1, id, 0, "{".to_owned());
        assert!(next(&seat).await.unwrap_err().contains("no JSON"));
    }

    #[tokio::test]
    async fn input_belongs_to_a_call_of_its_connection_and_leaves_with_it() {
        let (book, seat, id) = scene();
        book.push(2, id.clone(), 0, "1".to_owned());
        book.push(1, InvokeId::from("i2"), 0, "1".to_owned());
        book.push(1, id.clone(), 0, "7".to_owned());
        assert_eq!(next(&seat).await, Ok(Some("7".to_owned())));
        let again = book.seat(1, &id);
        drop(seat);
        assert_eq!(book.calls().len(), 1);
        drop(again);
        assert_eq!(book.calls().len(), 0);
    }
}
