//! Processes that we start: ended with everything they started, whatever happens to us.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::failure::{Doing, Outcome, fail};

/// How often the end of a process is looked for.
const POLL: Duration = Duration::from_millis(20);

/// A process in a group of its own. Dropping it kills the group.
#[derive(Debug)]
pub(crate) struct Proc {
    child: Child,
    log: PathBuf,
}

/// How a program is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// By SIGTERM, as a service manager does.
    Told,
    /// By SIGKILL, as a crash does.
    Killed,
}

impl Proc {
    /// Starts it with no input; what it prints is appended to `log`.
    pub(crate) fn spawn(command: &mut Command, log: &Path) -> Outcome<Self> {
        let out = append(log)?;
        let err = out.try_clone().doing("open a log twice")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .doing(format_args!(
                "start `{}`",
                crate::workspace::render(command)
            ))?;
        Ok(Self {
            child,
            log: log.to_owned(),
        })
    }

    /// Its process id, which is its group's too.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to end, as a service manager does, and waits.
    pub(crate) async fn terminate(&mut self, patience: Duration) -> Outcome<ExitStatus> {
        if let Some(pid) = self.pid() {
            // It may have ended already, which is what we want.
            let _ = kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            tokio::time::sleep(POLL).await;
        }
        self.kill();
        fail!("did not end within {} s of SIGTERM", patience.as_secs())
    }

    /// Ends it and its group at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        if let Some(pid) = self.pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// Ends it this way.
    pub(crate) async fn end(&mut self, how: How, patience: Duration) -> Outcome {
        match how {
            How::Told => self.terminate(patience).await.map(drop),
            How::Killed => {
                self.kill();
                Ok(())
            }
        }
    }

    /// The last lines that it printed.
    pub(crate) fn tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }
}

impl Drop for Proc {
    fn drop(&mut self) {
        self.kill();
    }
}

fn append(path: &Path) -> Outcome<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .doing(format_args!("open {}", path.display()))
}
