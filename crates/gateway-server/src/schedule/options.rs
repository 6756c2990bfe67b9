//! What the scheduler is told: final values, as [`crate::GatewayOptions`] holds them.
//! [`from_config::schedule`](crate::from_config::schedule) makes them of the configuration.

use std::collections::BTreeMap;

use openclaw_policy::schedule::{ActiveHours, Zone};
use openclaw_protocol::methods::cron::failure_alert::FailureAlertRule;
use secrecy::SecretString;
use url::Url;

/// Scheduled jobs and heartbeats: `cron` and `agents.defaults.heartbeat`.
#[derive(Debug, Clone)]
pub struct ScheduleOptions {
    /// Whether jobs run by themselves.
    pub is_enabled: bool,
    /// Jobs that run at the same time.
    pub max_running: usize,
    /// Runs whose time went by while the Gateway was away are left out.
    pub skip_missed: bool,
    /// The clock of jobs that name no time zone.
    pub zone: Zone,
    /// What is told of failing jobs that say nothing about it. `None`: nothing.
    pub failure_alert: Option<FailureAlertRule>,
    /// What proves this Gateway to web addresses that jobs tell: to
    /// [`webhook_origins`](Self::webhook_origins) and [`webhook_addresses`](Self::webhook_addresses)
    /// alone, and never for jobs that an agent made.
    pub webhook_token: Option<SecretString>,
    /// Addresses on the web whose origins are shown the token: `cron.webhook`,
    /// `cron.failureAlert.to`, and names in `cron.webhookSsrfPolicy.allowedHostnames`.
    pub webhook_origins: Vec<Url>,
    /// Jobs may tell web addresses on this network too (`cron.webhookSsrfPolicy`).
    pub webhook_addresses: Vec<std::net::IpAddr>,
    /// Agents that wake up by themselves.
    pub heartbeats: BTreeMap<String, HeartbeatRules>,
    /// What in the configuration cannot be used, in words, each with its path.
    pub problems: Vec<String>,
}

impl Default for ScheduleOptions {
    /// Jobs run, three at a time, by universal time; no agent wakes up by itself.
    fn default() -> Self {
        Self {
            is_enabled: true,
            max_running: 3,
            skip_missed: false,
            zone: Zone::utc(),
            failure_alert: None,
            webhook_token: None,
            webhook_origins: Vec::new(),
            webhook_addresses: Vec::new(),
            heartbeats: BTreeMap::new(),
            problems: Vec::new(),
        }
    }
}

/// How an agent wakes up by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatRules {
    /// How often, milliseconds; 0 for never.
    pub every_ms: u64,
    /// The same as it is configured: `30m`.
    pub every: String,
    /// When it may.
    pub active: Option<ActiveHours>,
    /// Whom it tells.
    pub target: HeartbeatTarget,
    /// What it is asked. `None`: the usual.
    pub prompt: Option<String>,
    /// Characters beside `HEARTBEAT_OK` that still mean that there is nothing to tell.
    pub ack_max_chars: usize,
    /// Another model.
    pub model: Option<String>,
}

impl Default for HeartbeatRules {
    /// Every half hour, to whoever was talked to last.
    fn default() -> Self {
        Self {
            every_ms: 1_800_000,
            every: "30m".to_owned(),
            active: None,
            target: HeartbeatTarget::Last,
            prompt: None,
            ack_max_chars: 300,
            model: None,
        }
    }
}

/// Whom an agent tells that woke up by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeartbeatTarget {
    /// Whoever was talked to last.
    Last,
    /// Nobody: what it says stands in its session.
    None,
    /// Somebody on a channel.
    Channel {
        /// The channel: `telegram`.
        channel: String,
        /// The account of the channel.
        account: Option<String>,
        /// Who. `None`: whoever was talked to last there.
        to: Option<String>,
    },
}

impl HeartbeatTarget {
    /// The word of the configuration.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Last => "last",
            Self::None => "none",
            Self::Channel { channel, .. } => channel,
        }
    }
}
