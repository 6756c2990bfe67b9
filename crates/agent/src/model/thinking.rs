//! How much a model thinks before it answers.

use std::str::FromStr;

/// How much a model that can think shall think. Others ignore it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Thinking {
    /// Not at all, or as little as the model can.
    #[default]
    Off,
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

impl Thinking {
    /// The word of OpenAI's interfaces. `None` where nothing is to be said.
    pub const fn effort(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Minimal => Some("minimal"),
            Self::Low => Some("low"),
            Self::Medium => Some("medium"),
            Self::High => Some("high"),
        }
    }

    /// The budget of Anthropic's interface, in tokens.
    pub const fn budget(self) -> Option<u64> {
        match self {
            Self::Off => None,
            Self::Minimal => Some(1024),
            Self::Low => Some(4096),
            Self::Medium => Some(10_240),
            Self::High => Some(24_576),
        }
    }
}

/// A word that is no level of thinking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level of thinking: use off, minimal, low, medium or high")]
pub struct NotALevel(pub String);

impl FromStr for Thinking {
    type Err = NotALevel;

    fn from_str(text: &str) -> Result<Self, NotALevel> {
        Ok(match text.trim().to_ascii_lowercase().as_str() {
            "off" | "none" => Self::Off,
            "minimal" | "min" => Self::Minimal,
            "low" => Self::Low,
            "medium" | "mid" => Self::Medium,
            "high" | "max" | "xhigh" => Self::High,
            _ => return Err(NotALevel(text.chars().take(40).collect())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_others_refused() {
        assert_eq!("High".parse(), Ok(Thinking::High));
        assert_eq!("off".parse(), Ok(Thinking::Off));
        assert!("very".parse::<Thinking>().is_err());
        assert_eq!(Thinking::Off.effort(), None);
    }
}
