//! A note about the child on disk, so that the next Gateway finds one whose Gateway was killed.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::child::HoldingChild;
use super::observed::observe;
use super::terminate::signal_group;
use crate::program::{Program, Rights};

/// A child of a Gateway, as it is written down: `{pid, started, args, root}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pid: i32,
    started: String,
    /// The arguments after the program, joined by spaces.
    args: String,
    /// Whether it was started through `sudo`.
    root: bool,
}

/// The largest file that is read.
const LARGEST: u64 = 64 * 1024;

/// Between two looks at a process that was told to end.
const LOOK: Duration = Duration::from_millis(20);

impl Record {
    /// Describes a child; `None` where it has ended already.
    pub(super) async fn of(child: &HoldingChild) -> Option<Self> {
        let pid = child.pid()?;
        Some(Self {
            pid: pid.as_raw_nonzero().get(),
            started: observe(pid).await?.started,
            args: child.args().join(" "),
            root: child.rights() == Rights::Root,
        })
    }

    /// Writes it down, readable by this user only, as a whole or not at all.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        fs::rename(new, path)
    }

    /// Reads it; `None` where there is none or it is damaged.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let mut text = String::new();
        let file = fs::File::open(path).ok()?;
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// The process, if it is still the one that was written down.
    async fn still_there(&self) -> Option<Pid> {
        let pid = Some(self.pid).filter(|pid| *pid > 1)?;
        let pid = Pid::from_raw(pid)?;
        let observed = observe(pid).await?;
        let same = observed.started == self.started && observed.ends_with(&self.args);
        same.then_some(pid)
    }

    /// Ends the process with its group if it is still the one that was written down. Returns
    /// whether it is gone now.
    pub(super) async fn reap(&self, sudo: Option<&Program>, grace: Duration) -> bool {
        for signal in [Signal::TERM, Signal::KILL] {
            let Some(pid) = self.still_there().await else {
                return true;
            };
            tracing::info!(
                pid = self.pid,
                "ending `tailscale {}`, left over from a Gateway that was killed",
                self.args
            );
            signal_group(pid, signal, sudo.filter(|_| self.root), grace).await;
            let end = Instant::now() + grace;
            while Instant::now() < end && self.still_there().await.is_some() {
                sleep(LOOK).await;
            }
        }
        self.still_there().await.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};

    use rustix::process::kill_process_group;

    use super::*;

    const GRACE: Duration = Duration::from_secs(5);

    /// A process that waits for its end, with these arguments last.
    fn waiting(script: &str, args: &[&str]) -> Child {
        let mut child = Command::new("/bin/sh")
            .args(["-c", script, "tailscale"])
            .args(args)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0];
        let stdout = child.stdout.as_mut().unwrap();
        stdout.read_exact(&mut ready).unwrap();
        child
    }

    async fn record(child: &Child, args: &str) -> Record {
        let pid = i32::try_from(child.id()).unwrap();
        Record {
            pid,
            started: observe(Pid::from_raw(pid).unwrap()).await.unwrap().started,
            args: args.into(),
            root: false,
        }
    }

    fn end(mut child: Child) {
        let pid = i32::try_from(child.id()).unwrap();
        kill_process_group(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        child.wait().unwrap();
    }

    const PATIENT: &str = "echo; while :; do sleep 600; done";
    const STUBBORN: &str = "trap '' TERM; echo; while :; do sleep 600; done";

    #[tokio::test]
    async fn the_process_that_was_written_down_is_ended() {
        for (script, grace) in [(PATIENT, GRACE), (STUBBORN, Duration::from_millis(50))] {
            let mut child = waiting(script, &["serve", "4000"]);
            let record = record(&child, "serve 4000").await;
            assert!(record.reap(None, grace).await);
            assert_eq!(child.wait().unwrap().code(), None);
            // There is nothing left to do the second time.
            assert!(record.reap(None, grace).await);
        }
    }

    #[tokio::test]
    async fn no_other_process_is_ended() {
        let mut child = waiting(PATIENT, &["serve", "4000"]);
        let right = record(&child, "serve 4000").await;
        for wrong in [
            Record {
                started: "7".into(),
                ..right.clone()
            },
            Record {
                args: "serve 4001".into(),
                ..right.clone()
            },
            Record {
                args: String::new(),
                ..right.clone()
            },
            Record {
                pid: i32::try_from(std::process::id()).unwrap(),
                ..right.clone()
            },
            Record {
                pid: 1,
                ..right.clone()
            },
            Record {
                pid: 0,
                ..right.clone()
            },
            Record {
                pid: -1,
                ..right.clone()
            },
        ] {
            assert!(wrong.reap(None, GRACE).await, "{wrong:?}");
            assert!(child.try_wait().unwrap().is_none(), "{wrong:?}");
        }
        end(child);
    }

    #[tokio::test]
    async fn a_record_comes_back_from_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tailscale.json");
        assert_eq!(Record::read(&path), None);
        let child = waiting(PATIENT, &["serve"]);
        let record = record(&child, "serve").await;
        end(child);
        record.write(&path).unwrap();
        record.write(&path).unwrap();
        assert_eq!(Record::read(&path), Some(record));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for damaged in ["", "{}", "{\"pid\":1", "\u{0}"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(Record::read(&path), None);
        }
    }
}
