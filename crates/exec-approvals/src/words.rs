//! The words of the file, from strict to lax.

/// Which commands may run. Ordered: the smaller is the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Security {
    /// None.
    Deny,
    /// Those on the allowlist, and those a person approves.
    Allowlist,
    /// All.
    Full,
}

impl Security {
    /// All words, for error texts.
    pub const WORDS: &'static str = "`deny`, `allowlist` or `full`";

    /// The level with this name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim() {
            "deny" => Some(Self::Deny),
            "allowlist" => Some(Self::Allowlist),
            "full" => Some(Self::Full),
            _ => None,
        }
    }

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allowlist => "allowlist",
            Self::Full => "full",
        }
    }
}

/// When a person is asked. Ordered: the larger is the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// Never.
    Off,
    /// For a command that the allowlist does not cover.
    OnMiss,
    /// Every time.
    Always,
}

impl Ask {
    /// All words, for error texts.
    pub const WORDS: &'static str = "`off`, `on-miss` or `always`";

    /// The word's meaning.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim() {
            "off" => Some(Self::Off),
            "on-miss" => Some(Self::OnMiss),
            "always" => Some(Self::Always),
            _ => None,
        }
    }

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::OnMiss => "on-miss",
            Self::Always => "always",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Security};

    #[test]
    fn order_runs_from_strict_to_lax_and_back() {
        assert!(Security::Deny < Security::Allowlist && Security::Allowlist < Security::Full);
        assert!(Ask::Off < Ask::OnMiss && Ask::OnMiss < Ask::Always);
    }

    #[test]
    fn words_round_trip_and_others_are_none() {
        for word in [Security::Deny, Security::Allowlist, Security::Full] {
            assert_eq!(Security::parse(word.as_str()), Some(word));
        }
        for word in [Ask::Off, Ask::OnMiss, Ask::Always] {
            assert_eq!(Ask::parse(word.as_str()), Some(word));
        }
        assert_eq!(Security::parse("Full"), None);
        assert_eq!(Ask::parse("never"), None);
    }
}
