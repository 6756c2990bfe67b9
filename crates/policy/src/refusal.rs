//! Why a `connect` is refused, and how each generation is told.
//!
//! The words are a contract: real clients show them, and match on them where
//! `details.code` is missing. Source: recorded handshakes of both releases.

use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::close::Close;
use openclaw_protocol::connect::ConnectParams;
use openclaw_protocol::detail::{DetailCode, NextStep};
use openclaw_protocol::id::{DeviceId, PairingRequestId};
use openclaw_protocol::{ErrorCode, ErrorShape, Generation, Role, ScopeSet};
use serde_json::{Value, json};

/// A `connect` that is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectRefused {
    /// No common protocol number.
    ProtocolMismatch {
        /// `minProtocol` of the client.
        min: u64,
        /// `maxProtocol` of the client.
        max: u64,
    },
    /// A role that does not exist.
    InvalidRole,
    /// Client id, mode or role `worker`: closed without an answer.
    Worker,
    /// A browser origin that is not on the list.
    Origin(OriginRefused),
    /// A device identity is needed.
    DeviceRequired,
    /// The control page needs a device identity.
    ControlUiDeviceRequired,
    /// The device's proof fails.
    Device(DeviceProofFailure),
    /// The credentials fail.
    Auth(AuthFailure),
    /// The device waits for a person.
    Pairing(Box<PairingRequired>),
}

/// What is wrong with an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginRefused {
    /// A browser client that sent none, or one that is no origin.
    MissingOrInvalid,
    /// Not the Gateway's own and not in `gateway.controlUi.allowedOrigins`.
    NotAllowed,
}

/// What is wrong with a device's proof, in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceProofFailure {
    /// The id is not the digest of the key.
    IdMismatch,
    /// Signed too long ago, or in the future.
    Stale,
    /// No nonce.
    NonceMissing,
    /// Another connection's nonce.
    NonceMismatch,
    /// The signature does not fit.
    Signature,
    /// The key cannot be read, or is weak.
    PublicKey,
}

/// What is wrong with credentials: `details.authReason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthFailure {
    /// `token_missing`
    TokenMissing,
    /// `token_mismatch`
    TokenMismatch,
    /// `token_missing_config`
    TokenNotConfigured,
    /// `password_missing`
    PasswordMissing,
    /// `password_mismatch`
    PasswordMismatch,
    /// `password_missing_config`
    PasswordNotConfigured,
    /// `bootstrap_token_invalid`
    BootstrapTokenInvalid,
    /// `device_token_mismatch`
    DeviceTokenMismatch,
    /// `scope_mismatch`
    ScopeMismatch,
    /// `rate_limited`
    RateLimited {
        /// How long the lock lasts.
        retry_after_ms: u64,
    },
    /// `gateway_auth_required`: mode `none`, and the client is not local.
    GatewayAuthRequired,
    /// `trusted_proxy_config_missing`
    TrustedProxyConfigMissing,
    /// `trusted_proxy_no_proxies_configured`
    TrustedProxyNoProxies,
    /// `trusted_proxy_untrusted_source`
    TrustedProxyUntrustedSource,
    /// `trusted_proxy_loopback_source`
    TrustedProxyLoopbackSource,
    /// `trusted_proxy_local_interface_source`
    TrustedProxyLocalInterface,
    /// `trusted_proxy_missing_header_NAME`
    TrustedProxyMissingHeader(String),
    /// `trusted_proxy_user_missing`
    TrustedProxyUserMissing,
    /// `trusted_proxy_user_not_allowed`
    TrustedProxyUserNotAllowed,
}

/// Why a device must be approved by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairingReason {
    /// It is new.
    NotPaired,
    /// It asks for a role that was not approved.
    RoleUpgrade,
    /// It asks for scopes that were not approved.
    ScopeUpgrade,
    /// Its platform or device family is not the approved one.
    MetadataUpgrade,
}

/// A device that waits for approval, with the request to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingRequired {
    /// Why.
    pub reason: PairingReason,
    /// The request; stable as long as the device asks for the same.
    pub request_id: PairingRequestId,
    /// The device.
    pub device_id: DeviceId,
    /// The role it asks for.
    pub role: Role,
    /// The scopes it asks for.
    pub scopes: ScopeSet,
    /// Roles approved so far.
    pub approved_roles: Vec<Role>,
    /// Scopes approved so far.
    pub approved_scopes: ScopeSet,
}

