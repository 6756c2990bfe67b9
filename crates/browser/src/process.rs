//! The browser as a process.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::executable;
use crate::options::BrowserOptions;
use crate::refusal::Refusal;

/// A browser that was started. Dropping it ends the browser with all its processes.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Option<Pid>,
}

/// Both ends of the pipe to a browser.
pub(crate) type Pipe = (ChildStdout, ChildStdin);

impl Process {
    /// Starts the browser.
    pub(crate) fn start(options: &BrowserOptions) -> Result<(Self, Pipe), Refusal> {
        let program = executable::find(options)?;
        private_dir(&options.profile_dir).map_err(|error| {
            Refusal::unavailable(format!(
                "cannot make the profile directory `{}`: {error}",
                options.profile_dir.display()
            ))
        })?;
        let mut command = Command::new("/bin/sh");
        command
            // The browser reads commands from descriptor 3 and answers on 4.
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#, "sh"])
            .arg(&program)
            .args(arguments(options))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        let started = command.spawn().and_then(|mut child| {
            let pipe = child.stdout.take().zip(child.stdin.take());
            let pipe = pipe.ok_or_else(|| io::Error::other("no pipe to it"))?;
            Ok((child, pipe))
        });
        let (child, pipe) = started.map_err(|error| {
            Refusal::unavailable(format!("cannot start `{}`: {error}", program.display()))
        })?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok((Self { child, group }, pipe))
    }

    /// The id of the process; none once it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends the browser and waits for that. It was asked to close before.
    pub(crate) async fn end(mut self) {
        if tokio::time::timeout(GRACE, self.child.wait())
            .await
            .is_err()
        {
            self.kill();
            if let Err(error) = self.child.wait().await {
                tracing::warn!(%error, "cannot wait for the browser");
            }
        }
    }

    fn kill(&self) {
        if let (Some(group), Some(_)) = (self.group, self.child.id())
            && let Err(error) = kill_process_group(group, Signal::KILL)
        {
            tracing::debug!(%error, "the browser is gone already");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How long a browser that was asked to close may take.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

fn arguments(options: &BrowserOptions) -> Vec<std::ffi::OsString> {
    let mut profile = std::ffi::OsString::from("--user-data-dir=");
    profile.push(&options.profile_dir);
    let mut all = vec![profile];
    all.extend(
        [
            "--remote-debugging-pipe",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
            "--disable-features=Translate,MediaRouter",
            "--disable-session-crashed-bubble",
            "--hide-crash-restore-bubble",
            "--password-store=basic",
            // Shared memory is small in containers.
            "--disable-dev-shm-usage",
        ]
        .map(Into::into),
    );
    if options.headless {
        all.push("--headless=new".into());
        all.push("--disable-gpu".into());
    }
    if options.no_sandbox {
        all.push("--no-sandbox".into());
    }
    all.push("about:blank".into());
    all
}

/// Makes a directory that nobody else can look into.
fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::arguments;
    use crate::options::BrowserOptions;

    #[test]
    fn no_port_is_opened_and_the_sandbox_stays_unless_told_otherwise() {
        let mut options = BrowserOptions::new("/p");
        let words = |options: &BrowserOptions| -> Vec<String> {
            arguments(options)
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect()
        };
        let all = words(&options);
        assert_eq!(all[0], "--user-data-dir=/p");
        assert!(all.contains(&"--remote-debugging-pipe".to_owned()));
        assert!(!all.iter().any(|word| word.contains("port")), "{all:?}");
        assert!(!all.contains(&"--no-sandbox".to_owned()));
        options.no_sandbox = true;
        options.headless = false;
        let all = words(&options);
        assert!(all.contains(&"--no-sandbox".to_owned()));
        assert!(!all.iter().any(|word| word.starts_with("--headless")));
    }
}
