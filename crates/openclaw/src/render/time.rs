//! Times as people read them.

use std::time::Duration;

pub(crate) use openclaw_daemon::time::{millis, span};

/// Milliseconds since 1970 as `2026-11-23T02:29:05.123Z`.
pub(crate) fn iso(epoch_ms: u64) -> String {
    let (date, rest) = (epoch_ms / DAY_MS, epoch_ms % DAY_MS);
    let (hours, minutes, seconds, millis) = (
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1000 % 60,
        rest % 1000,
    );
    format!(
        "{}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z",
        date_of(date)
    )
}

/// The day of a time, in UTC: `2026-11-23`.
pub(crate) fn day(epoch_ms: u64) -> String {
    date_of(epoch_ms / DAY_MS)
}

/// How long ago something was: `just now`, `5m ago`, `3d ago`.
pub(crate) fn ago(now_ms: u64, then_ms: u64) -> String {
    match now_ms.saturating_sub(then_ms) {
        0..1000 => "just now".to_owned(),
        ms => format!("{} ago", span(Duration::from_millis(ms))),
    }
}

const DAY_MS: u64 = 86_400_000;

/// The date of a day number (0 is 1970-01-01), by the usual arithmetic on 400-year eras.
fn date_of(days: u64) -> String {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ago, day, iso, span};

    #[test]
    fn dates_are_right_around_leap_days() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_770_000_000_000, "2026-02-02T02:40:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso(ms), expected);
        }
        assert_eq!(day(1_770_000_000_000), "2026-02-02");
    }

    #[test]
    fn ages_use_the_largest_unit() {
        assert_eq!(ago(10_500, 10_000), "just now");
        assert_eq!(ago(10_000, 20_000), "just now");
        assert_eq!(ago(300_000, 0), "5m ago");
        assert_eq!(ago(200_000_000, 0), "2d ago");
        assert_eq!(span(Duration::from_millis(25)), "25ms");
        assert_eq!(span(Duration::from_secs(7200)), "2h");
    }
}
