//! Whether the allowlist covers a command.

use std::path::{Path, PathBuf};

use super::command_line::text_of;
use super::{CommandLine, SearchPath, shell};
use crate::approvals::AllowlistEntry;

/// What the allowlist says to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// The programs that run; `None` where that cannot be said for certain.
    steps: Option<Vec<Step>>,
}

/// One program of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The file that runs.
    pub(crate) program: PathBuf,
    /// Its command line.
    pub(crate) text: String,
    /// The pattern that allows it.
    pub(crate) pattern: Option<String>,
}

/// Where a command would find its programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// `PATH` of the process.
    pub(crate) path: &'a SearchPath,
    /// Its working directory.
    pub(crate) cwd: &'a Path,
    /// The home of the node's user, for `~` in patterns.
    pub(crate) home: Option<&'a Path>,
}

impl Allowance {
    /// Looks every program of the command up and compares it with the allowlist.
    ///
    /// For `sh -c TEXT` the programs are those that the text starts: an allowed shell does not
    /// allow what it is told to run.
    pub(crate) fn of(
        command: &CommandLine,
        allowlist: &[AllowlistEntry],
        around: Surroundings<'_>,
    ) -> Self {
        let programs = match command.shell_payload() {
            Some(text) => shell::programs(text),
            None => Some(vec![command.argv().to_vec()]),
        };
        let step = |argv: Vec<String>| {
            let program = around.path.resolve(argv.first()?, around.cwd)?;
            let text = text_of(&argv);
            let covers = |entry: &&AllowlistEntry| entry.covers(&program, &text, around.home);
            let pattern = allowlist
                .iter()
                .find(covers)
                .map(|entry| entry.pattern.clone());
            Some(Step {
                program,
                text,
                pattern,
            })
        };
        Self {
            steps: programs.and_then(|programs| programs.into_iter().map(step).collect()),
        }
    }

    /// Whether every program is allowed.
    pub(crate) fn covers(&self) -> bool {
        let all = |steps: &Vec<Step>| {
            !steps.is_empty() && steps.iter().all(|step| step.pattern.is_some())
        };
        self.steps.as_ref().is_some_and(all)
    }

    /// The programs, as far as known.
    pub(crate) fn steps(&self) -> &[Step] {
        self.steps.as_deref().unwrap_or_default()
    }

    /// The programs that "allow always" puts on the list.
    ///
    /// A program that runs other programs stays off it: an entry for `env` or `python3` would
    /// allow everything.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = &Step> {
        self.steps()
            .iter()
            .filter(|step| step.pattern.is_none() && !runs_others(&step.program))
    }
}

fn runs_others(program: &Path) -> bool {
    let Some(name) = program.file_name().and_then(|name| name.to_str()) else {
        return true;
    };
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    shell::is_shell(name) || RUNS_OTHERS.contains(&name) || RUNS_OTHERS.contains(&stem)
}

