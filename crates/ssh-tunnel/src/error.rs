//! What can go wrong, what to make of it, and what mends it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::{Phase, SshTarget};

/// Why a [`crate::TunnelSpec`] cannot be.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// Neither a name nor an address.
    #[error("`{host}` is neither a host name nor an address")]
    RemoteHost {
        /// What was given, escaped.
        host: String,
    },
    /// A program whose meaning depends on the working directory.
    #[error("the ssh program must be given by its absolute path, not as `{}`", .program.display())]
    RelativeProgram {
        /// What was given.
        program: PathBuf,
    },
    /// A path that `ssh` would read differently.
    #[error(
        "the known_hosts path `{}` has characters that ssh gives a meaning to",
        .path.display()
    )]
    KnownHosts {
        /// What was given.
        path: PathBuf,
    },
}

/// What to make of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureClass {
    /// It may work in a moment.
    Retry,
    /// It works after a person has done something.
    Human,
    /// It does not work in this process.
    Stop,
}

/// Why there is no tunnel.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TunnelError {
    /// No `ssh` in the system's directories.
    #[error("ssh was not found in {}", .looked_in.join(", "))]
    SshMissing {
        /// Those directories.
        looked_in: &'static [&'static str],
    },
    /// The named `ssh` cannot be run.
    #[error("the ssh program `{}` cannot be run: {source}", .program.display())]
    SshUnusable {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The identity file is not there.
    #[error("the SSH identity `{}` cannot be read: {source}", .file.display())]
    Identity {
        /// Its path.
        file: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The record or the lock of the tunnel cannot be kept.
    #[error("cannot {doing} `{}`: {source}", .path.display())]
    StateDir {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A process could not be started.
    #[error("cannot start {what}: {source}")]
    Spawn {
        /// Which.
        what: &'static str,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The local port is not free.
    #[error("local port {port} is already in use on 127.0.0.1 or ::1")]
    LocalPortTaken {
        /// That port.
        port: u16,
    },
    /// There is no free local port at all.
    #[error("no free local port: {source}")]
    NoLocalPort {
        /// Why.
        source: Arc<io::Error>,
    },
    /// The local port answers, and it is not `ssh` that listens there.
    #[error("local port {port} belongs to another program than the tunnel's ssh")]
    ListenerNotOurs {
        /// That port.
        port: u16,
    },
    /// `ssh` refused or ended.
    #[error(transparent)]
    Ssh(Arc<SshFailure>),
    /// `ssh` did not come as far as listening.
    #[error(
        "ssh to `{target}` did not open the tunnel within {} s; it was {phase}{}",
        .waited.as_secs_f32(),
        said(.stderr)
    )]
    NotReady {
        /// Where it should lead.
        target: SshTarget,
        /// How long it had.
        waited: Duration,
        /// What it was doing.
        phase: Phase,
        /// What it said.
        stderr: String,
    },
    /// The tunnel stands, and what answers through it is not what the caller expects.
    #[error("the tunnel at {local_addr} stands, but the hello through it failed: {reason}")]
    Unverified {
        /// Its local end.
        local_addr: SocketAddr,
        /// The caller's words.
        reason: String,
    },
    /// Another process owns this tunnel, and it is down there.
    #[error("process {owner_pid} owns this tunnel, and it is down there: {reason}")]
    OwnerDown {
        /// That process.
        owner_pid: u32,
        /// What it wrote about it.
        reason: String,
    },
    /// Another process owns this tunnel and did not bring it up in time.
    #[error("another process owns this tunnel and did not bring it up within {} s", .waited.as_secs_f32())]
    OwnerNotReady {
        /// How long it had.
        waited: Duration,
    },
    /// Another process owned the tunnel and has ended.
    #[error("the process that owned this tunnel has ended")]
    OwnerGone,
    /// A user of the tunnel asked for a new one.
    #[error("a user of the tunnel found it broken")]
    Renewed,
    /// The tunnel was stopped.
    #[error("the tunnel was stopped")]
    Stopped,
}

impl TunnelError {
    /// What to make of it.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Ssh(failure) => failure.kind.class(),
            Self::SshMissing { .. } | Self::SshUnusable { .. } | Self::Identity { .. } => {
                FailureClass::Human
            }
            Self::StateDir { .. } | Self::Stopped => FailureClass::Stop,
            Self::Spawn { .. }
            | Self::LocalPortTaken { .. }
            | Self::NoLocalPort { .. }
            | Self::ListenerNotOurs { .. }
            | Self::NotReady { .. }
            | Self::Unverified { .. }
            | Self::OwnerDown { .. }
            | Self::OwnerNotReady { .. }
            | Self::OwnerGone
            | Self::Renewed => FailureClass::Retry,
        }
    }

    /// What a person can do about it, with the command where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::SshMissing { .. } => Some(
                "install the OpenSSH client (Debian: `apt install openssh-client`), or name the program"
                    .to_owned(),
            ),
            Self::SshUnusable { program, .. } => {
                Some(format!("check `{} -V`", program.display()))
            }
            Self::Identity { .. } => Some(
                "name the private key file, readable by this user, or leave it to ssh-agent and ssh_config"
                    .to_owned(),
            ),
            Self::StateDir { .. } => {
                Some("the directory must be writable by this user and know file locks".to_owned())
            }
            Self::LocalPortTaken { port } | Self::ListenerNotOurs { port } => Some(format!(
                "find its owner with `lsof -nP -iTCP:{port} -sTCP:LISTEN`, or take another local port"
            )),
            Self::NotReady { target, .. } => {
                Some(format!("see what it waits for: `ssh -v {}`", by_hand(target)))
            }
            Self::Unverified { .. } => {
                Some("check that the Gateway runs on the other side and that the remote port is its port".to_owned())
            }
            Self::Ssh(failure) => failure.hint(),
            Self::Spawn { .. } => Some(
                "this user may have too many processes or open files: see `ulimit -a`".to_owned(),
            ),
            Self::NoLocalPort { .. } => Some(
                "end programs that hold many connections: see `ss -s`, or `netstat -n`".to_owned(),
            ),
            Self::OwnerDown { owner_pid, .. } => Some(format!(
                "see what process {owner_pid} says, or end it: the next attempt makes a tunnel of \
                 its own"
            )),
            Self::OwnerNotReady { .. } => {
                Some("see what that process says, or try again in a moment".to_owned())
            }
            Self::OwnerGone | Self::Renewed | Self::Stopped => {
                Some("try again: a new tunnel is made".to_owned())
            }
        }
    }

    /// The kind of refusal, where it was `ssh` that refused.
    #[must_use]
    pub fn ssh_kind(&self) -> Option<SshFailureKind> {
        match self {
            Self::Ssh(failure) => Some(failure.kind),
            _ => None,
        }
    }
}

