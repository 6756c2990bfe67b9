//! Every time limit, size and interval, with its reason.

use std::time::Duration;

/// How long the program may take, how much it may print, how often it is asked.
///
/// The default is for use; tests shorten what they would have to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// For `status`, `serve status` and `whois`: 5 s, as in both releases.
    pub query: Duration,
    /// For taking a route down: 15 s, as for putting one up.
    pub change: Duration,
    /// Until a held claim says that it is up: 15 s.
    pub claim_start: Duration,
    /// As long as a held claim waits for its user to switch Serve or Funnel on: 10 minutes.
    pub consent: Duration,
    /// From SIGTERM to SIGKILL: 2 s.
    pub stop_grace: Duration,
    /// Between two looks at a daemon that is booting: 2 s.
    pub boot_poll: Duration,
    /// As long as a booting daemon counts as a claim that starts, not one in trouble: 90 s.
    pub boot_patience: Duration,
    /// Before the second attempt at a claim; doubles with each: 2 s.
    pub retry_first: Duration,
    /// The longest pause between two attempts: 60 s, so that a login is noticed within a minute.
    pub retry_longest: Duration,
    /// A claim that held this long starts over with short pauses when it ends: 60 s.
    pub steady: Duration,
    /// Between two looks at whether a held claim is what it seems: 5 minutes. An expired key and
    /// `tailscale serve reset` leave the child running and the route gone.
    pub check: Duration,
    /// As [`check`](Self::check), while the last look found trouble: 15 s.
    pub check_troubled: Duration,
    /// What `status` may print; it grows with the tailnet, by about 1 KiB per machine: 8 MiB.
    pub status_bytes: usize,
    /// What everything else may print: 1 MiB.
    pub output_bytes: usize,
    /// Addresses of peers that are kept of a status: 1024.
    pub peer_addresses: usize,
    /// As long as an answer about an address holds: 60 s.
    pub whois_ttl: Duration,
    /// As long as a failure to learn about an address holds: 5 s.
    pub whois_error_ttl: Duration,
    /// Addresses that are remembered: 1024. The one nearest to its end makes room.
    pub whois_entries: usize,
    /// Look-ups of different addresses at a time: 4. Others wait, for at most
    /// [`query`](Self::query).
    pub whois_parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query: Duration::from_secs(5),
            change: Duration::from_secs(15),
            claim_start: Duration::from_secs(15),
            consent: Duration::from_mins(10),
            stop_grace: Duration::from_secs(2),
            boot_poll: Duration::from_secs(2),
            boot_patience: Duration::from_secs(90),
            retry_first: Duration::from_secs(2),
            retry_longest: Duration::from_mins(1),
            steady: Duration::from_mins(1),
            check: Duration::from_mins(5),
            check_troubled: Duration::from_secs(15),
            status_bytes: 8 * 1024 * 1024,
            output_bytes: 1024 * 1024,
            peer_addresses: 1024,
            whois_ttl: Duration::from_mins(1),
            whois_error_ttl: Duration::from_secs(5),
            whois_entries: 1024,
            whois_parallel: 4,
        }
    }
}
