//! Arguments that make no command, explained: what is wrong, and where the help is.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::CliError;

/// Whether this is no error but a text that was asked for.
pub(crate) fn is_text(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    )
}

/// The error in our words. `words` are the words of the command that was understood.
pub(crate) fn explain(error: &clap::Error, words: &[String]) -> CliError {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let found = one(error, ContextKind::InvalidSubcommand);
            let what = match words.as_slice() {
                [] => format!("OpenClaw does not know the command \"{found}\"."),
                _ => format!("OpenClaw {} has no command \"{found}\".", words.join(" ")),
            };
            with_suggestions(what, &all(error, ContextKind::SuggestedSubcommand))
        }
        ErrorKind::UnknownArgument => {
            let found = one(error, ContextKind::InvalidArg);
            let what = if found.starts_with('-') {
                format!("OpenClaw does not recognize option \"{found}\".")
            } else {
                format!("Unexpected argument \"{found}\".")
            };
            with_suggestions(what, &all(error, ContextKind::SuggestedArg))
        }
        ErrorKind::MissingRequiredArgument => missing(&all(error, ContextKind::InvalidArg)),
        ErrorKind::ArgumentConflict => format!(
            "Cannot combine {} with {}.",
            bare(&one(error, ContextKind::InvalidArg)),
            all(error, ContextKind::PriorArg)
                .iter()
                .map(|arg| bare(arg))
                .collect::<Vec<_>>()
                .join(", "),
        ),
        ErrorKind::ValueValidation => refused(error),
        ErrorKind::InvalidValue => not_in_list(error),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            format!("OpenClaw {} needs a command.", words.join(" "))
        }
        _ => first_line(error),
    };
    words.insert(0, "openclaw");
    words.push("--help");
    CliError::usage(message).hint(words.join(" "))
}

fn with_suggestions(what: String, suggestions: &[String]) -> String {
    if suggestions.is_empty() {
        return what;
    }
    format!("{what}\nDid you mean this?\n  {}", suggestions.join("\n  "))
}

fn missing(args: &[String]) -> String {
    let (options, places): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with('-'));
    match (options.as_slice(), places.as_slice()) {
        ([], [place]) => {
            let name = place.trim_matches(['<', '>', '[', ']', '.']).to_lowercase();
            format!("Missing required argument \"{name}\".")
        }
        ([], _) => format!("Missing required arguments {}.", args.join(", ")),
        (options, _) => {
            let names: Vec<_> = options.iter().map(|option| bare(option)).collect();
            format!("{} required.", names.join(" and "))
        }
    }
}

fn refused(error: &clap::Error) -> String {
    let arg = one(error, ContextKind::InvalidArg);
    let reason = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    if reason.starts_with("Invalid --") || reason.starts_with("--") {
        reason
    } else {
        format!("Invalid {}: {reason}", bare(&arg))
    }
}

fn not_in_list(error: &clap::Error) -> String {
    let arg = bare(&one(error, ContextKind::InvalidArg));
    if one(error, ContextKind::InvalidValue).is_empty() {
        return format!("{arg} requires a value");
    }
    format!(
        "Invalid {arg}. Use {}.",
        all(error, ContextKind::ValidValue).join(", ")
    )
}

/// `--node <NODE>` without its value's name.
fn bare(arg: &str) -> String {
    arg.split([' ', '='])
        .next()
        .unwrap_or(arg)
        .trim_matches(['<', '>', '[', ']', '.'])
        .to_owned()
}

fn one(error: &clap::Error, kind: ContextKind) -> String {
    all(error, kind).into_iter().next().unwrap_or_default()
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::cli::parse::parse;
    use crate::exit::Exit;

    fn refusal(line: &str) -> (String, String) {
        let error = parse(line.split(' ').map(OsString::from)).unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        (error.message().to_owned(), error.hints().join("\n"))
    }

    #[test]
    fn every_kind_of_misuse_is_named() {
        for (line, message, hint) in [
            (
                "openclaw frobnicate",
                "OpenClaw does not know the command \"frobnicate\".",
                "openclaw --help",
            ),
            (
                "openclaw log",
                "OpenClaw does not know the command \"log\".\nDid you mean this?\n  logs",
                "openclaw --help",
            ),
            (
                "openclaw gateway juggle",
                "OpenClaw gateway has no command \"juggle\".",
                "openclaw gateway --help",
            ),
            (
                "openclaw nodes",
                "OpenClaw nodes needs a command.",
                "openclaw nodes --help",
            ),
            (
                "openclaw health --bogus",
                "OpenClaw does not recognize option \"--bogus\".",
                "openclaw health --help",
            ),
            (
                "openclaw --url ws://x config file",
                "OpenClaw does not recognize option \"--url\".",
                "openclaw config file --help",
            ),
            (
                "openclaw health extra",
                "Unexpected argument \"extra\".",
                "openclaw health --help",
            ),
            (
                "openclaw gateway call",
                "Missing required argument \"method\".",
                "openclaw gateway call --help",
            ),
            (
                "openclaw nodes run --node box",
                "Missing required argument \"command\".",
                "openclaw nodes run --help",
            ),
            (
                "openclaw devices rotate",
                "--device and --role required.",
                "openclaw devices rotate --help",
            ),
            (
                "openclaw health --timeout abc",
                "Invalid --timeout. Use a positive millisecond value, e.g. --timeout 30000. Received: \"abc\".",
                "openclaw health --help",
            ),
            (
                "openclaw health --profile",
                "--profile requires a value",
                "openclaw health --help",
            ),
            (
                "openclaw gateway run --bind bogus",
                "Invalid --bind. Use \"loopback\", \"lan\", \"tailnet\", \"auto\", or \"custom\".",
                "openclaw gateway run --help",
            ),
            (
                "openclaw health --log-level loud",
                "Invalid --log-level. Use silent, fatal, error, warn, info, debug, trace.",
                "openclaw health --help",
            ),
            (
                "openclaw health --url ws://x --port 1",
                "Cannot combine --url with --port.",
                "openclaw health --help",
            ),
            (
                "openclaw logs --limit 9999",
                "Invalid --limit: 9999 is not in 1..=5000",
                "openclaw logs --help",
            ),
            (
                "openclaw gateway call x --params {",
                "--params must be valid JSON.",
                "openclaw gateway call --help",
            ),
        ] {
            assert_eq!(
                refusal(line),
                (message.to_owned(), hint.to_owned()),
                "{line}"
            );
        }
    }

    #[test]
    fn a_refused_secret_is_not_repeated() {
        let line = [
            "openclaw", "health", "--token", "hunter2", "--token", "hunter3",
        ];
        let error = parse(line.map(OsString::from)).unwrap_err();
        assert!(!error.to_string().contains("hunter"), "{error}");
    }
}
