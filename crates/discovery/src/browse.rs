//! Looking for Gateways.

mod mdns;
mod unicast;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::beacon::Beacon;
use crate::beacons::{Beacons, Change};
use crate::daemon::DaemonError;
use crate::interfaces::Multicast;
use crate::limits::{BROWSE_TIMEOUT, LOCAL_DOMAIN, MAX_BEACONS, SIGHTING_QUEUE};
use crate::wide_area::{LookupError, WideArea};

/// Where to look, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowseOptions {
    /// When the search ends; never for a [`watch`] where there is no time.
    pub timeout: Option<Duration>,
    /// How to speak mDNS; nothing to leave the local network alone.
    pub mdns: Option<Multicast>,
    /// Domains to ask name servers about.
    pub wide_area: Vec<WideArea>,
}

impl Default for BrowseOptions {
    /// The local network, for [`BROWSE_TIMEOUT`].
    fn default() -> Self {
        Self {
            timeout: Some(BROWSE_TIMEOUT),
            mdns: Some(Multicast::default()),
            wide_area: Vec::new(),
        }
    }
}

impl BrowseOptions {
    /// The domains that are searched, with their last dots: `local.` first.
    pub fn domains(&self) -> Vec<String> {
        let local = self.mdns.iter().map(|_| LOCAL_DOMAIN.to_owned());
        let wide = self.wide_area.iter().map(|area| area.domain.with_dot());
        local.chain(wide).collect()
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The beacons, in the order in which they answered; at most [`MAX_BEACONS`].
    pub beacons: Vec<Beacon>,
    /// The domains that were searched.
    pub domains: Vec<String>,
    /// What went wrong, which may be why nothing was found.
    pub troubles: Vec<Trouble>,
}

/// News of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// A beacon is new, or tells something else than before.
    Found(Box<Beacon>),
    /// An instance said goodbye or was not heard of for too long.
    Gone {
        /// Its domain, with the last dot.
        domain: String,
        /// Its name.
        instance: String,
    },
    /// Something went wrong; the rest of the search goes on.
    Trouble(Trouble),
}

/// What went wrong in a search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// mDNS does not work here.
    #[error(transparent)]
    Mdns(#[from] DaemonError),
    /// Somebody floods the local network with records; what was found before is kept.
    #[error("the search of `local.` was ended: {records} records came in, which is a flood")]
    Flood {
        /// How many records and timers were held.
        records: i64,
    },
    /// No name server told anything about a domain.
    #[error("no answer about `{domain}`: {reason}")]
    Lookup {
        /// The domain, with the last dot.
        domain: String,
        /// What went wrong.
        reason: LookupError,
    },
    /// More beacons answered than are kept.
    #[error("more than {MAX_BEACONS} gateways answered; the rest are left out")]
    TooMany,
}

/// Looks for Gateways until the time is up and returns them all; without a time, for
/// [`BROWSE_TIMEOUT`]. A search of name servers alone ends when they have answered.
///
/// Finding nothing is no error: the reasons, if any, stand beside the empty list.
/// Must be called within a tokio runtime.
pub async fn browse(options: BrowseOptions) -> Found {
    let options = BrowseOptions {
        timeout: Some(options.timeout.unwrap_or(BROWSE_TIMEOUT)),
        ..options
    };
    let domains = options.domains();
    let mut watch = watch(options);
    let mut troubles = Vec::new();
    while let Some(sighting) = watch.next().await {
        if let Sighting::Trouble(trouble) = sighting {
            tracing::debug!(%trouble, "discovery");
            troubles.push(trouble);
        }
    }
    Found {
        beacons: watch.beacons.into_list(),
        domains,
        troubles,
    }
}

/// Looks for Gateways and tells of each as it answers. Must be called within a tokio runtime.
pub fn watch(options: BrowseOptions) -> Watch {
    let (sender, sightings) = mpsc::channel(SIGHTING_QUEUE);
    let mut tasks = JoinSet::new();
    let again = options.timeout.is_none();
    if let Some(multicast) = options.mdns {
        tasks.spawn(mdns::search(multicast, sender.clone()));
    }
    for area in options.wide_area {
        tasks.spawn(unicast::search(area, again, sender.clone()));
    }
    Watch {
        sightings,
        beacons: Beacons::default(),
        is_full: false,
        deadline: options.timeout.map(|time| Instant::now() + time),
        _tasks: tasks,
    }
}

