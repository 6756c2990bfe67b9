//! Targets that were refused.

use std::io::ErrorKind;
use std::path::PathBuf;

use insta::assert_snapshot;
use openclaw_config::Source;
use openclaw_config::secrets::SecretError;
use openclaw_connect::{EdgeError, PlaintextRefused, UrlError};
use openclaw_identity::GatewayOrigin;
use openclaw_remote::{KnownGatewaysError, TargetRefused, UrlSource};
use openclaw_ssh_tunnel::{SpecError, SshTarget, TargetError};
use openclaw_tls_pin::ServerCertError;

use super::io;
use crate::client::refused;
use crate::first_contact;
use crate::render::failure::catalogue::{Sample, shown};

const SOURCE: &str = include_str!("../../../../remote/src/refusal.rs");
const EDGE: &str = include_str!("../../../../connect/src/edge.rs");
const URL: &str = include_str!("../../../../connect/src/url.rs");
const SSH_TARGET: &str = include_str!("../../../../ssh-tunnel/src/target.rs");
const KNOWN: &str = include_str!("../../../../remote/src/known.rs");

fn file() -> PathBuf {
    PathBuf::from("/nonexistent/u/.openclaw/openclaw.json")
}

#[test]
fn every_target_that_was_refused() {
    let of = |error| Sample::new(error, |error| refused(&error));
    let plaintext = PlaintextRefused {
        url: "ws://gw.example".parse().unwrap(),
        resolved: None,
    };
    let samples = [
        of(TargetRefused::UrlNeedsCredentials {
            from: UrlSource::Flag,
            config: file(),
        }),
        of(TargetRefused::UrlNeedsCredentials {
            from: UrlSource::Env,
            config: file(),
        })
        .noting("from the environment "),
        of(TargetRefused::RemoteUrlMissing { config: file() }),
        of(TargetRefused::CredentialsRequired {
            method: "health".to_owned(),
            config: Some(file()),
        }),
        of(TargetRefused::Plaintext {
            why: Box::new(plaintext),
            from: UrlSource::Remote,
            config: Some(file()),
        }),
        of(TargetRefused::SecretUnavailable {
            why: Box::new(SecretError::Unset {
                at: "gateway.remote.token".to_owned(),
                variable: "GW_TOKEN".to_owned(),
            }),
        }),
        of(TargetRefused::BadUrl {
            from: UrlSource::Remote,
            why: UrlError::Scheme,
        }),
        of(TargetRefused::BadPin {
            from: Source::Flag("--tls-fingerprint"),
            why: "12 of 64 hexadecimal digits".to_owned(),
        }),
        of(TargetRefused::PortWithUrl),
        of(TargetRefused::SshWithUrl),
        of(TargetRefused::SshTarget {
            from: Source::Config("gateway.remote.sshTarget".to_owned()),
            why: TargetError::Empty,
        }),
        of(TargetRefused::SshProgram {
            from: Source::Env("OPENCLAW_SSH_PROGRAM"),
            why: SpecError::RelativeProgram {
                program: "ssh".into(),
            },
        }),
        of(TargetRefused::OwnCertificate {
            why: Box::new(ServerCertError::Missing {
                path: "/nonexistent/cert.pem".into(),
            }),
        }),
        of(TargetRefused::KnownGateways(KnownGatewaysError::File {
            path: "/nonexistent/u/.openclaw/known-gateways.json".into(),
            source: io(ErrorKind::PermissionDenied),
        })),
        of(TargetRefused::EdgeCommand {
            at: "gateway.remote.edgeAuth.X-Key".to_owned(),
        }),
        of(TargetRefused::Edge(EdgeError::Empty)),
    ];
    assert_snapshot!(shown(SOURCE, "TargetRefused", &samples));
}

#[test]
fn every_edge_header_that_cannot_be_sent() {
    let origin = |url: &str| GatewayOrigin::of_url(url).unwrap();
    let samples = [
        EdgeError::Empty,
        EdgeError::Header {
            name: "Host".to_owned(),
            why: "is set by every request itself",
        },
        EdgeError::NeedsTls,
        EdgeError::OtherOrigin {
            expected: origin("wss://gate.example"),
            dialled: origin("wss://other.example"),
        },
    ]
    .map(|error| Sample::new(error, |error| refused(&TargetRefused::Edge(error))));
    assert_snapshot!(shown(EDGE, "EdgeError", &samples));
}

#[test]
fn every_url_that_is_none() {
    let samples = [
        "ftp://gw.example",
        "ws://ann:secret@gw.example",
        "ws://",
        "ws://127.1",
        "ws://[fd00::1%25eth0]",
        "ws://gw.example:0",
        "ws://gw.example/#x",
        "ws://gw.example/a b",
    ]
    .map(|text| {
        let why = text.parse::<openclaw_connect::GatewayUrl>().unwrap_err();
        let from = UrlSource::Flag;
        Sample::new(why, |why| refused(&TargetRefused::BadUrl { from, why }))
    });
    let all = shown(URL, "UrlError", &samples);
    assert!(!all.contains("secret"), "{all}");
    assert_snapshot!(all);
}

#[test]
fn every_ssh_target_that_is_none() {
    let long = "x".repeat(2000);
    let samples = [
        "",
        &long,
        "a b",
        "-oProxyCommand=x",
        "@host",
        "a@b@c",
        "host:",
        "::1",
        "[x]",
        "host:0",
        "a;b",
    ]
    .map(|text| {
        let why = SshTarget::parse(text).unwrap_err();
        Sample::new(why, |why| {
            let from = Source::Flag("--ssh");
            refused(&TargetRefused::SshTarget { from, why })
        })
    });
    assert_snapshot!(shown(SSH_TARGET, "TargetError", &samples));
}

#[test]
fn everything_wrong_with_the_known_gateways() {
    let path = || PathBuf::from("/nonexistent/u/.openclaw/known-gateways.json");
    let samples = [
        KnownGatewaysError::File {
            path: path(),
            source: io(ErrorKind::PermissionDenied),
        },
        KnownGatewaysError::Unreadable {
            path: path(),
            why: "version 2 is not known".to_owned(),
        },
        KnownGatewaysError::TooManyPins {
            origin: "wss://gw.example:443".to_owned(),
        },
    ]
    .map(|error| Sample::new(error, first_contact::unreadable));
    assert_snapshot!(shown(KNOWN, "KnownGatewaysError", &samples));
}
