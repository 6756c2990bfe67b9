//! The task that keeps an announcement true.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use openclaw_discovery::wide_area::{ZoneFacts, write_zone};
use openclaw_discovery::{
    AdvertiseFacts, Advertiser, AdvertiserState, Decision, Silence, TxtMode, Zone, ZoneDay,
};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Announced, Announcement, MdnsState, ZonePlace, ZoneState, facts};
use crate::clock::now_ms;
use crate::core::Core;
use crate::host;
use crate::reach::Ways;

/// How often it is compared with what the Gateway is by now.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Begins to announce a Gateway that listens.
pub(crate) fn start(
    core: &Arc<Core>,
    announcement: Announcement,
    house: &TaskTracker,
    stop: CancellationToken,
) {
    let decision = facts::decision(&announcement, &core.ways().listening);
    let (said, state) = watch::channel(Announced {
        mdns: match decision {
            Decision::Silent(silence) => MdnsState::Silent(silence),
            Decision::Advertise(_) => MdnsState::Speaking(AdvertiserState::Starting),
        },
        zone: announcement.zone.as_ref().map(|_| ZoneState::Waiting),
    });
    match decision {
        Decision::Silent(silence @ (Silence::Disabled | Silence::Off)) => {
            tracing::info!("not announced by mDNS: {silence}");
        }
        Decision::Silent(silence) => tracing::debug!("not announced by mDNS: {silence}"),
        Decision::Advertise(_) => {}
    }
    // A Gateway is announced once.
    let _ = core.announced.set(state);
    let mode = match decision {
        Decision::Advertise(mode) => Some(mode),
        Decision::Silent(_) => None,
    };
    if mode.is_some() || announcement.zone.is_some() {
        let keeper = Keeper {
            core: Arc::clone(core),
            announcement,
            mode,
            said,
            speaking: None,
            written: None,
        };
        house.spawn(keeper.keep(stop));
    }
}

/// Keeps one announcement true.
struct Keeper {
    core: Arc<Core>,
    announcement: Announcement,
    /// How much is said by mDNS; nothing to be silent.
    mode: Option<TxtMode>,
    said: watch::Sender<Announced>,
    speaking: Option<Speaking>,
    /// What stands in the zone file.
    written: Option<ZoneFacts>,
}

/// What is said by mDNS.
struct Speaking {
    facts: AdvertiseFacts,
    advertiser: Advertiser,
    state: watch::Receiver<AdvertiserState>,
}

impl Keeper {
    async fn keep(mut self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tick.tick() => self.look().await,
                state = news(&mut self.speaking) => self.tell_mdns(state),
            }
        }
        if let Some(speaking) = self.speaking.take() {
            speaking.advertiser.stop().await;
            self.tell_mdns(AdvertiserState::Stopped);
        }
    }

    fn tell_mdns(&self, state: AdvertiserState) {
        self.said
            .send_modify(|said| said.mdns = MdnsState::Speaking(state));
    }

    /// Compares what is said with what is so, and says that.
    async fn look(&mut self) {
        let ways = self.core.ways();
        if let Some(mode) = self.mode {
            self.look_at_mdns(mode, &ways).await;
        }
        if let Some(place) = self.announcement.zone.clone() {
            self.look_at_zone(&place, &ways).await;
        }
    }

    async fn look_at_mdns(&mut self, mode: TxtMode, ways: &Ways) {
        let Some(facts) = facts::mdns(&self.announcement, mode, ways) else {
            return;
        };
        if let Some(speaking) = &self.speaking
            && speaking.facts == facts
        {
            return;
        }
        if let Some(outdated) = self.speaking.take() {
            tracing::info!("what mDNS tells of the gateway has changed; announcing it anew");
            outdated.advertiser.stop().await;
        }
        let multicast = facts::multicast(&self.announcement, &ways.listening);
        let advertiser = Advertiser::start(&facts, multicast);
        let state = advertiser.state();
        self.tell_mdns(AdvertiserState::Starting);
        self.speaking = Some(Speaking {
            facts,
            advertiser,
            state,
        });
    }

    async fn look_at_zone(&mut self, place: &ZonePlace, ways: &Ways) {
        let addresses = host::interfaces();
        let Some(facts) = facts::zone(&self.announcement, place, ways, &addresses) else {
            if self.tell_zone(ZoneState::NoAddress) {
                tracing::warn!(
                    "discovery.wideArea.domain is set, but no Tailscale IPv4 address was found; \
                     skipping unicast DNS-SD zone update"
                );
            }
            return;
        };
        if self.written.as_ref() == Some(&facts) {
            return;
        }
        match write(place, &facts).await {
            Ok(state) => {
                self.written = Some(facts);
                self.tell_zone(state);
            }
            Err(reason) => {
                self.written = None;
                let failed = ZoneState::Failed {
                    reason: reason.clone(),
                };
                if self.tell_zone(failed) {
                    tracing::warn!("wide-area discovery update failed: {reason}");
                }
            }
        }
    }

    /// Tells what has become of the zone file; whether that is news.
    fn tell_zone(&self, state: ZoneState) -> bool {
        self.said.send_if_modified(|said| {
            let is_news = said.zone.as_ref() != Some(&state);
            said.zone = Some(state);
            is_news
        })
    }
}

/// The next state of what is said; waits for ever where nothing is.
async fn news(speaking: &mut Option<Speaking>) -> AdvertiserState {
    let Some(Speaking { state, .. }) = speaking else {
        return pending().await;
    };
    match state.changed().await {
        Ok(()) => state.borrow_and_update().clone(),
        Err(_) => pending().await,
    }
}

/// Writes the zone file, on a thread that serves no connections.
async fn write(place: &ZonePlace, facts: &ZoneFacts) -> Result<ZoneState, String> {
    let (state_dir, zone) = (place.state_dir.clone(), Zone::new(facts));
    let today = ZoneDay::of_unix_seconds(now_ms() / 1000);
    let written = tokio::task::spawn_blocking(move || write_zone(&state_dir, &zone, today)).await;
    let written = match written {
        Ok(written) => written.map_err(|error| with_cause(&error))?,
        Err(error) => return Err(error.to_string()),
    };
    let what = if written.is_changed {
        "updated"
    } else {
        "unchanged"
    };
    tracing::info!(
        "wide-area DNS-SD {what} ({} → {})",
        place.domain,
        written.path.display()
    );
    Ok(ZoneState::Written {
        path: written.path,
        serial: written.serial,
    })
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
