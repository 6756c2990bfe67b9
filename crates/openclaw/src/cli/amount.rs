//! Amounts and times of options: how long, when, how much.

use std::time::Duration;

/// A length of time with its unit: `500ms`, `30s`, `10m`, `1h30m`, `2d`. A bare number is
/// milliseconds.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let bad = || format!("\"{text}\" is no length of time. Use for example 30s, 10m, 1h30m or 2d.");
    let trimmed = text.trim();
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return trimmed
            .parse()
            .ok()
            .filter(|ms| *ms > 0)
            .map(Duration::from_millis)
            .ok_or_else(bad);
    }
    let mut total = Duration::ZERO;
    let mut rest = trimmed;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..]
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let (number, unit) = (&rest[..digits], &rest[digits..digits + letters]);
        let ms: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(bad()),
        };
        let part = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(ms))
            .ok_or_else(bad)?;
        total = total
            .checked_add(Duration::from_millis(part))
            .ok_or_else(bad)?;
        rest = &rest[digits + letters..];
    }
    Some(total).filter(|total| !total.is_zero()).ok_or_else(bad)
}

/// A moment: a date, or a length of time from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum When {
    /// ISO 8601, as it was written. Without an offset the Gateway decides whose time it is.
    Date(String),
    /// So long from now.
    In(Duration),
}

/// `--at`: `2026-03-01T08:00:00Z`, `20m`, `+2h`.
pub(crate) fn when(text: &str) -> Result<When, String> {
    let trimmed = text.trim();
    if is_date(trimmed) {
        return Ok(When::Date(trimmed.to_owned()));
    }
    let ahead = trimmed.strip_prefix('+').unwrap_or(trimmed);
    // A bare number could be a date in milliseconds as well as a span.
    if ahead.bytes().any(|byte| byte.is_ascii_alphabetic())
        && let Ok(ahead) = span(ahead)
    {
        return Ok(When::In(ahead));
    }
    Err(format!(
        "\"{text}\" is no time. Use a date such as 2026-03-01T08:00:00Z, or a length of time from \
         now such as 20m."
    ))
}

/// `2026-03-01`, and what may follow it.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && bytes
            .get(10)
            .is_none_or(|byte| matches!(byte, b'T' | b't' | b' '))
}

/// `--timeout` of an agent run: whole seconds, at least 1.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.trim()
        .parse::<u32>()
        .ok()
        .filter(|seconds| *seconds > 0 && text.trim().bytes().all(|byte| byte.is_ascii_digit()))
        .map(|seconds| Duration::from_secs(seconds.into()))
        .ok_or_else(|| "--timeout must be a positive integer (seconds).".to_owned())
}

/// `--quality`: more than 0, at most 1.
pub(crate) fn quality(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|quality| *quality > 0.0 && *quality <= 1.0)
        .ok_or_else(|| "use a number above 0 and up to 1, for example 0.9".to_owned())
}

/// A finite number.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| "use a number".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{When, quality, seconds, span, when};

    #[test]
    fn spans_have_units_and_are_never_nothing() {
        for (text, ms) in [
            ("3000", 3000),
            ("500ms", 500),
            ("10s", 10_000),
            ("1h30m", 5_400_000),
            (" 2d ", 172_800_000),
        ] {
            assert_eq!(span(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for bad in [
            "",
            "0",
            "0s",
            "s",
            "1y",
            "-1h",
            "1h30",
            "1 h",
            "99999999999999999999s",
            "9999999999999w",
        ] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_is_a_date_or_a_span_from_now() {
        for date in ["2026-03-01", "2026-03-01T08:00:00Z", "2026-03-01 08:00"] {
            assert_eq!(when(date), Ok(When::Date(date.to_owned())));
        }
        assert_eq!(when("20m"), Ok(When::In(Duration::from_secs(1200))));
        assert_eq!(when("+2h"), Ok(When::In(Duration::from_secs(7200))));
        for bad in [
            "",
            "tomorrow",
            "1772352000000",
            "2026-3-1",
            "+",
            "2026-03-01x",
        ] {
            assert!(when(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn seconds_and_qualities_have_bounds() {
        assert_eq!(seconds("600"), Ok(Duration::from_secs(600)));
        for bad in ["0", "-1", "+5", "1.5", "10s", ""] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
        assert_eq!(quality("0.9"), Ok(0.9));
        for bad in ["0", "1.1", "NaN", "inf", "x"] {
            assert!(quality(bad).is_err(), "{bad}");
        }
    }
}
