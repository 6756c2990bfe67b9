//! What clients of each generation are told, word by word. Source: recorded handshakes.

use openclaw_policy::refusal::{
    AuthFailure as F, ConnectRefused, DeviceProofFailure, OriginRefused, PairingReason,
    PairingRequired, Told,
};
use openclaw_protocol::connect::ConnectParams;
use openclaw_protocol::id::{DeviceId, PairingRequestId};
use openclaw_protocol::{Generation, Role, Scope, ScopeSet};
use serde_json::{Value, json};

const GENERATIONS: [Generation; 2] = [Generation::V3, Generation::V4];

fn params(client: &Value, auth: &Value, device: bool) -> ConnectParams {
    let mut params = json!({
        "minProtocol": 3, "maxProtocol": 4, "client": client, "auth": auth,
    });
    if device {
        params["device"] = json!({
            "id": "x", "publicKey": "x", "signature": "x", "signedAt": 1, "nonce": "n",
        });
    }
    serde_json::from_value(params).unwrap()
}

fn client(id: &str, mode: &str) -> Value {
    json!({"id": id, "version": "1", "platform": "x", "mode": mode})
}

/// Message and details of a refusal.
fn told(
    refused: &ConnectRefused,
    dialect: Generation,
    params: &ConnectParams,
    is_local: bool,
) -> (String, Value) {
    let told = Told {
        dialect,
        params,
        is_local,
    };
    let error = refused.error(told).unwrap();
    let close = refused.close(told);
    assert!(
        close.reason.starts_with(&error.message) || error.message.starts_with(&close.reason),
        "{close:?}"
    );
    let details = serde_json::to_value(&error).unwrap()["details"].clone();
    (error.message, details)
}

