//! What a model is told of a tool.

use std::hash::{Hash, Hasher};

use serde_json::Value;

/// What a model is told of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name: at most 64 letters, digits, `_` and `-`.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// The JSON Schema of its arguments, an object.
    pub parameters: Value,
}

/// A name that no provider accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a tool: at most 64 letters, digits, `_` and `-`")]
pub struct BadToolName(pub String);

impl ToolSpec {
    /// Checks the name.
    ///
    /// Errors: [`BadToolName`].
    pub fn check(&self) -> Result<(), BadToolName> {
        let fits = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
        match self.name.chars().all(fits) && (1..=64).contains(&self.name.len()) {
            true => Ok(()),
            false => Err(BadToolName(self.name.chars().take(80).collect())),
        }
    }
}

/// An id or name that every interface accepts: at most 64 letters, digits, `_` and `-`. One that
/// had to be altered stays different from others that had to.
pub(crate) fn plain_id(text: &str) -> String {
    let fits = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
    if !text.is_empty() && text.len() <= 64 && text.chars().all(fits) {
        return text.to_owned();
    }
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    let head: String = text
        .chars()
        .take(40)
        .map(|one| if fits(one) { one } else { '_' })
        .collect();
    format!("{head}_{:016x}", hasher.finish())
}
