//! How `ssh` dies with us, also when we are killed.
//!
//! A process that is killed runs nothing any more, so somebody else must notice. Two small helpers
//! do, each a fixed `/bin/sh` script that reads from a pipe whose other end only we hold; the
//! kernel closes that end with us, however we end.
//!
//! - The **gate** becomes `ssh`: it waits for one word and then replaces itself. The pid is known,
//!   the watchdog runs, and the record is on disk before `ssh` begins; if we die in between, the
//!   gate ends without having started anything.
//! - The **watchdog** waits for the end of its pipe and then ends the process group of `ssh`, with
//!   what `ssh` started itself (a `ProxyCommand`, the `ssh` of a jump host). A word on the pipe
//!   sends it away instead.
//!
//! Both have process groups of their own: what a terminal or a supervisor sends to our group goes
//! past them. A parent death signal would be tied to the thread that started the child, and Linux
//! alone has it.
//!
//! No text of a user is part of a script; arguments are passed as positional parameters.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, ChildStdin, Command};

/// Waits for the word, then becomes the program.
const GATE: &str = r#"IFS= read -r word && [ "$word" = go ] && exec "$@" </dev/null"#;

/// Waits for a word, or ends the process group of `$1` when there is none. `TERM` and `HUP` reach
/// whole services and sessions: then the pipe decides.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
IFS= read -r word && exit 0
kill -s TERM -- "-$1" || exit 0
for second in 1 2; do
    kill -s 0 -- "-$1" || exit 0
    sleep 1
done
kill -s KILL -- "-$1"
"#;

/// Credentials of ours that a `ProxyCommand` has no use for.
const SECRETS: &[&str] = &[
    "OPENCLAW_GATEWAY_TOKEN",
    "OPENCLAW_GATEWAY_PASSWORD",
    "CLAWDBOT_GATEWAY_TOKEN",
    "CLAWDBOT_GATEWAY_PASSWORD",
];

const SHELLS: &[&str] = &["/bin/sh", "/usr/bin/sh", "/system/bin/sh"];

/// A program that is ready to run and guarded, and does not run yet.
#[derive(Debug)]
pub(crate) struct Gated {
    child: Child,
    gate: File,
    watchdog: Watchdog,
    pid: u32,
}

impl Gated {
    /// Starts gate and watchdog. Standard error of the program is a pipe, the rest is nothing.
    pub(crate) fn spawn(
        program: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> io::Result<Self> {
        let mut child = gate(program, arguments)?.spawn()?;
        let gate = pipe_of(&mut child)?;
        let pid = child.id().ok_or_else(ended_early)?;
        // If this fails, `gate` is dropped and the child ends.
        let watchdog = Watchdog::spawn(pid)?;
        Ok(Self {
            child,
            gate,
            watchdog,
            pid,
        })
    }

    /// The pid that the program will have.
    pub(crate) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Lets the program run.
    pub(crate) fn release(mut self) -> io::Result<(Child, Watchdog)> {
        self.gate.write_all(b"go\n")?;
        Ok((self.child, self.watchdog))
    }
}

fn gate(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> io::Result<Command> {
    let mut command = shell(GATE)?;
    command
        .arg(program)
        .args(arguments)
        .env("SSH_ASKPASS_REQUIRE", "never")
        .stderr(Stdio::piped());
    for secret in SECRETS {
        command.env_remove(secret);
    }
    Ok(command)
}

/// Ends a process group when dropped, or when we die, unless it is sent away.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
    pipe: File,
}

impl Watchdog {
    fn spawn(pid: u32) -> io::Result<Self> {
        let mut command = shell(WATCHDOG)?;
        command
            .arg(pid.to_string())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir("/")
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let pipe = pipe_of(&mut child)?;
        Ok(Self { child, pipe })
    }

