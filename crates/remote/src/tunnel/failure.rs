//! The names of what can go wrong with a tunnel, for programs.

use openclaw_ssh_tunnel::{SshFailureKind, TunnelError};

/// The `details.reason` of a tunnel's failure. Stable.
#[must_use]
pub fn failure_kind(error: &TunnelError) -> &'static str {
    match error {
        TunnelError::SshMissing { .. } => "ssh-missing",
        TunnelError::SshUnusable { .. } => "ssh-unusable",
        TunnelError::Identity { .. } => "identity-unreadable",
        TunnelError::StateDir { .. } => "state-dir",
        TunnelError::Spawn { .. } => "not-started",
        TunnelError::LocalPortTaken { .. } => "local-port-taken",
        TunnelError::NoLocalPort { .. } => "no-local-port",
        TunnelError::ListenerNotOurs { .. } => "listener-not-ours",
        TunnelError::Ssh(failure) => ssh_kind(failure.kind),
        TunnelError::NotReady { .. } => "timeout",
        TunnelError::Unverified { .. } => "gateway-not-answering",
        TunnelError::OwnerDown { .. } => "owner-down",
        TunnelError::OwnerNotReady { .. } => "owner-not-ready",
        TunnelError::OwnerGone => "owner-gone",
        TunnelError::Renewed => "renewed",
        TunnelError::Stopped => "stopped",
        _ => "failed",
    }
}

const fn ssh_kind(kind: SshFailureKind) -> &'static str {
    match kind {
        SshFailureKind::HostKeyChanged => "host-key-changed",
        SshFailureKind::HostKeyUnknown => "host-key-unknown",
        SshFailureKind::HostKeyRefused => "host-key-refused",
        SshFailureKind::PermissionDenied => "permission-denied",
        SshFailureKind::NoCommonAlgorithm => "no-common-algorithm",
        SshFailureKind::Configuration => "ssh-config",
        SshFailureKind::CouldNotResolve => "could-not-resolve",
        SshFailureKind::ConnectionRefused => "connection-refused",
        SshFailureKind::TimedOut => "timeout",
        SshFailureKind::Unreachable => "unreachable",
        SshFailureKind::Silent => "server-silent",
        SshFailureKind::ConnectionLost => "connection-lost",
        SshFailureKind::LocalPortTaken => "local-port-taken",
        SshFailureKind::ForeignForward => "foreign-forward",
        SshFailureKind::ForwardProhibited => "forward-prohibited",
        SshFailureKind::RemotePortClosed => "remote-port-closed",
        _ => "ssh-exited",
    }
}
