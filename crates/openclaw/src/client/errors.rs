//! Every error of a target, a connection and a call, as it is told.

mod call;
mod dial;
mod handshake;
mod local;
mod target;
mod tunnel;

use std::io;
use std::path::Path;

use openclaw_config::{Env, Loaded, PathFlags, Paths, check_text};
use openclaw_connect::{ConnectError, HandshakeError, Proof};
use openclaw_remote::client::{Failure, SentSecret};
use openclaw_remote::{RemoteError, Target, TargetFlags};
use serde_json::{Value, json};

use super::failed;
use crate::error::CliError;

fn env() -> Env {
    Env::empty().with("HOME", "/nonexistent/u")
}

fn paths() -> Paths {
    Paths::resolve(&env(), &PathFlags::default()).unwrap()
}

fn loaded(config: &Value) -> Loaded {
    let file = Path::new("/nonexistent/u/.openclaw/openclaw.json");
    check_text(file, config.to_string(), &env()).unwrap()
}

fn target(config: &Value, flags: &TargetFlags) -> Target {
    Target::resolve(flags, &paths(), &loaded(config)).unwrap()
}

/// The Gateway on this machine.
fn local() -> Target {
    let config = json!({ "gateway": { "mode": "local", "auth": { "token": "t" } } });
    target(&config, &TargetFlags::default())
}

/// The configured remote Gateway.
fn remote(url: &str) -> Target {
    let config = json!({ "gateway": { "mode": "remote", "remote": { "url": url, "token": "t" } } });
    target(&config, &TargetFlags::default())
}

/// The same with a pin.
fn pinned() -> Target {
    let config = json!({ "gateway": { "mode": "remote", "remote": {
        "url": "wss://gw.example", "token": "t", "tlsFingerprint": "ab".repeat(32),
    } } });
    target(&config, &TargetFlags::default())
}

/// One given by hand.
fn by_hand(url: &str) -> Target {
    let flags = TargetFlags {
        url: Some(url.to_owned()),
        token: Some("t".into()),
        ..TargetFlags::default()
    };
    target(&json!({}), &flags)
}

/// One behind a tunnel.
fn behind() -> Target {
    let flags = TargetFlags {
        ssh: Some("ann@pi".to_owned()),
        token: Some("t".into()),
        ..TargetFlags::default()
    };
    target(&json!({}), &flags)
}

/// What is told of this failure.
fn told(target: &Target, failure: impl Into<Failure>) -> CliError {
    failed(&RemoteError {
        info: Box::new(target.info.clone()),
        failure: failure.into(),
        sent: Vec::new(),
    })
}

/// The same where this token went along.
fn told_with_token(target: &Target, failure: impl Into<Failure>) -> CliError {
    failed(&RemoteError {
        info: Box::new(target.info.clone()),
        failure: failure.into(),
        sent: vec![SentSecret {
            kind: "token",
            from: "config gateway.remote.token".to_owned(),
            disagreeing: vec!["env OPENCLAW_GATEWAY_TOKEN".to_owned()],
        }],
    })
}

fn handshake(error: HandshakeError) -> Box<ConnectError> {
    Box::new(ConnectError::Handshake {
        error: Box::new(error),
        proof: Proof::Shared,
    })
}

/// What the system says, in words that are the same everywhere.
fn io(kind: io::ErrorKind) -> io::Error {
    io::Error::from(kind)
}

fn bad_json() -> serde_json::Error {
    serde_json::from_str::<u8>("{").unwrap_err()
}
