//! One operation on its way through the writer thread.

use std::path::Path;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::{Failure, StoreError};
use crate::touch::Touches;

/// What an operation works on.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) touches: &'a Touches,
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

/// One operation: run inside a transaction, answered after its end.
pub(crate) trait Job: Send {
    fn mode(&self) -> Mode;

    /// Does the work and keeps the result; also returns the error, if there is one.
    fn run(&mut self, cx: Context<'_>, path: &Path) -> Result<(), StoreError>;

    /// Answers. `lost` says why the work, if it went well, is undone nevertheless.
    fn finish(self: Box<Self>, lost: Option<&StoreError>);
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Makes a job of a closure, and the place where its answer will arrive.
pub(crate) fn job<T, F>(
    mode: Mode,
    work: F,
) -> (Box<dyn Job>, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    F: FnOnce(Context<'_>) -> Result<T, Failure> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (
        Box::new(Typed {
            mode,
            state: State::Waiting(work),
            reply,
        }),
        answer,
    )
}

struct Typed<T, F> {
    mode: Mode,
    state: State<T, F>,
    reply: Reply<T>,
}

enum State<T, F> {
    Waiting(F),
    Running,
    Done(Result<T, StoreError>),
}

impl<T, F> Job for Typed<T, F>
where
    T: Send,
    F: FnOnce(Context<'_>) -> Result<T, Failure> + Send,
{
    fn mode(&self) -> Mode {
        self.mode
    }

    fn run(&mut self, cx: Context<'_>, path: &Path) -> Result<(), StoreError> {
        let State::Waiting(work) = std::mem::replace(&mut self.state, State::Running) else {
            return Err(StoreError::Closed);
        };
        let result = work(cx).map_err(|failure| failure.into_error(path));
        let outcome = result.as_ref().map(drop).map_err(StoreError::clone);
        self.state = State::Done(result);
        outcome
    }

    fn finish(self: Box<Self>, lost: Option<&StoreError>) {
        let answer = match (self.state, lost) {
            (State::Done(Err(error)), _) => Err(error),
            (_, Some(error)) => Err(error.clone()),
            (State::Done(Ok(value)), None) => Ok(value),
            // Only a job that was run is finished without a loss.
            (State::Waiting(_) | State::Running, None) => Err(StoreError::Closed),
        };
        // Nobody waits any more: the work is done all the same.
        let _ = self.reply.send(answer);
    }
}
