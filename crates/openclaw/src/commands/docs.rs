//! `openclaw docs`: the reference of the command line, generated from its declaration.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};

use crate::app::App;
use crate::cli::Cli;
use crate::cli::meta::DocsArgs;
use crate::error::CliError;
use crate::exit::Exit;

/// Prints the reference as Markdown, or writes it as man pages.
pub(crate) fn run(app: &App, args: &DocsArgs) -> Result<(), CliError> {
    if app.out.is_json() {
        return Err(CliError::usage("the reference is no JSON").hint("leave out --json"));
    }
    match &args.man {
        None => app.out.text(&markdown()),
        Some(dir) => write_man(dir).map_err(|error| {
            CliError::failure(format!(
                "man pages not written to {}: {error}",
                dir.display()
            ))
        }),
    }
}

fn write_man(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Cli::command().display_name("openclaw"), dir)
}

/// The whole reference.
fn markdown() -> String {
    let mut root = Cli::command();
    root.build();
    let mut text = String::from("# Command line\n\n");
    text.push_str("Options count before and after the words of a command.\n");
    text.push_str("`openclaw gateway` without a further word means `openclaw gateway run`.\n\n");
    text.push_str("## Exit codes\n\n| Code | Meaning |\n| --- | --- |\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.code(), exit.meaning());
    }
    text.push_str("\n## Options of every command\n\n");
    for arg in root
        .get_arguments()
        .filter(|arg| arg.is_global_set() && !arg.is_hide_set())
    {
        option(&mut text, arg);
    }
    for sub in root.get_subcommands().filter(|sub| is_shown(sub)) {
        section(&mut text, sub, "openclaw");
    }
    text
}

fn is_shown(command: &Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}

fn section(text: &mut String, command: &Command, above: &str) {
    let words = format!("{above} {}", command.get_name());
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let _ = write!(text, "\n## `{words}`\n\n{about}.\n");
    let own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set() && arg.get_id() != "help";
    let (places, options): (Vec<_>, Vec<_>) = command
        .get_arguments()
        .filter(own)
        .partition(|arg| arg.is_positional());
    if !places.is_empty() || !options.is_empty() {
        text.push('\n');
    }
    places
        .into_iter()
        .chain(options)
        .for_each(|arg| option(text, arg));
    if let Some(examples) = command.get_after_help() {
        let lines: Vec<_> = examples
            .to_string()
            .lines()
            .skip(1)
            .map(|line| line.trim().to_owned())
            .collect();
        let _ = write!(text, "\n```sh\n{}\n```\n", lines.join("\n"));
    }
    for sub in command.get_subcommands().filter(|sub| is_shown(sub)) {
        section(text, sub, &words);
    }
}

fn option(text: &mut String, arg: &Arg) {
    let value = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values())
        .map(|names| names.join(" "))
        .unwrap_or_default();
    let name = match (arg.get_long(), arg.get_short()) {
        (Some(long), Some(short)) => format!("-{short}, --{long} {value}"),
        (Some(long), None) => format!("--{long} {value}"),
        _ => value,
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let _ = write!(text, "- `{}`: {help}.", name.trim());
    let words: Vec<_> = arg
        .get_possible_values()
        .iter()
        .filter(|_| arg.get_action().takes_values())
        .map(|word| format!("`{}`", word.get_name()))
        .collect();
    if !words.is_empty() {
        let _ = write!(text, " One of {}.", words.join(", "));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        let _ = write!(text, " Default: `{}`.", defaults.join(" "));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn every_command_and_exit_code_is_there() {
        let text = markdown();
        for part in [
            "## `openclaw gateway run`",
            "| 78 |",
            "- `--params JSON`",
            "Default: `15000`.",
        ] {
            assert!(text.contains(part), "{part} missing");
        }
        assert!(!text.contains("## `openclaw docs`"));
    }
}
