//! Calls that came to nothing.

use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use openclaw_connect::{CallError, Closed};
use openclaw_protocol::{ErrorCode, ErrorShape};
use openclaw_remote::client::Failure;

use super::{bad_json, local, remote, told};
use crate::render::failure::catalogue::{Sample, shown};

const SOURCE: &str = include_str!("../../../../connect/src/call.rs");

#[test]
fn every_call_that_came_to_nothing() {
    let (here, far) = (local(), remote("wss://gw.example"));
    let of = |target, error| Sample::new(error, |error| told(target, Failure::Call(error)));
    let method = || Box::from("node.list");
    let refused =
        |code, message: &str| CallError::Refused(Box::new(ErrorShape::new(code, message)));
    let busy = || {
        let mut error = ErrorShape::new(ErrorCode::Unavailable, "gateway busy");
        error.retryable = Some(true);
        CallError::Refused(Box::new(error))
    };
    let timeout = |sent| CallError::Timeout {
        method: method(),
        after: Duration::from_secs(10),
        sent,
    };
    let disconnected = |sent| CallError::Disconnected {
        method: method(),
        closed: Arc::new(Closed::lost(Some("connection reset".to_owned()))),
        sent,
    };
    let samples = [
        of(
            &far,
            refused(ErrorCode::InvalidRequest, "unknown method: x"),
        )
        .noting("unknown "),
        of(
            &far,
            refused(ErrorCode::InvalidRequest, "missing scope: operator.admin"),
        )
        .noting("scope missing "),
        of(&far, busy()).noting("busy "),
        of(
            &far,
            refused(ErrorCode::Unavailable, "channel telegram is switched off"),
        )
        .noting("unavailable "),
        of(&far, timeout(true)).noting("sent "),
        of(&here, timeout(false)).noting("not sent "),
        of(&far, disconnected(true)).noting("sent "),
        of(&here, disconnected(false)).noting("not sent "),
        of(
            &far,
            CallError::TooLarge {
                method: method(),
                bytes: 30_000_000,
                limit: 26_214_400,
            },
        ),
        of(
            &far,
            CallError::Params {
                method: method(),
                source: Arc::new(bad_json()),
            },
        ),
        of(
            &far,
            CallError::Answer {
                method: method(),
                source: Arc::new(bad_json()),
            },
        ),
    ];
    assert_snapshot!(shown(SOURCE, "CallError", &samples));
}
