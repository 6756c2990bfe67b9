//! Every failed authentication, and what each generation is told: the table of 2026.2.6-3 and
//! 2026.9.6.

use openclaw_protocol::Generation::{self, V3, V4};
use openclaw_protocol::connect::ConnectParams;
use serde_json::{Value, json};

use super::{AuthFailure, ConnectRefused, Told};

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// `cli` elsewhere.
    Cli,
    /// `cli` on this host.
    LocalCli,
    /// The control page.
    Page,
    /// Any other program.
    Other,
}

const EVERYBODY: [Who; 4] = [Who::Cli, Who::LocalCli, Who::Page, Who::Other];

fn told_to(
    who: Who,
    dialect: Generation,
    auth: &Value,
    with_device: bool,
    failure: &AuthFailure,
) -> Value {
    let (id, mode) = match who {
        Who::Cli | Who::LocalCli => ("cli", "cli"),
        Who::Page => ("openclaw-control-ui", "webchat"),
        Who::Other => ("openclaw-macos", "ui"),
    };
    let mut params = json!({
        "minProtocol": 3, "maxProtocol": 4, "auth": auth,
        "client": {"id": id, "version": "1", "platform": "linux", "mode": mode},
    });
    if with_device {
        params["device"] = json!({
            "id": "x", "publicKey": "x", "signature": "x", "signedAt": 1, "nonce": "n",
        });
    }
    let params: ConnectParams = serde_json::from_value(params).unwrap();
    let told = Told {
        dialect,
        params: &params,
        is_local: who == Who::LocalCli,
    };
    let refused = ConnectRefused::Auth(failure.clone());
    let error = refused.error(told).unwrap();
    let close = refused.close(told);
    assert_eq!(close.code, 1008, "{failure:?}");
    assert!(error.message.starts_with(&close.reason), "{failure:?}");
    serde_json::to_value(error).unwrap()
}

/// The hint in brackets: for a token that is missing, one that is wrong, and a password.
fn hints(who: Who, dialect: Generation) -> [&'static str; 3] {
    let token = "set gateway.remote.token to match gateway.auth.token";
    let password = "set gateway.remote.password to match gateway.auth.password";
    let page = "open the dashboard URL and paste the token in Control UI settings";
    match (who, dialect) {
        (Who::LocalCli, V4) => [
            "use this gateway's gateway.auth.token or pair the device",
            "use this gateway's gateway.auth.token or pair the device",
            "use this gateway's gateway.auth.password",
        ],
        (Who::Cli | Who::LocalCli, _) => [token, token, password],
        (Who::Page, V4) => [
            "paste in Control UI settings or openclaw doctor --generate-gateway-token; restart",
            page,
            "enter the password in Control UI settings",
        ],
        (Who::Page, V3) => [page, page, "enter the password in Control UI settings"],
        (Who::Other, _) => [
            "provide gateway auth token",
            "provide gateway auth token",
            "provide gateway auth password",
        ],
    }
}

struct Row {
    failure: AuthFailure,
    reason: &'static str,
    code: &'static str,
    step: &'static str,
    /// The text without `unauthorized: `; `{token}`, `{wrong}` and `{password}` stand for hints.
    text: &'static str,
    /// The text in protocol 3, where it is another one.
    text_v3: Option<&'static str>,
}

fn row(
    failure: AuthFailure,
    reason: &'static str,
    code: &'static str,
    step: &'static str,
    text: &'static str,
) -> Row {
    Row {
        failure,
        reason,
        code,
        step,
        text,
        text_v3: None,
    }
}

const CONFIGURE: &str = "update_auth_configuration";
const CORRECT: &str = "update_auth_credentials";
const REVIEW: &str = "review_auth_configuration";