/// A search that goes on. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    sightings: mpsc::Receiver<Sighting>,
    beacons: Beacons,
    is_full: bool,
    deadline: Option<Instant>,
    /// Held for their end: they are aborted with the watch.
    _tasks: JoinSet<()>,
}

impl Watch {
    /// The next news; nothing more when the time is up or all sources are done.
    ///
    /// Cancel-safe. Every beacon is told once, and again when it changes.
    pub async fn next(&mut self) -> Option<Sighting> {
        loop {
            let sighting = match self.deadline {
                Some(deadline) => {
                    let next = tokio::time::timeout_at(deadline, self.sightings.recv());
                    next.await.ok().flatten()?
                }
                None => self.sightings.recv().await?,
            };
            if let Some(news) = self.weigh(sighting) {
                return Some(news);
            }
        }
    }

    /// What of a sighting is news.
    fn weigh(&mut self, sighting: Sighting) -> Option<Sighting> {
        match sighting {
            Sighting::Found(beacon) => match self.beacons.add((*beacon).clone()) {
                Change::News => Some(Sighting::Found(beacon)),
                Change::Known => None,
                Change::Full => {
                    let told = std::mem::replace(&mut self.is_full, true);
                    (!told).then_some(Sighting::Trouble(Trouble::TooMany))
                }
            },
            Sighting::Gone { domain, instance } => {
                let known = self.beacons.remove(&domain, &instance);
                known.then_some(Sighting::Gone { domain, instance })
            }
            trouble @ Sighting::Trouble(_) => Some(trouble),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beacon::Records;

    fn sighting(instance: &str, port: u16) -> Sighting {
        Sighting::Found(Box::new(Beacon::from_records(&Records {
            instance: instance.as_bytes(),
            domain: LOCAL_DOMAIN,
            srv: Some(("studio.local.", port)),
            addresses: &[("10.0.0.1".parse().unwrap(), 0)],
            txt: &[],
            allow_loopback: false,
        })))
    }

    fn idle(timeout: Option<Duration>) -> Watch {
        watch(BrowseOptions {
            timeout,
            mdns: None,
            wide_area: Vec::new(),
        })
    }

    #[tokio::test]
    async fn only_news_is_told() {
        let mut watch = idle(None);
        assert!(watch.weigh(sighting("a", 1)).is_some());
        assert_eq!(watch.weigh(sighting("a", 1)), None);
        let gone = Sighting::Gone {
            domain: "local.".to_owned(),
            instance: "a".to_owned(),
        };
        assert_eq!(watch.weigh(gone.clone()), Some(gone.clone()));
        assert_eq!(watch.weigh(gone), None);
    }

    #[tokio::test]
    async fn too_many_is_told_once() {
        let mut watch = idle(None);
        let told = (0..1000).filter_map(|n| watch.weigh(sighting(&format!("e{n}"), 1)));
        let troubles = told.filter(|news| matches!(news, Sighting::Trouble(Trouble::TooMany)));
        assert_eq!(troubles.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_search_ends_on_time_or_when_nothing_is_left_to_search() {
        let started = Instant::now();
        assert_eq!(idle(None).next().await, None);
        assert_eq!(started.elapsed(), Duration::ZERO);

        let (sender, sightings) = mpsc::channel(1);
        let mut held = idle(Some(Duration::from_secs(2)));
        held.sightings = sightings;
        assert_eq!(held.next().await, None);
        assert_eq!(started.elapsed(), Duration::from_secs(2));
        drop(sender);
    }

    #[test]
    fn local_is_the_first_domain() {
        let mut options = BrowseOptions::default();
        let area = |name: &str| WideArea {
            domain: name.parse().expect("a domain"),
            name_servers: Vec::new(),
        };
        options.wide_area = vec![area("openclaw.internal")];
        assert_eq!(options.domains(), ["local.", "openclaw.internal."]);
        options.mdns = None;
        assert_eq!(options.domains(), ["openclaw.internal."]);
    }
}
