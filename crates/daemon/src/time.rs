//! Spans of time as people read them, and as JSON has them.

use std::time::Duration;

/// A span of time in its largest unit: `25ms`, `45s`, `5m`, `3h`, `2d`.
#[must_use]
pub fn span(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{}ms", duration.as_millis()),
        secs @ 1..60 => format!("{secs}s"),
        secs @ 60..3600 => format!("{}m", secs / 60),
        secs @ 3600..86_400 => format!("{}h", secs / 3600),
        secs => format!("{}d", secs / 86_400),
    }
}

/// A span of time in milliseconds, as fields of JSON have it.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{millis, span};

    #[test]
    fn spans_use_the_largest_unit() {
        for (ms, expected) in [
            (0, "0ms"),
            (25, "25ms"),
            (59_999, "59s"),
            (60_000, "1m"),
            (7_200_000, "2h"),
            (172_800_000, "2d"),
        ] {
            assert_eq!(span(Duration::from_millis(ms)), expected);
        }
    }

    #[test]
    fn a_span_that_no_field_holds_is_the_longest() {
        assert_eq!(millis(Duration::MAX), u64::MAX);
    }
}
