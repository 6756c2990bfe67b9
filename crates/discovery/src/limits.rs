//! Sizes and times: what a stranger on the network may cost, and how long anything is waited for.

use std::time::Duration;

/// The service type that Gateways are announced under.
pub const SERVICE: &str = "_openclaw-gw._tcp";

/// The domain of mDNS.
pub const LOCAL_DOMAIN: &str = "local.";

/// The port of mDNS.
pub const MDNS_PORT: u16 = 5353;

/// How long [`browse`](fn@crate::browse) looks when nothing else is said.
pub const BROWSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Beacons kept in one search. More are left out, and the result says so.
pub const MAX_BEACONS: usize = 256;

/// Addresses kept of one beacon.
pub const MAX_ADDRESSES: usize = 16;

/// Pairs kept of one TXT record.
pub const MAX_TXT_PAIRS: usize = 32;

/// Bytes of one text of a stranger as it is shown, escapes included.
pub const MAX_SHOWN_BYTES: usize = 256;

/// Sightings that may wait for the reader of a [`Watch`](crate::Watch). The search waits when it is full.
pub const SIGHTING_QUEUE: usize = 64;

/// Records and timers that the daemon of a search may hold, all told. It has no bound of its own,
/// so it is ended at this number; a large home network has some hundreds.
pub const MAX_DAEMON_RECORDS: i64 = 20_000;

/// How often a search looks at what its daemon holds.
pub const SEARCH_CHECK_EVERY: Duration = Duration::from_millis(500);

/// How often an announcement looks whether it is out, and whether the network interfaces are
/// still the same.
pub const ADVERTISE_CHECK_EVERY: Duration = Duration::from_secs(5);

/// Datagrams that an announcement reads in a second. The system drops what comes beyond.
pub const MAX_DATAGRAMS_PER_SECOND: u32 = 500;

/// Answers in a second to resolvers that know nothing of mDNS.
pub const MAX_UNICAST_PER_SECOND: u32 = 20;

/// Addresses that are told of one interface.
pub const MAX_TOLD_ADDRESSES: usize = 8;

/// How long an mDNS daemon may take to answer a question about itself.
pub const DAEMON_ANSWER: Duration = Duration::from_secs(5);

/// How long an announcement may take to go out before it counts as degraded. Probing takes one second.
pub const ANNOUNCE_QUIET: Duration = Duration::from_secs(15);

/// How long an announcement may take to go out before its socket is replaced.
pub const ANNOUNCE_WATCHDOG: Duration = Duration::from_secs(60);

/// The shortest time between two sockets of one announcement.
pub const READVERTISE_FLOOR: Duration = Duration::from_secs(30);

/// The longest time between two sockets of one announcement.
pub const READVERTISE_CEILING: Duration = Duration::from_secs(15 * 60);

/// How long the goodbye of an announcement may take.
pub const GOODBYE: Duration = Duration::from_secs(2);

/// Name servers that are asked about one domain.
pub const MAX_NAME_SERVERS: usize = 40;

/// Questions to name servers that are open at a time.
pub const QUESTIONS_AT_ONCE: usize = 6;

/// How long a name server may take over one question.
pub const NAME_SERVER_ANSWER: Duration = Duration::from_secs(1);

/// Gateways that are followed up in one domain.
pub const MAX_INSTANCES: usize = 64;

/// Bytes of one answer of a name server, as offered to it.
pub const MAX_ANSWER_BYTES: u16 = 4096;

/// Datagrams that are looked at while waiting for one answer.
pub const MAX_DATAGRAMS: usize = 16;

/// How often an endless search asks name servers again: the zone's time to live.
pub const ASK_AGAIN: Duration = Duration::from_secs(60);

/// The largest zone file that is read back.
pub const MAX_ZONE_BYTES: u64 = 64 * 1024;
