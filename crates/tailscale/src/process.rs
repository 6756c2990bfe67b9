//! A child that leads a process group of its own, and what it says.
//!
//! One task drives a child: it waits for its next word or its end, and nothing is spawned. A
//! child whose owner goes away is killed with its whole group.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

/// After a child has ended, how long what it printed may take to arrive. Something that it left
/// running can hold the pipe open for ever.
const DRAIN: Duration = Duration::from_millis(300);

/// How long a killed child may take to be gone. One that runs as root cannot be killed by us.
const REAP: Duration = Duration::from_secs(1);

const READ_BUFFER: usize = 8 * 1024;

/// A child that was started.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    group: Group,
    status: Option<ExitStatus>,
    stdout: Stream<ChildStdout>,
    stderr: Stream<ChildStderr>,
}

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It printed something, or closed a pipe.
    Said,
    /// It ended: with this code, or by a signal.
    Ended(Option<i32>),
}

impl Running {
    /// Starts the command with no input, both outputs piped, and `kept` bytes of each kept.
    pub(crate) fn start(mut command: Command, kept: usize) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self {
            group: Group::of(&child),
            status: None,
            stdout: Stream::new(child.stdout.take(), kept),
            stderr: Stream::new(child.stderr.take(), kept),
            child,
        })
    }

    /// Its number, which is also that of its group; `None` once it has ended.
    pub(crate) fn pid(&self) -> Option<Pid> {
        self.group.0
    }

    /// Waits for the next thing that it does. Safe to drop; after the end it says so again.
    pub(crate) async fn next(&mut self) -> io::Result<Event> {
        if let Some(status) = self.status {
            return Ok(Event::Ended(status.code()));
        }
        // Every arm is safe to drop: reading takes all or nothing, and `wait` can be repeated.
        let status = tokio::select! {
            () = self.stdout.read() => return Ok(Event::Said),
            () = self.stderr.read() => return Ok(Event::Said),
            status = self.child.wait() => status?,
        };
        self.group.leader_is_gone();
        self.status = Some(status);
        let all_read = async {
            tokio::join!(self.stdout.read_to_end(), self.stderr.read_to_end());
        };
        // Whoever still holds a pipe is not waited for.
        let _ = timeout(DRAIN, all_read).await;
        Ok(Event::Ended(status.code()))
    }

    /// Waits for its end, however much it says.
    pub(crate) async fn ended(&mut self) -> io::Result<()> {
        while self.next().await? == Event::Said {}
        Ok(())
    }

    /// Sends a signal to its group.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Errno> {
        self.group.signal(signal)
    }

    /// Kills it with its group and waits a moment for its end.
    pub(crate) async fn kill(&mut self) {
        // One that is gone, or that runs as root, is none that could be helped here.
        let _ = self.signal(Signal::KILL);
        let _ = timeout(REAP, self.ended()).await;
    }

    /// The end of what it printed, and of what it complained about.
    pub(crate) fn text(&self) -> (String, String) {
        (self.stdout.said.text(), self.stderr.said.text())
    }

    /// How many bytes it has written to each.
    pub(crate) const fn written(&self) -> (usize, usize) {
        (self.stdout.said.total, self.stderr.said.total)
    }
}

/// The process group of a child that has not been waited for. Dropping it kills the group.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        Self(pid)
    }

    fn signal(&self, signal: Signal) -> Result<(), Errno> {
        self.0.map_or(Ok(()), |pid| kill_process_group(pid, signal))
    }

    /// From now on the number may belong to somebody else.
    const fn leader_is_gone(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It may be gone already; there is nothing else to do about a failure.
        let _ = self.signal(Signal::KILL);
    }
}

/// One pipe and the end of what came through it.
#[derive(Debug)]
struct Stream<P> {
    pipe: Option<P>,
    buffer: Box<[u8]>,
    said: Said,
}

impl<P: AsyncRead + Unpin> Stream<P> {
    fn new(pipe: Option<P>, kept: usize) -> Self {
        Self {
            pipe,
            buffer: vec![0; READ_BUFFER].into_boxed_slice(),
            said: Said::new(kept),
        }
    }

    /// Reads once. A pipe that was closed has nothing more to say: that waits for ever.
    async fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else {
            return std::future::pending().await;
        };
        match pipe.read(&mut self.buffer).await {
            Ok(0) | Err(_) => self.pipe = None,
            Ok(read) => self.said.push(self.buffer.get(..read).unwrap_or_default()),
        }
    }

    async fn read_to_end(&mut self) {
        while self.pipe.is_some() {
            self.read().await;
        }
    }
}

/// The last bytes of a stream, and how many there were in all.
#[derive(Debug)]
struct Said {
    bytes: Vec<u8>,
    kept: usize,
    total: usize,
}

impl Said {
    const fn new(kept: usize) -> Self {
        Self {
            bytes: Vec::new(),
            kept,
            total: 0,
        }
    }

    fn push(&mut self, more: &[u8]) {
        self.total = self.total.saturating_add(more.len());
        self.bytes.extend_from_slice(more);
        let surplus = self.bytes.len().saturating_sub(self.kept);
        self.bytes.drain(..surplus);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Running {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", text]);
        Running::start(command, 1000).unwrap()
    }

    async fn until_it_said(running: &mut Running, word: &str) {
        while !running.text().0.contains(word) {
            assert_eq!(running.next().await.unwrap(), Event::Said);
        }
    }

    #[tokio::test]
    async fn what_it_said_last_is_there_when_it_has_ended() {
        let mut running = shell("echo out; echo err >&2; exit 3");
        while running.next().await.unwrap() == Event::Said {}
        assert_eq!(running.text(), ("out\n".into(), "err\n".into()));
        assert_eq!(running.next().await.unwrap(), Event::Ended(Some(3)));
        assert_eq!(running.pid(), None);
    }

    #[tokio::test]
    async fn it_is_told_apart_whether_a_signal_ended_it() {
        let mut running = shell("echo ready; sleep 600");
        until_it_said(&mut running, "ready").await;
        running.signal(Signal::TERM).unwrap();
        running.ended().await.unwrap();
        assert_eq!(running.next().await.unwrap(), Event::Ended(None));
    }

    #[tokio::test]
    async fn only_the_end_of_a_flood_is_kept() {
        let mut running = shell("yes | head -n 100000; echo over");
        running.ended().await.unwrap();
        let (said, _) = running.text();
        assert!(said.len() == 1000 && said.ends_with("y\nover\n"));
        assert_eq!(running.written(), (200_005, 0));
    }

    #[tokio::test]
    async fn something_left_in_the_background_does_not_hold_up_the_end() {
        let mut running = shell("sleep 600 & echo $!");
        running.ended().await.unwrap();
        let left = running.text().0.trim().parse().unwrap();
        rustix::process::kill_process(Pid::from_raw(left).unwrap(), Signal::KILL).unwrap();
    }

    #[tokio::test]
    async fn the_whole_family_is_killed_with_it() {
        for dropped in [false, true] {
            let mut running = shell("sleep 600 & echo $!; wait");
            until_it_said(&mut running, "\n").await;
            let child: i32 = running.text().0.trim().parse().unwrap();
            if dropped {
                drop(running);
            } else {
                running.kill().await;
            }
            // The killed child belongs to whoever adopted it; all that is sure is that it no
            // longer runs.
            let stat = || std::fs::read_to_string(format!("/proc/{child}/stat"));
            let gone = async {
                while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
                    tokio::task::yield_now().await;
                }
            };
            timeout(Duration::from_secs(10), gone).await.unwrap();
        }
    }
}
