//! Telling one process from another that has got the same number.

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use sha2::{Digest as _, Sha256};

/// What tells a process from every other that had or will have its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// When it started, in the words of the system; only to be compared.
    pub(crate) started: String,
    /// Its arguments, the program included, with blanks between them.
    pub(crate) arguments: String,
}

/// Looks at a process; `None` where there is none, or only the remains of one.
pub(crate) fn look(pid: u32) -> Option<Sighting> {
    if cfg!(target_os = "linux") {
        look_in_proc(pid)
    } else {
        look_with_ps(pid)
    }
}

fn look_in_proc(pid: u32) -> Option<Sighting> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (state, ticks) = state_and_start(&stat)?;
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    // Ticks count from the start of the machine.
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let arguments = arguments.strip_suffix(&[0]).unwrap_or(&arguments);
    let arguments: Vec<u8> = arguments
        .iter()
        .map(|&byte| if byte == 0 { b' ' } else { byte })
        .collect();
    Some(Sighting {
        started: format!("{}/{ticks}", boot.trim()),
        arguments: String::from_utf8_lossy(&arguments).into_owned(),
    })
}

/// Fields 3 and 22 of `stat`. The name in parentheses may hold anything.
fn state_and_start(stat: &str) -> Option<(&str, &str)> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    Some((fields.next()?, fields.nth(18)?))
}

fn look_with_ps(pid: u32) -> Option<Sighting> {
    let output = Command::new("/bin/ps")
        .args(["-ww", "-o", "stat=", "-o", "lstart=", "-o", "args=", "-p"])
        .arg(pid.to_string())
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    parse_ps(&String::from_utf8_lossy(&output.stdout))
}

/// `Ss   Sun Nov 23 05:14:34 2025 ssh -N ...`
fn parse_ps(line: &str) -> Option<Sighting> {
    let mut rest = line.trim_end_matches('\n');
    let mut word = || {
        rest = rest.trim_start();
        let (word, after) = rest.split_once(' ')?;
        rest = after;
        Some(word)
    };
    let state = word()?;
    if state.starts_with('Z') {
        return None;
    }
    let started: Option<Vec<&str>> = (0..5).map(|_| word()).collect();
    Some(Sighting {
        started: started?.join(" "),
        arguments: rest.trim_start().to_owned(),
    })
}

/// What the arguments of a process must end with. Its beginning may differ: a script for a program
/// stands behind its interpreter, and a wrapper adds options of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArgumentsMark {
    /// How long their text is, in bytes.
    pub(crate) length: usize,
    /// Its SHA-256 in hex.
    pub(crate) sha256: String,
}

impl ArgumentsMark {
    pub(crate) fn new(arguments: &[std::ffi::OsString]) -> Self {
        let text: Vec<_> = arguments
            .iter()
            .map(|part| part.to_string_lossy())
            .collect();
        Self::of(&text.join(" "))
    }

    fn of(text: &str) -> Self {
        Self {
            length: text.len(),
            sha256: hex::encode(Sha256::digest(text)),
        }
    }

    /// Whether the process has these arguments.
    pub(crate) fn fits(&self, sighting: &Sighting) -> bool {
        let text = &sighting.arguments;
        text.len()
            .checked_sub(self.length)
            .and_then(|at| text.get(at..))
            .is_some_and(|end| Self::of(end) == *self)
    }
}

/// Signals a process group that is known to be ours. One that is gone is no error.
pub(crate) fn signal_group(leader: u32, signal: Signal) -> io::Result<()> {
    let Some(leader) = i32::try_from(leader).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    match kill_process_group(leader, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::ffi::OsString;
    use std::io::{Read as _, Write as _};
    use std::process::{Child, Command, Stdio};

    use super::{ArgumentsMark, Sighting, look, look_with_ps, parse_ps, state_and_start};

    /// `cat -u -`, when it runs: for a moment a new process has no arguments yet.
    pub(crate) fn a_process() -> Child {
        let mut process = Command::new("cat")
            .args(["-u", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        process.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        let mut echo = [0];
        process
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut echo)
            .unwrap();
        process
    }

    fn mark(arguments: &[&str]) -> ArgumentsMark {
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        ArgumentsMark::new(&arguments)
    }

    #[test]
    fn a_process_is_seen_while_it_lives_and_not_afterwards() {
        let mut process = a_process();
        let pid = process.id();
        for look in [look, look_with_ps] {
            let sighting = look(pid).unwrap();
            assert!(!sighting.started.is_empty());
            assert!(sighting.arguments.ends_with("cat -u -"), "{sighting:?}");
            assert!(mark(&["-u", "-"]).fits(&sighting));
            assert!(!mark(&["-u", "x"]).fits(&sighting));
            assert_eq!(look(pid), Some(sighting));
        }
        process.kill().unwrap();
        process.wait().unwrap();
        assert_eq!(look(pid), None);
        assert_eq!(look_with_ps(pid), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn remains_are_no_process() {
        let mut process = a_process();
        process.kill().unwrap();
        // Not waited for: wait until the system calls it dead.
        let stat = format!("/proc/{}/stat", process.id());
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            std::thread::yield_now();
        }
        assert_eq!(look(process.id()), None);
        process.wait().unwrap();
    }

    #[test]
    fn hostile_names_do_not_shift_the_fields() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        for name in ["ssh", "a b", "a) R 9 9 (b", ")"] {
            assert_eq!(
                state_and_start(&format!("12 ({name}) {fields}")),
                Some(("S", "4711")),
                "{name}"
            );
        }
        assert_eq!(state_and_start("12 (ssh) S 1"), None);
        assert_eq!(state_and_start(""), None);
    }

    #[test]
    fn ps_is_read() {
        assert_eq!(
            parse_ps("Ss   Sun Nov  3 05:14:34 2025 ssh -N  -x\n"),
            Some(Sighting {
                started: "Sun Nov 3 05:14:34 2025".to_owned(),
                arguments: "ssh -N  -x".to_owned(),
            })
        );
        assert_eq!(parse_ps("Z Sun Nov 3 05:14:34 2025 (ssh)"), None);
        assert_eq!(parse_ps(""), None);
        assert_eq!(parse_ps("Ss Sun"), None);
    }

    #[test]
    fn arguments_must_end_as_they_were_given() {
        let seen = |arguments: &str| Sighting {
            started: String::new(),
            arguments: arguments.to_owned(),
        };
        let mark = mark(&["-N", "--", "ann@host"]);
        assert!(mark.fits(&seen("/usr/bin/ssh -N -- ann@host")));
        assert!(mark.fits(&seen("/bin/sh /opt/ssh -v -N -- ann@host")));
        assert!(!mark.fits(&seen("/usr/bin/ssh -N -- bob@host")));
        assert!(!mark.fits(&seen("host")));
        assert!(!mark.fits(&seen("é")));
    }
}
