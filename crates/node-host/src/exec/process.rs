//! Running a process and everything it starts, with an end to it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::output::{OUTPUT_LIMIT, Output, Stream};

/// What to run.
#[derive(Debug)]
pub(crate) struct Spec {
    /// The file; `None` where there is none of that name.
    pub(crate) program: Option<PathBuf>,
    /// The name it is started under, then its arguments.
    pub(crate) argv: Vec<String>,
    /// Its working directory.
    pub(crate) cwd: PathBuf,
    /// Its whole environment.
    pub(crate) environment: BTreeMap<OsString, OsString>,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Its exit code; `None` where a signal ended it or it never started.
    pub(crate) exit_code: Option<i32>,
    /// Why it ended.
    pub(crate) end: End,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it complained about.
    pub(crate) stderr: String,
    /// Why it could not be started.
    pub(crate) error: Option<String>,
}

/// Why a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Itself,
    /// We killed it: its time was up.
    TimedOut,
    /// We killed it: nobody waits for it any more.
    Cancelled,
}

/// After a process has ended, how long what it printed may take to arrive. Something that it
/// left running in the background can hold the pipe open for ever.
const DRAIN: Duration = Duration::from_millis(300);
const READ_BUFFER: usize = 8 * 1024;

/// Runs the process as the leader of a group of its own and waits for its end.
///
/// A process that takes longer than `timeout`, or whose `cancel` is triggered, is killed with its
/// whole group; so is one whose caller goes away. What left the group by `setsid` lives on.
pub(crate) async fn run(
    spec: Spec,
    timeout: Option<Duration>,
    cancel: &CancellationToken,
) -> Outcome {
    let output = Arc::new(Output::new(OUTPUT_LIMIT));
    let mut child = match start(&spec) {
        Ok(child) => child,
        Err(error) => {
            let error = format!("cannot start `{}`: {error}", spec.name());
            return Outcome {
                exit_code: None,
                end: End::Itself,
                stdout: String::new(),
                stderr: String::new(),
                error: Some(error),
            };
        }
    };
    let mut group = Group::of(&child);
    let mut readers = JoinSet::new();
    if let Some(pipe) = child.stdout.take() {
        readers.spawn(read(pipe, Stream::Out, Arc::clone(&output)));
    }
    if let Some(pipe) = child.stderr.take() {
        readers.spawn(read(pipe, Stream::Err, Arc::clone(&output)));
    }
    let time_is_up = async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    // All arms are safe to drop: `wait` can be called again.
    let (end, status) = tokio::select! {
        status = child.wait() => (End::Itself, status),
        () = time_is_up => (End::TimedOut, group.kill_and_wait(&mut child).await),
        () = cancel.cancelled() => (End::Cancelled, group.kill_and_wait(&mut child).await),
    };
    group.leader_is_gone();
    let all_read = async { while readers.join_next().await.is_some() {} };
    // Whoever still holds a pipe is not waited for.
    let _ = tokio::time::timeout(DRAIN, all_read).await;
    readers.abort_all();
    let (stdout, stderr) = output.texts();
    let (exit_code, error) = match status {
        Ok(status) => (ExitStatus::code(&status), None),
        Err(error) => (None, Some(format!("cannot wait for the process: {error}"))),
    };
    Outcome {
        exit_code,
        end,
        stdout,
        stderr,
        error,
    }
}