fn table() -> Vec<Row> {
    use AuthFailure as F;
    let wrong_token = Some("gateway token mismatch ({wrong})");
    let other = |failure, reason| row(failure, reason, "AUTH_UNAUTHORIZED", REVIEW, "");
    vec![
        row(
            F::TokenMissing,
            "token_missing",
            "AUTH_TOKEN_MISSING",
            CONFIGURE,
            "gateway token missing ({token})",
        ),
        row(
            F::TokenMismatch,
            "token_mismatch",
            "AUTH_TOKEN_MISMATCH",
            CORRECT,
            "gateway token mismatch ({wrong})",
        ),
        row(
            F::TokenNotConfigured,
            "token_missing_config",
            "AUTH_TOKEN_NOT_CONFIGURED",
            CONFIGURE,
            "gateway token not configured on gateway (set gateway.auth.token)",
        ),
        row(
            F::PasswordMissing,
            "password_missing",
            "AUTH_PASSWORD_MISSING",
            CONFIGURE,
            "gateway password missing ({password})",
        ),
        row(
            F::PasswordMismatch,
            "password_mismatch",
            "AUTH_PASSWORD_MISMATCH",
            CORRECT,
            "gateway password mismatch ({password})",
        ),
        row(
            F::PasswordNotConfigured,
            "password_missing_config",
            "AUTH_PASSWORD_NOT_CONFIGURED",
            CONFIGURE,
            "gateway password not configured on gateway (set gateway.auth.password)",
        ),
        row(
            F::BootstrapTokenInvalid,
            "bootstrap_token_invalid",
            "AUTH_BOOTSTRAP_TOKEN_INVALID",
            REVIEW,
            "setup code invalid, expired, revoked, or already used (create a new code; review \
             `openclaw devices list`)",
        ),
        Row {
            text_v3: wrong_token,
            ..row(
                F::DeviceTokenMismatch,
                "device_token_mismatch",
                "AUTH_DEVICE_TOKEN_MISMATCH",
                CORRECT,
                "device token mismatch (rotate/reissue device token)",
            )
        },
        Row {
            text_v3: wrong_token,
            ..row(
                F::ScopeMismatch,
                "scope_mismatch",
                "AUTH_SCOPE_MISMATCH",
                REVIEW,
                "device token scope mismatch (re-pair or approve scope upgrade)",
            )
        },
        row(
            F::RateLimited { retry_after_ms: 7 },
            "rate_limited",
            "AUTH_RATE_LIMITED",
            "wait_then_retry",
            "too many failed authentication attempts (retry later)",
        ),
        row(
            F::TrustedProxyMissingHeader("x-user".to_owned()),
            "trusted_proxy_missing_header_x-user",
            "AUTH_IDENTITY_HEADER_REQUIRED",
            REVIEW,
            "",
        ),
        other(F::GatewayAuthRequired, "gateway_auth_required"),
        other(F::TrustedProxyConfigMissing, "trusted_proxy_config_missing"),
        other(
            F::TrustedProxyNoProxies,
            "trusted_proxy_no_proxies_configured",
        ),
        other(
            F::TrustedProxyUntrustedSource,
            "trusted_proxy_untrusted_source",
        ),
        other(
            F::TrustedProxyLoopbackSource,
            "trusted_proxy_loopback_source",
        ),
        other(
            F::TrustedProxyLocalInterface,
            "trusted_proxy_local_interface_source",
        ),
        other(F::TrustedProxyUserMissing, "trusted_proxy_user_missing"),
        other(
            F::TrustedProxyUserNotAllowed,
            "trusted_proxy_user_not_allowed",
        ),
    ]
}

#[test]
fn every_failure_is_told_as_recorded() {
    for row in table() {
        for dialect in [V3, V4] {
            for who in EVERYBODY {
                let got = told_to(who, dialect, &json!({}), true, &row.failure);
                let text = match (dialect, row.text_v3) {
                    (V3, Some(text)) => text,
                    _ => row.text,
                };
                let [token, wrong, password] = hints(who, dialect);
                let text = text
                    .replace("{token}", token)
                    .replace("{wrong}", wrong)
                    .replace("{password}", password);
                let message = if text.is_empty() {
                    "unauthorized".to_owned()
                } else {
                    format!("unauthorized: {text}")
                };
                assert_eq!(got["message"], message, "{who:?} {dialect:?}");
                assert_eq!(got["code"], "INVALID_REQUEST");
                let details = if dialect == V3 {
                    Value::Null
                } else {
                    json!({
                        "code": row.code, "authReason": row.reason,
                        "canRetryWithDeviceToken": false, "recommendedNextStep": row.step,
                    })
                };
                assert_eq!(got["details"], details, "{message}");
                let is_limited = matches!(row.failure, AuthFailure::RateLimited { .. });
                assert_eq!(got.get("retryAfterMs").is_some(), is_limited, "{got}");
                assert_eq!(got["retryable"] == true, is_limited, "{got}");
            }
        }
    }
}

#[test]
fn a_client_is_sent_to_its_device_token_where_it_may_have_one() {
    let wrong = AuthFailure::TokenMismatch;
    for (auth, with_device, failure, expected) in [
        (json!({"token": "t"}), true, &wrong, true),
        (json!({"token": "t"}), false, &wrong, false),
        (json!({"token": " "}), true, &wrong, false),
        (json!({"password": "p"}), true, &wrong, false),
        (
            json!({"token": "t", "deviceToken": "d"}),
            true,
            &wrong,
            false,
        ),
        (
            json!({"token": "t"}),
            true,
            &AuthFailure::PasswordMismatch,
            false,
        ),
        (
            json!({"token": "t"}),
            true,
            &AuthFailure::DeviceTokenMismatch,
            false,
        ),
        (
            json!({"token": "t"}),
            true,
            &AuthFailure::BootstrapTokenInvalid,
            false,
        ),
    ] {
        let got = told_to(Who::Cli, V4, &auth, with_device, failure);
        let details = &got["details"];
        assert_eq!(
            details["canRetryWithDeviceToken"], expected,
            "{auth} {failure:?}"
        );
        let is_sent = details["recommendedNextStep"] == "retry_with_device_token";
        assert_eq!(is_sent, expected, "{auth} {failure:?}");
        let older = told_to(Who::Cli, V3, &auth, with_device, failure);
        assert!(older.get("details").is_none(), "{older}");
    }
}

#[test]
fn only_what_was_offered_and_is_wrong_counts_as_a_guess() {
    for row in table() {
        let is_guess = row.reason.ends_with("_mismatch") && row.reason != "scope_mismatch"
            || row.reason == "bootstrap_token_invalid";
        assert_eq!(row.failure.is_wrong_guess(), is_guess, "{}", row.reason);
    }
}
