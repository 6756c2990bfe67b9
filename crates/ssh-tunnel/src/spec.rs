//! What a tunnel leads to and how `ssh` is to be asked for it.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{SpecError, SshTarget, error};

/// A tunnel from a local port to a port on the far side of an SSH connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelSpec {
    pub(crate) target: SshTarget,
    pub(crate) remote_host: String,
    pub(crate) remote_port: u16,
    pub(crate) local_port: LocalPort,
    pub(crate) host_keys: HostKeys,
    pub(crate) identity: Option<PathBuf>,
    pub(crate) ssh_program: Option<PathBuf>,
    pub(crate) ssh_config: Option<PathBuf>,
    pub(crate) known_hosts: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) alive_interval: Duration,
    pub(crate) alive_count: u8,
}

/// Which local port a tunnel listens on, always on 127.0.0.1. It stays the same for as long as the
/// handle lives, unless somebody else takes it while the tunnel is down.
///
/// A tunnel that another process owns already is shared with the port it has, except by those who
/// ask for [`LocalPort::Exactly`] one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocalPort {
    /// This one if it is free on 127.0.0.1 and on `::1`, else any free one.
    Preferred(u16),
    /// Any free one.
    Ephemeral,
    /// This one or none.
    Exactly(u16),
}

/// How the key of the SSH server is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum HostKeys {
    /// It must stand in a `known_hosts` file already, whatever `ssh_config` says.
    #[default]
    Strict,
    /// As the user's `ssh_config` says. Nobody is asked anything: what would be a question is a
    /// refusal.
    OpenSsh,
}

impl TunnelSpec {
    /// A tunnel to this port of 127.0.0.1 on the target. The same local port is preferred, host
    /// keys are strict, and the first `ssh` of the system's directories is used.
    #[must_use]
    pub fn new(target: SshTarget, remote_port: u16) -> Self {
        Self {
            target,
            remote_host: "127.0.0.1".to_owned(),
            remote_port,
            local_port: LocalPort::Preferred(remote_port),
            host_keys: HostKeys::Strict,
            identity: None,
            ssh_program: None,
            ssh_config: None,
            known_hosts: None,
            connect_timeout: Duration::from_secs(5),
            alive_interval: Duration::from_secs(15),
            alive_count: 3,
        }
    }

    /// With this local port.
    #[must_use]
    pub const fn with_local_port(mut self, local_port: LocalPort) -> Self {
        self.local_port = local_port;
        self
    }

    /// To this host as the target sees it: a name or an address, IPv6 without brackets.
    ///
    /// # Errors
    ///
    /// [`SpecError::RemoteHost`] for what is neither.
    pub fn with_remote_host(mut self, host: &str) -> Result<Self, SpecError> {
        let is_name = !host.is_empty()
            && host.len() <= 253
            && !host.starts_with('-')
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !is_name && host.parse::<Ipv6Addr>().is_err() {
            return Err(SpecError::RemoteHost {
                host: host.escape_debug().to_string(),
            });
        }
        host.clone_into(&mut self.remote_host);
        Ok(self)
    }

    /// With this way to check host keys.
    #[must_use]
    pub const fn with_host_keys(mut self, host_keys: HostKeys) -> Self {
        self.host_keys = host_keys;
        self
    }

    /// With this private key and no other.
    #[must_use]
    pub fn with_identity(mut self, file: impl Into<PathBuf>) -> Self {
        self.identity = Some(file.into());
        self
    }

    /// With this program for `ssh`, an absolute path.
    ///
    /// # Errors
    ///
    /// [`SpecError::RelativeProgram`] for a path that depends on the working directory.
    pub fn with_ssh_program(mut self, program: impl Into<PathBuf>) -> Result<Self, SpecError> {
        let program = program.into();
        if !program.is_absolute() {
            return Err(SpecError::RelativeProgram { program });
        }
        self.ssh_program = Some(program);
        Ok(self)
    }

    /// With this `ssh_config` file in place of the user's and the system's.
    #[must_use]
    pub fn with_ssh_config(mut self, file: impl Into<PathBuf>) -> Self {
        self.ssh_config = Some(file.into());
        self
    }