impl AuthFailure {
    /// `details.authReason`.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::TokenMissing => "token_missing",
            Self::TokenMismatch => "token_mismatch",
            Self::TokenNotConfigured => "token_missing_config",
            Self::PasswordMissing => "password_missing",
            Self::PasswordMismatch => "password_mismatch",
            Self::PasswordNotConfigured => "password_missing_config",
            Self::BootstrapTokenInvalid => "bootstrap_token_invalid",
            Self::DeviceTokenMismatch => "device_token_mismatch",
            Self::ScopeMismatch => "scope_mismatch",
            Self::RateLimited { .. } => "rate_limited",
            Self::GatewayAuthRequired => "gateway_auth_required",
            Self::TrustedProxyConfigMissing => "trusted_proxy_config_missing",
            Self::TrustedProxyNoProxies => "trusted_proxy_no_proxies_configured",
            Self::TrustedProxyUntrustedSource => "trusted_proxy_untrusted_source",
            Self::TrustedProxyLoopbackSource => "trusted_proxy_loopback_source",
            Self::TrustedProxyLocalInterface => "trusted_proxy_local_interface_source",
            Self::TrustedProxyMissingHeader(name) => {
                return format!("trusted_proxy_missing_header_{name}");
            }
            Self::TrustedProxyUserMissing => "trusted_proxy_user_missing",
            Self::TrustedProxyUserNotAllowed => "trusted_proxy_user_not_allowed",
        }
        .to_owned()
    }

    /// Whether it counts as a wrong guess for the rate limit. Missing credentials do not.
    #[must_use]
    pub const fn is_wrong_guess(&self) -> bool {
        matches!(
            self,
            Self::TokenMismatch
                | Self::PasswordMismatch
                | Self::BootstrapTokenInvalid
                | Self::DeviceTokenMismatch
        )
    }

    const fn code(&self) -> DetailCode {
        match self {
            Self::TokenMissing => DetailCode::AuthTokenMissing,
            Self::TokenMismatch => DetailCode::AuthTokenMismatch,
            Self::TokenNotConfigured => DetailCode::AuthTokenNotConfigured,
            Self::PasswordMissing => DetailCode::AuthPasswordMissing,
            Self::PasswordMismatch => DetailCode::AuthPasswordMismatch,
            Self::PasswordNotConfigured => DetailCode::AuthPasswordNotConfigured,
            Self::BootstrapTokenInvalid => DetailCode::AuthBootstrapTokenInvalid,
            Self::DeviceTokenMismatch => DetailCode::AuthDeviceTokenMismatch,
            Self::ScopeMismatch => DetailCode::AuthScopeMismatch,
            Self::RateLimited { .. } => DetailCode::AuthRateLimited,
            Self::TrustedProxyMissingHeader(_) => DetailCode::AuthIdentityHeaderRequired,
            Self::GatewayAuthRequired
            | Self::TrustedProxyConfigMissing
            | Self::TrustedProxyNoProxies
            | Self::TrustedProxyUntrustedSource
            | Self::TrustedProxyLoopbackSource
            | Self::TrustedProxyLocalInterface
            | Self::TrustedProxyUserMissing
            | Self::TrustedProxyUserNotAllowed => DetailCode::AuthUnauthorized,
        }
    }

    const fn next_step(&self) -> NextStep {
        match self {
            Self::TokenMissing
            | Self::TokenNotConfigured
            | Self::PasswordMissing
            | Self::PasswordNotConfigured => NextStep::UpdateAuthConfiguration,
            Self::TokenMismatch | Self::PasswordMismatch | Self::DeviceTokenMismatch => {
                NextStep::UpdateAuthCredentials
            }
            Self::RateLimited { .. } => NextStep::WaitThenRetry,
            _ => NextStep::ReviewAuthConfiguration,
        }
    }

    fn message(&self, told: Told<'_>) -> String {
        let what = match self {
            Self::TokenMissing => format!("gateway token missing ({})", told.token_hint(true)),
            Self::TokenMismatch => format!("gateway token mismatch ({})", told.token_hint(false)),
            Self::TokenNotConfigured => {
                "gateway token not configured on gateway (set gateway.auth.token)".to_owned()
            }
            Self::PasswordMissing => {
                format!("gateway password missing ({})", told.password_hint())
            }
            Self::PasswordMismatch => {
                format!("gateway password mismatch ({})", told.password_hint())
            }
            Self::PasswordNotConfigured => {
                "gateway password not configured on gateway (set gateway.auth.password)".to_owned()
            }
            Self::BootstrapTokenInvalid => "setup code invalid, expired, revoked, or already \
                 used (create a new code; review `openclaw devices list`)"
                .to_owned(),
            Self::DeviceTokenMismatch => match told.dialect {
                Generation::V3 => format!("gateway token mismatch ({})", told.token_hint(false)),
                Generation::V4 => "device token mismatch (rotate/reissue device token)".to_owned(),
            },
            Self::ScopeMismatch => match told.dialect {
                Generation::V3 => format!("gateway token mismatch ({})", told.token_hint(false)),
                Generation::V4 => {
                    "device token scope mismatch (re-pair or approve scope upgrade)".to_owned()
                }
            },
            Self::RateLimited { .. } => {
                "too many failed authentication attempts (retry later)".to_owned()
            }
            _ => return "unauthorized".to_owned(),
        };
        format!("unauthorized: {what}")
    }
}

