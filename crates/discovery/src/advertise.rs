//! Announcing this Gateway by mDNS (RFC 6762), as a responder that keeps nothing of what it hears.
//!
//! | To find | Open |
//! | --- | --- |
//! | what is announced | `service`, `records` |
//! | what is answered | `answer` |
//! | names that others have too | `rival` |
//! | probing, announcing, answering, without I/O | `machine` |
//! | network interfaces and the socket | `links`, `socket` |
//! | keeping it up | `supervise`, `state` |
//!
//! It is spoken over IPv4, and tells IPv6 addresses too. An announcement lives as long as the
//! Gateway, so whatever a neighbour sends costs it no memory and a bounded number of datagrams
//! in a second.

mod answer;
mod links;
mod machine;
mod records;
mod rival;
mod service;
mod socket;
mod state;
mod supervise;

#[cfg(test)]
mod tests;

use std::fmt;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::interfaces::Multicast;
use crate::limits::GOODBYE;
use service::Service;
use socket::MdnsResponder;

pub use service::AdvertiseFacts;
pub use state::{AdvertiseFault, AdvertiserState};

/// An announcement that is kept up in a task of its own.
///
/// It never fails as far as its owner is concerned: what goes wrong is a
/// [state](AdvertiserState), and it is tried again, at most every 30 seconds. Dropping it ends
/// it; [`stop`](Self::stop) also waits for the goodbye.
pub struct Advertiser {
    state: watch::Receiver<AdvertiserState>,
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Advertiser {
    /// Starts to announce. Whether to is decided before: see
    /// [`should_advertise`](crate::should_advertise). Must be called within a tokio runtime.
    pub fn start(facts: &AdvertiseFacts, multicast: Multicast) -> Self {
        let service = Service::new(facts);
        Self::supervised(MdnsResponder::new(multicast), service)
    }

    fn supervised<R: supervise::Responder>(responder: R, service: Service) -> Self {
        let (sender, state) = watch::channel(AdvertiserState::Starting);
        let stop = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(supervise::supervise(
            responder,
            service,
            sender,
            stop.clone(),
        ));
        Self { state, stop, task }
    }

    /// How it goes, now and from now on.
    pub fn state(&self) -> watch::Receiver<AdvertiserState> {
        self.state.clone()
    }

    /// Says goodbye to the network and ends; takes at most a few seconds.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // Saying goodbye waits for nothing, and the task ends with it.
        if timeout(2 * GOODBYE, self.task.join_next()).await.is_err() {
            tracing::warn!("the mDNS announcement did not end in time and was cut off");
        }
    }
}

impl fmt::Debug for Advertiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Advertiser")
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}
