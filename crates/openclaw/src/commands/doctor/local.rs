//! What can be seen without asking anybody: configuration, lock, disk, clock.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use openclaw_config::{LoadError, Loaded, StateLock};

use super::check::{Check, Status};
use crate::app::App;
use crate::clock;
use crate::render::time;

/// Whether the configuration is valid, and what in it is out of date.
pub(super) fn config(app: &App, loaded: &Result<Loaded, LoadError>) -> Vec<Check> {
    let path = app.out.path(app.paths.config_file());
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(LoadError::Invalid(invalid)) => {
            let issues: Vec<String> = invalid.issues.iter().map(ToString::to_string).collect();
            return vec![
                Check::new("config.valid", Status::Fail, format!("{path} is not valid"))
                    .detail(issues.join("\n"))
                    .remedy("edit the file, then: openclaw config validate"),
            ];
        }
        Err(error) => {
            return vec![
                Check::new(
                    "config.valid",
                    Status::Fail,
                    format!("{path} cannot be read"),
                )
                .detail(error.to_string()),
            ];
        }
    };
    let valid = if loaded.exists {
        Check::new("config.valid", Status::Ok, format!("{path} is valid"))
    } else {
        Check::new("config.valid", Status::Warn, format!("{path} is not there"))
            .detail("defaults apply, and `openclaw gateway run` waits for gateway.mode")
            .remedy("openclaw config set gateway.mode local")
    };
    let mut checks = vec![valid];
    if !loaded.warnings.is_empty() {
        let lines: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        checks.push(
            Check::new(
                "config.warnings",
                Status::Warn,
                "The configuration says odd things",
            )
            .detail(lines.join("\n"))
            .remedy("change or remove these keys: openclaw config unset KEY"),
        );
    }
    checks
}

/// Whether a lock was left behind.
pub(super) fn lock(app: &App) -> Option<Check> {
    let check = match StateLock::record(app.paths.state_dir()) {
        Ok(None) => return None,
        Ok(Some(record)) if record.is_held => Check::new(
            "state.lock",
            Status::Ok,
            format!("A Gateway runs with this state (pid {})", record.pid),
        ),
        Ok(Some(record)) => Check::new(
            "state.lock",
            Status::Warn,
            "A Gateway did not end as it should",
        )
        .detail(format!(
            "{} names pid {}, which does not run any more. It keeps no other Gateway from starting.",
            app.out.path(&record.path),
            record.pid
        ))
        .remedy("openclaw doctor --fix; openclaw logs may say why it ended"),
        Err(error) => Check::new("state.lock", Status::Fail, "The state lock cannot be read")
            .detail(error.to_string()),
    };
    Some(check)
}

/// Whether there is room for the state.
pub(super) fn disk(app: &App) -> Check {
    let state_dir = app.paths.state_dir();
    let place = state_dir.ancestors().find(|path| path.exists());
    let free = place.and_then(|place| rustix::fs::statvfs(place).ok());
    let Some(free) = free.map(|found| found.f_bavail.saturating_mul(found.f_frsize)) else {
        return Check::new(
            "disk.space",
            Status::Skipped,
            "Free disk space is not known",
        );
    };
    let title = format!("{} free for {}", size(free), app.out.path(state_dir));
    let remedy = "free some space: what is not written is not acknowledged, and nothing new is \
                  accepted";
    match free {
        0..DISK_FAIL => Check::new("disk.space", Status::Fail, title).remedy(remedy),
        DISK_FAIL..DISK_WARN => Check::new("disk.space", Status::Warn, title).remedy(remedy),
        _ => Check::new("disk.space", Status::Ok, title),
    }
}

const MIB: u64 = 1024 * 1024;
const DISK_FAIL: u64 = 64 * MIB;
const DISK_WARN: u64 = 512 * MIB;

fn size(bytes: u64) -> String {
    match bytes / MIB {
        mib @ 0..10_240 => format!("{mib} MiB"),
        mib => format!("{} GiB", mib / 1024),
    }
}

/// Whether the clock can be right: device signatures, certificates and codes depend on it.
pub(super) fn clock(app: &App) -> Check {
    let now = clock::now_ms();
    let newest = [
        app.paths.config_file().to_owned(),
        app.paths.state_db_file(),
        app.paths.device_auth_file(),
    ]
    .iter()
    .filter_map(|path| modified_ms(path))
    .max();
    clock_of(now, newest)
}

fn clock_of(now: u64, newest: Option<u64>) -> Check {
    let title = format!("The clock shows {}", time::iso(now));
    let remedy = "set the clock: timedatectl set-ntp true";
    if now < EARLIEST_MS {
        return Check::new("clock", Status::Fail, title)
            .detail("that is before this program was made")
            .remedy(remedy);
    }
    if let Some(newest) = newest.filter(|newest| *newest > now.saturating_add(SLACK_MS)) {
        return Check::new("clock", Status::Warn, title)
            .detail(format!(
                "files of ours were changed at {}",
                time::iso(newest)
            ))
            .remedy(remedy);
    }
    Check::new("clock", Status::Ok, title)
}

/// 2026-01-01.
const EARLIEST_MS: u64 = 1_767_225_600_000;
const SLACK_MS: u64 = 5 * 60 * 1000;

fn modified_ms(path: &Path) -> Option<u64> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    let since: Duration = modified.duration_since(UNIX_EPOCH).ok()?;
    Some(time::millis(since))
}

#[cfg(test)]
mod tests {
    use super::{EARLIEST_MS, SLACK_MS, Status, clock_of, size};

    #[test]
    fn a_clock_that_cannot_be_right_is_found() {
        let now = EARLIEST_MS + 1_000_000_000;
        for (now, newest, expected) in [
            (now, None, Status::Ok),
            (now, Some(now + SLACK_MS), Status::Ok),
            (now, Some(now + SLACK_MS + 1), Status::Warn),
            (EARLIEST_MS - 1, None, Status::Fail),
            (0, None, Status::Fail),
        ] {
            assert_eq!(clock_of(now, newest).status, expected, "{now} {newest:?}");
        }
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(5 * 1024 * 1024), "5 MiB");
        assert_eq!(size(20 * 1024 * 1024 * 1024), "20 GiB");
    }
}