/// Whom a refusal is told: decides hints and wording.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The client's dialect.
    pub dialect: Generation,
    /// What it sent.
    pub params: &'a ConnectParams,
    /// Whether it is local.
    pub is_local: bool,
}

impl Told<'_> {
    fn is_cli(self) -> bool {
        let client = &self.params.client;
        client.id == ClientId::Cli || client.mode == ClientMode::Cli
    }

    fn is_browser(self) -> bool {
        let client = &self.params.client;
        client.id == ClientId::ControlUi
            || client.id.is_webchat()
            || client.mode == ClientMode::Webchat
    }

    fn token_hint(self, is_missing: bool) -> &'static str {
        let newer = self.dialect >= Generation::V4;
        if self.is_cli() && newer && self.is_local {
            "use this gateway's gateway.auth.token or pair the device"
        } else if self.is_cli() {
            "set gateway.remote.token to match gateway.auth.token"
        } else if self.is_browser() && newer && is_missing {
            "paste in Control UI settings or openclaw doctor --generate-gateway-token; restart"
        } else if self.is_browser() {
            "open the dashboard URL and paste the token in Control UI settings"
        } else {
            "provide gateway auth token"
        }
    }

    fn password_hint(self) -> &'static str {
        if self.is_cli() && self.dialect >= Generation::V4 && self.is_local {
            "use this gateway's gateway.auth.password"
        } else if self.is_cli() {
            "set gateway.remote.password to match gateway.auth.password"
        } else if self.is_browser() {
            "enter the password in Control UI settings"
        } else {
            "provide gateway auth password"
        }
    }
}

impl DeviceProofFailure {
    const fn parts(self) -> (DetailCode, &'static str, &'static str) {
        match self {
            Self::IdMismatch => (
                DetailCode::DeviceIdMismatch,
                "device identity mismatch",
                "device-id-mismatch",
            ),
            Self::Stale => (
                DetailCode::DeviceSignatureExpired,
                "device signature expired",
                "device-signature-stale",
            ),
            Self::NonceMissing => (
                DetailCode::DeviceNonceRequired,
                "device nonce required",
                "device-nonce-missing",
            ),
            Self::NonceMismatch => (
                DetailCode::DeviceNonceMismatch,
                "device nonce mismatch",
                "device-nonce-mismatch",
            ),
            Self::Signature => (
                DetailCode::DeviceSignatureInvalid,
                "device signature invalid",
                "device-signature",
            ),
            Self::PublicKey => (
                DetailCode::DevicePublicKeyInvalid,
                "device public key invalid",
                "device-public-key",
            ),
        }
    }
}

impl PairingReason {
    /// `details.reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotPaired => "not-paired",
            Self::RoleUpgrade => "role-upgrade",
            Self::ScopeUpgrade => "scope-upgrade",
            Self::MetadataUpgrade => "metadata-upgrade",
        }
    }

    const fn requirement(self) -> &'static str {
        match self {
            Self::NotPaired => "device is not approved yet",
            Self::RoleUpgrade => "device is asking for a higher role than currently approved",
            Self::ScopeUpgrade => "device is asking for more scopes than currently approved",
            Self::MetadataUpgrade => "device identity changed and must be re-approved",
        }
    }

    const fn remediation(self) -> &'static str {
        match self {
            Self::NotPaired => "Approve this device from the pending pairing requests.",
            Self::RoleUpgrade => {
                "Review the requested role upgrade, then approve the pending request."
            }
            Self::ScopeUpgrade => "Review the requested scopes, then approve the pending upgrade.",
            Self::MetadataUpgrade => {
                "Review the refreshed device details, then approve the pending request."
            }
        }
    }
}

