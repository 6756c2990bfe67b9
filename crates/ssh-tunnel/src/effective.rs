//! What `ssh_config` makes of a target.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::program::SshProgram;
use crate::{SshTarget, TunnelSpec};

/// Far more than `ssh -G` prints.
const MAX_BYTES: u64 = 256 * 1024;

impl TunnelSpec {
    /// The user, host and port that `ssh` would connect to, aliases of `ssh_config` resolved:
    /// `ssh -G`. Opens no connection. For showing alone: a tunnel is opened by the target as it was
    /// given, for which `ssh_config` may name more than these, such as a jump host.
    ///
    /// `None` where `ssh` does not tell within that time.
    pub async fn effective(&self, within: Duration) -> Option<SshTarget> {
        timeout(within, self.ask()).await.ok().flatten()
    }

    async fn ask(&self) -> Option<SshTarget> {
        let program = SshProgram::find(self.ssh_program.as_deref()).await.ok()?;
        let mut command = Command::new(program.path);
        command.arg("-G");
        if let Some(file) = &self.ssh_config {
            command.arg("-F").arg(file);
        }
        if let Some(port) = self.target().port() {
            command.args(["-p", &port.to_string()]);
        }
        command
            .args(["-o", "BatchMode=yes", "--", &self.target().to_destination()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().ok()?;
        let mut said = Vec::new();
        let stdout = child.stdout.take()?;
        stdout.take(MAX_BYTES).read_to_end(&mut said).await.ok()?;
        let status = child.wait().await.ok()?;
        status.success().then_some(())?;
        understand(&String::from_utf8_lossy(&said))
    }
}

/// Lines of `keyword value`. What comes of it is a target like any other, checked as one.
fn understand(text: &str) -> Option<SshTarget> {
    let value = |keyword: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(keyword)?.strip_prefix(' '))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    let host = value("hostname")?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let user = value("user").map_or_else(String::new, |user| format!("{user}@"));
    let port = value("port").map_or_else(String::new, |port| format!(":{port}"));
    SshTarget::parse(&format!("{user}{host}{port}")).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::understand;
    use crate::TunnelSpec;

    #[test]
    fn what_ssh_prints_is_understood_and_checked() {
        let text = "user ann\nhostname 192.0.2.7\nport 2222\naddkeystoagent false\n";
        assert_eq!(understand(text).unwrap().to_string(), "ann@192.0.2.7:2222");
        let v6 = "host x\nuser ann\nhostname 2001:db8::1\nport 22\n";
        assert_eq!(understand(v6).unwrap().to_string(), "ann@[2001:db8::1]:22");
        for bad in ["", "user ann\nport 22\n", "hostname -x\n", "hostname a b\n"] {
            assert!(understand(bad).is_none(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn aliases_are_resolved_and_silence_is_no_answer() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config");
        std::fs::write(
            &config,
            "Host pi\n  HostName 192.0.2.7\n  User ann\n  Port 2222\n",
        )
        .unwrap();
        let spec =
            |target: &str| TunnelSpec::new(target.parse().unwrap(), 18789).with_ssh_config(&config);
        let long = Duration::from_secs(20);
        let found = spec("pi").effective(long).await.unwrap();
        assert_eq!(found.to_string(), "ann@192.0.2.7:2222");
        // What is given by hand goes before.
        let found = spec("bob@pi:99").effective(long).await.unwrap();
        assert_eq!(found.to_string(), "bob@192.0.2.7:99");

        let mute = dir.path().join("mute");
        std::fs::write(&mute, "#!/bin/sh\n[ \"$1\" = -V ] || exec sleep 60\n").unwrap();
        std::fs::set_permissions(&mute, std::fs::Permissions::from_mode(0o755)).unwrap();
        let silent = spec("pi").with_ssh_program(&mute).unwrap();
        assert!(silent.effective(Duration::from_millis(50)).await.is_none());
        let missing = spec("pi")
            .with_ssh_program(dir.path().join("none"))
            .unwrap();
        assert!(missing.effective(long).await.is_none());
    }
}
