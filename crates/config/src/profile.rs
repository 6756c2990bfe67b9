//! Profiles: several installations for one user, each with its own state, file and port.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use crate::defaults;

/// The name of a profile: 1 to 64 letters, digits, `_` and `-`, the first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProfileName(String);

/// Text that names no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use letters, numbers, \"_\", \"-\" only")]
pub struct BadProfileName;

impl ProfileName {
    /// The profile that `--dev` stands for.
    #[must_use]
    pub fn dev() -> Self {
        Self("dev".to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The port of a Gateway of this profile for which nobody chose one: 19001 for `dev`, for
    /// others 20000 to 59999 by the FNV-1a hash of the name, as 2026.9 derives it.
    #[must_use]
    pub fn default_port(&self) -> NonZeroU16 {
        if self.0 == "dev" {
            return defaults::DEV_PORT.value;
        }
        let hash = self.0.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        u16::try_from(20_000 + hash % 40_000)
            .ok()
            .and_then(NonZeroU16::new)
            .expect("20000 to 59999 is a port")
    }
}

impl FromStr for ProfileName {
    type Err = BadProfileName;

    fn from_str(name: &str) -> Result<Self, BadProfileName> {
        let good = (1..=64).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        good.then(|| Self(name.to_owned())).ok_or(BadProfileName)
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ProfileName;

    #[test]
    fn names_follow_the_rule() {
        let long = "a".repeat(64);
        for good in ["a", "9", "main_2-x", "Work", long.as_str()] {
            assert!(good.parse::<ProfileName>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in ["", "-a", "_a", "a b", "a/b", "..", "ä", too_long.as_str()] {
            assert!(bad.parse::<ProfileName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ports_are_the_newest_releases() {
        let port = |name: &str| name.parse::<ProfileName>().unwrap().default_port().get();
        assert_eq!(port("dev"), 19_001);
        // FNV-1a of "a" is 0xe40c292c, of "foobar" 0xbf9cf968: the published test values.
        assert_eq!(u32::from(port("a")), 20_000 + 0xe40c_292c % 40_000);
        assert_eq!(u32::from(port("foobar")), 20_000 + 0xbf9c_f968 % 40_000);
    }
}
