//! Spans of time as text: `30m`.

/// A text is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no span of time; expected such as 30s, 15m, 2h, 1h30m or 1d")]
pub struct SpanFlaw(
    /// The text, shortened.
    pub String,
);

/// A span of time out of text, milliseconds. `ms`, `s`, `m`, `h` and `d` may follow each other; a
/// number alone counts minutes, as in the original. `0` is a span: it switches off what would
/// happen at such a distance.
///
/// # Errors
///
/// [`SpanFlaw`]
///
/// ```
/// use openclaw_policy::schedule::span;
/// assert_eq!(span("1h30m"), Ok(5_400_000));
/// assert_eq!(span("5"), Ok(300_000));
/// assert!(span("soon").is_err());
/// ```
pub fn span(text: &str) -> Result<u64, SpanFlaw> {
    let flaw = || SpanFlaw(text.chars().take(32).collect());
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(flaw());
    }
    let mut all: u64 = 0;
    let mut is_first = true;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| flaw())?;
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let factor = match unit.to_ascii_lowercase().as_str() {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "" if is_first && after.is_empty() => 60_000,
            _ => return Err(flaw()),
        };
        let part = number.checked_mul(factor).ok_or_else(flaw)?;
        all = all.checked_add(part).ok_or_else(flaw)?;
        (rest, is_first) = (after, false);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_read() {
        for (text, ms) in [
            ("30m", 1_800_000),
            ("0m", 0),
            ("0", 0),
            ("500ms", 500),
            (" 2H ", 7_200_000),
            ("1d12h", 129_600_000),
        ] {
            assert_eq!(span(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "",
            "m",
            "-5m",
            "1.5h",
            "5 m",
            "5y",
            "5m5",
            "30m!",
            "99999999999999999999d",
            "18446744073709551615s",
            "５m",
        ] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
