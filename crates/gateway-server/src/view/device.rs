//! Devices and their requests, as `device.pair.*` shows them.

use openclaw_protocol::Role;
use openclaw_protocol::events::device::pair::setup::completed::DevicePairSetupCompletedPayload;
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::methods::device::pair::list::DevicePairListResult;
use openclaw_protocol::methods::device::pair::record::{
    ApprovedVia, DeviceTokenSummary, PairedDevice, PendingDevice,
};
use openclaw_store::{DeviceRecord, PendingAsk, PendingRecord, SetupCodeRecord, TokenRecord};

use crate::devices::book::Book;

/// A waiting request of a device: `device.pair.requested`, `device.pair.list.pending[]`.
/// `None` for requests of another kind.
pub(crate) fn pending(request: &PendingRecord) -> Option<PendingDevice> {
    let PendingAsk::Device {
        device_id,
        public_key,
        roles,
        scopes,
    } = &request.ask
    else {
        return None;
    };
    let facts = request.facts.clone();
    Some(PendingDevice {
        display_name: facts.display_name,
        platform: facts.platform,
        device_family: facts.device_family,
        client_id: facts.client_id,
        client_mode: facts.client_mode.map(|mode| mode.as_str().to_owned()),
        role: roles.first().cloned(),
        roles: Some(roles.clone()),
        scopes: Some(scopes.as_slice().to_vec()),
        remote_ip: facts.remote_ip,
        silent: Some(request.silent),
        is_repair: Some(request.is_repair),
        ..PendingDevice::new(
            request.request_id.clone(),
            device_id.clone(),
            public_key.clone(),
            request.ts_ms,
        )
    })
}

/// `device.pair.list`: who waits and who is paired, the newest first.
pub(crate) fn list(
    book: &Book,
    now_ms: u64,
    is_v4: bool,
    is_connected: impl Fn(&DeviceId) -> bool,
) -> DevicePairListResult {
    let mut devices: Vec<_> = book.read(|live| live.devices.values().cloned().collect());
    devices.sort_by_key(|device| std::cmp::Reverse(device.approved_at_ms));
    DevicePairListResult {
        pending: book.waiting(now_ms).iter().filter_map(pending).collect(),
        paired: devices
            .iter()
            .map(|device| paired(device, is_v4, is_connected(&device.device_id)))
            .collect(),
    }
}

/// A paired device: `device.pair.list.paired[]`, without any token.
pub(crate) fn paired(device: &DeviceRecord, is_v4: bool, connected: bool) -> PairedDevice {
    let facts = device.facts.clone();
    let tokens: Vec<DeviceTokenSummary> = device
        .tokens
        .iter()
        .map(|(role, token)| summary(role, token))
        .collect();
    let shown = PairedDevice {
        display_name: facts.display_name,
        platform: facts.platform,
        client_id: facts.client_id,
        client_mode: facts.client_mode.map(|mode| mode.as_str().to_owned()),
        role: device.roles.first().cloned(),
        roles: Some(device.roles.clone()),
        scopes: Some(device.scopes.as_slice().to_vec()),
        remote_ip: facts.remote_ip,
        tokens: (!tokens.is_empty()).then_some(tokens),
        ..PairedDevice::new(
            device.device_id.clone(),
            device.public_key.clone(),
            device.created_at_ms,
            device.approved_at_ms,
        )
    };
    if !is_v4 {
        return shown;
    }
    PairedDevice {
        device_family: facts.device_family,
        operator_label: device.operator_label.clone(),
        approved_via: device.approved_via.as_deref().map(ApprovedVia::from),
        last_seen_at_ms: device.last_seen_at_ms,
        last_seen_reason: device.last_seen_reason.clone(),
        connected: Some(connected),
        ..shown
    }
}

/// What may be shown of a token.
fn summary(role: &Role, token: &TokenRecord) -> DeviceTokenSummary {
    DeviceTokenSummary {
        rotated_at_ms: token.rotated_at_ms,
        revoked_at_ms: token.revoked_at_ms,
        last_used_at_ms: token.last_used_at_ms,
        ..DeviceTokenSummary::new(
            role.clone(),
            token.scopes.as_slice().to_vec(),
            token.created_at_ms,
        )
    }
}

/// The device that used a setup code; `None` for one that waits.
pub(crate) fn setup_use(code: &SetupCodeRecord) -> Option<DevicePairSetupCompletedPayload> {
    let used = code.used.as_ref()?;
    Some(DevicePairSetupCompletedPayload {
        device_name: used.device_name.clone().filter(|name| !name.is_empty()),
        ..DevicePairSetupCompletedPayload::new(
            code.setup_id.clone(),
            used.device_id.clone(),
            code.access.clone(),
            used.delivered_at_ms.unwrap_or(used.at_ms),
        )
    })
}
