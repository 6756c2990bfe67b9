//! What is to go out: in order to one address, side by side to several.
//!
//! | State | What is known |
//! | --- | --- |
//! | waiting | it has not left; it is sent when its time comes |
//! | sending | it may have left |
//! | sent | the service took it |
//! | failed | the service refused it, or it waited for too long |
//! | unknown | it may have arrived; it is not sent again |
//!
//! A delivery that is found in `sending` at a start goes on where that is harmless: with the parts
//! that have certainly not left, or all of them where the service notices what comes twice. Only
//! the part that was on its way is given up, and that is said.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use openclaw_store::{DeliveryRecord, DeliveryState, StoreError};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::deliver::{self, Stuck};
use crate::clock::now_ms;
use crate::core::Core;

/// The longest rest without a look.
const LOOK: Duration = Duration::from_secs(60);
/// How long it is waited after the state was unusable.
const BROKEN: Duration = Duration::from_secs(5);
/// What ended is known for so long.
const KNOWN_MS: u64 = 7 * 24 * 3600 * 1000;
/// How often what is older is forgotten.
const SWEEP: Duration = Duration::from_secs(3600);

/// An address: channel, account, target.
type Lane = (String, String, String);

/// Sends what is to go out until the Gateway stops.
pub(super) async fn keep(core: &Arc<Core>, stop: &CancellationToken) {
    let mut tasks: JoinSet<(Lane, Result<(), Stuck>)> = JoinSet::new();
    let mut busy: HashSet<Lane> = HashSet::new();
    let mut resting: HashMap<Lane, Instant> = HashMap::new();
    let mut is_resumed = false;
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        let mut again = Instant::now() + LOOK;
        let looked = async {
            if !is_resumed {
                deliver::resume(core).await?;
                is_resumed = true;
            }
            open(core).await
        };
        match looked.await {
            Ok(lanes) => {
                resting.retain(|lane, until| {
                    *until > Instant::now() && lanes.iter().any(|(known, _)| known == lane)
                });
                for (lane, deliveries) in lanes {
                    let due = due(&deliveries);
                    let until = resting.get(&lane).copied().into_iter().chain(due).max();
                    if let Some(until) = until.filter(|until| *until > Instant::now()) {
                        again = again.min(until);
                    } else if busy.insert(lane.clone()) {
                        tasks.spawn(one_by_one(Arc::clone(core), lane, deliveries));
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what is to be sent is unreadable");
                again = Instant::now() + BROKEN;
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = core.channels.outbox.notified() => {}
            () = tokio::time::sleep_until(again) => {}
            _ = sweep.tick() => forget(core).await,
            Some(ended) = tasks.join_next() => {
                match ended {
                    Ok((lane, result)) => {
                        busy.remove(&lane);
                        if let Err(stuck) = result {
                            resting.insert(lane, Instant::now() + stuck.wait());
                        }
                    }
                    Err(error) => {
                        // Whose it was is not known: those that go on end first.
                        tracing::error!(%error, "a delivery could not be dealt with");
                        while tasks.join_next().await.is_some() {}
                        busy.clear();
                        is_resumed = false;
                    }
                }
            }
        }
    }
    // What is on its way is finished: what became of it is known then.
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("a delivery was on its way when the gateway stopped");
    }
}

/// How long what is on its way may take when the Gateway stops.
const GRACE: Duration = Duration::from_secs(4);

/// When the first of these may be sent, if not now.
fn due(deliveries: &[DeliveryRecord]) -> Option<Instant> {
    let first = deliveries.first()?;
    let wait = first.not_before_ms.saturating_sub(now_ms());
    (wait > 0).then(|| Instant::now() + Duration::from_millis(wait))
}

/// What waits, by address.
async fn open(core: &Core) -> Result<Vec<(Lane, Vec<DeliveryRecord>)>, StoreError> {
    let mut lanes: Vec<(Lane, Vec<DeliveryRecord>)> = Vec::new();
    for record in core.home.open_deliveries().await? {
        if record.state != DeliveryState::Waiting {
            continue;
        }
        let delivery = &record.delivery;
        let lane = (
            delivery.channel.clone(),
            delivery.account.clone(),
            delivery.target.clone(),
        );
        match lanes.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, deliveries)) => deliveries.push(record),
            None => lanes.push((lane, vec![record])),
        }
    }
    Ok(lanes)
}

async fn one_by_one(
    core: Arc<Core>,
    lane: Lane,
    deliveries: Vec<DeliveryRecord>,
) -> (Lane, Result<(), Stuck>) {
    for record in deliveries {
        if core.runs.is_resting() {
            break;
        }
        let id = record.delivery.delivery_id.clone();
        let ended = deliver::deliver(&core, record).await;
        core.channels.waiters.changed(&id);
        if let Err(stuck) = ended {
            if matches!(stuck, Stuck::Channel(_)) {
                tracing::debug!(channel = lane.0, delivery = id, %stuck, "a delivery waits");
            } else {
                tracing::warn!(channel = lane.0, delivery = id, %stuck, "a delivery waits");
            }
            return (lane, Err(stuck));
        }
    }
    (lane, Ok(()))
}

async fn forget(core: &Core) {
    let before = now_ms().saturating_sub(KNOWN_MS);
    let deliveries = core.home.forget_deliveries(before).await;
    let updates = core.home.forget_updates(before).await;
    if let Err(error) = deliveries.and(updates) {
        tracing::warn!(%error, "what was sent long ago is not forgotten");
    }
}
