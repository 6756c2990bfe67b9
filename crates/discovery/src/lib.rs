//! Finds and announces Gateways: mDNS on the local network, DNS-SD beyond it.
//!
//! Whoever shares a network can answer a discovery question, so an answer is never trusted.
//! A [`Beacon`] keeps two kinds of facts apart: where the service is, from its SRV and address
//! records, and what its TXT record says of itself. Only the first kind can become a [`Locator`];
//! the second is wrapped in [`Hint`], which can be shown and never routed by.
//!
//! ```no_run
//! use openclaw_discovery::{BrowseOptions, browse};
//!
//! # async fn example() {
//! let found = browse(BrowseOptions::default()).await;
//! for beacon in &found.beacons {
//!     if let Some(locator) = beacon.locator() {
//!         println!("{} at {}", beacon.display_name(), locator.ws_url());
//!     }
//! }
//! # }
//! ```
//!
//! | To find | Open |
//! | --- | --- |
//! | what was found, and as JSON | [`beacon`], [`view`] |
//! | where a Gateway may be dialled | [`locator`] |
//! | what a TXT record claims | [`hint`], [`txt`] |
//! | looking for Gateways | [`browse`](mod@browse) |
//! | announcing this one, and whether to | [`advertise`], [`decision`] |
//! | names and labels | [`names`] |
//! | which network interfaces take part | [`interfaces`] |
//! | the zone file and questions to name servers | [`wide_area`] |
//! | sizes and times | [`limits`] |
//!
//! Invariants: nothing out of a TXT record enters a route, a stored pin or a login; everything
//! a stranger sends is bounded in number and size, and its control characters are escaped;
//! an announcement that fails is a state to look at, never the end of the process; a Gateway
//! that only this machine can reach does not announce itself unless asked.

mod beacons;
mod daemon;
mod dns;
mod shown;

pub mod advertise;
pub mod beacon;
pub mod browse;
pub mod decision;
pub mod hint;
pub mod interfaces;
pub mod limits;
pub mod locator;
pub mod names;
pub mod txt;
pub mod view;
pub mod wide_area;

pub use advertise::{AdvertiseFacts, AdvertiseFault, Advertiser, AdvertiserState};
pub use beacon::Beacon;
pub use browse::{BrowseOptions, Found, Sighting, Trouble, Watch, browse, watch};
pub use daemon::DaemonError;
pub use decision::{AdvertiseQuestion, Decision, MdnsMode, Platform, Silence, should_advertise};
pub use hint::Hint;
pub use interfaces::{Interfaces, Multicast};
pub use locator::{Locator, Scheme};
pub use txt::{TxtHints, TxtMode};
pub use view::BeaconView;
pub use wide_area::{WideArea, Zone, ZoneDay, ZoneDomain};