    /// The process group is gone: its number may soon be another's.
    pub(crate) async fn send_away(mut self) {
        if self.pipe.write_all(b"done\n").is_ok() {
            let _ = self.child.wait().await;
        }
    }
}

/// `sh -c SCRIPT sh`, in a process group of its own.
fn shell(script: &str) -> io::Result<Command> {
    let shell = SHELLS
        .iter()
        .find(|path| Path::new(path).exists())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no /bin/sh"))?;
    let mut command = Command::new(shell);
    command
        .args(["-c", script, "sh"])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    Ok(command)
}

/// Our end of the child's standard input, for words of a few bytes that a pipe always takes.
fn pipe_of(child: &mut Child) -> io::Result<File> {
    let pipe: ChildStdin = child.stdin.take().ok_or_else(ended_early)?;
    Ok(File::from(pipe.into_owned_fd()?))
}

fn ended_early() -> io::Error {
    io::Error::other("the process ended before it began")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::AsyncReadExt as _;

    use super::{Gated, gate};
    use crate::process;

    async fn said(mut stderr: tokio::process::ChildStderr) -> String {
        let mut text = String::new();
        stderr.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn arguments_come_through_the_gate_as_they_are() {
        let hostile = [
            "$(id)", "`id`", "a b", "\"'", "-x", "--", "*", "", "\n;id\\",
        ];
        let mut arguments = vec!["-c", "printf '%s|' \"$@\" >&2", "sh"];
        arguments.extend(hostile);
        let gated = Gated::spawn(Path::new("/bin/sh"), arguments).unwrap();
        let pid = gated.pid();
        let (mut child, watchdog) = gated.release().unwrap();
        assert_eq!(child.id(), Some(pid));
        let text = said(child.stderr.take().unwrap()).await;
        assert_eq!(text, hostile.map(|part| format!("{part}|")).concat());
        assert!(child.wait().await.unwrap().success());
        watchdog.send_away().await;
    }

    #[test]
    fn our_credentials_stay_here_and_nobody_is_asked() {
        let command = gate(Path::new("/usr/bin/ssh"), ["-N"]).unwrap();
        let environment: Vec<_> = command.as_std().get_envs().collect();
        for secret in ["OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_PASSWORD"] {
            assert!(environment.contains(&(secret.as_ref(), None)), "{secret}");
        }
        let never = ("SSH_ASKPASS_REQUIRE".as_ref(), Some("never".as_ref()));
        assert!(environment.contains(&never));
    }

    #[tokio::test]
    async fn a_gate_that_is_given_up_starts_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let trace = directory.path().join("trace");
        let Gated {
            mut child,
            gate,
            watchdog,
            ..
        } = Gated::spawn(Path::new("/usr/bin/touch"), [&trace]).unwrap();
        drop(gate);
        assert!(!child.wait().await.unwrap().success());
        assert!(!trace.exists());
        watchdog.send_away().await;
    }

    #[tokio::test]
    async fn the_end_of_the_pipe_ends_the_group_and_what_it_started() {
        // The program has a child of its own, which says that it runs and holds standard error.
        let script = "(echo up >&2; exec sleep 1000) & wait";
        let gated = Gated::spawn(Path::new("/bin/sh"), ["-c", script]).unwrap();
        let (mut child, watchdog) = gated.release().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let mut up = [0; 3];
        stderr.read_exact(&mut up).await.unwrap();
        drop(watchdog);
        assert!(!child.wait().await.unwrap().success());
        assert_eq!(said(stderr).await, "");
    }

    #[tokio::test]
    async fn a_program_that_does_not_want_to_end_is_killed() {
        let script = "trap '' TERM; echo up >&2; while :; do sleep 1000; done";
        let gated = Gated::spawn(Path::new("/bin/sh"), ["-c", script]).unwrap();
        let (mut child, watchdog) = gated.release().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let mut up = [0; 3];
        stderr.read_exact(&mut up).await.unwrap();
        drop(watchdog);
        let status = child.wait().await.unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9)
        );
    }

    #[tokio::test]
    async fn a_watchdog_that_is_sent_away_harms_nobody() {
        let gated = Gated::spawn(Path::new("/bin/sleep"), ["1000"]).unwrap();
        let pid = gated.pid();
        let (mut child, watchdog) = gated.release().unwrap();
        watchdog.send_away().await;
        assert!(process::look(pid).is_some());
        child.start_kill().unwrap();
        child.wait().await.unwrap();
    }
}
