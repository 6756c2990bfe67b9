//! Why a tool did not do what was asked.

use std::time::Duration;

/// Why a tool did not do what was asked. The model is told: the text says what to do better.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The arguments are not what the tool takes.
    #[error("invalid arguments{}: {why}", at(path))]
    Arguments {
        /// Where in the arguments; empty for the whole.
        path: String,
        /// What is wrong with them.
        why: String,
    },
    /// There is no such tool, or it may not be used here.
    #[error("there is no tool `{name}`{}", there_are(known))]
    Unknown {
        /// What was called.
        name: String,
        /// What could have been called.
        known: Vec<String>,
    },
    /// A rule, or a person, does not allow it.
    #[error("not allowed: {0}")]
    Denied(String),
    /// It was tried, and failed.
    #[error("{0}")]
    Failed(String),
    /// It took too long. Whether it took effect is unknown.
    #[error("no answer within {} s; whether it took effect is unknown", .0.as_secs())]
    Timeout(Duration),
    /// The call was taken back. Whether it took effect is unknown.
    #[error("the call was stopped before it ended; whether it took effect is unknown")]
    Cancelled,
}

impl ToolError {
    /// Arguments that fit the schema and make no sense.
    pub fn arguments(path: &str, why: impl Into<String>) -> Self {
        Self::Arguments {
            path: path.to_owned(),
            why: why.into(),
        }
    }

    /// A word for programs, stable.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Arguments { .. } => "invalid_arguments",
            Self::Unknown { .. } => "unknown_tool",
            Self::Denied(_) => "denied",
            Self::Failed(_) => "failed",
            Self::Timeout(_) => "timeout",
            Self::Cancelled => "cancelled",
        }
    }
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at `{path}`")
    }
}

fn there_are(known: &[String]) -> String {
    match known {
        [] => String::new(),
        some => format!("; there are: {}", some.join(", ")),
    }
}
