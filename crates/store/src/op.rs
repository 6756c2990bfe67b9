//! One operation, not yet begun.

use std::fmt;
use std::pin::Pin;

use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::store::Store;
use crate::writer::Message;

/// One operation of a [`Store`], not yet begun: await it, or [`wait`](Self::wait) for it.
///
/// The answer of a write arrives when it is safe on disk. An operation whose future is dropped
/// early may or may not be done, but is never half done.
#[must_use = "nothing is done until the operation is awaited or waited for"]
pub struct Op<T> {
    store: Store,
    message: Message,
    answer: oneshot::Receiver<Result<T, StoreError>>,
}

/// The future of an [`Op`].
pub type OpFuture<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

impl<T> Op<T> {
    pub(crate) const fn new(
        store: Store,
        message: Message,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Self {
        Self {
            store,
            message,
            answer,
        }
    }

    /// Does the operation and blocks until its answer is there: for programs without a runtime.
    ///
    /// # Errors
    /// The error of the operation; [`StoreError::Closed`] when the store was closed.
    ///
    /// # Panics
    /// On a thread that runs async tasks; await the operation there.
    pub fn wait(self) -> Result<T, StoreError> {
        let Self {
            store,
            message,
            answer,
        } = self;
        let queued = store.queue().blocking_send(message);
        queued.map_err(|_| StoreError::Closed)?;
        answer.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T: Send + 'static> IntoFuture for Op<T> {
    type Output = Result<T, StoreError>;
    type IntoFuture = OpFuture<T>;

    fn into_future(self) -> OpFuture<T> {
        let Self {
            store,
            message,
            answer,
        } = self;
        Box::pin(async move {
            let queued = store.queue().send(message).await;
            queued.map_err(|_| StoreError::Closed)?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }
}

impl<T> fmt::Debug for Op<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Op")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
