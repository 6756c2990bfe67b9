//! One account of a channel.

use serde_json::{Map, Value};

use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;

open_record! {
    /// How one account of a channel is.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelAccount {
        /// The account, `default` where there is one.
        must account_id: String = "accountId",
        /// Its name for a person.
        may name: String = "name",
        /// Whether the configuration wants it.
        may enabled: bool = "enabled",
        /// Whether it has what it needs.
        may configured: bool = "configured",
        /// Whether the other side knows us.
        may linked: bool = "linked",
        /// Whether it was started.
        may running: bool = "running",
        /// Whether it is connected now.
        may connected: bool = "connected",
        /// Failed attempts since the last connection.
        may reconnect_attempts: u64 = "reconnectAttempts",
        /// Last connection, milliseconds since the epoch.
        null last_connected_at: u64 = "lastConnectedAt",
        /// The last error.
        null last_error: String = "lastError",
        /// Last start, milliseconds since the epoch.
        null last_start_at: u64 = "lastStartAt",
        /// Last stop, milliseconds since the epoch.
        null last_stop_at: u64 = "lastStopAt",
        /// Last message in, milliseconds since the epoch.
        null last_inbound_at: u64 = "lastInboundAt",
        /// Last message out, milliseconds since the epoch.
        null last_outbound_at: u64 = "lastOutboundAt",
        /// Last probe, milliseconds since the epoch.
        null last_probe_at: u64 = "lastProbeAt",
        /// `polling` or `webhook`, for channels that have both.
        may mode: String = "mode",
        /// Who may write directly.
        may dm_policy: String = "dmPolicy",
        /// Who is allowed.
        may allow_from: Vec<String> = "allowFrom",
        /// Where the token came from: `config`, `env`, ….
        may token_source: String = "tokenSource",
        /// Whether group messages count that do not mention us.
        may allow_unmentioned_groups: bool = "allowUnmentionedGroups",
        /// What the last probe said; depends on the channel.
        may probe: Value = "probe",
    }
}

impl ChannelAccount {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(account_id: String) -> Self {
        Self {
            account_id,
            name: None,
            enabled: None,
            configured: None,
            linked: None,
            running: None,
            connected: None,
            reconnect_attempts: None,
            last_connected_at: Nullable::Absent,
            last_error: Nullable::Absent,
            last_start_at: Nullable::Absent,
            last_stop_at: Nullable::Absent,
            last_inbound_at: Nullable::Absent,
            last_outbound_at: Nullable::Absent,
            last_probe_at: Nullable::Absent,
            mode: None,
            dm_policy: None,
            allow_from: None,
            token_source: None,
            allow_unmentioned_groups: None,
            probe: None,
            rest: Map::new(),
        }
    }
}
