//! `device.pair.setupCode`

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::events::device::pair::setup::completed::SetupAccess;
use crate::invalid::Problems;
use crate::methods::secret::WireSecret;
use crate::open_enum::open_enum;
use crate::{Access, Generation, Method, Scope};

/// Makes a setup code: what a new device needs to connect once, without the shared secret.
///
/// Shape: `{publicUrl?, preferRemoteUrl?, bootstrapProfile?, includeQr?, joinUrl?}` →
/// `{setupId, expiresAtMs, setupCode, gatewayUrl, gatewayUrls?, auth, urlSource, access,
/// accessDowngraded?}`. The code is spelled by [`crate::setup_code`], and is a secret.
/// Units: `expiresAtMs` in milliseconds since the epoch, ten minutes ahead.
/// Errors: `INVALID_REQUEST` where the Gateway knows no address at which a device could reach it,
/// or none that keeps the secret; `UNAVAILABLE` with `retryAfterMs` when too many codes wait.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairSetupCode {}

impl Method for DevicePairSetupCode {
    const NAME: &'static str = "device.pair.setupCode";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    const SINCE: Generation = Generation::V4;
    const ADVERTISED: bool = false;
    type Params = DevicePairSetupCodeParams;
    type Result = DevicePairSetupCodeResult;

    fn check(params: &DevicePairSetupCodeParams, problems: &mut Problems) {
        problems.not_empty_if_any("/publicUrl", params.public_url.as_ref());
        if params.join_url == Some(false) {
            problems.at("/joinUrl", "must be equal to constant");
        }
    }
}

/// Params of [`DevicePairSetupCode`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePairSetupCodeParams {
    /// The address to put into the code: `wss://`, `https://`, or `ws://` to a private address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub public_url: Option<String>,
    /// Whether `gateway.remote.url` goes before the Gateway's own addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefer_remote_url: Option<bool>,
    /// What the device may become; absent means all that the way to it allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_profile: Option<BootstrapProfile>,
    /// Whether an image of the code is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_qr: Option<bool>,
    /// Whether a short link is wanted; `true` or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<bool>,
}

/// What the device of a setup code may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BootstrapProfile {
    /// A node and an operator without admin rights.
    Limited,
    /// A node.
    Node,
    /// A node and an operator that may read and talk.
    VoiceNode,
}

/// Result of [`DevicePairSetupCode`]. `Debug` hides the code.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairSetupCodeResult {
    /// The id by which `device.pair.setupStatus` asks about the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup_id: Option<String>,
    /// When the code ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
    /// The code.
    pub setup_code: WireSecret,
    /// A link that leads to the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
    /// An image of the code, as a `data:` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_data_url: Option<WireSecret>,
    /// The address in the code.
    pub gateway_url: String,
    /// All addresses in the code, where there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_urls: Option<Vec<String>>,
    /// The kind of secret that the Gateway asks other clients for.
    pub auth: SetupAuth,
    /// Where the address comes from: `request.publicUrl`, `gateway.bind=lan`, ….
    pub url_source: String,
    /// What the device is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<SetupAccess>,
    /// Whether it is given less than it could be, because the address is not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_downgraded: Option<bool>,
}

impl DevicePairSetupCodeResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub const fn new(
        setup_code: WireSecret,
        gateway_url: String,
        auth: SetupAuth,
        url_source: String,
    ) -> Self {
        Self {
            setup_id: None,
            expires_at_ms: None,
            setup_code,
            join_url: None,
            qr_data_url: None,
            gateway_url,
            gateway_urls: None,
            auth,
            url_source,
            access: None,
            access_downgraded: None,
        }
    }
}

impl fmt::Debug for DevicePairSetupCodeResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevicePairSetupCodeResult")
            .field("setup_id", &self.setup_id)
            .field("expires_at_ms", &self.expires_at_ms)
            .field("gateway_url", &self.gateway_url)
            .field("url_source", &self.url_source)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

open_enum! {
    /// The kind of secret that a Gateway asks for.
    pub enum SetupAuth {
        /// `gateway.auth.token`
        Token = "token",
        /// `gateway.auth.password`
        Password = "password",
    }
}
