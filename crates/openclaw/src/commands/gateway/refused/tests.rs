//! Every refusal of a start, as it is told.

use std::io::{Error, ErrorKind};

use insta::assert_snapshot;
use openclaw_config::{LoadError, LockError, PathError};
use openclaw_gateway_server::ServeError;
use openclaw_gateway_server::from_config::PlanRefused;
use openclaw_policy::exposure::ExposureRefused;
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use openclaw_store::{DatabaseError, OpenError};
use openclaw_tls_pin::{GenerateFailure, LoadFailure, ServerCertError, describe};

use rustls::Error as TlsError;

use super::{lock, plan, serve};
use crate::app::{refused_config, refused_paths};
use crate::render::failure::catalogue::{Sample, shown};

const EXPOSURE: &str = include_str!("../../../../../policy/src/exposure/refused.rs");
const PLAN: &str = include_str!("../../../../../gateway-server/src/from_config.rs");
const LOCK: &str = include_str!("../../../../../config/src/state_lock.rs");
const SERVE: &str = include_str!("../../../../../gateway-server/src/gateway.rs");
const OPEN: &str = include_str!("../../../../../store/src/error.rs");
const CERT: &str = include_str!("../../../../../tls-pin/src/cert_error.rs");
const LOAD: &str = include_str!("../../../../../config/src/load.rs");
const PATHS: &str = include_str!("../../../../../config/src/paths.rs");

fn label(sample: crate::error::CliError) -> crate::error::CliError {
    sample.labelled("Gateway failed to start")
}

#[test]
fn every_exposure() {
    let samples = [
        ExposureRefused::CustomHostMissing,
        ExposureRefused::CustomHostInvalid("x".to_owned()),
        ExposureRefused::CustomHostNotHere([192, 0, 2, 1].into()),
        ExposureRefused::NoTailnetAddress,
        ExposureRefused::ExposedWithoutAuth {
            bind: BindMode::Lan,
            remote_secret: true,
        },
        ExposureRefused::WeakSecret {
            bind: BindMode::Lan,
            tailscale: TailscaleMode::Off,
            mode: AuthMode::Token,
            chars: 5,
        },
        ExposureRefused::TokenMissing {
            remote_secret: false,
        },
        ExposureRefused::PasswordMissing {
            remote_secret: false,
        },
        ExposureRefused::NoTrustedProxies,
        ExposureRefused::TailscaleNeedsLoopback,
        ExposureRefused::FunnelNeedsPassword,
        ExposureRefused::TailscaleWithoutAuth(TailscaleMode::Serve),
    ]
    .map(|error| Sample::new(error, |error| label(plan(&PlanRefused::Exposure(error)))));
    assert_snapshot!(shown(EXPOSURE, "ExposureRefused", &samples));
}

#[test]
fn every_plan() {
    let samples = [
        PlanRefused::Exposure(ExposureRefused::FunnelNeedsPassword),
        PlanRefused::AmbiguousAuth,
        PlanRefused::TrustedProxyUnconfigured,
        PlanRefused::TrustedProxyWithToken,
    ]
    .map(|error| Sample::new(error, |error| label(plan(&error))));
    assert_snapshot!(shown(PLAN, "PlanRefused", &samples));
}

#[test]
fn every_lock() {
    let path = || "/nonexistent/u/.openclaw/gateway.lock".into();
    let samples = [
        LockError::Held {
            pid: Some(4711),
            path: path(),
        },
        LockError::Io {
            path: path(),
            source: Error::from(ErrorKind::PermissionDenied),
        },
    ]
    .map(|error| Sample::new(error, |error| label(lock(&error))));
    assert_snapshot!(shown(LOCK, "LockError", &samples));
}

#[test]
fn every_gateway_that_does_not_come_to_listen() {
    let samples = [
        ServeError::Bind {
            addr: ([192, 0, 2, 1], 18789).into(),
            source: Error::from(ErrorKind::PermissionDenied),
        },
        ServeError::Tls(ServerCertError::Missing {
            path: "/nonexistent/cert.pem".into(),
        }),
        ServeError::NoAddress,
        ServeError::Open(OpenError::Missing {
            path: "/nonexistent/state.db".into(),
        }),
        ServeError::State(openclaw_store::StoreError::Closed),
        ServeError::Features(serde_json::from_str::<u8>("{").unwrap_err()),
    ]
    .map(|error| Sample::new(error, |error| label(serve(error))));
    assert_snapshot!(shown(SERVE, "ServeError", &samples));
}

