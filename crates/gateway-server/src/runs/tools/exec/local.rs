//! A command on this machine: a shell in a process group of its own, with an environment that
//! holds no secrets of the Gateway.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use openclaw_agent::tool::{ToolContext, ToolOutput};
use openclaw_agent::tools::exec::{ExecAnswer, ExecFault};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::agents::ExecRules;
use crate::core::Core;

/// Bytes of output that are kept: the first half and the last.
const MAX_OUTPUT: usize = 256 * 1024;
/// How often what was written so far is told.
const TELL: Duration = Duration::from_millis(250);

/// A command that is to be run.
pub(super) struct Begun<'a> {
    pub(super) command: &'a str,
    pub(super) cwd: Option<PathBuf>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) timeout: Duration,
}

/// The environment of commands: what programs need to find their way, and what the caller set.
pub(super) fn environment(
    core: &Core,
    rules: &ExecRules,
    own: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    const KEPT: &[&str] = &[
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
    ];
    let gateway = core.options.config.as_ref().map(|file| &file.env);
    let mut env = BTreeMap::new();
    for name in KEPT {
        if let Some(value) = gateway.and_then(|gateway| gateway.text(name)) {
            env.insert((*name).to_owned(), value.to_owned());
        }
    }
    let path = gateway
        .and_then(|gateway| gateway.text("PATH"))
        .unwrap_or("/usr/local/bin:/usr/bin:/bin");
    let path = rules
        .path_prepend
        .iter()
        .map(String::as_str)
        .chain([path])
        .collect::<Vec<_>>()
        .join(":");
    env.insert("PATH".to_owned(), path);
    env.extend(own);
    env
}

/// The home of the Gateway's user.
pub(super) fn home(core: &Core) -> Option<&str> {
    core.options.config.as_ref()?.env.text("HOME")
}

/// Output within its bound.
#[derive(Debug, Default)]
struct Output {
    head: Vec<u8>,
    tail: Vec<u8>,
    left_out: usize,
}

impl Output {
    fn push(&mut self, bytes: &[u8]) {
        let room = (MAX_OUTPUT / 2)
            .saturating_sub(self.head.len())
            .min(bytes.len());
        let (head, tail) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(tail);
        // Cut seldom, so that much output costs little.
        if self.tail.len() > MAX_OUTPUT {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let over = self.tail.len().saturating_sub(MAX_OUTPUT / 2);
        self.tail.drain(..over);
        self.left_out += over;
    }

    fn text(&mut self) -> String {
        self.cut();
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.left_out > 0 {
            text.push_str(&format!("\n[… {} bytes are left out …]\n", self.left_out));
        }
        text.push_str(&String::from_utf8_lossy(&self.tail));
        text
    }
}

/// Runs a command to its end.
pub(super) async fn run(cx: &ToolContext, begun: Begun<'_>) -> Result<ExecAnswer, ExecFault> {
    let at = Instant::now();
    let mut command = shell(begun.command)?;
    command
        .env_clear()
        .envs(&begun.env)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(cwd) = &begun.cwd {
        command.current_dir(cwd);
    }
    let child = command
        .spawn()
        .map_err(|error| ExecFault::Failed(format!("the command cannot be started: {error}")))?;
    let mut group = Group { child };
    let mut out = group.child.stdout.take();
    let mut err = group.child.stderr.take();
    let mut output = Output::default();
    let (mut told, mut told_at) = (0, None::<Instant>);
    let mut tick = tokio::time::interval(TELL);
    let deadline = at + begun.timeout;
    let cwd = begun.cwd.as_ref().map(|cwd| cwd.display().to_string());
    let mut timed_out = false;
    while out.is_some() || err.is_some() {
        tokio::select! {
            biased;
            () = cx.cancel.cancelled() => return Err(ExecFault::Unknown("the command was stopped".to_owned())),
            () = tokio::time::sleep_until(deadline) => {
                timed_out = true;
                break;
            }
            more = read(&mut out) => output.push(&more),
            more = read(&mut err) => output.push(&more),
            _ = tick.tick() => {}
        }
        // The first output at once, what follows from time to time.
        let all = output.head.len() + output.left_out + output.tail.len();
        if all > told && told_at.is_none_or(|at| at.elapsed() >= TELL) {
            (told, told_at) = (all, Some(Instant::now()));
            tell(cx, &mut output, cwd.as_deref());
        }
    }
    let mut exit_code = None;
    if !timed_out {
        // A program may close its output and go on.
        tokio::select! {
            biased;
            () = cx.cancel.cancelled() => return Err(ExecFault::Unknown("the command was stopped".to_owned())),
            ended = group.child.wait() => exit_code = ended.ok().and_then(|status| status.code()),
            () = tokio::time::sleep_until(deadline) => timed_out = true,
        }
    }
    drop(group);
    Ok(ExecAnswer {
        exit_code,
        timed_out,
        output: output.text(),
        cwd,
        took: at.elapsed(),
    })
}

fn tell(cx: &ToolContext, output: &mut Output, cwd: Option<&str>) {
    let text = output.text();
    let tail: String = text
        .lines()
        .rev()
        .take(20)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect::<Vec<_>>()
        .join("\n");
    let mut so_far = ToolOutput::text(text);
    so_far.details = Some(json!({ "status": "running", "cwd": cwd, "tail": tail }));
    cx.progress.tell(so_far);
}

/// The next piece; the end of a stream takes it away.
async fn read<R: AsyncRead + Unpin>(from: &mut Option<R>) -> Vec<u8> {
    let Some(stream) = from else {
        return std::future::pending().await;
    };
    let mut piece = Vec::with_capacity(8192);
    match stream.read_buf(&mut piece).await {
        Ok(0) | Err(_) => *from = None,
        Ok(_) => {}
    }
    piece
}

#[cfg(unix)]
fn shell(line: &str) -> Result<Command, ExecFault> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line).process_group(0);
    Ok(command)
}

