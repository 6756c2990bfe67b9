//! `details.code`: the stable name of a refusal, for programs.

use crate::open_enum::open_enum;

open_enum! {
    /// The `code` inside `error.details`.
    pub enum DetailCode {
        /// No common protocol number.
        ProtocolMismatch = "PROTOCOL_MISMATCH",
        /// A browser origin that is not on the list.
        OriginNotAllowed = "CONTROL_UI_ORIGIN_NOT_ALLOWED",
        /// A `connect` without device where one is needed.
        DeviceIdentityRequired = "DEVICE_IDENTITY_REQUIRED",
        /// The control page without device.
        ControlUiDeviceIdentityRequired = "CONTROL_UI_DEVICE_IDENTITY_REQUIRED",
        /// `device.id` is not the digest of `device.publicKey`.
        DeviceIdMismatch = "DEVICE_AUTH_DEVICE_ID_MISMATCH",
        /// `device.signedAt` is too far from the Gateway's clock.
        DeviceSignatureExpired = "DEVICE_AUTH_SIGNATURE_EXPIRED",
        /// `device.nonce` is missing or blank.
        DeviceNonceRequired = "DEVICE_AUTH_NONCE_REQUIRED",
        /// `device.nonce` is not the one of this connection's challenge.
        DeviceNonceMismatch = "DEVICE_AUTH_NONCE_MISMATCH",
        /// The signature does not fit.
        DeviceSignatureInvalid = "DEVICE_AUTH_SIGNATURE_INVALID",
        /// The public key cannot be read or is weak.
        DevicePublicKeyInvalid = "DEVICE_AUTH_PUBLIC_KEY_INVALID",
        /// The device waits for a person's approval.
        PairingRequired = "PAIRING_REQUIRED",
        /// The token is missing.
        AuthTokenMissing = "AUTH_TOKEN_MISSING",
        /// The token is wrong.
        AuthTokenMismatch = "AUTH_TOKEN_MISMATCH",
        /// The Gateway has no token configured.
        AuthTokenNotConfigured = "AUTH_TOKEN_NOT_CONFIGURED",
        /// The password is missing.
        AuthPasswordMissing = "AUTH_PASSWORD_MISSING",
        /// The password is wrong.
        AuthPasswordMismatch = "AUTH_PASSWORD_MISMATCH",
        /// The Gateway has no password configured.
        AuthPasswordNotConfigured = "AUTH_PASSWORD_NOT_CONFIGURED",
        /// No Tailscale identity on the request.
        AuthTailscaleIdentityMissing = "AUTH_TAILSCALE_IDENTITY_MISSING",
        /// No Tailscale proxy headers on the request.
        AuthTailscaleProxyMissing = "AUTH_TAILSCALE_PROXY_MISSING",
        /// `tailscale whois` failed.
        AuthTailscaleWhoisFailed = "AUTH_TAILSCALE_WHOIS_FAILED",
        /// `tailscale whois` names somebody else.
        AuthTailscaleIdentityMismatch = "AUTH_TAILSCALE_IDENTITY_MISMATCH",
        /// A setup code that is invalid, expired, revoked or used.
        AuthBootstrapTokenInvalid = "AUTH_BOOTSTRAP_TOKEN_INVALID",
        /// A device token that is not the stored one.
        AuthDeviceTokenMismatch = "AUTH_DEVICE_TOKEN_MISMATCH",
        /// A device token with fewer scopes than asked for.
        AuthScopeMismatch = "AUTH_SCOPE_MISMATCH",
        /// Too many failed attempts.
        AuthRateLimited = "AUTH_RATE_LIMITED",
        /// A trusted proxy did not send an identity header.
        AuthIdentityHeaderRequired = "AUTH_IDENTITY_HEADER_REQUIRED",
        /// Any other authentication failure.
        AuthUnauthorized = "AUTH_UNAUTHORIZED",
        /// A scope is missing.
        MissingScope = "MISSING_SCOPE",
        /// The node is not connected.
        NotConnected = "NOT_CONNECTED",
        /// The node's pairing changed, or there is no such node.
        PairingChanged = "PAIRING_CHANGED",
        /// The node's connection changed during the call.
        RouteChanged = "ROUTE_CHANGED",
        /// The call waits until the node is in the foreground.
        QueuedUntilForeground = "QUEUED_UNTIL_FOREGROUND",
    }
}

open_enum! {
    /// `details.recommendedNextStep` of a failed `connect`: what the client should do.
    pub enum NextStep {
        /// Try once more with the stored device token.
        RetryWithDeviceToken = "retry_with_device_token",
        /// Configure the secret that is missing.
        UpdateAuthConfiguration = "update_auth_configuration",
        /// Correct the secret that is wrong.
        UpdateAuthCredentials = "update_auth_credentials",
        /// Look at how authentication is set up.
        ReviewAuthConfiguration = "review_auth_configuration",
        /// Wait, then try again.
        WaitThenRetry = "wait_then_retry",
    }
}
