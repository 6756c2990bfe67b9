//! What the exit code says. The table is printed in the reference (`openclaw docs`).

use std::process::ExitCode;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked to do.
    Ok,
    /// It could not: the Gateway refused or is not there, or a file cannot be read.
    Failure,
    /// It was asked wrongly: unknown word, missing or malformed option.
    Usage,
    /// The configuration forbids it, and starting again does not help.
    Config,
    /// The user interrupted it.
    Interrupted,
}

impl Exit {
    /// Every way to end, in the order of the reference.
    pub(crate) const ALL: [Self; 5] = [
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Config,
        Self::Interrupted,
    ];

    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Config => openclaw_config::EXIT_CONFIG,
            Self::Interrupted => 130,
        }
    }

    /// What it means, as the reference says it.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done; also when whoever read the output went away",
            Self::Failure => {
                "failed: the Gateway refused, is not reachable, or a file is not readable"
            }
            Self::Usage => "used wrongly: unknown word, missing or malformed option",
            Self::Config => {
                "refused because of the configuration or because another Gateway owns the state \
                 directory: starting again does not help (service managers do not restart at 78)"
            }
            Self::Interrupted => {
                "interrupted by Ctrl-C; a server or node that is told to stop ends with 0"
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_the_published_ones() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2, 78, 130]);
    }
}
