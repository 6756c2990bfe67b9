//! What the kernel tells about a process.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::failure::{Doing, Outcome, fail};

/// CPU time of a process so far, user and system, in seconds. Ticks of 10 ms.
pub(super) fn cpu_seconds(pid: u32) -> Outcome<f64> {
    let stat = read(pid, "stat")?;
    let ticks = ticks(&stat).doing(format_args!("read /proc/{pid}/stat"))?;
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Fields 14 and 15 of `/proc/PID/stat`; the name in field 2 may hold spaces.
fn ticks(stat: &str) -> Option<u64> {
    let after_name = stat.rsplit_once(") ")?.1;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// Resident memory of a process, in bytes.
pub(super) fn resident_bytes(pid: u32) -> Outcome<u64> {
    let statm = read(pid, "statm")?;
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .doing(format_args!("read /proc/{pid}/statm"))?;
    Ok(pages * rustix::param::page_size() as u64)
}

fn read(pid: u32, what: &str) -> Outcome<String> {
    let path = format!("/proc/{pid}/{what}");
    fs::read_to_string(&path).doing(format_args!("read {path}"))
}

/// Lets this process, and those it starts, have so many open files.
pub(super) fn allow_open_files(wanted: u64) -> Outcome {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let maximum = match limit.maximum {
        Some(maximum) if maximum < wanted => Some(wanted),
        other => other,
    };
    if setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(wanted),
            maximum,
        },
    )
    .is_err()
    {
        fail!(
            "cannot have {wanted} open files (limit {}); raise it with `ulimit -n {wanted}` or measure with --quick",
            limit
                .maximum
                .map_or_else(|| "none".to_owned(), |limit| limit.to_string())
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_a_name_with_spaces() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 25 17 0 0 20 0 3 0 100 1000 50 18446744073709551615";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 nothing"), None);
    }

    #[test]
    fn this_process_can_be_measured() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid).is_ok());
        assert!(resident_bytes(pid).expect("measured") > 100_000);
        assert!(cpu_seconds(u32::MAX).is_err());
    }
}
