//! Keeps an announcement up: replaces what failed, not too often, and never gives up.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::service::Service;
use super::state::{AdvertiseFault, AdvertiserState};
use crate::limits::{
    ADVERTISE_CHECK_EVERY, ANNOUNCE_QUIET, ANNOUNCE_WATCHDOG, READVERTISE_CEILING,
    READVERTISE_FLOOR,
};

/// Whoever can put a service on the network.
pub(super) trait Responder: Send + Sync + 'static {
    /// One announcement.
    type Session: Session;

    /// Starts one.
    fn open(&self, service: &Service) -> Result<Self::Session, AdvertiseFault>;
}

/// An announcement that was started.
pub(super) trait Session: Send {
    /// What happens next. Cancel-safe.
    fn next(&mut self) -> impl Future<Output = Signal> + Send;

    /// Says goodbye and ends.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// What happened to an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signal {
    /// It went out.
    Announced { instance: String },
    /// There is no network to be on any more.
    Lost,
    /// Something in it failed, in the system's words; it goes on.
    Complaint(String),
    /// It is over, in the system's words.
    Ended(String),
}

/// Keeps a service announced until it is told to stop.
pub(super) async fn supervise<R: Responder>(
    responder: R,
    service: Service,
    state: watch::Sender<AdvertiserState>,
    stop: CancellationToken,
) {
    let mut failures = 0;
    while let Err(fault) = hold(&responder, &service, &state, &stop, &mut failures).await {
        failures += 1;
        let retry_in = backoff(failures);
        tracing::warn!(%fault, retry_in_s = retry_in.as_secs(), "the gateway is not announced by mDNS");
        state.send_replace(AdvertiserState::Degraded { fault, retry_in });
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(retry_in) => {}
        }
    }
    state.send_replace(AdvertiserState::Stopped);
}

/// One announcement, from its start to the stop or a fault.
async fn hold<R: Responder>(
    responder: &R,
    service: &Service,
    state: &watch::Sender<AdvertiserState>,
    stop: &CancellationToken,
    failures: &mut u32,
) -> Result<(), AdvertiseFault> {
    let mut session = responder.open(service)?;
    // Since when it is not on the network, if it is not.
    let mut waiting = Some(Instant::now());
    let period = ADVERTISE_CHECK_EVERY;
    let mut check = interval_at(Instant::now() + period, period);
    loop {
        let fault = tokio::select! {
            () = stop.cancelled() => {
                session.close().await;
                return Ok(());
            }
            signal = session.next() => match signal {
                Signal::Announced { instance } => {
                    waiting = None;
                    *failures = 0;
                    tell(state, instance);
                    None
                }
                Signal::Lost => {
                    waiting.get_or_insert_with(Instant::now);
                    None
                }
                Signal::Complaint(reason) => {
                    tracing::debug!(%reason, "mDNS");
                    None
                }
                Signal::Ended(reason) => Some(AdvertiseFault::Ended { reason }),
            },
            _ = check.tick() => waiting.and_then(|since| watchdog(since.elapsed(), state)),
        };
        if let Some(fault) = fault {
            session.close().await;
            return Err(fault);
        }
    }
}

/// What to think of an announcement that has not gone out: first a degraded state, for a network
/// may come up, then a fault.
fn watchdog(waited: Duration, state: &watch::Sender<AdvertiserState>) -> Option<AdvertiseFault> {
    let fault = AdvertiseFault::Silent { waited };
    if waited >= ANNOUNCE_WATCHDOG {
        return Some(fault);
    }
    if waited >= ANNOUNCE_QUIET {
        let retry_in = ANNOUNCE_WATCHDOG - waited;
        state.send_replace(AdvertiserState::Degraded { fault, retry_in });
    }
    None
}

fn tell(state: &watch::Sender<AdvertiserState>, instance: String) {
    let news = AdvertiserState::Announced { instance };
    state.send_if_modified(|state| {
        let is_news = *state != news;
        if is_news {
            tracing::info!(state = ?news, "announced by mDNS");
            *state = news;
        }
        is_news
    });
}

/// Doubles from the floor to the ceiling.
fn backoff(failures: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u32::MAX);
    READVERTISE_FLOOR
        .saturating_mul(doubled)
        .min(READVERTISE_CEILING)
}
