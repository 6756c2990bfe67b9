//! Whether the dates of a certificate fit the clock. Times are Unix seconds.

use std::fmt;

use x509_parser::time::ASN1Time;

use crate::CertificateInfo;

impl CertificateInfo {
    /// Whether the certificate is valid at this time.
    #[must_use]
    pub fn is_valid_at(&self, now: i64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// From when on it should be replaced: 30 days before its end, or at the last third of its
    /// whole life where that is shorter.
    #[must_use]
    pub fn ends_soon_from(&self) -> i64 {
        let life = self.not_after.saturating_sub(self.not_before).max(0);
        self.not_after.saturating_sub(MARGIN.min(life / 3))
    }

    /// Whether a program may replace it by one of the same key at this time: it ends soon, or
    /// ended within the last year. A clock that shows a later time is probably wrong, and a new
    /// certificate breaks the pins of the old one.
    #[must_use]
    pub fn is_renewable_at(&self, now: i64) -> bool {
        (self.ends_soon_from()..=self.not_after.saturating_add(YEAR)).contains(&now)
    }

    /// What somebody should know about its dates at this time, if anything.
    #[must_use]
    pub fn concern_at(&self, now: i64) -> Option<DateConcern> {
        if now < self.not_before {
            let from = self.not_before;
            Some(DateConcern::NotYetValid { from, now })
        } else if now > self.not_after {
            let at = self.not_after;
            Some(DateConcern::Ended { at, now })
        } else if now >= self.ends_soon_from() {
            Some(DateConcern::EndsSoon { at: self.not_after })
        } else {
            None
        }
    }
}

/// What is wrong, or soon will be, with the dates of a certificate. Clients that pin it do not
/// look at them; all others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateConcern {
    /// It is not valid yet.
    NotYetValid {
        /// Start of its validity.
        from: i64,
        /// What the clock shows.
        now: i64,
    },
    /// It is not valid any more.
    Ended {
        /// End of its validity.
        at: i64,
        /// What the clock shows.
        now: i64,
    },
    /// It will not be valid for much longer.
    EndsSoon {
        /// End of its validity.
        at: i64,
    },
}

impl fmt::Display for DateConcern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotYetValid { from, now } => write!(
                f,
                "not valid before {}, and the clock shows {}: check the clock of this machine",
                Moment(from),
                Moment(now)
            ),
            Self::Ended { at, now } => write!(
                f,
                "not valid since {}, and the clock shows {}: replace the certificate, or check the \
                 clock of this machine",
                Moment(at),
                Moment(now)
            ),
            Self::EndsSoon { at } => write!(f, "valid only until {}", Moment(at)),
        }
    }
}

/// A time as `2026-03-01 12:00:00 UTC`.
pub(crate) struct Moment(pub(crate) i64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(time) = ASN1Time::from_timestamp(self.0) else {
            return write!(f, "Unix time {}", self.0);
        };
        let time = time.to_datetime();
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

const DAY: i64 = 86_400;
const MARGIN: i64 = 30 * DAY;
const YEAR: i64 = 366 * DAY;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ServerCert, SubjectNames};

    /// 2026-03-01 12:00:00 UTC.
    const NOW: i64 = 1_772_366_400;

    #[test]
    fn moments_are_dates() {
        assert_eq!(Moment(0).to_string(), "1970-01-01 00:00:00 UTC");
        assert_eq!(Moment(NOW).to_string(), "2026-03-01 12:00:00 UTC");
        assert_eq!(
            Moment(i64::MAX).to_string(),
            format!("Unix time {}", i64::MAX)
        );
    }

    #[test]
    fn dates_and_clock_are_named_where_they_do_not_fit() {
        let info = ServerCert::generate(&SubjectNames::local(), NOW)
            .unwrap()
            .describe()
            .unwrap();
        let end = NOW + 3650 * DAY;
        let said = |now| info.concern_at(now).map(|concern| concern.to_string());
        assert_eq!(said(NOW), None);
        assert_eq!(said(end - 30 * DAY - 1), None);
        let soon = said(end - 30 * DAY).unwrap();
        assert_eq!(soon, "valid only until 2036-02-27 12:00:00 UTC");
        let early = said(0).unwrap();
        assert!(
            early.starts_with("not valid before 2026-02-28 12:00:00 UTC, and the clock shows 1970"),
            "{early}"
        );
        let late = said(end + 1).unwrap();
        assert!(
            late.starts_with("not valid since 2036-02-27 12:00:00 UTC, and the clock shows 2036"),
            "{late}"
        );
    }

    #[test]
    fn a_wild_clock_renews_nothing() {
        let info = ServerCert::generate(&SubjectNames::local(), NOW)
            .unwrap()
            .describe()
            .unwrap();
        let end = info.not_after;
        for (now, renewable) in [
            (i64::MIN, false),
            (0, false),
            (NOW, false),
            (end - 30 * DAY, true),
            (end + 300 * DAY, true),
            (end + 400 * DAY, false),
            (4_102_444_800, false),
            (i64::MAX, false),
        ] {
            assert_eq!(info.is_renewable_at(now), renewable, "{now}");
        }
    }
}
