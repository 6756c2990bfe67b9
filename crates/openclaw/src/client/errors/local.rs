//! What fails on this machine before anything is sent.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use insta::assert_snapshot;
use openclaw_config::secrets::SecretError;
use openclaw_identity::{IdentityFileError, TokenStoreError};
use openclaw_remote::TargetRefused;
use openclaw_remote::client::{Failure, IdentityError};
use openclaw_ssh_tunnel::TunnelError;

use super::{handshake, io, local, remote, told};
use crate::render::failure::catalogue::{Sample, shown, variants};

const SOURCE: &str = include_str!("../../../../remote/src/client.rs");
const SECRET: &str = include_str!("../../../../config/src/secrets/error.rs");
const KEY: &str = include_str!("../../../../identity/src/identity_file.rs");
const TOKENS: &str = include_str!("../../../../identity/src/token_store.rs");

fn file(name: &str) -> PathBuf {
    PathBuf::from("/nonexistent/u/.openclaw/identity").join(name)
}

#[test]
fn every_kind_of_failure() {
    let of = |target, failure| Sample::new(failure, |failure| told(target, failure));
    let challenge = openclaw_connect::HandshakeError::BadChallenge;
    let after = Duration::from_secs(10);
    let samples = [
        of(
            &local(),
            Failure::Target(Box::new(TargetRefused::PortWithUrl)),
        ),
        of(
            &local(),
            Failure::Secret(Box::new(SecretError::Unset {
                at: "gateway.auth.token".to_owned(),
                variable: "GW".to_owned(),
            })),
        ),
        of(
            &local(),
            Failure::Identity(IdentityError::Stopped("cancelled".to_owned())),
        ),
        of(&local(), Failure::Tunnel(Box::new(TunnelError::Stopped))),
        of(&local(), Failure::Connect(handshake(challenge))),
        of(
            &local(),
            Failure::Call(openclaw_connect::CallError::Timeout {
                method: "health".into(),
                after,
                sent: true,
            }),
        ),
        of(&local(), Failure::Timeout { after }).noting("on this machine "),
        of(&remote("wss://gw.example"), Failure::Timeout { after }).noting("far away "),
    ];
    assert_snapshot!(shown(SOURCE, "Failure", &samples));
    assert_eq!(
        variants(SOURCE, "IdentityError"),
        ["Key", "Tokens", "Stopped"]
    );
}

#[test]
fn every_secret_that_is_not_there() {
    let at = || "gateway.remote.token".to_owned();
    let provider = || "vault".to_owned();
    let path = || PathBuf::from("/run/secrets/gw");
    let samples = [
        SecretError::Unset {
            at: at(),
            variable: "GW_TOKEN".to_owned(),
        },
        SecretError::Malformed {
            at: at(),
            why: "expected a text or a secret reference".to_owned(),
        },
        SecretError::NoStore { at: at() },
        SecretError::NoProvider {
            at: at(),
            provider: provider(),
            kind: "file",
        },
        SecretError::BadProvider {
            at: at(),
            provider: provider(),
            why: "path must be absolute".to_owned(),
        },
        SecretError::File {
            at: at(),
            path: path(),
            source: io(ErrorKind::NotFound),
        },
        SecretError::FileContent {
            at: at(),
            path: path(),
            why: "it is empty".to_owned(),
        },
        SecretError::Command {
            at: at(),
            command: path(),
            why: "exit status: 1".to_owned(),
        },
    ]
    .map(|error| {
        Sample::new(error, |error| {
            told(&local(), Failure::Secret(Box::new(error)))
        })
    });
    assert_snapshot!(shown(SECRET, "SecretError", &samples));
}

#[test]
fn every_device_that_cannot_be_read() {
    let path = || file("device.json");
    let samples = [
        IdentityFileError::Read {
            path: path(),
            source: io(ErrorKind::PermissionDenied),
        },
        IdentityFileError::Write {
            path: path(),
            source: io(ErrorKind::StorageFull),
        },
        IdentityFileError::Unreadable {
            path: path(),
            what: "it is no JSON object",
        },
        IdentityFileError::Version {
            path: path(),
            found: 2,
        },
    ]
    .map(|error| Sample::new(error, |error| told(&local(), IdentityError::Key(error))));
    assert_snapshot!(shown(KEY, "IdentityFileError", &samples));
    let path = || file("gateway-tokens.json");
    let samples = [
        TokenStoreError::Read {
            path: path(),
            source: io(ErrorKind::PermissionDenied),
        },
        TokenStoreError::Write {
            path: path(),
            source: io(ErrorKind::StorageFull),
        },
        TokenStoreError::Unreadable {
            path: path(),
            what: "it is no JSON object",
        },
    ]
    .map(|error| Sample::new(error, |error| told(&local(), IdentityError::Tokens(error))));
    assert_snapshot!(shown(TOKENS, "TokenStoreError", &samples));
}
