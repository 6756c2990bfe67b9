//! What the demo says.

use std::path::Path;

use openclaw_config::env;
use serde_json::json;

use super::NODE_NAME;
use super::home::Home;
use crate::error::CliError;
use crate::render::Output;
use crate::render::style::{COMMAND, GOOD};

/// Says one step after the other.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    out: &'a Output,
}

impl<'a> Script<'a> {
    /// Says them here.
    pub(crate) const fn new(out: &'a Output) -> Self {
        Self { out }
    }

    /// A step that is done. `name` is for programs.
    pub(crate) fn step(&self, name: &str, what: &str) -> Result<(), CliError> {
        if self.out.is_json() {
            return self
                .out
                .json_line(&json!({ "step": name, "message": what }));
        }
        self.out
            .line(format!("{} {what}", self.out.paint(GOOD, "✓")))
    }

    /// What to try next, in another terminal. The token is in the configuration and in no line.
    pub(crate) fn next(&self, home: &Home) -> Result<(), CliError> {
        let lines = lines(home);
        if self.out.is_json() {
            return self
                .out
                .json_line(&json!({ "step": "next", "commands": lines }));
        }
        self.out.blank()?;
        self.out.line("Try next, in another terminal:")?;
        self.out.blank()?;
        lines.iter().try_for_each(|line| {
            self.out
                .line(format!("  {}", self.out.paint(COMMAND, line)))
        })?;
        self.out.blank()?;
        self.out
            .line("Ctrl-C stops the demo and removes its directory.")
    }
}

fn lines(home: &Home) -> Vec<String> {
    let program = std::env::current_exe().unwrap_or_else(|_| "openclaw".into());
    let program = quoted(&program);
    let mut lines = vec![format!(
        "export {}={} {}={}",
        env::STATE_DIR,
        quoted(home.paths().state_dir()),
        env::CONFIG_PATH,
        quoted(home.paths().config_file()),
    )];
    for words in [
        "status --all".to_owned(),
        "nodes status".to_owned(),
        format!("nodes describe --node {NODE_NAME}"),
        format!(
            "nodes invoke --node {NODE_NAME} --command system.which --params '{{\"bins\":[\"python3\"]}}'"
        ),
        "devices list".to_owned(),
        "gateway call health".to_owned(),
    ] {
        lines.push(format!("{program} {words}"));
    }
    lines
}

/// The path as one word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::quoted;

    #[test]
    fn odd_paths_stay_one_word() {
        assert_eq!(quoted(Path::new("/usr/bin/openclaw")), "/usr/bin/openclaw");
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
