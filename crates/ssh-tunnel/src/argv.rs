//! The argument vector of `ssh`.

use std::ffi::OsString;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::program::SshVersion;
use crate::{HostKeys, LocalPort, TunnelSpec};

/// What holds for every tunnel. The command line wins over every `ssh_config`.
///
/// - One process that stays: no multiplexing, no fork, so that the supervisor knows its pid.
/// - Nobody is asked anything, and nothing runs on either side.
/// - Nothing but the one forward: no agent, no X11, no tunnel device.
/// - `DEBUG1` makes `ssh` say how far it is; the supervisor keeps those lines out of what is shown.
const ALWAYS: &[&str] = &[
    "LogLevel=DEBUG1",
    "BatchMode=yes",
    "ControlMaster=no",
    "ControlPath=none",
    "ControlPersist=no",
    "ExitOnForwardFailure=yes",
    "GatewayPorts=no",
    "ForwardAgent=no",
    "ForwardX11=no",
    "Tunnel=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "TCPKeepAlive=yes",
];

impl TunnelSpec {
    /// The arguments of a current `ssh` (8.7 or later) for this local port, without the program.
    ///
    /// Everything after `-i` and `-F` and the one word after `--` is the caller's; nothing is
    /// meant for a shell.
    #[must_use]
    pub fn argv(&self, local_port: u16) -> Vec<OsString> {
        self.argv_for(local_port, SshVersion::CURRENT)
    }

    /// The same for another version of `ssh`.
    pub(crate) fn argv_for(&self, local_port: u16, version: SshVersion) -> Vec<OsString> {
        let forward = format!(
            "127.0.0.1:{local_port}:{}:{}",
            self.far_host(),
            self.remote_port
        );
        let mut argv: Vec<OsString> = ["-N", "-n", "-T", "-L"].map(Into::into).into();
        argv.push(forward.into());
        if let Some(file) = &self.ssh_config {
            argv.extend(["-F".into(), file.into()]);
        }
        let mut option = |text: &str| argv.extend(["-o".into(), text.into()]);
        ALWAYS.iter().copied().for_each(&mut option);
        if version.knows_fork_after_authentication() {
            option("ForkAfterAuthentication=no");
        }
        option(&format!("ConnectTimeout={}", seconds(self.connect_timeout)));
        option(&format!(
            "ServerAliveInterval={}",
            seconds(self.alive_interval)
        ));
        option(&format!("ServerAliveCountMax={}", self.alive_count.max(1)));
        match self.host_keys {
            HostKeys::Strict => {
                option("StrictHostKeyChecking=yes");
                option("NoHostAuthenticationForLocalhost=no");
            }
            HostKeys::OpenSsh => {}
        }
        if let Some(file) = &self.known_hosts {
            option(&format!(
                "UserKnownHostsFile=\"{}\"",
                file.replace('%', "%%")
            ));
        }
        if let Some(file) = &self.identity {
            option("IdentitiesOnly=yes");
            argv.extend(["-i".into(), file.into()]);
        }
        if let Some(port) = self.target.port() {
            argv.extend(["-p".into(), port.to_string().into()]);
        }
        argv.extend(["--".into(), self.target.to_destination().into()]);
        argv
    }

    /// Names the tunnels that may be shared: all that leads there in the same way, whatever the
    /// local port, unless that is demanded.
    pub(crate) fn key(&self) -> String {
        let mut hash = Sha256::new();
        let program = self.ssh_program.as_ref().map(|path| path.as_os_str());
        for part in program
            .into_iter()
            .chain(self.argv(0).iter().map(OsString::as_os_str))
        {
            hash.update(part.as_encoded_bytes());
            hash.update([0]);
        }
        if let LocalPort::Exactly(port) = self.local_port {
            hash.update(port.to_be_bytes());
        }
        let host: String = self
            .target
            .host()
            .chars()
            .take(40)
            .map(|c| if c == ':' || c == '%' { '_' } else { c })
            .collect();
        let digest = hex::encode(&hash.finalize()[..8]);
        format!("{host}-{}-{digest}", self.remote_port)
    }
}

