//! Requests and approvals of devices.

use serde_json::Map;

use crate::client::ClientId;
use crate::id::{DeviceId, PairingRequestId};
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;
use crate::{Role, Scope};

open_record! {
    /// A device that waits for approval.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PendingDevice {
        /// The request.
        must request_id: PairingRequestId = "requestId",
        /// The device.
        must device_id: DeviceId = "deviceId",
        /// Its public key, base64url of the raw 32 bytes.
        must public_key: String = "publicKey",
        /// Name for a person.
        may display_name: String = "displayName",
        /// Platform.
        may platform: String = "platform",
        /// Device family. Since protocol 4.
        may device_family: String = "deviceFamily",
        /// Its program.
        may client_id: ClientId = "clientId",
        /// How its program connects.
        may client_mode: String = "clientMode",
        /// The page, for a browser. Since protocol 4.
        may browser_origin: String = "browserOrigin",
        /// The role asked for.
        may role: Role = "role",
        /// All roles asked for so far.
        may roles: Vec<Role> = "roles",
        /// The scopes asked for.
        may scopes: Vec<Scope> = "scopes",
        /// Where it connects from.
        may remote_ip: String = "remoteIp",
        /// Whether it would be approved without asking.
        may silent: bool = "silent",
        /// Whether it was paired before.
        may is_repair: bool = "isRepair",
        /// When it asked, milliseconds since the epoch.
        must ts: u64 = "ts",
    }
}

impl PendingDevice {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        request_id: PairingRequestId,
        device_id: DeviceId,
        public_key: String,
        ts: u64,
    ) -> Self {
        Self {
            request_id,
            device_id,
            public_key,
            display_name: None,
            platform: None,
            device_family: None,
            client_id: None,
            client_mode: None,
            browser_origin: None,
            role: None,
            roles: None,
            scopes: None,
            remote_ip: None,
            silent: None,
            is_repair: None,
            ts,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// A token of a device without the token itself.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DeviceTokenSummary {
        /// The role it is for.
        must role: Role = "role",
        /// What it grants.
        must scopes: Vec<Scope> = "scopes",
        /// When it was made, milliseconds since the epoch.
        must created_at_ms: u64 = "createdAtMs",
        /// When it was replaced last, milliseconds since the epoch.
        may rotated_at_ms: u64 = "rotatedAtMs",
        /// When it was revoked, milliseconds since the epoch.
        may revoked_at_ms: u64 = "revokedAtMs",
        /// When it was used last, milliseconds since the epoch.
        may last_used_at_ms: u64 = "lastUsedAtMs",
    }
}

impl DeviceTokenSummary {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(role: Role, scopes: Vec<Scope>, created_at_ms: u64) -> Self {
        Self {
            role,
            scopes,
            created_at_ms,
            rotated_at_ms: None,
            revoked_at_ms: None,
            last_used_at_ms: None,
            rest: Map::new(),
        }
    }
}

open_enum! {
    /// How a device came to be approved. Since protocol 4.
    pub enum ApprovedVia {
        /// Without asking, because it is local.
        Silent = "silent",
        /// By a person.
        Owner = "owner",
        /// By its address.
        TrustedCidr = "trusted-cidr",
        /// By a proxy that vouches for it.
        TrustedProxy = "trusted-proxy",
        /// By proof over SSH.
        SshVerified = "ssh-verified",
        /// By a setup code.
        Bootstrap = "bootstrap",
    }
}

open_record! {
    /// A device that was approved.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PairedDevice {
        /// The device.
        must device_id: DeviceId = "deviceId",
        /// Its public key, base64url of the raw 32 bytes.
        must public_key: String = "publicKey",
        /// Name for a person.
        may display_name: String = "displayName",
        /// Name that an operator gave it. Since protocol 4.
        may operator_label: String = "operatorLabel",
        /// Platform.
        may platform: String = "platform",
        /// Device family. Since protocol 4.
        may device_family: String = "deviceFamily",
        /// Its program.
        may client_id: ClientId = "clientId",
        /// How its program connects.
        may client_mode: String = "clientMode",
        /// The role approved last.
        may role: Role = "role",
        /// All roles approved.
        may roles: Vec<Role> = "roles",
        /// The scopes approved.
        may scopes: Vec<Scope> = "scopes",
        /// The scopes approved, where they differ from what it holds. Since protocol 4.
        may approved_scopes: Vec<Scope> = "approvedScopes",
        /// Where it connected from.
        may remote_ip: String = "remoteIp",
        /// How it came to be approved. Since protocol 4.
        may approved_via: ApprovedVia = "approvedVia",
        /// When it was first approved, milliseconds since the epoch.
        must created_at_ms: u64 = "createdAtMs",
        /// When it was last approved, milliseconds since the epoch.
        must approved_at_ms: u64 = "approvedAtMs",
        /// When it was last heard of, milliseconds since the epoch. Since protocol 4.
        may last_seen_at_ms: u64 = "lastSeenAtMs",
        /// How it was heard of. Since protocol 4.
        may last_seen_reason: String = "lastSeenReason",
        /// Whether it is connected now. Since protocol 4.
        may connected: bool = "connected",
        /// Its tokens, without what they say.
        may tokens: Vec<DeviceTokenSummary> = "tokens",
    }
}

impl PairedDevice {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        device_id: DeviceId,
        public_key: String,
        created_at_ms: u64,
        approved_at_ms: u64,
    ) -> Self {
        Self {
            device_id,
            public_key,
            display_name: None,
            operator_label: None,
            platform: None,
            device_family: None,
            client_id: None,
            client_mode: None,
            role: None,
            roles: None,
            scopes: None,
            approved_scopes: None,
            remote_ip: None,
            approved_via: None,
            created_at_ms,
            approved_at_ms,
            last_seen_at_ms: None,
            last_seen_reason: None,
            connected: None,
            tokens: None,
            rest: Map::new(),
        }
    }
}