    /// With this `known_hosts` file in place of the user's.
    ///
    /// # Errors
    ///
    /// [`SpecError::KnownHosts`] for a path that `ssh` would read differently: one with quotes,
    /// backslashes, control characters, `${`, or bytes that are no text.
    pub fn with_known_hosts(mut self, file: &Path) -> Result<Self, SpecError> {
        let refused = || SpecError::KnownHosts {
            path: file.to_path_buf(),
        };
        let text = file.to_str().ok_or_else(refused)?;
        let is_read_differently = text.is_empty()
            || text.contains("${")
            || text
                .chars()
                .any(|c| c.is_control() || matches!(c, '"' | '\'' | '\\'));
        if is_read_differently {
            return Err(refused());
        }
        self.known_hosts = Some(text.to_owned());
        Ok(self)
    }

    /// How long `ssh` waits for the TCP connection and the server's first words, in whole seconds
    /// and at least one. 5 s unless said otherwise.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// After how long a silence the server is asked for a sign of life, in whole seconds and at
    /// least one, and how many unanswered questions end the connection. 15 s and 3 unless said
    /// otherwise.
    #[must_use]
    pub const fn with_keep_alive(mut self, interval: Duration, count: u8) -> Self {
        self.alive_interval = interval;
        self.alive_count = count;
        self
    }

    /// The same tunnel as a command for a person: `ssh -N -L 18789:127.0.0.1:18789 user@host`.
    #[must_use]
    pub fn by_hand(&self) -> String {
        let local = match self.local_port {
            LocalPort::Preferred(port) | LocalPort::Exactly(port) => port,
            LocalPort::Ephemeral => self.remote_port,
        };
        format!(
            "ssh -N -L {local}:{}:{} {}",
            self.far_host(),
            self.remote_port,
            error::by_hand(&self.target)
        )
    }

    /// The remote host as a forward wants it.
    pub(crate) fn far_host(&self) -> Cow<'_, str> {
        if self.remote_host.contains(':') {
            format!("[{}]", self.remote_host).into()
        } else {
            (&*self.remote_host).into()
        }
    }

    /// Where `ssh` connects to.
    #[must_use]
    pub const fn target(&self) -> &SshTarget {
        &self.target
    }

    /// The port at the far end.
    #[must_use]
    pub const fn remote_port(&self) -> u16 {
        self.remote_port
    }

    /// The host at the far end, as the target sees it.
    #[must_use]
    pub fn remote_host(&self) -> &str {
        &self.remote_host
    }

    /// Which local port is asked for.
    #[must_use]
    pub const fn local_port(&self) -> LocalPort {
        self.local_port
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LocalPort, TunnelSpec};
    use crate::SpecError;

    fn spec() -> TunnelSpec {
        TunnelSpec::new("ann@host".parse().unwrap(), 18789)
    }

    #[test]
    fn a_person_can_do_the_same_by_hand() {
        assert_eq!(spec().by_hand(), "ssh -N -L 18789:127.0.0.1:18789 ann@host");
        let spec = TunnelSpec::new("[::1]:22".parse().unwrap(), 1)
            .with_local_port(LocalPort::Exactly(2))
            .with_remote_host("::1")
            .unwrap();
        assert_eq!(spec.by_hand(), "ssh -N -L 2:[::1]:1 -p 22 ::1");
    }

    #[test]
    fn a_remote_host_is_a_name_or_an_address() {
        for host in ["127.0.0.1", "gateway.internal", "::1", "a_b-c"] {
            let spec = spec().with_remote_host(host).unwrap();
            assert_eq!(spec.remote_host(), host);
        }
        for host in [
            "",
            "-x",
            "a:1",
            "[::1]",
            "a b",
            "a;b",
            "*",
            "/run/x.sock",
            "a\n",
        ] {
            assert!(
                matches!(
                    spec().with_remote_host(host),
                    Err(SpecError::RemoteHost { .. })
                ),
                "{host:?}"
            );
        }
    }

    #[test]
    fn a_known_hosts_path_that_ssh_would_read_differently_is_refused() {
        spec()
            .with_known_hosts(Path::new("/a b/100%/known_hosts"))
            .unwrap();
        for path in ["", "/a\"b", "/a'b", "/a\\b", "/a\nb", "/${HOME}/x"] {
            assert!(
                matches!(
                    spec().with_known_hosts(Path::new(path)),
                    Err(SpecError::KnownHosts { .. })
                ),
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_program_is_named_by_its_absolute_path() {
        spec().with_ssh_program("/opt/ssh").unwrap();
        assert!(matches!(
            spec().with_ssh_program("ssh"),
            Err(SpecError::RelativeProgram { .. })
        ));
    }
}
