//! Time zones.

use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::Zoned;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone of the IANA database.
///
/// ```
/// use openclaw_policy::schedule::Zone;
/// assert_eq!(Zone::named("europe/vienna").unwrap().name(), "Europe/Vienna");
/// assert!(Zone::named("Mars/Phobos").is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// There is no such time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{0}`; use an IANA name such as Europe/Vienna, America/New_York or UTC")]
pub struct UnknownZone(
    /// As it was given, shortened.
    pub String,
);

/// The database comes with the program: the same everywhere, whatever the host has.
fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of this name; letters may be large or small.
    ///
    /// # Errors
    ///
    /// [`UnknownZone`]
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("utc") {
            return Ok(Self::utc());
        }
        let found = database().get(name);
        found
            .map(Self)
            .map_err(|_| UnknownZone(name.chars().take(64).collect()))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What clocks there show; `None` beyond the year 9999.
    pub(super) fn at(&self, ms: u64) -> Option<Zoned> {
        let ms = i64::try_from(ms).ok()?;
        let moment = Timestamp::from_millisecond(ms).ok()?;
        Some(moment.to_zoned(self.0.clone()))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn zones_are_found_by_name_and_nothing_else_is() {
        for (name, found) in [
            ("UTC", "UTC"),
            ("utc", "UTC"),
            (" Asia/Kolkata ", "Asia/Kolkata"),
            ("america/new_york", "America/New_York"),
        ] {
            assert_eq!(Zone::named(name).unwrap().name(), found);
        }
        for name in [
            "",
            "Mars/Phobos",
            "../../etc/passwd",
            "+02:00",
            "local",
            "\0",
        ] {
            let error = Zone::named(name).unwrap_err();
            assert!(error.to_string().contains("IANA"), "{name}");
        }
    }

    #[test]
    fn a_moment_beyond_all_calendars_is_none() {
        assert!(Zone::utc().at(u64::MAX).is_none());
        assert!(Zone::utc().at(i64::MAX as u64).is_none());
        assert!(Zone::utc().at(0).is_some());
    }
}