const RUNS_OTHERS: &[&str] = &[
    "awk",
    "bun",
    "busybox",
    "chroot",
    "csh",
    "deno",
    "doas",
    "docker",
    "emacs",
    "env",
    "ed",
    "expect",
    "fakeroot",
    "find",
    "flock",
    "gawk",
    "gdb",
    "git",
    "ionice",
    "java",
    "lua",
    "make",
    "mawk",
    "nawk",
    "nice",
    "node",
    "nodejs",
    "nohup",
    "npm",
    "npx",
    "nsenter",
    "parallel",
    "perl",
    "php",
    "pip",
    "podman",
    "pwsh",
    "python",
    "rsync",
    "ruby",
    "runuser",
    "script",
    "sed",
    "setsid",
    "ssh",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "systemd-run",
    "tar",
    "tclsh",
    "tcsh",
    "time",
    "timeout",
    "tmux",
    "unshare",
    "uv",
    "vi",
    "vim",
    "watch",
    "xargs",
];

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    use super::{Allowance, Surroundings};
    use crate::approvals::{AllowlistEntry, OnlyCommand};
    use crate::exec::{CommandLine, SearchPath};

    struct World {
        _dir: tempfile::TempDir,
        root: PathBuf,
        path: SearchPath,
    }

    fn world(programs: &[&str]) -> World {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("bin")).unwrap();
        for name in programs {
            let path = root.join("bin").join(name);
            std::fs::write(&path, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = SearchPath::new(root.join("bin").as_os_str());
        World {
            _dir: dir,
            root,
            path,
        }
    }

    fn entry(pattern: &str) -> AllowlistEntry {
        AllowlistEntry {
            pattern: pattern.to_owned(),
            only_command: None,
        }
    }

    fn allowance(world: &World, argv: &[&str], allowlist: &[AllowlistEntry]) -> Allowance {
        let argv = argv.iter().map(|&word| word.to_owned()).collect();
        let command = CommandLine::new(argv, None).unwrap();
        let around = Surroundings {
            path: &world.path,
            cwd: &world.root,
            home: None,
        };
        Allowance::of(&command, allowlist, around)
    }

    #[test]
    fn the_resolved_path_decides_not_the_name() {
        let world = world(&["ls"]);
        let here = world.root.join("bin/ls");
        let allowed = [entry(here.to_str().unwrap())];
        assert!(allowance(&world, &["ls", "-la"], &allowed).covers());
        assert!(allowance(&world, &["bin/ls"], &allowed).covers());
        assert!(!allowance(&world, &["ls"], &[entry("/usr/bin/ls")]).covers());
        assert!(!allowance(&world, &["ls"], &[entry("ls")]).covers());
        assert!(!allowance(&world, &["none"], &[entry("/**")]).covers());
        assert!(!allowance(&world, &["ls"], &[]).covers());
    }

    #[test]
    fn a_shell_needs_every_program_of_its_text() {
        let world = world(&["sh", "ls", "wc", "rm"]);
        let bin = |name: &str| entry(world.root.join("bin").join(name).to_str().unwrap());
        let covers = |text: &str, list: &[AllowlistEntry]| {
            allowance(&world, &["sh", "-c", text], list).covers()
        };
        assert!(covers("ls | wc -l", &[bin("ls"), bin("wc")]));
        assert!(!covers("ls | wc -l", &[bin("ls")]));
        assert!(!covers("ls; rm x", &[bin("ls"), bin("sh")]));
        assert!(!covers("ls $(rm x)", &[bin("ls"), bin("rm"), bin("sh")]));
        assert!(!covers("ls > x", &[entry("/**")]));
    }

    #[test]
    fn an_entry_for_one_text_covers_that_text_only() {
        let world = world(&["tool"]);
        let pattern = world.root.join("bin/tool").to_str().unwrap().to_owned();
        let only = |rule| {
            [AllowlistEntry {
                pattern: pattern.clone(),
                only_command: Some(rule),
            }]
        };
        let text = only(OnlyCommand::Text("tool a".into()));
        assert!(allowance(&world, &["tool", "a"], &text).covers());
        assert!(!allowance(&world, &["tool", "b"], &text).covers());
        assert!(!allowance(&world, &["tool", "a"], &only(OnlyCommand::Unknown)).covers());
    }

    #[test]
    fn allowing_for_good_leaves_out_what_runs_others() {
        let world = world(&["sh", "ls", "env", "python3.12", "sudo"]);
        let lasting = |argv: &[&str]| {
            let allowance = allowance(&world, argv, &[]);
            let names = allowance.lasting().map(|step| step.program.clone());
            names.collect::<Vec<_>>()
        };
        let ls = world.root.join("bin/ls");
        assert_eq!(lasting(&["ls", "x"]), std::slice::from_ref(&ls));
        assert_eq!(lasting(&["sh", "-c", "ls | env x"]), [ls]);
        let none: [&Path; 0] = [];
        assert_eq!(lasting(&["env", "ls"]), none);
        assert_eq!(lasting(&["python3.12", "x.py"]), none);
        assert_eq!(lasting(&["sh", "script"]), none);
        assert_eq!(lasting(&["sh", "-c", "ls $(x)"]), none);
    }
}
