//! Moments as text: ISO 8601.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time; expected ISO 8601 such as 2027-01-31T09:00:00Z")]
pub struct MomentFlaw(
    /// The text, shortened.
    pub String,
);

/// A moment out of text, milliseconds since 1970: ISO 8601 with an offset, without one (universal
/// time) or a bare date; also the milliseconds themselves.
///
/// # Errors
///
/// [`MomentFlaw`], also for moments before 1970.
///
/// ```
/// use openclaw_policy::schedule::moment;
/// assert_eq!(moment("1970-01-01T01:00:00+01:00"), Ok(0));
/// assert!(moment("tomorrow").is_err());
/// ```
pub fn moment(text: &str) -> Result<u64, MomentFlaw> {
    let text = text.trim();
    let flaw = || MomentFlaw(text.chars().take(64).collect());
    if !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit()) {
        // A year alone is a date; longer numbers are milliseconds.
        if text.len() > 8 {
            let ms: u64 = text.parse().map_err(|_| flaw())?;
            return iso_of(ms).map(|_| ms).ok_or_else(flaw);
        }
        return Err(flaw());
    }
    let stamp = text
        .parse::<Timestamp>()
        .or_else(|_| utc(text.parse::<DateTime>()?))
        .or_else(|_| {
            utc(text
                .parse::<Date>()?
                .to_datetime(jiff::civil::Time::midnight()))
        })
        .map_err(|_| flaw())?;
    u64::try_from(stamp.as_millisecond()).map_err(|_| flaw())
}

fn utc(civil: DateTime) -> Result<Timestamp, jiff::Error> {
    TimeZone::UTC.to_timestamp(civil)
}

/// A moment as text, in universal time with milliseconds; `None` beyond the year 9999.
pub(super) fn iso_of(ms: u64) -> Option<String> {
    let stamp = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
    Some(stamp.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        for (text, ms) in [
            ("2026-02-02T02:40:00Z", 1_770_000_000_000),
            ("2026-02-02T02:40:00.123Z", 1_770_000_000_123),
            ("2026-02-02T03:40:00+01:00", 1_770_000_000_000),
            ("2026-02-02T02:40:00", 1_770_000_000_000),
            ("2026-02-02 02:40", 1_770_000_000_000),
            (" 2026-02-02 ", 1_769_990_400_000),
            ("1770000000000", 1_770_000_000_000),
        ] {
            assert_eq!(moment(text), Ok(ms), "{text}");
        }
        assert_eq!(
            iso_of(1_770_000_000_123).as_deref(),
            Some("2026-02-02T02:40:00.123Z")
        );
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026",
            "20m",
            "2026-13-01T00:00:00Z",
            "2026-02-30",
            "1960-01-01T00:00:00Z",
            "99999999999999999999",
            "999999999999999999",
            "2026-02-02T25:00:00Z",
        ] {
            assert!(moment(text).is_err(), "{text}");
        }
        let long = "x".repeat(10_000);
        assert!(moment(&long).unwrap_err().to_string().len() < 200);
    }
}