/// How `ssh` failed, with what it said.
#[derive(Debug, Clone, thiserror::Error)]
#[error("ssh to `{target}` failed: {kind}{}{}", ended(.exit), said(.stderr))]
#[non_exhaustive]
pub struct SshFailure {
    /// What it comes to.
    pub kind: SshFailureKind,
    /// Where it should lead.
    pub target: SshTarget,
    /// The port at the far end.
    pub remote_port: u16,
    /// How the process ended, if it did.
    pub exit: Option<String>,
    /// The last 4096 characters that it said, without its own debugging lines.
    pub stderr: String,
}

/// The kinds of refusal that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SshFailureKind {
    /// The server shows another key than the one on file.
    #[error("the host key is not the known one")]
    HostKeyChanged,
    /// No key of the server is on file.
    #[error("the host key is not known")]
    HostKeyUnknown,
    /// The key of the server is revoked or refused for another reason.
    #[error("the host key was refused")]
    HostKeyRefused,
    /// The server accepts none of our keys.
    #[error("permission denied")]
    PermissionDenied,
    /// Client and server have no algorithm in common.
    #[error("no algorithm in common with the server")]
    NoCommonAlgorithm,
    /// `ssh_config` has a mistake.
    #[error("ssh does not accept its configuration")]
    Configuration,
    /// No such host.
    #[error("the host name could not be resolved")]
    CouldNotResolve,
    /// Nobody listens there.
    #[error("connection refused")]
    ConnectionRefused,
    /// No answer in time.
    #[error("connection timed out")]
    TimedOut,
    /// No way there.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The server gave no sign of life any more.
    #[error("the server has gone silent")]
    Silent,
    /// The connection broke or was closed by the other side.
    #[error("the connection was lost")]
    ConnectionLost,
    /// The local port could not be bound.
    #[error("the local port is taken")]
    LocalPortTaken,
    /// A further forward of the user's `ssh_config` could not be set up.
    #[error("a forward of the user's ssh_config could not be set up")]
    ForeignForward,
    /// The server does not allow the forward.
    #[error("the server does not allow the forward")]
    ForwardProhibited,
    /// Nobody listens at the far end of the forward.
    #[error("nothing answers at the remote port")]
    RemotePortClosed,
    /// Anything else.
    #[error("it ended")]
    Exited,
}