impl Spec {
    fn name(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

fn start(spec: &Spec) -> io::Result<Child> {
    let missing = || io::Error::new(io::ErrorKind::NotFound, "no such program on this node");
    let mut command = Command::new(spec.program.as_ref().ok_or_else(missing)?);
    command
        .arg0(spec.name())
        .args(spec.argv.iter().skip(1))
        .current_dir(&spec.cwd)
        .env_clear()
        .envs(&spec.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

async fn read(mut pipe: impl AsyncRead + Unpin, stream: Stream, output: Arc<Output>) {
    let mut buffer = vec![0; READ_BUFFER];
    loop {
        match pipe.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => output.push(stream, buffer.get(..n).unwrap_or_default()),
        }
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

    async fn kill_and_wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        self.kill();
        child.wait().await
    }

    fn kill(&self) {
        if let Some(group) = self.0 {
            // It may be gone already; there is nothing else to do about a failure.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// From now on the number may belong to somebody else.
    fn leader_is_gone(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use rustix::process::{Pid, test_kill_process};
    use tokio::io::AsyncReadExt as _;
    use tokio_util::sync::CancellationToken;

    use super::{End, Outcome, Spec, run};

    fn shell(text: &str, cwd: &Path) -> Spec {
        let path = "/usr/local/bin:/usr/bin:/bin";
        Spec {
            program: Some(PathBuf::from("/bin/sh")),
            argv: vec!["sh".into(), "-c".into(), text.into()],
            cwd: cwd.to_owned(),
            environment: BTreeMap::from([("PATH".into(), path.into())]),
        }
    }

    async fn output_of(text: &str) -> Outcome {
        run(shell(text, Path::new("/")), None, &CancellationToken::new()).await
    }

    #[tokio::test]
    async fn exit_code_and_both_streams_come_back() {
        let outcome = output_of("echo out; echo err >&2; exit 3").await;
        assert_eq!(outcome.exit_code, Some(3));
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("out\n", "err\n")
        );
        assert_eq!((outcome.end, outcome.error), (End::Itself, None));
        assert_eq!(output_of("kill -9 $$").await.exit_code, None);
    }

    #[tokio::test]
    async fn the_process_sees_only_what_it_was_given() {
        let dir = tempfile::tempdir().unwrap();
        let cwd = dir.path().canonicalize().unwrap();
        let outcome = run(
            shell("pwd; env; cat", &cwd),
            None,
            &CancellationToken::new(),
        )
        .await;
        let mut lines: Vec<_> = outcome.stdout.lines().collect();
        assert_eq!(lines.remove(0), cwd.to_str().unwrap());
        lines.retain(|line| {
            !["PWD=", "_=", "SHLVL=", "OLDPWD="]
                .iter()
                .any(|p| line.starts_with(p))
        });
        assert_eq!(lines, ["PATH=/usr/local/bin:/usr/bin:/bin"]);
    }

    #[tokio::test]
    async fn more_output_than_the_limit_does_not_block_the_process() {
        let outcome = output_of("head -c 3000000 /dev/zero | tr '\\0' x; echo late >&2").await;
        assert_eq!(outcome.exit_code, Some(0));
        assert!(outcome.stdout.ends_with("x\n... (truncated)"));
        assert!(outcome.stdout.len() <= 200_000 + 20);
    }

    #[tokio::test]
    async fn output_that_is_no_text_is_shown_all_the_same() {
        assert_eq!(output_of("printf 'a\\377b'").await.stdout, "a\u{fffd}b");
    }

    #[tokio::test]
    async fn a_program_that_cannot_start_is_named() {
        for program in [None, Some(PathBuf::from("/nowhere/tool"))] {
            let mut spec = shell("", Path::new("/"));
            spec.argv[0] = "tool".into();
            spec.program = program;
            let outcome = run(spec, None, &CancellationToken::new()).await;
            assert_eq!(outcome.exit_code, None);
            assert!(outcome.error.unwrap().starts_with("cannot start `tool`: "));
        }
    }

    /// A shell that starts a child in the background; both hold the pipe, and the child's number
    /// is on the first line.
    const FAMILY: &str = "sleep 600 & echo $!; wait";

    fn is_alive(pid: i32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        // A zombie is dead; whoever inherited it may be slow to notice.
        let zombie = stat.is_ok_and(|stat| stat.contains(") Z "));
        !zombie && test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
    }

    async fn wait_until_dead(pid: i32) {
        let gone = async {
            while is_alive(pid) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .expect("the child lives on");
    }

    #[tokio::test]
    async fn a_timeout_kills_children_of_children() {
        // Long enough for a shell to begin on a busy machine.
        let timeout = Some(Duration::from_secs(4));
        let outcome = run(
            shell(FAMILY, Path::new("/")),
            timeout,
            &CancellationToken::new(),
        )
        .await;
        assert_eq!((outcome.end, outcome.exit_code), (End::TimedOut, None));
        wait_until_dead(outcome.stdout.trim().parse().unwrap()).await;
    }

    /// Runs [`FAMILY`] until it has told its child's number, through a named pipe.
    async fn family(dir: &Path) -> (Spec, PathBuf) {
        let told = dir.join("told");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &told, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let text = format!("sleep 600 & echo $! > {}; wait", told.display());
        tokio::task::yield_now().await;
        (shell(&text, Path::new("/")), told)
    }

    async fn number_from(told: &Path) -> i32 {
        let mut text = String::new();
        tokio::fs::File::open(told)
            .await
            .unwrap()
            .read_to_string(&mut text)
            .await
            .unwrap();
        text.trim().parse().unwrap()
    }

    #[tokio::test]
    async fn a_cancelled_command_dies_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let (spec, told) = family(dir.path()).await;
        let cancel = CancellationToken::new();
        let (outcome, child) = tokio::join!(run(spec, None, &cancel), async {
            let child = number_from(&told).await;
            assert!(is_alive(child));
            cancel.cancel();
            child
        });
        assert_eq!(outcome.end, End::Cancelled);
        wait_until_dead(child).await;
    }

    #[tokio::test]
    async fn a_command_whose_caller_goes_away_dies_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let (spec, told) = family(dir.path()).await;
        let cancel = CancellationToken::new();
        let child = tokio::select! {
            outcome = run(spec, None, &cancel) => panic!("ended by itself: {outcome:?}"),
            child = number_from(&told) => child,
        };
        wait_until_dead(child).await;
    }

    #[tokio::test]
    async fn what_stays_in_the_background_is_not_waited_for() {
        let started = std::time::Instant::now();
        let outcome = output_of("sleep 600 & echo $!").await;
        assert_eq!(outcome.exit_code, Some(0));
        assert!(started.elapsed() < Duration::from_secs(300));
        let child = Pid::from_raw(outcome.stdout.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(child, rustix::process::Signal::KILL).unwrap();
    }
}
