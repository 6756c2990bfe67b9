//! `gateway.identity.get`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::methods::common::IgnoredParams;
use crate::{Access, Generation, Method, Scope};

/// The device identity of the Gateway itself.
///
/// Shape: any params → `{deviceId, publicKey}`.
/// Units: `publicKey` is base64url of the raw 32 bytes.
/// Errors: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum GatewayIdentityGet {}

impl Method for GatewayIdentityGet {
    const NAME: &'static str = "gateway.identity.get";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = IgnoredParams;
    type Result = GatewayIdentityGetResult;
}

/// Result of [`GatewayIdentityGet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayIdentityGetResult {
    /// Hex SHA-256 of the public key.
    pub device_id: DeviceId,
    /// The Ed25519 public key, base64url without padding.
    pub public_key: String,
}