/// Whole seconds, at least one: 0 means never to `ssh`.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs().max(1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use proptest::prelude::*;

    use crate::program::SshVersion;
    use crate::{HostKeys, LocalPort, SshTarget, TunnelSpec};

    fn spec(target: &str) -> TunnelSpec {
        TunnelSpec::new(target.parse().unwrap(), 18789)
    }

    fn text(argv: &[std::ffi::OsString]) -> Vec<&str> {
        argv.iter().map(|part| part.to_str().unwrap()).collect()
    }

    const FIXED: &str = "-o LogLevel=DEBUG1 -o BatchMode=yes -o ControlMaster=no \
        -o ControlPath=none -o ControlPersist=no -o ExitOnForwardFailure=yes -o GatewayPorts=no \
        -o ForwardAgent=no -o ForwardX11=no -o Tunnel=no -o PermitLocalCommand=no \
        -o RemoteCommand=none -o TCPKeepAlive=yes -o ForkAfterAuthentication=no";

    #[test]
    fn the_plain_vector() {
        assert_eq!(
            text(&spec("ann@host:2222").argv(4000)).join(" "),
            format!(
                "-N -n -T -L 127.0.0.1:4000:127.0.0.1:18789 {FIXED} -o ConnectTimeout=5 \
                 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -o StrictHostKeyChecking=yes \
                 -o NoHostAuthenticationForLocalhost=no -p 2222 -- ann@host"
            )
        );
    }

    #[test]
    fn the_vector_with_everything() {
        let spec = spec("[::1]")
            .with_remote_host("fd00::2")
            .unwrap()
            .with_identity("/keys/-id with blank")
            .with_ssh_config("/etc/other config")
            .with_known_hosts(Path::new("/a b/100%"))
            .unwrap()
            .with_host_keys(HostKeys::OpenSsh)
            .with_connect_timeout(Duration::from_millis(1))
            .with_keep_alive(Duration::from_secs(2), 0);
        let argv = spec.argv(1);
        let argv = text(&argv);
        assert_eq!(
            argv[..7],
            [
                "-N",
                "-n",
                "-T",
                "-L",
                "127.0.0.1:1:[fd00::2]:18789",
                "-F",
                "/etc/other config"
            ]
        );
        assert_eq!(
            argv[argv.len() - 14..],
            [
                "-o",
                "ConnectTimeout=1",
                "-o",
                "ServerAliveInterval=2",
                "-o",
                "ServerAliveCountMax=1",
                "-o",
                "UserKnownHostsFile=\"/a b/100%%\"",
                "-o",
                "IdentitiesOnly=yes",
                "-i",
                "/keys/-id with blank",
                "--",
                "::1",
            ]
        );
        assert!(!argv.iter().any(|part| part.starts_with("StrictHostKey")));
    }

    #[test]
    fn an_old_ssh_is_spared_what_it_does_not_know() {
        let old = SshVersion::parse("OpenSSH_8.4p1 Debian-5").unwrap();
        let argv = spec("host").argv_for(1, old);
        assert!(!text(&argv).contains(&"ForkAfterAuthentication=no"));
        assert!(text(&argv).contains(&"ControlPersist=no"));
    }

    #[test]
    fn tunnels_are_shared_only_by_those_who_ask_for_the_same() {
        let base = spec("ann@host");
        let shared = base.clone().with_local_port(LocalPort::Ephemeral);
        assert_eq!(base.key(), shared.key());
        let others = [
            spec("bob@host"),
            spec("ann@host:22"),
            TunnelSpec::new("ann@host".parse().unwrap(), 1),
            base.clone().with_host_keys(HostKeys::OpenSsh),
            base.clone().with_identity("/k"),
            base.clone().with_ssh_config("/c"),
            base.clone().with_ssh_program("/opt/ssh").unwrap(),
            base.clone().with_remote_host("other").unwrap(),
            base.clone().with_local_port(LocalPort::Exactly(18789)),
            base.clone().with_local_port(LocalPort::Exactly(18790)),
        ];
        let mut keys: Vec<_> = others.iter().map(TunnelSpec::key).collect();
        keys.push(base.key());
        keys.sort();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    proptest! {
        #[test]
        fn no_target_becomes_an_option(text in "[-a@:.%\\[\\]0-9o=A-Z$;`]{1,24}") {
            let Ok(target) = text.parse::<SshTarget>() else { return Ok(()) };
            let argv = TunnelSpec::new(target.clone(), 18789).argv(1);
            let n = argv.len();
            prop_assert_eq!(&argv[n - 2], "--");
            prop_assert_eq!(argv[n - 1].to_str().unwrap(), target.to_destination());
            prop_assert_eq!(argv.iter().filter(|part| *part == "--").count(), 1);
            let plain = spec("host").argv(1);
            let port = if target.port().is_some() { 2 } else { 0 };
            prop_assert_eq!(argv.len(), plain.len() + port);
            prop_assert_eq!(&argv[..plain.len() - 2], &plain[..plain.len() - 2]);
        }

        #[test]
        fn a_key_is_a_safe_file_name(text in "[a@:.%\\[\\]0-9]{1,40}") {
            let Ok(target) = text.parse::<SshTarget>() else { return Ok(()) };
            let key = TunnelSpec::new(target, 18789).key();
            prop_assert!(key.len() < 80);
            prop_assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c)));
            prop_assert!(!key.starts_with('-'));
        }
    }
}
