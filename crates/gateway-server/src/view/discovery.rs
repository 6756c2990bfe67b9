//! What has become of the announcement, as `status` shows it.

use openclaw_discovery::AdvertiserState;
use serde_json::{Value, json};

use crate::announce::{Announced, MdnsState, ZoneState};

/// `{mdns: {state, instance?, reason?, retryInMs?}, wideArea?: {state, path?, serial?, reason?}}`.
pub(crate) fn announced(announced: &Announced) -> Value {
    let mut shown = json!({ "mdns": mdns(&announced.mdns) });
    if let Some(state) = &announced.zone {
        shown["wideArea"] = zone(state);
    }
    shown
}

fn mdns(state: &MdnsState) -> Value {
    match state {
        MdnsState::Silent(silence) => json!({ "state": "silent", "reason": silence.to_string() }),
        MdnsState::Speaking(AdvertiserState::Starting) => json!({ "state": "starting" }),
        MdnsState::Speaking(AdvertiserState::Announced { instance }) => {
            json!({ "state": "announced", "instance": instance })
        }
        MdnsState::Speaking(AdvertiserState::Degraded { fault, retry_in }) => json!({
            "state": "degraded",
            "reason": fault.to_string(),
            "retryInMs": crate::clock::as_millis(*retry_in),
        }),
        MdnsState::Speaking(AdvertiserState::Stopped) => json!({ "state": "stopped" }),
    }
}

fn zone(state: &ZoneState) -> Value {
    match state {
        ZoneState::Waiting => json!({ "state": "starting" }),
        ZoneState::NoAddress => json!({
            "state": "degraded", "reason": "this host has no IPv4 address in a tailnet",
        }),
        ZoneState::Written { path, serial } => json!({
            "state": "written", "path": path.to_string_lossy(), "serial": serial,
        }),
        ZoneState::Failed { reason } => json!({ "state": "degraded", "reason": reason }),
    }
}
