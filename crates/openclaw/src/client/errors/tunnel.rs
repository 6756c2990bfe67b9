//! Tunnels that do not stand.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use openclaw_remote::client::Failure;
use openclaw_ssh_tunnel::{Phase, SshFailure, SshFailureKind, SshTarget, TunnelError};

use super::{behind, io, told};
use crate::render::failure::catalogue::{Sample, shown};

const SOURCE: &str = include_str!("../../../../ssh-tunnel/src/error.rs");

fn of(error: TunnelError) -> Sample {
    Sample::new(error, |error| {
        told(&behind(), Failure::Tunnel(Box::new(error)))
    })
}

fn host() -> SshTarget {
    "ann@pi:2222".parse().unwrap()
}

#[test]
fn every_tunnel_that_does_not_stand() {
    let denied = || Arc::new(io(ErrorKind::PermissionDenied));
    let failure = SshFailure::new(SshFailureKind::PermissionDenied, host(), 18789);
    let samples = [
        of(TunnelError::SshMissing {
            looked_in: &["/usr/bin", "/bin"],
        }),
        of(TunnelError::SshUnusable {
            program: "/opt/ssh".into(),
            source: denied(),
        }),
        of(TunnelError::Identity {
            file: "/home/u/.ssh/id".into(),
            source: denied(),
        }),
        of(TunnelError::StateDir {
            doing: "make a directory in",
            path: "/home/u/.openclaw/tunnels".into(),
            source: denied(),
        }),
        of(TunnelError::Spawn {
            what: "ssh",
            source: denied(),
        }),
        of(TunnelError::LocalPortTaken { port: 18789 }),
        of(TunnelError::NoLocalPort { source: denied() }),
        of(TunnelError::ListenerNotOurs { port: 18789 }),
        of(TunnelError::Ssh(Arc::new(failure))),
        of(TunnelError::NotReady {
            target: host(),
            waited: Duration::from_secs(10),
            phase: Phase::Authenticating,
            stderr: "a banner".to_owned(),
        }),
        of(TunnelError::Unverified {
            local_addr: ([127, 0, 0, 1], 40000).into(),
            reason: "connect challenge timeout (no challenge within 2000ms)".to_owned(),
        }),
        of(TunnelError::OwnerDown {
            owner_pid: 4711,
            reason: "connection refused".to_owned(),
        }),
        of(TunnelError::OwnerNotReady {
            waited: Duration::from_secs(10),
        }),
        of(TunnelError::OwnerGone),
        of(TunnelError::Renewed),
        of(TunnelError::Stopped),
    ];
    assert_snapshot!(shown(SOURCE, "TunnelError", &samples));
}

#[test]
fn every_refusal_of_ssh() {
    let samples = [
        (
            SshFailureKind::HostKeyChanged,
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @",
        ),
        (
            SshFailureKind::HostKeyUnknown,
            "Host key verification failed.",
        ),
        (
            SshFailureKind::HostKeyRefused,
            "Host key verification failed.",
        ),
        (
            SshFailureKind::PermissionDenied,
            "ann@pi: Permission denied (publickey).",
        ),
        (
            SshFailureKind::NoCommonAlgorithm,
            "Unable to negotiate with 192.0.2.1 port 22",
        ),
        (SshFailureKind::Configuration, "Bad configuration option: x"),
        (
            SshFailureKind::CouldNotResolve,
            "ssh: Could not resolve hostname pi",
        ),
        (
            SshFailureKind::ConnectionRefused,
            "ssh: connect to host pi port 22: Connection refused",
        ),
        (
            SshFailureKind::TimedOut,
            "ssh: connect to host pi port 22: Connection timed out",
        ),
        (
            SshFailureKind::Unreachable,
            "ssh: connect to host pi port 22: No route to host",
        ),
        (SshFailureKind::Silent, "Timeout, server pi not responding."),
        (
            SshFailureKind::ConnectionLost,
            "Connection closed by 192.0.2.1 port 22",
        ),
        (
            SshFailureKind::LocalPortTaken,
            "bind [127.0.0.1]:18789: Address already in use",
        ),
        (
            SshFailureKind::ForeignForward,
            "Could not request local forwarding.",
        ),
        (
            SshFailureKind::ForwardProhibited,
            "open failed: administratively prohibited",
        ),
        (
            SshFailureKind::RemotePortClosed,
            "open failed: connect failed: Connection refused",
        ),
        (SshFailureKind::Exited, ""),
    ]
    .map(|(kind, said)| {
        let mut failure = SshFailure::new(kind, host(), 18789);
        failure.exit = Some("exit status: 255".to_owned());
        said.clone_into(&mut failure.stderr);
        of(TunnelError::Ssh(Arc::new(failure))).of_variant(format!("{kind:?}"))
    });
    assert_snapshot!(shown(SOURCE, "SshFailureKind", &samples));
}
