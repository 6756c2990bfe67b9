//! The day of a zone's serial number.

/// A day in UTC, as the first eight digits of a serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ZoneDay(u32);

impl ZoneDay {
    /// The day of a moment, in seconds since 1970 in UTC.
    pub fn of_unix_seconds(seconds: u64) -> Self {
        let (year, month, day) = civil(seconds / 86_400);
        // Serial numbers have 32 bits: they end in the year 4294.
        let year = u32::try_from(year).unwrap_or(u32::MAX).min(4293);
        Self(year * 10_000 + month * 100 + day)
    }

    /// The day's first serial number: `YYYYMMDD01`.
    pub(crate) const fn first_serial(self) -> u32 {
        self.0 * 100 + 1
    }

    /// The serial number after another one: today's first, or one more where that was later.
    pub(crate) fn serial_after(self, previous: Option<u32>) -> u32 {
        let first = self.first_serial();
        match previous {
            Some(previous) if previous >= first => previous.checked_add(1).unwrap_or(first),
            _ => first,
        }
    }
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar. Years are
/// counted from March, so that the leap day comes last.
fn civil(days: u64) -> (u64, u32, u32) {
    let days = days.min(1_000_000) + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let small = |n: u64| u32::try_from(n).expect("at most 31");
    (year, small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, serial) in [
            (0, 1970010101),
            (951_782_399, 2000022801),
            (951_782_400, 2000022901),
            (951_868_800, 2000030101),
            (1_767_225_599, 2025123101),
            (1_767_225_600, 2026010101),
            (4_107_542_399, 2100022801),
            (4_107_542_400, 2100030101),
        ] {
            assert_eq!(ZoneDay::of_unix_seconds(seconds).first_serial(), serial);
        }
        let end = ZoneDay::of_unix_seconds(u64::MAX).first_serial();
        assert!(end > 4000000000);
    }

    #[test]
    fn serials_only_grow() {
        let day = ZoneDay::of_unix_seconds(1_767_225_600);
        assert_eq!(day.serial_after(None), 2026010101);
        assert_eq!(day.serial_after(Some(2025123142)), 2026010101);
        assert_eq!(day.serial_after(Some(2026010101)), 2026010102);
        assert_eq!(day.serial_after(Some(2026010199)), 2026010200);
        assert_eq!(day.serial_after(Some(2027050505)), 2027050506);
        assert_eq!(day.serial_after(Some(u32::MAX)), 2026010101);
    }
}