#[cfg(not(unix))]
fn shell(_: &str) -> Result<Command, ExecFault> {
    Err(ExecFault::Denied(
        "commands on this system run on a node: start `openclaw node run`".to_owned(),
    ))
}

/// A command with all that it started. Dropped, all of it ends.
struct Group {
    child: Child,
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    async fn run_line(line: &str, timeout: Duration) -> ExecAnswer {
        let begun = Begun {
            command: line,
            cwd: None,
            env: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
            timeout,
        };
        run(&ToolContext::alone("k", "r"), begun).await.unwrap()
    }

    #[tokio::test]
    async fn a_command_gives_output_and_code() {
        let answer = run_line("echo out; echo err >&2; exit 3", Duration::from_secs(60)).await;
        assert_eq!((answer.exit_code, answer.timed_out), (Some(3), false));
        assert!(answer.output.contains("out\n") && answer.output.contains("err\n"));
    }

    #[tokio::test]
    async fn only_what_was_given_is_in_the_environment() {
        let answer = run_line("env", Duration::from_secs(60)).await;
        assert!(answer.output.contains("PATH=/usr/bin:/bin"));
        assert!(!answer.output.contains("CARGO"), "{}", answer.output);
    }

    #[tokio::test]
    async fn when_the_time_is_up_everything_that_was_started_ends() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("pid");
        let line = format!("sleep 600 & echo $! > {}; wait", mark.display());
        // Long enough for a shell to begin on a busy machine.
        let answer = run_line(&line, Duration::from_secs(4)).await;
        assert!(answer.timed_out && answer.exit_code.is_none());
        let pid: i32 = std::fs::read_to_string(&mark)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        let ends = async {
            // A killed process may be a zombie until its parent has looked.
            while rustix::process::test_kill_process(pid).is_ok() && !is_zombie(pid) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ends)
            .await
            .unwrap();
    }

    fn is_zombie(pid: rustix::process::Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        stat.is_ok_and(|stat| {
            stat.rsplit(')')
                .next()
                .is_some_and(|rest| rest.trim().starts_with('Z'))
        })
    }

    #[tokio::test]
    async fn much_output_keeps_its_ends() {
        let answer = run_line(
            "echo begin; yes | head -c 2000000; echo end",
            Duration::from_secs(60),
        )
        .await;
        assert!(answer.output.starts_with("begin") && answer.output.ends_with("end\n"));
        assert!(answer.output.contains("bytes are left out"));
        assert!(answer.output.len() < MAX_OUTPUT + 1000);
    }

    #[tokio::test]
    async fn what_cannot_be_started_is_told() {
        let begun = Begun {
            command: "true",
            cwd: Some("/nowhere/at/all".into()),
            env: BTreeMap::new(),
            timeout: Duration::from_secs(1),
        };
        let error = run(&ToolContext::alone("k", "r"), begun).await.unwrap_err();
        assert!(matches!(error, ExecFault::Failed(_)), "{error}");
    }
}
