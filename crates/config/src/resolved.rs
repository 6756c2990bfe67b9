//! A value together with where it came from.

use std::fmt;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// An option of the command line, such as `--port`.
    Flag(&'static str),
    /// An environment variable.
    Env(&'static str),
    /// A key of the configuration.
    Config(String),
    /// The profile of this name.
    Profile(String),
    /// A file in the state directory, by its name.
    State(&'static str),
    /// Nobody said anything.
    Default,
}

/// A value together with where it came from. `Display` of the source is what `status` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub from: Source,
}

impl<T> Resolved<T> {
    /// A value with its source.
    pub const fn new(value: T, from: Source) -> Self {
        Self { value, from }
    }

    /// The same source for something made of the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Resolved<U> {
        Resolved {
            value: change(self.value),
            from: self.from,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Config(path) => write!(f, "config {path}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::State(name) => write!(f, "state {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}
