//! What the system knows about a process, so that a number is not mistaken for another process.

use std::path::Path;
use std::time::Duration;

use rustix::process::Pid;
use tokio::process::Command;

use crate::run;

/// When a process started and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Observed {
    /// Its start, in words of the system: equal for one process, different for another one that
    /// has its number later.
    pub(super) started: String,
    /// Its arguments, joined by spaces. Empty for a process that has ended and waits to be
    /// fetched.
    pub(super) command_line: String,
}

impl Observed {
    /// Whether its last arguments are these. Its first ones may be those of `sudo`, or of an
    /// interpreter.
    pub(super) fn ends_with(&self, args: &str) -> bool {
        let before = self.command_line.strip_suffix(args);
        !args.is_empty() && before.is_some_and(|before| before.ends_with(' '))
    }
}

/// Looks at a process; `None` where there is none of that number.
pub(super) async fn observe(pid: Pid) -> Option<Observed> {
    let proc = Path::new("/proc");
    if proc.join("self/stat").exists() {
        from_proc(&proc.join(pid.as_raw_nonzero().to_string()))
    } else {
        from_ps(pid).await
    }
}

fn from_proc(folder: &Path) -> Option<Observed> {
    let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
    // The name in parentheses may hold anything; the start time is field 22 of all.
    let (_, fields) = stat.rsplit_once(')')?;
    let started = fields.split_whitespace().nth(19)?.to_owned();
    let line = std::fs::read(folder.join("cmdline")).ok()?;
    let line = line.strip_suffix(&[0]).unwrap_or(&line);
    let args: Vec<_> = line
        .split(|byte| *byte == 0)
        .map(String::from_utf8_lossy)
        .collect();
    Some(Observed {
        started,
        command_line: args.join(" "),
    })
}

/// For systems without `/proc`.
async fn from_ps(pid: Pid) -> Option<Observed> {
    let mut command = Command::new("/bin/ps");
    command
        .env_clear()
        .env("LC_ALL", "C")
        .args(["-ww", "-o", "lstart=", "-o", "command=", "-p"])
        .arg(pid.as_raw_nonzero().to_string());
    let answer = run::run(command, Duration::from_secs(2), 64 * 1024)
        .await
        .ok()?;
    from_ps_line(&answer.stdout)
}

/// `Thu Jan  1 00:00:00 2026 tailscale serve …`: the start is five words.
fn from_ps_line(line: &str) -> Option<Observed> {
    let mut words = line.split_whitespace();
    let started: Vec<_> = words.by_ref().take(5).collect();
    let command: Vec<_> = words.collect();
    (started.len() == 5).then(|| Observed {
        started: started.join(" "),
        command_line: command.join(" "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_known_by_its_start_and_its_arguments() {
        let this = rustix::process::getpid();
        let first = observe(this).await.unwrap();
        assert_eq!(observe(this).await.as_ref(), Some(&first));
        assert!(!first.started.is_empty() && !first.command_line.is_empty());
        assert_eq!(observe(Pid::from_raw(i32::MAX).unwrap()).await, None);
    }

    #[tokio::test]
    async fn both_ways_see_the_same_arguments() {
        if !Path::new("/bin/ps").exists() {
            return;
        }
        let this = rustix::process::getpid();
        let (one, other) = (observe(this).await.unwrap(), from_ps(this).await.unwrap());
        assert_eq!(one.command_line, other.command_line);
    }

    #[test]
    fn the_line_of_ps_is_taken_apart() {
        let line = "Thu Jan  1 00:00:09 2026 /opt/x/tailscale serve --yes --bg=false 4000\n";
        let observed = from_ps_line(line).unwrap();
        assert_eq!(observed.started, "Thu Jan 1 00:00:09 2026");
        assert!(observed.ends_with("serve --yes --bg=false 4000"));
        for line in ["", "\n", "no such process"] {
            assert_eq!(from_ps_line(line), None);
        }
    }

    #[test]
    fn only_whole_arguments_at_the_end_count() {
        let observed = |line: &str| Observed {
            started: "1".into(),
            command_line: line.into(),
        };
        let args = "serve --yes --bg=false 4000";
        assert!(observed("sudo -n tailscale serve --yes --bg=false 4000").ends_with(args));
        for line in [
            "",
            args,
            "tailscale observe --yes --bg=false 4000",
            "tailscale xserve --yes --bg=false 4000",
            "tailscale serve --yes --bg=false 40001",
            "tailscale serve --yes --bg=false 4000 &",
        ] {
            assert!(!observed(line).ends_with(args), "{line}");
        }
        assert!(!observed("anything ").ends_with(""));
    }
}