impl SshFailureKind {
    /// What to make of it.
    #[must_use]
    pub const fn class(self) -> FailureClass {
        match self {
            Self::HostKeyChanged
            | Self::HostKeyUnknown
            | Self::HostKeyRefused
            | Self::PermissionDenied
            | Self::NoCommonAlgorithm
            | Self::Configuration
            | Self::ForeignForward
            | Self::ForwardProhibited => FailureClass::Human,
            Self::CouldNotResolve
            | Self::ConnectionRefused
            | Self::TimedOut
            | Self::Unreachable
            | Self::Silent
            | Self::ConnectionLost
            | Self::LocalPortTaken
            | Self::RemotePortClosed
            | Self::Exited => FailureClass::Retry,
        }
    }
}

impl SshFailure {
    /// A refusal of this kind, of which nothing more is known.
    #[must_use]
    pub const fn new(kind: SshFailureKind, target: SshTarget, remote_port: u16) -> Self {
        Self {
            kind,
            target,
            remote_port,
            exit: None,
            stderr: String::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hand = by_hand(&self.target);
        let host = self.target.host();
        let port = self.target.port();
        let scan = port.map_or_else(|| host.to_owned(), |port| format!("-p {port} {host}"));
        let name = match port {
            Some(port) if port != 22 => format!("[{host}]:{port}"),
            _ => host.to_owned(),
        };
        match self.kind {
            SshFailureKind::HostKeyUnknown => Some(format!(
                "connect once by hand and compare the fingerprint: `ssh {hand}`; or fetch the key \
                 with `ssh-keyscan {scan}`, compare it, and add it to ~/.ssh/known_hosts"
            )),
            SshFailureKind::HostKeyChanged | SshFailureKind::HostKeyRefused => Some(format!(
                "somebody may stand in between. If the server was set up anew, read its fingerprint \
                 on the server itself (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`), then \
                 forget the old key with `ssh-keygen -R '{name}'`"
            )),
            SshFailureKind::PermissionDenied => Some(format!(
                "load the key into the agent with `ssh-add`, or name the identity file; the server \
                 must list it in ~/.ssh/authorized_keys. Try: `ssh -o BatchMode=yes {hand} true`"
            )),
            SshFailureKind::NoCommonAlgorithm
            | SshFailureKind::Configuration
            | SshFailureKind::ForeignForward => Some(format!(
                "mend ssh_config until `ssh -N {hand}` works by hand"
            )),
            SshFailureKind::ForwardProhibited => Some(format!(
                "on the server allow the forward: `AllowTcpForwarding local` and, if set, \
                 `PermitOpen 127.0.0.1:{}` in sshd_config; no `restrict` in authorized_keys",
                self.remote_port
            )),
            SshFailureKind::RemotePortClosed => Some(format!(
                "start the Gateway on the server, or give the port it listens on; {} was tried",
                self.remote_port
            )),
            SshFailureKind::CouldNotResolve
            | SshFailureKind::ConnectionRefused
            | SshFailureKind::TimedOut
            | SshFailureKind::Unreachable => {
                Some(format!("check the host and port: `ssh -v {hand}`"))
            }
            SshFailureKind::Silent | SshFailureKind::ConnectionLost => Some(format!(
                "check the network to it, and the log of sshd there: `ssh -v {hand}`"
            )),
            SshFailureKind::LocalPortTaken => Some(
                "another program took the port meanwhile: try again, or take another local port"
                    .to_owned(),
            ),
            SshFailureKind::Exited => Some(format!("see why: `ssh -v {hand}`")),
        }
    }
}

/// `-p PORT user@host`, to be typed by a person. A target has no character that a shell knows.
pub(crate) fn by_hand(target: &SshTarget) -> String {
    let destination = target.to_destination();
    match target.port() {
        Some(port) => format!("-p {port} {destination}"),
        None => destination,
    }
}

fn ended(exit: &Option<String>) -> String {
    exit.as_ref()
        .map_or_else(String::new, |exit| format!(" ({exit})"))
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!("; ssh said:\n{stderr}")
    }
}
