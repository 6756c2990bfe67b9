//! From arguments to a command. Options count before and after the words of the command.

use std::cell::OnceCell;
use std::ffi::OsString;

use clap::{Command as Clap, CommandFactory, FromArgMatches};

use super::Cli;
use super::usage;
use crate::error::CliError;

/// What the arguments ask for.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// A command.
    Run(Box<Cli>),
    /// A text: help or version.
    Print(clap::builder::StyledStr),
}

/// Reads the arguments, the program's name first.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Parsed, CliError> {
    let mut root = Cli::command();
    let args = Arranged::new(&root, args);
    let matches = match root.try_get_matches_from_mut(&args.all) {
        Ok(matches) => matches,
        Err(error) if usage::is_text(&error) => return Ok(Parsed::Print(error.render())),
        Err(error) => return Err(usage::explain(&error, &args.words)),
    };
    Cli::from_arg_matches(&matches)
        .map(|cli| Parsed::Run(Box::new(cli)))
        .map_err(|error| usage::explain(&error, &args.words))
}

/// Options that must be known before the rest is understood, and where it is not understood.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Early {
    /// `--json`.
    pub(crate) json: bool,
    /// `--no-color`.
    pub(crate) no_color: bool,
}

impl Early {
    /// Looks for them without reading anything else.
    pub(crate) fn scan(args: &[OsString]) -> Self {
        let options = || args.iter().take_while(|arg| *arg != "--");
        Self {
            json: options().any(|arg| arg == "--json"),
            no_color: options().any(|arg| arg == "--no-color"),
        }
    }
}

/// The arguments with every option behind the words of the command, where clap looks for it.
#[derive(Debug)]
struct Arranged {
    all: Vec<OsString>,
    /// The words of the command: `gateway`, `run`.
    words: Vec<String>,
}

impl Arranged {
    /// Of the tree only the family of the first word is built; the whole of it only for an
    /// option that stands before that word or that the family does not know.
    fn new(root: &Clap, args: impl IntoIterator<Item = OsString>) -> Self {
        let family = OnceCell::new();
        let mut args = args.into_iter();
        let mut all = vec![args.next().unwrap_or_else(|| "openclaw".into())];
        let mut words = Vec::new();
        let mut options = Vec::new();
        let mut command = root;
        let mut rest = args.peekable();
        while let Some(text) = rest.peek().and_then(|arg| arg.to_str()).map(str::to_owned) {
            if text == "--" || text == "-" {
                break;
            }
            if text.starts_with('-') {
                let first_of_all = words.is_empty() && matches!(text.as_str(), "-V" | "--version");
                let target = if first_of_all { &mut all } else { &mut options };
                target.extend(rest.next());
                if takes_next(root, family.get(), &text) {
                    options.extend(rest.next());
                }
            } else if let Some(sub) = command.find_subcommand(&text) {
                command = if words.is_empty() {
                    family.get_or_init(|| built(with_globals(root, sub)))
                } else {
                    sub
                };
                words.push(text);
                rest.next();
            } else {
                break;
            }
        }
        let nothing_more = rest.peek().is_none();
        let asks_for_help = options.iter().any(|arg| arg == "-h" || arg == "--help");
        if nothing_more
            && !asks_for_help
            && let [word] = words.as_slice()
            && let Some(meant) = meant_without_another(word)
        {
            words.push(meant.to_owned());
        }
        if nothing_more && words.is_empty() && options.is_empty() && all.len() == 1 {
            options.push("--help".into());
        }
        all.extend(words.iter().map(OsString::from));
        all.append(&mut options);
        all.extend(rest);
        Self { all, words }
    }
}

/// The second word that is meant where there is none.
fn meant_without_another(word: &str) -> Option<&'static str> {
    match word {
        "gateway" => Some("run"),
        "sessions" => Some("list"),
        _ => None,
    }
}

/// Whether the argument after this option is its value. An option takes one everywhere or
/// nowhere (there is a test for that).
fn takes_next(root: &Clap, family: Option<&Clap>, option: &str) -> bool {
    if option.contains('=') || matches!(option, "-h" | "--help" | "-V" | "--version") {
        return false;
    }
    value_taken(root, option)
        .or_else(|| value_taken(family?, option))
        .or_else(|| value_taken(&built(Cli::command()), option))
        .unwrap_or(false)
}

/// What stands below one word, with the options of every command.
fn with_globals(root: &Clap, sub: &Clap) -> Clap {
    let globals = root.get_arguments().filter(|arg| arg.is_global_set());
    sub.clone().args(globals.cloned())
}

