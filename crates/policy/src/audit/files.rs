//! Modes and owners of what is ours on disk.

use std::borrow::Cow;

use super::catalogue::{FILE_OWNER, FILE_READABLE, FILE_SYMLINK, FILE_WRITABLE};
use super::facts::{FileFacts, FileKind};
use super::{Check, Finding, Severity};

pub(super) fn check(files: &[FileFacts], findings: &mut Vec<Finding>) {
    for file in files {
        if file.is_foreign {
            findings.push(
                finding(&FILE_OWNER, file, "owner", "belongs to another user.")
                    .mend(format!("chown \"$USER\" {}", quoted(&file.path))),
            );
        }
        if file.is_symlink {
            findings.push(
                finding(
                    &FILE_SYMLINK,
                    file,
                    "symlink",
                    "is a symbolic link: who owns where it leads decides about it.",
                )
                .at(Severity::Warn),
            );
        }
        if let Some(found) = mode(file) {
            findings.push(found);
        }
    }
}

/// What is wrong with the mode; one finding at most, the worst.
fn mode(file: &FileFacts) -> Option<Finding> {
    let (group, others) = (file.mode >> 3 & 7, file.mode & 7);
    let kind = file.kind;
    let found = if others & 2 != 0 || group & 2 != 0 {
        let (problem, severity) = match kind {
            FileKind::StateDir if others & 2 != 0 => ("perms_world_writable", Severity::Critical),
            FileKind::StateDir => ("perms_group_writable", Severity::Warn),
            _ => ("perms_writable", Severity::Critical),
        };
        let who = if others & 2 != 0 {
            "everybody"
        } else {
            "its group"
        };
        finding(&FILE_WRITABLE, file, problem, &told(file, who, "change it")).at(severity)
    } else if others & 4 != 0
        || group & 4 != 0
        || (kind.is_directory() && (group | others) & 1 != 0)
    {
        let by_others = others & 5 != 0;
        let by_config = matches!(kind, FileKind::Config | FileKind::ConfigInclude);
        let (problem, severity) = match (by_config, by_others) {
            (true, true) => ("perms_world_readable", Severity::Critical),
            (true, false) => ("perms_group_readable", Severity::Warn),
            (false, _) if kind.is_secret() && kind != FileKind::ExecApprovals => {
                ("perms_readable", Severity::Critical)
            }
            (false, _) => ("perms_readable", Severity::Warn),
        };
        let who = if by_others { "everybody" } else { "its group" };
        finding(&FILE_READABLE, file, problem, &told(file, who, "read it")).at(severity)
    } else {
        return None;
    };
    Some(found.mend(chmod(file)))
}

fn told(file: &FileFacts, who: &str, what: &str) -> String {
    format!(
        "mode {:03o}: {who} on this machine may {what}.",
        file.mode & 0o777
    )
}

/// The command that mends a mode.
fn chmod(file: &FileFacts) -> String {
    let mode = if file.kind.is_directory() {
        "700"
    } else {
        "600"
    };
    format!("chmod {mode} {}", quoted(&file.path))
}

fn finding(check: &Check, file: &FileFacts, problem: &str, what: &str) -> Finding {
    Finding {
        check_id: Cow::Owned(format!("fs.{}.{problem}", file.kind.word())),
        title: Cow::Owned(format!("{} {}", check.title, file.kind.label())),
        ..Finding::of(check, format!("{} {what}", file.path))
    }
}

/// The path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = !path.is_empty()
        && path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@:~,".contains(&byte));
    if is_plain {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
