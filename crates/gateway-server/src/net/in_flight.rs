//! What a connection is doing: its place among idle sockets, and how it ends with the Gateway.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::Response;
use hyper::body::{Body as _, Bytes, Frame, SizeHint};

use crate::preauth::Slot;

/// A connection that speaks HTTP.
#[derive(Debug)]
pub(crate) struct InFlight {
    /// Its place among the sockets that became nothing yet; none for streams of the embedder.
    slot: Option<Slot>,
    is_busy: AtomicBool,
}

impl InFlight {
    pub(crate) fn new(slot: Option<Slot>) -> Arc<Self> {
        Arc::new(Self {
            slot,
            is_busy: AtomicBool::new(false),
        })
    }

    /// A request is being answered until this is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.is_busy.store(true, Ordering::Relaxed);
        self.slot.as_ref().inspect(|slot| slot.busy());
        Busy(Arc::clone(self))
    }

    /// A request is being answered.
    pub(crate) fn is_busy(&self) -> bool {
        self.is_busy.load(Ordering::Relaxed)
    }

    /// Ends when its place went to another.
    pub(crate) async fn evicted(&self) {
        match &self.slot {
            Some(slot) => slot.evicted().await,
            None => std::future::pending().await,
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Busy(Arc<InFlight>);

impl Busy {
    /// Who asks proved nothing so far, and is waited for: its place may go to another.
    pub(crate) fn waits(&self) {
        self.0.slot.as_ref().inspect(|slot| slot.idle());
    }

    /// It is worked on again: its place is safe.
    pub(crate) fn works(&self) {
        self.0.slot.as_ref().inspect(|slot| slot.busy());
    }

    /// Goes on for as long as an answer is written whose end nobody knows yet.
    pub(crate) fn until_sent(self, response: Response<Body>) -> Response<Body> {
        match response.body().size_hint().exact() {
            Some(_) => response,
            None => response.map(|body| Body::new(Held { body, _busy: self })),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.is_busy.store(false, Ordering::Relaxed);
        self.0.slot.as_ref().inspect(|slot| slot.idle());
    }
}

/// A body that keeps its connection busy.
#[derive(Debug)]
struct Held {
    body: Body,
    _busy: Busy,
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