#[test]
fn every_failure_has_its_reason_code_and_next_step() {
    let params = params(&client("test", "test"), &json!({}), false);
    for (failure, reason, code, step) in [
        (
            F::TokenMissing,
            "token_missing",
            "AUTH_TOKEN_MISSING",
            "update_auth_configuration",
        ),
        (
            F::TokenMismatch,
            "token_mismatch",
            "AUTH_TOKEN_MISMATCH",
            "update_auth_credentials",
        ),
        (
            F::TokenNotConfigured,
            "token_missing_config",
            "AUTH_TOKEN_NOT_CONFIGURED",
            "update_auth_configuration",
        ),
        (
            F::PasswordMissing,
            "password_missing",
            "AUTH_PASSWORD_MISSING",
            "update_auth_configuration",
        ),
        (
            F::PasswordMismatch,
            "password_mismatch",
            "AUTH_PASSWORD_MISMATCH",
            "update_auth_credentials",
        ),
        (
            F::PasswordNotConfigured,
            "password_missing_config",
            "AUTH_PASSWORD_NOT_CONFIGURED",
            "update_auth_configuration",
        ),
        (
            F::BootstrapTokenInvalid,
            "bootstrap_token_invalid",
            "AUTH_BOOTSTRAP_TOKEN_INVALID",
            "review_auth_configuration",
        ),
        (
            F::DeviceTokenMismatch,
            "device_token_mismatch",
            "AUTH_DEVICE_TOKEN_MISMATCH",
            "update_auth_credentials",
        ),
        (
            F::ScopeMismatch,
            "scope_mismatch",
            "AUTH_SCOPE_MISMATCH",
            "review_auth_configuration",
        ),
        (
            F::RateLimited { retry_after_ms: 9 },
            "rate_limited",
            "AUTH_RATE_LIMITED",
            "wait_then_retry",
        ),
        (
            F::GatewayAuthRequired,
            "gateway_auth_required",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyConfigMissing,
            "trusted_proxy_config_missing",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyNoProxies,
            "trusted_proxy_no_proxies_configured",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyUntrustedSource,
            "trusted_proxy_untrusted_source",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyLoopbackSource,
            "trusted_proxy_loopback_source",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyMissingHeader("x-who".to_owned()),
            "trusted_proxy_missing_header_x-who",
            "AUTH_IDENTITY_HEADER_REQUIRED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyUserMissing,
            "trusted_proxy_user_missing",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
        (
            F::TrustedProxyUserNotAllowed,
            "trusted_proxy_user_not_allowed",
            "AUTH_UNAUTHORIZED",
            "review_auth_configuration",
        ),
    ] {
        let is_guess = matches!(
            failure,
            F::TokenMismatch
                | F::PasswordMismatch
                | F::BootstrapTokenInvalid
                | F::DeviceTokenMismatch
        );
        assert_eq!(failure.is_wrong_guess(), is_guess, "{reason}");
        let refused = ConnectRefused::Auth(failure);
        let (message, details) = told(&refused, Generation::V4, &params, false);
        assert!(message.starts_with("unauthorized"), "{message}");
        assert_eq!(
            details,
            json!({
                "code": code, "authReason": reason, "canRetryWithDeviceToken": false,
                "recommendedNextStep": step,
            })
        );
        // An older client is told in words alone.
        let (message, details) = told(&refused, Generation::V3, &params, false);
        assert!(message.starts_with("unauthorized"), "{message}");
        assert_eq!(details, Value::Null, "{reason}");
    }
}

#[test]
fn a_locked_client_hears_when_to_come_back() {
    let params = params(&client("cli", "cli"), &json!({"token": "x"}), false);
    let refused = ConnectRefused::Auth(F::RateLimited {
        retry_after_ms: 1234,
    });
    for dialect in GENERATIONS {
        let told = Told {
            dialect,
            params: &params,
            is_local: false,
        };
        let error = serde_json::to_value(refused.error(told)).unwrap();
        assert_eq!(error["retryAfterMs"], 1234);
        assert_eq!(error["retryable"], true);
        assert_eq!(
            error["message"],
            "unauthorized: too many failed authentication attempts (retry later)"
        );
    }
}

#[test]
fn hints_follow_the_client_and_the_generation() {
    use Generation::{V3, V4};
    let cli = client("cli", "cli");
    let page = client("openclaw-control-ui", "ui");
    let chat = client("webchat", "webchat");
    let other = client("test", "test");
    for (who, failure, dialect, is_local, hint) in [
        (
            &cli,
            F::TokenMissing,
            V3,
            true,
            "set gateway.remote.token to match gateway.auth.token",
        ),
        (
            &cli,
            F::TokenMissing,
            V4,
            false,
            "set gateway.remote.token to match gateway.auth.token",
        ),
        (
            &cli,
            F::TokenMismatch,
            V4,
            true,
            "use this gateway's gateway.auth.token or pair the device",
        ),
        (
            &page,
            F::TokenMissing,
            V3,
            true,
            "open the dashboard URL and paste the token in Control UI settings",
        ),
        (
            &page,
            F::TokenMissing,
            V4,
            true,
            "paste in Control UI settings or openclaw doctor --generate-gateway-token; restart",
        ),
        (
            &chat,
            F::TokenMismatch,
            V4,
            true,
            "open the dashboard URL and paste the token in Control UI settings",
        ),
        (
            &other,
            F::TokenMissing,
            V4,
            true,
            "provide gateway auth token",
        ),
        (
            &cli,
            F::PasswordMissing,
            V3,
            true,
            "set gateway.remote.password to match gateway.auth.password",
        ),
        (
            &cli,
            F::PasswordMismatch,
            V4,
            true,
            "use this gateway's gateway.auth.password",
        ),
        (
            &page,
            F::PasswordMismatch,
            V4,
            true,
            "enter the password in Control UI settings",
        ),
        (
            &other,
            F::PasswordMissing,
            V3,
            false,
            "provide gateway auth password",
        ),
    ] {
        let params = params(who, &json!({}), false);
        let (message, _) = told(
            &ConnectRefused::Auth(failure.clone()),
            dialect,
            &params,
            is_local,
        );
        assert!(message.ends_with(&format!("({hint})")), "{message}");
    }
}

#[test]
fn older_clients_hear_of_device_tokens_as_of_the_token() {
    let params = params(&client("test", "test"), &json!({}), false);
    for (failure, newer) in [
        (
            F::DeviceTokenMismatch,
            "unauthorized: device token mismatch (rotate/reissue device token)",
        ),
        (
            F::ScopeMismatch,
            "unauthorized: device token scope mismatch (re-pair or approve scope upgrade)",
        ),
    ] {
        let refused = ConnectRefused::Auth(failure);
        assert_eq!(told(&refused, Generation::V4, &params, false).0, newer);
        assert_eq!(
            told(&refused, Generation::V3, &params, false).0,
            "unauthorized: gateway token mismatch (provide gateway auth token)"
        );
    }
}

#[test]
fn a_second_try_with_the_device_token_is_offered_where_it_could_help() {
    let who = client("cli", "cli");
    for (auth, device, failure, expected) in [
        (json!({"token": "x"}), true, F::TokenMismatch, true),
        (json!({"token": "x"}), false, F::TokenMismatch, false),
        (json!({"token": " "}), true, F::TokenMismatch, false),
        (
            json!({"token": "x", "deviceToken": "y"}),
            true,
            F::TokenMismatch,
            false,
        ),
        (json!({"token": "x"}), true, F::TokenMissing, false),
    ] {
        let params = params(&who, &auth, device);
        let (_, details) = told(
            &ConnectRefused::Auth(failure),
            Generation::V4,
            &params,
            false,
        );
        assert_eq!(details["canRetryWithDeviceToken"], expected, "{auth}");
        let is_step = details["recommendedNextStep"] == "retry_with_device_token";
        assert_eq!(is_step, expected, "{auth}");
    }
}

#[test]
fn a_wrong_proof_is_named_for_newer_clients() {
    let params = params(&client("cli", "cli"), &json!({}), true);
    for (failure, message, code, reason) in [
        (
            DeviceProofFailure::IdMismatch,
            "device identity mismatch",
            "DEVICE_AUTH_DEVICE_ID_MISMATCH",
            "device-id-mismatch",
        ),
        (
            DeviceProofFailure::Stale,
            "device signature expired",
            "DEVICE_AUTH_SIGNATURE_EXPIRED",
            "device-signature-stale",
        ),
        (
            DeviceProofFailure::NonceMissing,
            "device nonce required",
            "DEVICE_AUTH_NONCE_REQUIRED",
            "device-nonce-missing",
        ),
        (
            DeviceProofFailure::NonceMismatch,
            "device nonce mismatch",
            "DEVICE_AUTH_NONCE_MISMATCH",
            "device-nonce-mismatch",
        ),
        (
            DeviceProofFailure::Signature,
            "device signature invalid",
            "DEVICE_AUTH_SIGNATURE_INVALID",
            "device-signature",
        ),
        (
            DeviceProofFailure::PublicKey,
            "device public key invalid",
            "DEVICE_AUTH_PUBLIC_KEY_INVALID",
            "device-public-key",
        ),
    ] {
        let refused = ConnectRefused::Device(failure);
        assert_eq!(
            told(&refused, Generation::V4, &params, false),
            (message.to_owned(), json!({"code": code, "reason": reason}))
        );
        assert_eq!(
            told(&refused, Generation::V3, &params, false),
            (message.to_owned(), Value::Null)
        );
    }
}

#[test]
fn other_refusals_and_how_they_close() {
    let params = params(&client("openclaw-control-ui", "ui"), &json!({}), false);
    let origin = |refused| ConnectRefused::Origin(refused);
    for (refused, dialect, message, details) in [
        (
            ConnectRefused::InvalidRole,
            Generation::V4,
            "invalid role",
            Value::Null,
        ),
        (
            origin(OriginRefused::NotAllowed),
            Generation::V4,
            "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)",
            json!({"code": "CONTROL_UI_ORIGIN_NOT_ALLOWED", "reason": "origin not allowed"}),
        ),
        (
            origin(OriginRefused::MissingOrInvalid),
            Generation::V4,
            "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)",
            json!({"code": "CONTROL_UI_ORIGIN_NOT_ALLOWED", "reason": "origin missing or invalid"}),
        ),
        (
            ConnectRefused::DeviceRequired,
            Generation::V4,
            "device identity required",
            json!({"code": "DEVICE_IDENTITY_REQUIRED"}),
        ),
        (
            ConnectRefused::DeviceRequired,
            Generation::V3,
            "device identity required",
            Value::Null,
        ),
        (
            ConnectRefused::ControlUiDeviceRequired,
            Generation::V4,
            "control ui requires device identity (use HTTPS or localhost secure context)",
            json!({"code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"}),
        ),
        (
            ConnectRefused::ControlUiDeviceRequired,
            Generation::V3,
            "control ui requires HTTPS or localhost (secure context)",
            Value::Null,
        ),
        (
            ConnectRefused::ProtocolMismatch { min: 9, max: 10 },
            Generation::V4,
            "protocol mismatch",
            json!({
                "code": "PROTOCOL_MISMATCH", "clientMinProtocol": 9, "clientMaxProtocol": 10,
                "expectedProtocol": 4, "minimumProbeProtocol": 3,
            }),
        ),
        (
            ConnectRefused::ProtocolMismatch { min: 1, max: 2 },
            Generation::V3,
            "protocol mismatch",
            json!({"expectedProtocol": 3}),
        ),
    ] {
        assert_eq!(
            told(&refused, dialect, &params, false),
            (message.to_owned(), details),
            "{refused:?}"
        );
        let close = refused.close(Told {
            dialect,
            params: &params,
            is_local: false,
        });
        let is_mismatch = matches!(refused, ConnectRefused::ProtocolMismatch { .. });
        assert_eq!(
            close.code,
            if is_mismatch { 1002 } else { 1008 },
            "{refused:?}"
        );
    }
    // Worker connections are closed without an answer.
    let told = Told {
        dialect: Generation::V4,
        params: &params,
        is_local: false,
    };
    assert_eq!(ConnectRefused::Worker.error(told), None);
    assert!(!ConnectRefused::Worker.close(told).reason.is_empty());
}

#[test]
fn a_device_that_waits_hears_for_what() {
    let params = params(&client("cli", "cli"), &json!({}), true);
    let device = DeviceId::from_digest([7; 32]);
    let pairing = |reason, scopes: ScopeSet, approved_roles, approved_scopes| {
        ConnectRefused::Pairing(Box::new(PairingRequired {
            reason,
            request_id: PairingRequestId::from("r1"),
            device_id: device.clone(),
            role: Role::Operator,
            scopes,
            approved_roles,
            approved_scopes,
        }))
    };
    for (reason, word, requirement) in [
        (
            PairingReason::NotPaired,
            "not-paired",
            "device is not approved yet",
        ),
        (
            PairingReason::RoleUpgrade,
            "role-upgrade",
            "device is asking for a higher role than currently approved",
        ),
        (
            PairingReason::ScopeUpgrade,
            "scope-upgrade",
            "device is asking for more scopes than currently approved",
        ),
        (
            PairingReason::MetadataUpgrade,
            "metadata-upgrade",
            "device identity changed and must be re-approved",
        ),
    ] {
        let refused = pairing(reason, ScopeSet::empty(), vec![], ScopeSet::empty());
        let (message, details) = told(&refused, Generation::V4, &params, false);
        assert_eq!(message, format!("pairing required: {requirement}"));
        assert_eq!(details["code"], "PAIRING_REQUIRED");
        assert_eq!(details["reason"], word);
        assert_eq!(details["requestId"], "r1");
        assert!(details["remediationHint"].as_str().unwrap().ends_with('.'));
        for absent in ["requestedScopes", "approvedRoles", "approvedScopes"] {
            assert!(details.get(absent).is_none(), "{absent}");
        }
        let close = refused.close(Told {
            dialect: Generation::V4,
            params: &params,
            is_local: false,
        });
        assert_eq!(
            close.reason,
            format!("pairing required: {requirement} (requestId: r1)")
        );
        assert_eq!(
            told(&refused, Generation::V3, &params, false),
            ("pairing required".to_owned(), json!({"requestId": "r1"}))
        );
    }
    let refused = pairing(
        PairingReason::ScopeUpgrade,
        [Scope::Write].into(),
        vec![Role::Operator],
        [Scope::Talk, Scope::Read].into(),
    );
    let (_, details) = told(&refused, Generation::V4, &params, false);
    assert_eq!(details["requestedScopes"], json!(["operator.write"]));
    assert_eq!(details["approvedRoles"], json!(["operator"]));
    assert_eq!(
        details["approvedScopes"],
        json!(["operator.read", "operator.talk"])
    );
}