impl ConnectRefused {
    /// The error object for the client; `None` where it is closed without an answer.
    #[must_use]
    pub fn error(&self, told: Told<'_>) -> Option<ErrorShape> {
        let newer = told.dialect >= Generation::V4;
        let detailed = |error: ErrorShape, details: Value| {
            if newer {
                error.with_details(details)
            } else {
                error
            }
        };
        Some(match self {
            Self::Worker => return None,
            Self::ProtocolMismatch { min, max } => {
                let details = if newer {
                    json!({
                        "code": DetailCode::ProtocolMismatch,
                        "clientMinProtocol": min,
                        "clientMaxProtocol": max,
                        "expectedProtocol": Generation::NEWEST.number(),
                        "minimumProbeProtocol": Generation::OLDEST.number(),
                    })
                } else {
                    json!({ "expectedProtocol": Generation::OLDEST.number() })
                };
                ErrorShape::invalid_request("protocol mismatch").with_details(details)
            }
            Self::InvalidRole => ErrorShape::invalid_request("invalid role"),
            Self::Origin(refused) => {
                let reason = match refused {
                    OriginRefused::MissingOrInvalid => "origin missing or invalid",
                    OriginRefused::NotAllowed => "origin not allowed",
                };
                detailed(
                    ErrorShape::invalid_request(ORIGIN_TEXT),
                    json!({ "code": DetailCode::OriginNotAllowed, "reason": reason }),
                )
            }
            Self::DeviceRequired => detailed(
                ErrorShape::new(ErrorCode::NotPaired, "device identity required"),
                json!({ "code": DetailCode::DeviceIdentityRequired }),
            ),
            Self::ControlUiDeviceRequired if newer => detailed(
                ErrorShape::invalid_request(
                    "control ui requires device identity (use HTTPS or localhost secure context)",
                ),
                json!({ "code": DetailCode::ControlUiDeviceIdentityRequired }),
            ),
            Self::ControlUiDeviceRequired => ErrorShape::invalid_request(
                "control ui requires HTTPS or localhost (secure context)",
            ),
            Self::Device(failure) => {
                let (code, message, reason) = failure.parts();
                detailed(
                    ErrorShape::invalid_request(message),
                    json!({ "code": code, "reason": reason }),
                )
            }
            Self::Auth(failure) => auth_error(failure, told),
            Self::Pairing(pairing) => pairing_error(pairing, newer),
        })
    }

    /// The close frame that follows.
    #[must_use]
    pub fn close(&self, told: Told<'_>) -> Close {
        match self {
            Self::ProtocolMismatch { .. } => Close::protocol_mismatch(),
            Self::Worker => Close::invalid_handshake(),
            Self::Pairing(pairing) if told.dialect >= Generation::V4 => Close::new(
                openclaw_protocol::close::POLICY,
                &format!(
                    "pairing required: {} (requestId: {})",
                    pairing.reason.requirement(),
                    pairing.request_id
                ),
            ),
            _ => Close::new(
                openclaw_protocol::close::POLICY,
                &self
                    .error(told)
                    .map(|error| error.message)
                    .unwrap_or_default(),
            ),
        }
    }
}

const ORIGIN_TEXT: &str = "origin not allowed (open the Control UI from the gateway host or allow \
     it in gateway.controlUi.allowedOrigins)";

fn auth_error(failure: &AuthFailure, told: Told<'_>) -> ErrorShape {
    let mut error = ErrorShape::invalid_request(failure.message(told));
    if told.dialect >= Generation::V4 {
        let auth = told.params.auth.as_ref();
        let token_offered = auth
            .and_then(|auth| auth.token.as_deref())
            .is_some_and(|token| !token.trim().is_empty());
        let device_token_offered = auth.is_some_and(|auth| auth.device_token.is_some());
        let can_retry = *failure == AuthFailure::TokenMismatch
            && told.params.device.is_some()
            && token_offered
            && !device_token_offered;
        let step = if can_retry {
            NextStep::RetryWithDeviceToken
        } else {
            failure.next_step()
        };
        error = error.with_details(json!({
            "code": failure.code(),
            "authReason": failure.reason(),
            "canRetryWithDeviceToken": can_retry,
            "recommendedNextStep": step,
        }));
    }
    match failure {
        AuthFailure::RateLimited { retry_after_ms } => error.with_retry_after_ms(*retry_after_ms),
        _ => error,
    }
}

fn pairing_error(pairing: &PairingRequired, newer: bool) -> ErrorShape {
    if !newer {
        return ErrorShape::new(ErrorCode::NotPaired, "pairing required")
            .with_details(json!({ "requestId": pairing.request_id }));
    }
    let mut details = json!({
        "code": DetailCode::PairingRequired,
        "reason": pairing.reason.as_str(),
        "requestId": pairing.request_id,
        "remediationHint": pairing.reason.remediation(),
        "deviceId": pairing.device_id,
        "requestedRole": pairing.role,
    });
    if !pairing.scopes.is_empty() {
        details["requestedScopes"] = json!(pairing.scopes);
    }
    if !pairing.approved_roles.is_empty() {
        details["approvedRoles"] = json!(pairing.approved_roles);
    }
    if !pairing.approved_scopes.is_empty() {
        details["approvedScopes"] = json!(pairing.approved_scopes.sorted());
    }
    let message = format!("pairing required: {}", pairing.reason.requirement());
    ErrorShape::new(ErrorCode::NotPaired, message).with_details(details)
}

#[cfg(test)]
mod tests;
