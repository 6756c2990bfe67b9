//! The hours in which an agent may wake up by itself.

use super::{UnknownZone, Zone};

/// The hours in which an agent may wake up by itself, every day: `activeHours`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveHours {
    /// Minutes after midnight; included.
    start: u16,
    /// Minutes after midnight, up to 1440; not included. Before `start`: on the next day.
    end: u16,
    zone: Zone,
}

/// Hours are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActiveHoursFlaw {
    /// A time is none.
    #[error("activeHours.{member}: `{text}` is no time of day; expected HH:MM, such as 08:30")]
    Time {
        /// `start` or `end`.
        member: &'static str,
        /// As it was given, shortened.
        text: String,
    },
    /// There is nothing between.
    #[error("activeHours: start and end are the same; leave activeHours out to be active always")]
    Empty,
    /// There is no such zone.
    #[error("activeHours.timezone: {0}")]
    Zone(#[from] UnknownZone),
}

impl ActiveHours {
    /// Hours out of `08:00` and `22:30`; the end may be `24:00`.
    ///
    /// # Errors
    ///
    /// [`ActiveHoursFlaw`]
    pub fn parse(start: &str, end: &str, zone: Zone) -> Result<Self, ActiveHoursFlaw> {
        let flaw = |member, text: &str| ActiveHoursFlaw::Time {
            member,
            text: text.chars().take(16).collect(),
        };
        let start_at = minutes(start).filter(|start| *start < 1440);
        let start = start_at.ok_or_else(|| flaw("start", start))?;
        let end = minutes(end).ok_or_else(|| flaw("end", end))?;
        if start == end {
            return Err(ActiveHoursFlaw::Empty);
        }
        Ok(Self { start, end, zone })
    }

    /// Whether a moment lies in them.
    #[must_use]
    pub fn contain(&self, now_ms: u64) -> bool {
        let Some(now) = self.zone.at(now_ms) else {
            return false;
        };
        let now =
            u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs());
        if self.start < self.end {
            (self.start..self.end).contains(&now)
        } else {
            now >= self.start || now < self.end
        }
    }
}

/// Minutes after midnight; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 1440).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::super::moment;
    use super::*;

    #[test]
    fn hours_hold_by_the_clocks_of_their_zone() {
        let day =
            ActiveHours::parse("08:00", "22:30", Zone::named("Europe/Vienna").unwrap()).unwrap();
        let night = ActiveHours::parse("22:00", "6:00", Zone::utc()).unwrap();
        let rest = ActiveHours::parse("09:00", "24:00", Zone::utc()).unwrap();
        for (hours, at, expected) in [
            (&day, "2026-01-01T06:59:00Z", false),
            (&day, "2026-01-01T07:00:00Z", true),
            (&day, "2026-07-01T06:00:00Z", true),
            (&day, "2026-01-01T21:29:00Z", true),
            (&day, "2026-01-01T21:30:00Z", false),
            (&night, "2026-01-01T21:59:00Z", false),
            (&night, "2026-01-01T23:00:00Z", true),
            (&night, "2026-01-01T05:59:00Z", true),
            (&night, "2026-01-01T06:00:00Z", false),
            (&rest, "2026-01-01T23:59:59Z", true),
            (&rest, "2026-01-01T00:00:00Z", false),
        ] {
            assert_eq!(
                hours.contain(moment(at).unwrap()),
                expected,
                "{hours:?} {at}"
            );
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for (start, end, part) in [
            ("8", "22:00", "activeHours.start"),
            ("08:60", "22:00", "activeHours.start"),
            ("24:00", "22:00", "activeHours.start"),
            ("-1:00", "22:00", "activeHours.start"),
            ("08:00", "24:01", "activeHours.end"),
            ("08:00", "noon", "activeHours.end"),
            ("08:00", "08:00", "the same"),
        ] {
            let error = ActiveHours::parse(start, end, Zone::utc()).unwrap_err();
            assert!(error.to_string().contains(part), "{start} {end}: {error}");
        }
    }
}
