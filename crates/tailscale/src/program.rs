//! The program: its file, its environment, and with whose rights it runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

/// The `tailscale` program of this machine.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    file: PathBuf,
    sudo: Option<PathBuf>,
    path: OsString,
    environment: Vec<(OsString, OsString)>,
}

/// With whose rights something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// With those of the Gateway's user.
    Own,
    /// With those of root, through `sudo -n`, which never asks for a password.
    Root,
}

impl Program {
    pub(crate) const fn new(
        file: PathBuf,
        sudo: Option<PathBuf>,
        path: OsString,
        environment: Vec<(OsString, OsString)>,
    ) -> Self {
        Self {
            file,
            sudo,
            path,
            environment,
        }
    }

    /// The file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The program with these arguments; `None` where it takes a `sudo` that is not there.
    pub(crate) fn command(&self, args: &[&str], rights: Rights) -> Option<Command> {
        match rights {
            Rights::Own => {
                let mut command = self.prepared(&self.file);
                command.args(args);
                Some(command)
            }
            Rights::Root => self.as_root(&self.file, args),
        }
    }

    /// Another program as root; `None` where there is no `sudo`.
    pub(crate) fn as_root(&self, file: &Path, args: &[&str]) -> Option<Command> {
        let mut command = self.prepared(self.sudo.as_deref()?);
        command.arg("-n").arg(file).args(args);
        Some(command)
    }

    /// The command as a person would type it.
    pub(crate) fn describe(args: &[&str], rights: Rights) -> String {
        let prefix = match rights {
            Rights::Own => "tailscale",
            Rights::Root => "sudo -n tailscale",
        };
        [&[prefix], args].concat().join(" ")
    }

    fn prepared(&self, file: &Path) -> Command {
        let mut command = Command::new(file);
        command
            .current_dir("/")
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PATH", &self.path)
            // What is said is read: it must be English.
            .env("LC_ALL", "C")
            // Inside the macOS app the same file is also the app; this makes it the command.
            .env("TAILSCALE_BE_CLI", "1");
        command
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn program(sudo: Option<&str>) -> Program {
        Program::new(
            "/opt/tailscale".into(),
            sudo.map(PathBuf::from),
            "/bin".into(),
            vec![("HOME".into(), "/home/user".into())],
        )
    }

    fn argv(command: &Command) -> Vec<&str> {
        let command = command.as_std();
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|arg| arg.to_str().unwrap())
            .collect()
    }

    #[test]
    fn arguments_are_handed_over_as_they_are_and_no_shell_reads_them() {
        let args = ["whois", "--json", "$(reboot)"];
        let command = program(None).command(&args, Rights::Own).unwrap();
        assert_eq!(
            argv(&command),
            ["/opt/tailscale", "whois", "--json", "$(reboot)"]
        );
        assert!(program(None).command(&args, Rights::Root).is_none());
        let command = program(Some("/bin/sudo"))
            .command(&args, Rights::Root)
            .unwrap();
        assert_eq!(
            argv(&command),
            [
                "/bin/sudo",
                "-n",
                "/opt/tailscale",
                "whois",
                "--json",
                "$(reboot)"
            ]
        );
    }

    #[test]
    fn the_environment_is_what_is_listed() {
        let command = program(None).command(&[], Rights::Own).unwrap();
        let environment: BTreeMap<_, _> = command
            .as_std()
            .get_envs()
            .map(|(name, value)| (name.to_str().unwrap(), value.unwrap().to_str().unwrap()))
            .collect();
        let expected = [
            ("HOME", "/home/user"),
            ("LC_ALL", "C"),
            ("PATH", "/bin"),
            ("TAILSCALE_BE_CLI", "1"),
        ];
        assert_eq!(environment, BTreeMap::from(expected));
    }

    #[test]
    fn commands_are_shown_as_typed() {
        let args = ["serve", "status"];
        assert_eq!(
            Program::describe(&args, Rights::Own),
            "tailscale serve status"
        );
        assert_eq!(
            Program::describe(&args, Rights::Root),
            "sudo -n tailscale serve status"
        );
    }
}
