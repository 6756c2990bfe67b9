//! What a person is asked to approve: `system.run.prepare` makes it, `system.run` honours it.

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{CommandLine, shell};

/// A command as it would run.
///
/// Shape: `{argv, cwd, commandText, commandPreview?, agentId, sessionKey, mutableFileOperand?}`;
/// `cwd`, `agentId` and `sessionKey` are `null` where there is none. Without a script
/// `mutableFileOperand` is left out: newer Gateways refuse a plan that has it as `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    /// Program and arguments; the program by its full path.
    pub(crate) argv: Vec<String>,
    /// Working directory.
    #[serde(default)]
    pub(crate) cwd: Option<String>,
    /// The text of the argv.
    pub(crate) command_text: String,
    /// For a shell: the text that it is to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) command_preview: Option<String>,
    /// On behalf of which agent.
    #[serde(default)]
    pub(crate) agent_id: Option<String>,
    /// On behalf of which session.
    #[serde(default)]
    pub(crate) session_key: Option<String>,
    /// The script that the command runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mutable_file_operand: Option<ScriptPin>,
}

/// A script and what was in it: the name alone is not what a person approved.
///
/// Shape: `{argvIndex, path, sha256}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScriptPin {
    /// Where in the argv it is named.
    pub(crate) argv_index: usize,
    /// Its full path.
    pub(crate) path: String,
    /// Hex SHA-256 of its bytes.
    pub(crate) sha256: String,
}

/// Larger files are no scripts.
const MAX_SCRIPT_BYTES: u64 = 8 * 1024 * 1024;

impl ScriptPin {
    /// The script of this command, if it runs one: the program itself where it starts with `#!`,
    /// else the first file among the arguments of an interpreter.
    pub(crate) fn find(command: &CommandLine, program: &Path, cwd: &Path) -> Option<Self> {
        if let Some(bytes) = read(program).filter(|bytes| bytes.starts_with(b"#!")) {
            return Some(Self::of(0, program, &bytes));
        }
        if command.shell_payload().is_some() || !is_interpreter(program) {
            return None;
        }
        let mut arguments = command.argv().iter().enumerate().skip(1);
        let (argv_index, argument) = arguments.find(|(_, arg)| !arg.starts_with('-'))?;
        let path = cwd.join(argument);
        Some(Self::of(argv_index, &path, &read(&path)?))
    }

    /// Whether the file is still what it was.
    pub(crate) fn still_holds(&self) -> bool {
        read(Path::new(&self.path)).is_some_and(|bytes| hash(&bytes) == self.sha256)
    }

    fn of(argv_index: usize, path: &Path, bytes: &[u8]) -> Self {
        Self {
            argv_index,
            path: path.to_string_lossy().into_owned(),
            sha256: hash(bytes),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let meta = path.metadata().ok()?;
    if !meta.is_file() || meta.len() > MAX_SCRIPT_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_SCRIPT_BYTES + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= MAX_SCRIPT_BYTES).then_some(bytes)
}

fn is_interpreter(program: &Path) -> bool {
    let Some(name) = program.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    shell::is_shell(name) || INTERPRETERS.contains(&stem)
}

const INTERPRETERS: &[&str] = &[
    "bun", "deno", "lua", "node", "nodejs", "perl", "php", "python", "ruby", "tclsh",
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::ScriptPin;
    use crate::exec::CommandLine;

    fn command(argv: &[&str]) -> CommandLine {
        CommandLine::new(argv.iter().map(|&word| word.to_owned()).collect(), None).unwrap()
    }

    #[test]
    fn the_script_of_an_interpreter_is_pinned() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("a.py");
        std::fs::write(&script, "print(1)").unwrap();
        let python = Path::new("/opt/bin/python3.12");
        let pin =
            ScriptPin::find(&command(&["python3", "-u", "a.py"]), python, dir.path()).unwrap();
        assert_eq!(
            (pin.argv_index, Path::new(&pin.path)),
            (2, script.as_path())
        );
        assert!(pin.still_holds());
        std::fs::write(&script, "print(2)").unwrap();
        assert!(!pin.still_holds());
        std::fs::remove_file(&script).unwrap();
        assert!(!pin.still_holds());
    }

    #[test]
    fn a_script_with_a_first_line_of_its_own_is_pinned_itself() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("tool");
        std::fs::write(&script, "#!/bin/sh\nls\n").unwrap();
        let pin = ScriptPin::find(&command(&["./tool", "x"]), &script, dir.path()).unwrap();
        assert_eq!(pin.argv_index, 0);
    }

    #[test]
    fn without_a_script_there_is_no_pin() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("data"), "x").unwrap();
        let find = |argv: &[&str], program: &str| {
            ScriptPin::find(&command(argv), Path::new(program), dir.path())
        };
        assert_eq!(find(&["cat", "data"], "/opt/bin/cat"), None);
        assert_eq!(find(&["python3", "none.py"], "/opt/bin/python3"), None);
        assert_eq!(find(&["sh", "-c", "data"], "/opt/bin/sh"), None);
        assert_eq!(find(&["python3"], "/opt/bin/python3"), None);
    }
}