fn built(mut command: Clap) -> Clap {
    command.build();
    command
}

fn value_taken(command: &Clap, option: &str) -> Option<bool> {
    let own = command.get_arguments().find(|arg| {
        option.strip_prefix("--").map_or_else(
            || {
                arg.get_short().is_some_and(|short| {
                    option.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4]))
                })
            },
            |name| {
                arg.get_long() == Some(name)
                    || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
            },
        )
    });
    own.map(|arg| arg.get_action().takes_values()).or_else(|| {
        command
            .get_subcommands()
            .find_map(|sub| value_taken(sub, option))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use clap::{Command as Clap, CommandFactory};

    use super::{Arranged, Early, Parsed, built, parse};
    use crate::cli::gateway::GatewayCommand;
    use crate::cli::{Cli, Command};

    fn arranged(line: &str) -> String {
        let all = Arranged::new(&Cli::command(), line.split(' ').map(OsString::from)).all;
        all.iter()
            .map(|arg| arg.to_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn options_may_stand_before_the_words() {
        for (given, expected) in [
            (
                "openclaw --token t gateway call health",
                "openclaw gateway call --token t health",
            ),
            (
                "openclaw gateway --port 20330 run --bind lan",
                "openclaw gateway run --port 20330 --bind lan",
            ),
            (
                "openclaw gateway --port 20330",
                "openclaw gateway run --port 20330",
            ),
            ("openclaw gateway", "openclaw gateway run"),
            (
                "openclaw sessions --active 120",
                "openclaw sessions list --active 120",
            ),
            ("openclaw sessions --help", "openclaw sessions --help"),
            ("openclaw cron", "openclaw cron"),
            (
                "openclaw gateway --url ws://x --token t send -t 4 -m agent",
                "openclaw gateway send --url ws://x --token t -t 4 -m agent",
            ),
            ("openclaw gateway --help", "openclaw gateway --help"),
            ("openclaw gateway send", "openclaw gateway send"),
            (
                "openclaw --profile=a --dev health",
                "openclaw health --profile=a --dev",
            ),
            ("openclaw --version health", "openclaw --version health"),
            ("openclaw", "openclaw --help"),
            ("openclaw nodes -- status", "openclaw nodes -- status"),
            (
                "openclaw --url health health",
                "openclaw health --url health",
            ),
            ("openclaw --bogus health", "openclaw health --bogus"),
        ] {
            assert_eq!(arranged(given), expected, "{given}");
        }
    }

    #[test]
    fn every_option_takes_a_value_everywhere_or_nowhere() {
        fn collect(command: &Clap, seen: &mut BTreeMap<String, bool>) {
            for arg in command.get_arguments() {
                if let Some(name) = arg.get_long() {
                    let takes = arg.get_action().takes_values();
                    assert_eq!(
                        *seen.entry(name.to_owned()).or_insert(takes),
                        takes,
                        "--{name}"
                    );
                }
            }
            command.get_subcommands().for_each(|sub| collect(sub, seen));
        }
        collect(&built(Cli::command()), &mut BTreeMap::new());
    }

    #[test]
    fn every_command_has_an_example_of_itself() {
        fn check(command: &Clap, words: &str) {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                help.contains(&format!("\n  {words}")),
                "no example in `{words} --help`: {help}"
            );
            let subs = command.get_subcommands();
            for sub in subs.filter(|sub| sub.get_name() != "help") {
                check(sub, &format!("{words} {}", sub.get_name()));
            }
        }
        check(&built(Cli::command()), "openclaw");
    }

    #[test]
    fn the_tree_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_secret_before_the_words_reaches_its_command_and_stays_hidden() {
        let args = ["openclaw", "--token", "hunter2", "gateway", "health"].map(OsString::from);
        let Parsed::Run(cli) = parse(args).unwrap() else {
            panic!("a command")
        };
        assert!(!format!("{cli:?}").contains("hunter2"));
        let Command::Gateway(GatewayCommand::Health(health)) = cli.command else {
            panic!("health")
        };
        assert!(health.target.token.is_some());
    }

    #[test]
    fn early_options_are_found_even_where_the_rest_is_wrong() {
        let early = Early::scan(&["openclaw", "bogus", "--json"].map(OsString::from));
        assert!(early.json && !early.no_color);
        assert!(!Early::scan(&["openclaw", "--", "--json"].map(OsString::from)).json);
    }
}
