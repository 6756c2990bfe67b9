//! Cron expressions.

use std::fmt;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::Zone;

/// The longest expression, in characters.
const MAX_CHARS: usize = 256;

/// A cron expression of five fields (minute, hour, day, month, weekday) or six (second in front).
///
/// As the original takes it: names of months and weekdays, lists, ranges, steps, `L`, `W`, `#`,
/// `?`, a seventh field for years, and `@hourly` to `@yearly`. Day and weekday together mean
/// either, as in cron.
///
/// Where clocks are set forward, a fixed time that does not exist is run when they have been set;
/// where they are set back, a fixed time that exists twice is run the first time only. Expressions
/// that match every hour or minute match every one that there is.
#[derive(Clone)]
pub struct Expression(Box<Cron>);

/// A text is no cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no cron expression: {why}")]
pub struct ExpressionFlaw {
    /// The text, shortened.
    pub text: String,
    /// What is wrong.
    pub why: String,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// [`ExpressionFlaw`], which names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, ExpressionFlaw> {
        let text = text.trim();
        let flaw = |why: String| ExpressionFlaw {
            text: text.chars().take(64).collect(),
            why,
        };
        if text.chars().count() > MAX_CHARS {
            return Err(flaw(format!("it has more than {MAX_CHARS} characters")));
        }
        if !text.is_ascii() {
            return Err(flaw("only ASCII characters can stand in it".to_owned()));
        }
        let fields = text.split_ascii_whitespace().count();
        let is_nickname = text.starts_with('@');
        if !is_nickname && !(5..=7).contains(&fields) {
            return Err(flaw(format!(
                "it has {fields} fields; expected 5 (minute hour day month weekday) or 6 (second in front)"
            )));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Optional)
            .build();
        match parser.parse(text) {
            Ok(cron) => Ok(Self(Box::new(cron))),
            Err(error) => Err(flaw(error.to_string().chars().take(200).collect())),
        }
    }

    /// The first match after a moment; `None` if there is none.
    #[must_use]
    pub fn next_after(&self, after_ms: u64, zone: &Zone) -> Option<u64> {
        let after = zone.at(after_ms - after_ms % 1000)?;
        let next = self.0.find_next_occurrence(&after, false).ok()?;
        u64::try_from(next.timestamp().as_millisecond()).ok()
    }

    /// The expression, as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::moment::{iso_of, moment};
    use super::*;

    fn after(expr: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let expression = Expression::parse(expr).unwrap();
        let zone = Zone::named(zone).unwrap();
        let mut at = moment(from).unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            let Some(next) = expression.next_after(at, &zone) else {
                break;
            };
            assert!(next > at, "{expr}: {next} is not after {at}");
            found.push(iso_of(next).unwrap().replace(":00.000Z", ""));
            at = next;
        }
        found
    }

    #[test]
    fn expressions_match_when_they_say() {
        for (expr, zone, from, expected) in [
            (
                "0 9 * * *",
                "UTC",
                "2026-01-01T08:59:59.999Z",
                vec!["2026-01-01T09:00", "2026-01-02T09:00"],
            ),
            (
                "0 9 * * *",
                "UTC",
                "2026-01-01T09:00:00Z",
                vec!["2026-01-02T09:00"],
            ),
            (
                "0 9 * * *",
                "Europe/Vienna",
                "2026-01-01T00:00:00Z",
                vec!["2026-01-01T08:00"],
            ),
            (
                "*/20 * * * *",
                "UTC",
                "2026-01-01T23:45:00Z",
                vec!["2026-01-02T00:00", "2026-01-02T00:20"],
            ),
            (
                "30 9 * * 1-5",
                "UTC",
                "2026-01-02T12:00:00Z",
                vec!["2026-01-05T09:30"],
            ),
            (
                "0 0 L * *",
                "UTC",
                "2028-02-01T00:00:00Z",
                vec!["2028-02-29T00:00", "2028-03-31T00:00"],
            ),
            (
                "0 0 * * MON#1",
                "UTC",
                "2026-01-01T00:00:00Z",
                vec!["2026-01-05T00:00", "2026-02-02T00:00"],
            ),
            // Day or weekday.
            (
                "0 0 13 * FRI",
                "UTC",
                "2026-02-07T00:00:00Z",
                vec!["2026-02-13T00:00", "2026-02-20T00:00"],
            ),
            (
                "0 0 29 2 *",
                "UTC",
                "2026-01-01T00:00:00Z",
                vec!["2028-02-29T00:00"],
            ),
            (
                "@daily",
                "UTC",
                "2026-01-01T00:00:01Z",
                vec!["2026-01-02T00:00"],
            ),
        ] {
            assert_eq!(
                after(expr, zone, from, expected.len()),
                expected,
                "{expr} {zone}"
            );
        }
    }

    #[test]
    fn six_fields_begin_with_seconds() {
        assert_eq!(
            after("15 30 9 * * *", "UTC", "2026-01-01T00:00:00Z", 1),
            ["2026-01-01T09:30:15.000Z"]
        );
    }

    #[test]
    fn a_time_that_does_not_exist_is_run_once_after_the_gap() {
        // Vienna goes from 02:00 to 03:00 on 2026-03-29.
        assert_eq!(
            after("30 2 * * *", "Europe/Vienna", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]
        );
        // Every hour that there is, and none twice.
        assert_eq!(
            after("0 * * * *", "Europe/Vienna", "2026-03-28T23:30:00Z", 4),
            [
                "2026-03-29T00:00",
                "2026-03-29T01:00",
                "2026-03-29T02:00",
                "2026-03-29T03:00"
            ]
        );
    }

    #[test]
    fn a_time_that_exists_twice_is_run_once() {
        // Vienna goes from 03:00 back to 02:00 on 2026-10-25.
        assert_eq!(
            after("30 2 * * *", "Europe/Vienna", "2026-10-24T00:00:00Z", 3),
            ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]
        );
        assert_eq!(
            after("0 * * * *", "Europe/Vienna", "2026-10-24T23:30:00Z", 3),
            ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"]
        );
    }

    #[test]
    fn what_never_matches_has_no_next() {
        assert!(after("0 9 31 2 *", "UTC", "2026-01-01", 1).is_empty());
        assert!(after("0 0 9 1 1 * 2020", "UTC", "2026-01-01", 1).is_empty());
    }

    #[test]
    fn what_is_no_expression_is_refused_with_the_reason() {
        for (text, part) in [
            ("", "0 fields"),
            ("* * *", "3 fields"),
            ("* * * * * * * *", "8 fields"),
            ("61 9 * * *", "61"),
            ("0 24 * * *", "24"),
            ("0 9 * * someday", "no cron expression"),
            ("0 9 * * */0", "no cron expression"),
            ("@reboot", "no cron expression"),
            ("0 ９ * * *", "ASCII"),
        ] {
            let told = Expression::parse(text).unwrap_err().to_string();
            assert!(told.contains(part), "{text}: {told}");
        }
        let long = format!("0 9 * * {}", "1,".repeat(200));
        assert!(Expression::parse(&long).unwrap_err().to_string().len() < 200);
    }

    fn field(low: u8, high: u8) -> impl Strategy<Value = String> {
        prop_oneof![
            Just("*".to_owned()),
            (low..=high).prop_map(|one| one.to_string()),
            (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            (1..=high).prop_map(|step| format!("*/{step}")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_text_panics(text in "[ -~]{0,40}|[0-9*/,LW#?@ -]{5,30}") {
            if let Ok(expression) = Expression::parse(&text) {
                let _ = expression.next_after(1_770_000_000_000, &Zone::utc());
            }
        }

        #[test]
        fn the_next_match_is_later_and_nothing_lies_between(
            minute in field(0, 59), hour in field(0, 23), day in field(1, 28),
            from in 1_700_000_000_000_u64..1_900_000_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        ) {
            let expression = Expression::parse(&format!("{minute} {hour} {day} * *")).unwrap();
            let zone = Zone::named(zone).unwrap();
            let next = expression.next_after(from, &zone).unwrap();
            prop_assert!(next > from);
            prop_assert_eq!(next % 60_000, 0);
            // From any moment before it the same one is found.
            let between = from + (next - from) / 2;
            prop_assert_eq!(expression.next_after(between, &zone), Some(next));
            prop_assert_eq!(expression.next_after(next - 1, &zone), Some(next));
        }
    }
}
