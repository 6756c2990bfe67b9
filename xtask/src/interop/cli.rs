//! One command of a CLI, and what it answered.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::home::Home;
use super::program::{Kit, Program};
use crate::client::Target;
use crate::failure::{Doing, Outcome, fail};

/// How long a command may take. The original needs 3 to 20 s on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A CLI in a home of its own.
#[derive(Debug)]
pub(super) struct Cli {
    program: Program,
    home: Home,
    runs: AtomicU32,
}

/// What a command answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The exit code; `None` if a signal ended it.
    pub(super) code: Option<i32>,
    /// Standard output.
    pub(super) stdout: String,
    /// Standard error.
    pub(super) stderr: String,
}

impl Cli {
    /// A CLI with the configuration that `config` makes for its home.
    pub(super) fn new(
        kit: &Kit,
        cell: &str,
        program: Program,
        config: impl FnOnce(&Home) -> Value,
    ) -> Outcome<Self> {
        let home = kit.home(cell, "cli")?;
        home.write_config(&config(&home))?;
        Ok(Self {
            program,
            home,
            runs: AtomicU32::new(0),
        })
    }

    /// A CLI whose Gateway is given in `gateway.remote`.
    pub(super) fn remote(
        kit: &Kit,
        cell: &str,
        program: Program,
        target: &Target,
    ) -> Outcome<Self> {
        Self::new(kit, cell, program, |home| home.remote(target))
    }

    /// A command that is not started yet, in a process group of its own.
    pub(super) fn command(&self, kit: &Kit, args: &[&str]) -> Outcome<Command> {
        let mut command = kit.command(self.program, &self.home, args)?;
        command.process_group(0).stdin(Stdio::null());
        Ok(command)
    }

    /// Runs a command, whatever it answers; what it prints is kept beside its home.
    pub(super) async fn run(&self, kit: &Kit, args: &[&str]) -> Outcome<Answer> {
        let command = self.command(kit, args)?;
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let text = args.join(" ");
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .doing(format_args!(
                "finish `openclaw {text}` within {} s",
                PATIENCE.as_secs()
            ))?
            .doing(format_args!("run `openclaw {text}`"))?;
        let answer = Answer {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let log = self.home.log(&format!(
            "{number:02}-{}",
            args.iter()
                .take(3)
                .copied()
                .collect::<Vec<_>>()
                .join("-")
                .replace('/', "_")
        ));
        let record = format!(
            "$ openclaw {text}\nexit {:?}\n--- stdout\n{}\n--- stderr\n{}\n",
            answer.code, answer.stdout, answer.stderr
        );
        std::fs::write(&log, record).doing("keep what a command printed")?;
        Ok(answer)
    }

    /// Runs a command that must succeed and returns what it printed.
    pub(super) async fn text(&self, kit: &Kit, args: &[&str]) -> Outcome<String> {
        let answer = self.run(kit, args).await?;
        answer.expect_code(0)?;
        Ok(answer.stdout)
    }

    /// Runs a command that must succeed and print JSON.
    pub(super) async fn json(&self, kit: &Kit, args: &[&str]) -> Outcome<Value> {
        self.text(kit, args).await.and_then(|text| {
            serde_json::from_str(&text).doing(format_args!("read this as JSON:\n{}", clip(&text)))
        })
    }
}

impl Answer {
    /// Fails unless the exit code is this.
    pub(super) fn expect_code(&self, code: i32) -> Outcome {
        if self.code != Some(code) {
            fail!(
                "exit code {}, expected {code}\nstdout: {}\nstderr: {}",
                self.code
                    .map_or_else(|| "none (killed)".to_owned(), |code| code.to_string()),
                clip(&self.stdout),
                clip(&self.stderr)
            );
        }
        Ok(())
    }

    /// Everything it printed.
    pub(super) fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// The beginning of a text that may be long.
pub(super) fn clip(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
