//! Handshakes that came to nothing.

use std::io::ErrorKind;
use std::time::Duration;

use insta::assert_snapshot;
use openclaw_connect::{HandshakeError, Stage};
use openclaw_protocol::close::Close;
use openclaw_protocol::{ErrorCode, ErrorShape};
use openclaw_remote::Target;
use serde_json::json;

use super::{bad_json, handshake, io, local, remote, told, told_with_token};
use crate::render::failure::catalogue::{Sample, shown, variants};

const SOURCE: &str = include_str!("../../../../connect/src/handshake.rs");
const CODES: &str = include_str!("../../../../protocol/src/detail.rs");

fn of(target: &Target, error: HandshakeError) -> Sample {
    Sample::new(error, |error| told(target, handshake(error)))
}

fn refused(code: ErrorCode, message: &str, details: serde_json::Value) -> HandshakeError {
    let mut error = ErrorShape::new(code, message);
    error.details = Some(details);
    HandshakeError::Refused {
        error: Box::new(error),
        close: None,
    }
}

#[test]
fn every_handshake_that_came_to_nothing() {
    let far = remote("wss://gw.example");
    let after = Duration::from_secs(10);
    let close = |code, reason: &str| HandshakeError::Closed {
        stage: Stage::Hello,
        close: Close {
            code,
            reason: reason.to_owned(),
        },
    };
    let lost = HandshakeError::Lost {
        stage: Stage::Challenge,
        source: Some(io(ErrorKind::ConnectionReset)),
    };
    let samples = [
        of(&far, HandshakeError::NoChallenge { after }),
        of(&far, HandshakeError::BadChallenge),
        of(&local(), HandshakeError::NoAnswer { after }),
        of(
            &far,
            refused(ErrorCode::Unavailable, "gateway starting", json!(null)),
        ),
        of(&far, close(1012, "service restart")),
        of(&far, close(1008, "slow consumer")),
        of(&far, lost),
        of(&far, HandshakeError::UnknownProtocol { number: 5 }),
        of(&far, HandshakeError::Unsendable(bad_json())),
    ];
    assert_snapshot!(shown(SOURCE, "HandshakeError", &samples));
}

/// Words of the Gateway, where they are known to matter.
fn words(code: &str) -> &'static str {
    match code {
        "ProtocolMismatch" => "protocol mismatch",
        "AuthTokenMissing" => "unauthorized: gateway token missing",
        "AuthTokenMismatch" => "unauthorized: gateway token mismatch",
        "AuthPasswordMissing" => "unauthorized: gateway password missing",
        "AuthPasswordMismatch" => "unauthorized: gateway password mismatch",
        "AuthRateLimited" => "unauthorized: too many failed authentication attempts (retry later)",
        "PairingRequired" => "pairing required",
        "MissingScope" => "missing scope: operator.admin",
        _ => "(what the Gateway says)",
    }
}

#[test]
fn every_code_of_a_refusal() {
    let source = CODES
        .split("open_enum! {\n    /// `details.rec")
        .next()
        .unwrap();
    let mut samples = Vec::new();
    for variant in variants(source, "DetailCode") {
        let line = format!(" {variant} = \"");
        let (_, rest) = source.split_once(&line).unwrap();
        let code = rest.split('"').next().unwrap();
        let of = |details: serde_json::Value| {
            let error = refused(ErrorCode::InvalidRequest, words(&variant), details);
            let target = remote("wss://gw.example");
            Sample::new(error, |error| told_with_token(&target, handshake(error)))
                .of_variant(variant.clone())
        };
        samples.push(of(json!({ "code": code })));
        if code == "PAIRING_REQUIRED" {
            for reason in ["not-paired ", "scope-upgrade ", "role-upgrade "] {
                let details = json!({ "code": code, "reason": reason.trim(), "requestId": "r-1" });
                samples.push(of(details).noting(reason));
            }
        }
    }
    assert_snapshot!(shown(source, "DetailCode", &samples));
}

#[test]
fn nothing_was_sent() {
    let error = refused(
        ErrorCode::InvalidRequest,
        words("AuthTokenMissing"),
        json!({ "code": "AUTH_TOKEN_MISSING" }),
    );
    let text = told(&remote("wss://gw.example"), handshake(error))
        .text()
        .to_owned();
    assert_snapshot!(text);
}
