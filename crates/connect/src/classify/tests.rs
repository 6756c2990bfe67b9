use openclaw_protocol::close::Close;
use serde_json::json;

use super::*;
use crate::Stage;

fn refusal(code: &str, message: &str, details: Value) -> ErrorShape {
    let mut error = ErrorShape::new(ErrorCode::from(code), message);
    error.details = Some(details).filter(|details| !details.is_null());
    error
}

fn waits(what: Wait, id: Option<&str>) -> Class {
    waiting_for(what, id.map(str::to_owned))
}

#[test]
fn refusals_of_protocol_4_by_their_code() {
    for code in [
        "AUTH_TOKEN_MISSING",
        "AUTH_TOKEN_MISMATCH",
        "AUTH_PASSWORD_MISSING",
        "AUTH_PASSWORD_MISMATCH",
        "AUTH_TOKEN_NOT_CONFIGURED",
        "AUTH_DEVICE_TOKEN_MISMATCH",
        "AUTH_SCOPE_MISMATCH",
        "AUTH_BOOTSTRAP_TOKEN_INVALID",
        "AUTH_IDENTITY_HEADER_REQUIRED",
        "AUTH_UNAUTHORIZED",
        "PROTOCOL_MISMATCH",
        "DEVICE_IDENTITY_REQUIRED",
        "CONTROL_UI_ORIGIN_NOT_ALLOWED",
        "DEVICE_AUTH_SIGNATURE_INVALID",
    ] {
        let error = refusal("INVALID_REQUEST", "…", json!({"code": code}));
        assert_eq!(Class::of_refusal(&error), Class::Stop, "{code}");
    }
    for code in [
        "DEVICE_AUTH_SIGNATURE_EXPIRED",
        "DEVICE_AUTH_NONCE_MISMATCH",
    ] {
        let error = refusal("INVALID_REQUEST", "…", json!({"code": code}));
        assert_eq!(
            Class::of_refusal(&error),
            Class::Retry { after: None },
            "{code}"
        );
    }
}

#[test]
fn pairing_names_what_and_which_command() {
    for (reason, what) in [
        ("not-paired", Wait::Approval),
        ("role-upgrade", Wait::RoleUpgrade),
        ("scope-upgrade", Wait::ScopeUpgrade),
        ("metadata-upgrade", Wait::Reapproval),
        ("something-new", Wait::Approval),
    ] {
        let details = json!({"code": "PAIRING_REQUIRED", "reason": reason, "requestId": "r-1"});
        let error = refusal("NOT_PAIRED", "pairing required: …", details);
        let Class::WaitForHuman(waiting) = Class::of_refusal(&error) else {
            panic!("{reason}")
        };
        assert_eq!(waiting.what, what);
        assert_eq!(
            waiting.command.as_deref(),
            Some("openclaw devices approve r-1")
        );
    }
    let error = refusal(
        "NOT_PAIRED",
        "pairing required: …",
        json!({"code": "PAIRING_REQUIRED", "recommendedNextStep": "wait_then_retry"}),
    );
    assert_eq!(Class::of_refusal(&error), Class::Retry { after: None });
}

#[test]
fn refusals_of_february_by_their_words() {
    let paired = refusal(
        "NOT_PAIRED",
        "pairing required",
        json!({"requestId": "r-2"}),
    );
    assert_eq!(
        Class::of_refusal(&paired),
        waits(Wait::Approval, Some("r-2"))
    );
    for (code, message) in [
        ("NOT_PAIRED", "device identity required"),
        (
            "INVALID_REQUEST",
            "unauthorized: gateway token mismatch (provide gateway auth token)",
        ),
        ("INVALID_REQUEST", "protocol mismatch"),
        ("INVALID_REQUEST", "invalid role"),
        ("INVALID_REQUEST", "device signature invalid"),
    ] {
        assert_eq!(
            Class::of_refusal(&refusal(code, message, Value::Null)),
            Class::Stop,
            "{message}"
        );
    }
    for message in ["device signature expired", "device nonce mismatch"] {
        let error = refusal("INVALID_REQUEST", message, Value::Null);
        assert_eq!(
            Class::of_refusal(&error),
            Class::Retry { after: None },
            "{message}"
        );
    }
    let unavailable = refusal("UNAVAILABLE", "something", Value::Null);
    assert_eq!(
        Class::of_refusal(&unavailable),
        Class::Retry { after: None }
    );
}