#[test]
fn every_database_that_cannot_be_opened() {
    let path = || std::path::PathBuf::from("/nonexistent/u/.openclaw/state/gateway.sqlite");
    let denied = || Error::from(ErrorKind::PermissionDenied);
    let samples = [
        OpenError::Directory {
            path: "/nonexistent/u/.openclaw/state".into(),
            source: denied(),
        },
        OpenError::File {
            path: path(),
            source: denied(),
        },
        OpenError::Missing { path: path() },
        OpenError::NewerSchema {
            path: path(),
            found: 99,
            known: 9,
        },
        OpenError::NotOurs {
            path: path(),
            application_id: 0x1234,
            user_version: 3,
        },
        OpenError::NoWriteAheadLog {
            path: path(),
            mode: "delete".to_owned(),
        },
        OpenError::Migration {
            from: 3,
            to: 9,
            source: DatabaseError::Full { path: path() },
        },
        OpenError::Database(DatabaseError::Busy { path: path() }),
        OpenError::Thread(denied()),
    ]
    .map(|error| Sample::new(error, |error| label(serve(ServeError::Open(error)))));
    assert_snapshot!(shown(OPEN, "OpenError", &samples));
    let samples = [
        DatabaseError::Corrupt {
            path: path(),
            message: "file is not a database".to_owned(),
        },
        DatabaseError::Busy { path: path() },
        DatabaseError::Full { path: path() },
        DatabaseError::Sqlite {
            path: path(),
            code: 10,
            message: "disk I/O error".to_owned(),
        },
    ]
    .map(|error| {
        Sample::new(error, |error| {
            label(serve(ServeError::Open(OpenError::Database(error))))
        })
    });
    assert_snapshot!(shown(OPEN, "DatabaseError", &samples));
}

#[test]
fn every_certificate_that_is_of_no_use() {
    let cert = || std::path::PathBuf::from("/nonexistent/cert.pem");
    let samples = [
        ServerCertError::Generate {
            why: GenerateFailure::Write {
                path: cert(),
                source: Error::from(ErrorKind::PermissionDenied),
            },
        },
        ServerCertError::Missing { path: cert() },
        ServerCertError::Load {
            path: Some(cert()),
            why: LoadFailure::NoCertificate,
        },
        ServerCertError::Mismatch {
            cert_path: cert(),
            key_path: "/nonexistent/key.pem".into(),
        },
        ServerCertError::Fingerprint {
            path: cert(),
            why: LoadFailure::NoCertificate,
        },
    ]
    .map(|error| Sample::new(error, |error| label(serve(ServeError::Tls(error)))));
    assert_snapshot!(shown(CERT, "ServerCertError", &samples));
    let samples = [
        LoadFailure::Read(Error::from(ErrorKind::PermissionDenied)),
        LoadFailure::NoCertificate,
        LoadFailure::NoKey,
        LoadFailure::EncryptedKey,
        LoadFailure::Exposed { mode: 0o644 },
        LoadFailure::Certificate(describe(b"no certificate").unwrap_err()),
        LoadFailure::KeyMismatch,
        LoadFailure::Tls(TlsError::General("unsupported key".to_owned())),
    ]
    .map(|why| {
        Sample::new(why, |why| {
            let path = Some("/nonexistent/key.pem".into());
            label(serve(ServeError::Tls(ServerCertError::Load { path, why })))
        })
    });
    assert_snapshot!(shown(CERT, "LoadFailure", &samples));
}

#[test]
fn every_configuration_that_cannot_be_used() {
    let text = "{ gateway: { port: 'x', bogus: 1 } }".to_owned();
    let path = std::path::Path::new("/nonexistent/u/.openclaw/openclaw.json");
    let invalid =
        openclaw_config::check_text(path, text, &openclaw_config::Env::empty()).unwrap_err();
    let samples = [
        LoadError::Unreadable {
            path: path.to_owned(),
            source: Error::from(ErrorKind::PermissionDenied),
        },
        LoadError::Invalid(invalid),
    ]
    .map(|error| Sample::new(error, |error| refused_config(&error)));
    assert_snapshot!(shown(LOAD, "LoadError", &samples));
}

#[test]
fn every_place_that_cannot_be_told() {
    let name = openclaw_config::Paths::resolve(
        &openclaw_config::Env::empty()
            .with("HOME", "/nonexistent/u")
            .with("OPENCLAW_PROFILE", "a/b"),
        &openclaw_config::PathFlags::default(),
    );
    let samples = [
        PathError::ProfileNeedsValue,
        PathError::BadProfileFlag,
        PathError::DevWithProfile,
        name.unwrap_err(),
        PathError::NoHome,
    ]
    .map(|error| Sample::new(error, |error| refused_paths(&error)));
    assert_snapshot!(shown(PATHS, "PathError", &samples));
}
