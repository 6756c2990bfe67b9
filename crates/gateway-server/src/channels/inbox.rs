//! What came in and is not dealt with: in order within a conversation, side by side between them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use openclaw_channels::{Backoff, Inbound};
use openclaw_store::{StoreError, UpdateRecord};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::take::{self, Later};
use crate::clock::now_ms;
use crate::core::Core;

/// Waits between tries.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest of them.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// What is older is not answered any more: nobody waits for it.
const FRESH_MS: u64 = 6 * 3600 * 1000;
/// The longest rest without a look.
const LOOK: Duration = Duration::from_secs(300);

/// A conversation: channel, account, chat.
type Lane = (String, String, String);

/// Deals with what comes in until the Gateway stops.
pub(super) async fn keep(core: &Arc<Core>, stop: &CancellationToken) {
    let mut tasks: JoinSet<(Lane, Result<(), Later>)> = JoinSet::new();
    let mut busy: HashSet<Lane> = HashSet::new();
    let mut resting: HashMap<Lane, (Instant, Backoff)> = HashMap::new();
    loop {
        let mut again = Instant::now() + LOOK;
        match open(core).await {
            Ok(lanes) => {
                resting.retain(|lane, _| lanes.iter().any(|(known, _)| known == lane));
                for (lane, updates) in lanes {
                    let rest = resting.get(&lane).map(|(until, _)| *until);
                    if let Some(until) = rest.filter(|until| *until > Instant::now()) {
                        again = again.min(until);
                    } else if busy.insert(lane.clone()) {
                        tasks.spawn(one_by_one(Arc::clone(core), lane, updates));
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what came in is unreadable");
                again = Instant::now() + MOST_WAIT;
            }
        }
        tokio::select! {
            // What goes on is cut off: it is taken up at the next start.
            () = stop.cancelled() => return,
            () = core.channels.inbox.notified() => {}
            () = tokio::time::sleep_until(again) => {}
            Some(ended) = tasks.join_next() => match ended {
                Ok((lane, Ok(()))) => {
                    busy.remove(&lane);
                    resting.remove(&lane);
                }
                Ok((lane, Err(why))) => {
                    tracing::warn!(channel = lane.0, account = lane.1, %why, "a message waits");
                    busy.remove(&lane);
                    let backoff = || Backoff::new(FIRST_WAIT, MOST_WAIT);
                    let rest = resting.entry(lane).or_insert_with(|| (Instant::now(), backoff()));
                    rest.0 = Instant::now() + rest.1.next_wait();
                }
                Err(error) => {
                    // Whose it was is not known: what is left is begun anew.
                    tracing::error!(%error, "a message could not be dealt with");
                    busy.clear();
                    tasks.shutdown().await;
                    again = Instant::now() + MOST_WAIT;
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep_until(again) => {}
                    }
                }
            },
        }
    }
}

/// What no run answers yet, by conversation.
async fn open(core: &Core) -> Result<Vec<(Lane, Vec<(UpdateRecord, Inbound)>)>, StoreError> {
    let mut lanes: Vec<(Lane, Vec<(UpdateRecord, Inbound)>)> = Vec::new();
    for record in core.home.open_updates().await? {
        if record.run_id.is_some() {
            continue;
        }
        let inbound = match serde_json::from_str::<Inbound>(record.body.get()) {
            Ok(inbound) => inbound,
            Err(error) => {
                tracing::warn!(%error, "a message is unreadable and is passed over");
                core.home.settle_update(record.key, now_ms()).await?;
                continue;
            }
        };
        if now_ms().saturating_sub(record.received_at_ms) > FRESH_MS {
            tracing::warn!(
                channel = record.key.channel,
                update = record.key.update_id,
                "a message waited for too long and is passed over"
            );
            core.home.settle_update(record.key, now_ms()).await?;
            continue;
        }
        let lane = (
            record.key.channel.clone(),
            record.key.account.clone(),
            inbound.chat.id.clone(),
        );
        match lanes.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, updates)) => updates.push((record, inbound)),
            None => lanes.push((lane, vec![(record, inbound)])),
        }
    }
    Ok(lanes)
}

async fn one_by_one(
    core: Arc<Core>,
    lane: Lane,
    updates: Vec<(UpdateRecord, Inbound)>,
) -> (Lane, Result<(), Later>) {
    for (record, inbound) in updates {
        if let Err(later) = take::take(&core, &record, &inbound).await {
            return (lane, Err(later));
        }
    }
    (lane, Ok(()))
}