#[test]
fn a_code_of_a_newer_release_falls_back_to_the_words() {
    let error = refusal(
        "NOT_PAIRED",
        "pairing required: x",
        json!({"code": "BRAND_NEW"}),
    );
    assert!(matches!(Class::of_refusal(&error), Class::WaitForHuman(_)));
}

#[test]
fn a_wait_that_the_gateway_asks_for_is_kept_within_bounds() {
    let locked = refusal(
        "INVALID_REQUEST",
        "unauthorized: too many failed authentication attempts (retry later)",
        json!({"code": "AUTH_RATE_LIMITED"}),
    );
    let after = |error: ErrorShape, ms| Class::of_refusal(&error.with_retry_after_ms(ms));
    let retry = |ms| Class::Retry {
        after: Some(Duration::from_millis(ms)),
    };
    assert_eq!(after(locked.clone(), 299_990), retry(299_990));
    assert_eq!(
        after(locked, u64::MAX),
        Class::Retry {
            after: Some(RETRY_AFTER_MAX)
        }
    );
    let starting = || {
        refusal(
            "UNAVAILABLE",
            "gateway starting; retry shortly",
            json!({"reason": "startup-sidecars"}),
        )
    };
    assert_eq!(after(starting(), 1), retry(100));
    assert_eq!(after(starting(), 500), retry(500));
    assert_eq!(after(starting(), 60_000), retry(2_000));
}

#[test]
fn the_close_reason_fills_in_a_request_id() {
    let error = HandshakeError::Refused {
        error: Box::new(refusal("NOT_PAIRED", "pairing required: x", Value::Null)),
        close: Some(Close::new(1008, "pairing required: x (requestId: r-3)")),
    };
    assert_eq!(
        Class::of_handshake(&error),
        waits(Wait::Approval, Some("r-3"))
    );
    assert_eq!(
        request_id_in("pairing required (requestId: half-an-i"),
        None
    );
}

#[test]
fn nothing_but_an_id_gets_into_a_command() {
    for id in ["$(reboot)", "a b", "", "-x", "a;b", &"a".repeat(129)] {
        let Class::WaitForHuman(waiting) = waits(Wait::Approval, Some(id)) else {
            panic!()
        };
        assert_eq!(waiting.request_id, None, "{id}");
        assert_eq!(waiting.command.as_deref(), Some("openclaw devices list"));
    }
}

#[test]
fn closes_without_an_answer() {
    let of = |code, reason: &str| {
        Class::of_handshake(&HandshakeError::Closed {
            stage: Stage::Challenge,
            close: Close {
                code,
                reason: reason.to_owned(),
            },
        })
    };
    for (code, reason) in [
        (1000, ""),
        (1001, ""),
        (1005, ""),
        (1008, "slow consumer"),
        (1011, "x"),
        (1012, "service restart"),
        (1013, "gateway starting"),
        (4001, "device removed"),
        (
            1008,
            "unauthorized: too many failed authentication attempts (retry later)",
        ),
    ] {
        assert_eq!(
            of(code, reason),
            Class::Retry { after: None },
            "{code} {reason}"
        );
    }
    for (code, reason) in [
        (1002, "protocol mismatch"),
        (1008, "unauthorized: gateway token mismatch (…)"),
        (1008, "invalid connect params: …"),
        (1008, "device identity required"),
        (1008, "invalid request frame"),
    ] {
        assert_eq!(of(code, reason), Class::Stop, "{code} {reason}");
    }
    assert_eq!(of(1008, "pairing required"), waits(Wait::Approval, None));
}

#[test]
fn only_a_wrong_credential_costs_a_device_token() {
    let wrong = |code: &str| refusal("INVALID_REQUEST", "unauthorized: …", json!({"code": code}));
    assert!(is_credential_refusal(&wrong("AUTH_DEVICE_TOKEN_MISMATCH")));
    assert!(is_credential_refusal(&wrong("AUTH_TOKEN_MISMATCH")));
    for code in [
        "AUTH_SCOPE_MISMATCH",
        "AUTH_RATE_LIMITED",
        "PAIRING_REQUIRED",
    ] {
        assert!(!is_credential_refusal(&wrong(code)), "{code}");
    }
    let february = "unauthorized: gateway token mismatch (provide gateway auth token)";
    assert!(is_credential_refusal(&refusal(
        "INVALID_REQUEST",
        february,
        Value::Null
    )));
    assert!(!is_credential_refusal(&refusal(
        "NOT_PAIRED",
        "pairing required",
        Value::Null
    )));
}
