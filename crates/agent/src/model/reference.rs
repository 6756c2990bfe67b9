//! How a model is named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A model of a provider, written `provider/model`. The model may contain slashes itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelRef {
    /// The provider's name in `models.providers`.
    pub provider: String,
    /// The model's id, as the provider calls it.
    pub model: String,
}

impl ModelRef {
    /// A reference of its two parts.
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            model: model.into(),
        }
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// A text that names no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no model: write provider/model, such as `anthropic/claude-sonnet-4-5`")]
pub struct NotAModel(pub String);

impl FromStr for ModelRef {
    type Err = NotAModel;

    fn from_str(text: &str) -> Result<Self, NotAModel> {
        let trimmed = text.trim();
        match trimmed.split_once('/') {
            Some((provider, model))
                if !provider.is_empty()
                    && !model.is_empty()
                    && !trimmed.contains(|one: char| one.is_whitespace() || one.is_control()) =>
            {
                Ok(Self::new(provider, model))
            }
            _ => Err(NotAModel(text.chars().take(120).collect())),
        }
    }
}

impl Serialize for ModelRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_may_have_slashes() {
        let found: ModelRef = "openrouter/meta/llama-4:free".parse().unwrap();
        assert_eq!(found, ModelRef::new("openrouter", "meta/llama-4:free"));
        assert_eq!(found.to_string(), "openrouter/meta/llama-4:free");
    }

    #[test]
    fn what_names_no_model_is_refused() {
        for text in ["", "gpt-5", "/gpt-5", "openai/", "open ai/gpt", "a/b\nc"] {
            assert!(text.parse::<ModelRef>().is_err(), "{text:?}");
        }
    }
}
