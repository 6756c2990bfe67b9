//! Paired devices and requests, read from the store. A Gateway that runs is not disturbed.

use std::time::Duration;

use openclaw_policy::audit::facts::{DeviceFacts, PairingFacts, PendingFacts};
use openclaw_protocol::{Scope, limits};
use openclaw_store::{DeviceRecord, OpenOptions, PendingRecord, Snapshot, Store};

use crate::app::App;
use crate::render::time::millis;

/// What is paired and what waits; `None` where no Gateway has run yet.
pub(super) async fn facts(app: &App, now_ms: u64) -> Option<PairingFacts> {
    let path = app.paths.state_db_file();
    if !path.exists() {
        return None;
    }
    Some(match read(&path).await {
        Ok(snapshot) => known(&snapshot, now_ms),
        Err(why) => PairingFacts {
            unreadable: Some(why),
            devices: Vec::new(),
            pending: Vec::new(),
        },
    })
}

async fn read(path: &std::path::Path) -> Result<Snapshot, String> {
    let options = OpenOptions::existing().with_busy_timeout(PATIENCE);
    let store = Store::open(path, &options).map_err(|error| error.to_string())?;
    let snapshot = store.snapshot().await.map_err(|error| error.to_string());
    // What was read stays true whatever closing says.
    let _ = store.close().await;
    snapshot
}

/// A Gateway that writes holds the file for milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

fn known(snapshot: &Snapshot, now_ms: u64) -> PairingFacts {
    let oldest = now_ms.saturating_sub(millis(limits::PAIRING_REQUEST));
    PairingFacts {
        unreadable: None,
        devices: snapshot.devices.iter().map(device).collect(),
        pending: snapshot
            .pending
            .iter()
            .filter(|request| request.ts_ms >= oldest)
            .map(pending)
            .collect(),
    }
}

fn device(device: &DeviceRecord) -> DeviceFacts {
    let facts = &device.facts;
    let last_used = device
        .tokens
        .iter()
        .filter_map(|(_, token)| token.last_used_at_ms)
        .max();
    DeviceFacts {
        id: device.device_id.to_string(),
        name: device
            .operator_label
            .clone()
            .or_else(|| facts.display_name.clone())
            .or_else(|| facts.client_id.as_ref().map(ToString::to_string)),
        roles: device.roles.clone(),
        scopes: device.scopes.clone(),
        tokens: device
            .tokens
            .iter()
            .filter(|(_, token)| token.revoked_at_ms.is_none())
            .map(|(role, token)| (role.clone(), token.scopes.clone()))
            .collect(),
        commands: device
            .surface
            .as_ref()
            .map(|approved| approved.surface.commands.clone())
            .unwrap_or_default(),
        was_silent: device.approved_via.as_deref() == Some("silent"),
        remote_ip: facts.remote_ip.as_deref().and_then(|ip| ip.parse().ok()),
        last_active_ms: device
            .approved_at_ms
            .max(device.last_seen_at_ms.unwrap_or(0))
            .max(last_used.unwrap_or(0)),
    }
}

fn pending(request: &PendingRecord) -> PendingFacts {
    let facts = &request.facts;
    let name = facts.display_name.clone();
    PendingFacts {
        request_id: request.request_id.to_string(),
        name: name.unwrap_or_else(|| crate::render::id::short(request.subject()).to_owned()),
        wants_admin: request.scopes().contains(&Scope::Admin),
        remote_ip: facts.remote_ip.clone(),
    }
}
