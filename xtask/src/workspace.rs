//! Where the workspace is, and how its tools are run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment;
use crate::failure::{Doing, Outcome, fail};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the workspace")
}

/// A path as people know it: relative to the root where it is inside.
pub(crate) fn short(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// A cargo command in the root of the workspace.
pub(crate) fn cargo<I: IntoIterator<Item = &'static str>>(args: I) -> Command {
    let mut command = Command::new(environment::cargo());
    command.current_dir(root()).args(args);
    // Set by the cargo that runs us, for us: a nested cargo must find its own.
    command.env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Runs a command with its output shown and fails unless it succeeds.
pub(crate) fn run(mut command: Command) -> Outcome {
    let text = render(&command);
    let status = command.status().doing(format_args!("run `{text}`"))?;
    if !status.success() {
        fail!("`{text}` ended with {status}");
    }
    Ok(())
}

/// Runs a command and returns its stdout; stderr is shown.
pub(crate) fn output(mut command: Command) -> Outcome<String> {
    let text = render(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .doing(format_args!("run `{text}`"))?;
    if !output.status.success() {
        fail!("`{text}` ended with {}", output.status);
    }
    String::from_utf8(output.stdout).doing(format_args!("read the output of `{text}`"))
}

/// Builds one binary of the workspace and returns where cargo put it.
pub(crate) fn build_binary(
    package: &'static str,
    binary: &'static str,
    release: bool,
) -> Outcome<PathBuf> {
    let mut command = cargo([
        "build",
        "--message-format=json-render-diagnostics",
        "-p",
        package,
        "--bin",
        binary,
    ]);
    if release {
        command.arg("--release");
    }
    let stdout = output(command)?;
    stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            message["reason"] == "compiler-artifact" && message["target"]["name"] == binary
        })
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .doing(format_args!(
            "find the binary `{binary}` in what cargo built"
        ))
}

/// A command as one would type it.
pub(crate) fn render(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}
