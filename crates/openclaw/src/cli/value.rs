//! Values of options: read once, refused in words that say what would do.

use std::num::NonZeroU16;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use openclaw_config::decode::Word as _;
use openclaw_config::schema::LogLevel;
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use openclaw_protocol::Raw;
use secrecy::SecretString;

/// `--log-level`.
pub(crate) fn log_level() -> impl TypedValueParser<Value = LogLevel> {
    PossibleValuesParser::new(LogLevel::words())
        .map(|word| LogLevel::of_word(&word).expect("clap has checked the word"))
}

/// A secret. Not a word of it is ever shown.
pub(crate) fn secret(text: &str) -> Result<SecretString, String> {
    match text.trim() {
        "" => Err("Invalid secret: it is blank.".to_owned()),
        text => Ok(SecretString::from(text)),
    }
}

/// `--timeout`, milliseconds.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    positive_ms(text).ok_or_else(|| {
        format!(
            "Invalid --timeout. Use a positive millisecond value, e.g. --timeout 30000. \
             Received: \"{text}\"."
        )
    })
}

/// `--invoke-timeout`, milliseconds.
pub(crate) fn invoke_timeout(text: &str) -> Result<Duration, String> {
    positive_ms(text).ok_or_else(|| {
        format!(
            "Invalid --invoke-timeout. Use a positive millisecond value, e.g. --invoke-timeout \
             15000. Received: \"{text}\"."
        )
    })
}

/// `--interval`, milliseconds.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    positive_ms(text).ok_or_else(|| {
        format!(
            "Invalid --interval. Use a positive millisecond value, e.g. --interval 1000. \
             Received: \"{text}\"."
        )
    })
}

fn positive_ms(text: &str) -> Option<Duration> {
    let ms: u32 = digits(text)?.parse().ok()?;
    (ms > 0).then(|| Duration::from_millis(ms.into()))
}

/// `--port` of a Gateway that is there.
pub(crate) fn port(text: &str) -> Result<NonZeroU16, String> {
    digits(text)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| BAD_PORT.to_owned())
}

/// `--port` of a Gateway to be: 0 takes a free one.
pub(crate) fn port_or_any(text: &str) -> Result<u16, String> {
    digits(text)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| BAD_PORT.to_owned())
}

const BAD_PORT: &str = "Invalid --port. Use a port number from 1 to 65535, for example 18789.";

/// `parse` of numbers takes a plus sign, which nobody means here.
fn digits(text: &str) -> Option<&str> {
    let text = text.trim();
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(text)
}

/// `--bind`.
pub(crate) fn bind(text: &str) -> Result<BindMode, String> {
    text.trim().parse().map_err(|_| {
        "Invalid --bind. Use \"loopback\", \"lan\", \"tailnet\", \"auto\", or \"custom\"."
            .to_owned()
    })
}

/// `--tailscale`.
pub(crate) fn tailscale(text: &str) -> Result<TailscaleMode, String> {
    text.trim()
        .parse()
        .map_err(|_| "Invalid --tailscale. Use \"off\", \"serve\", or \"funnel\".".to_owned())
}

/// `--auth`.
pub(crate) fn auth(text: &str) -> Result<AuthMode, String> {
    text.trim().parse().map_err(|_| {
        "Invalid --auth. Use \"none\", \"token\", \"password\", or \"trusted-proxy\".".to_owned()
    })
}

/// `--last-connected`: `24h`, `7d`, `30m`, `90s`.
pub(crate) fn last_connected(text: &str) -> Result<Duration, String> {
    let bad = || {
        format!(
            "Invalid --last-connected: \"{text}\". Use a number with a unit, for example 30m, 24h \
             or 7d."
        )
    };
    let trimmed = text.trim();
    let unit_at = trimmed
        .find(|c: char| !c.is_ascii_digit())
        .ok_or_else(bad)?;
    let (number, unit) = trimmed.split_at(unit_at);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let seconds = match unit.trim() {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(bad()),
    };
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(bad)
}

/// `--params`: one JSON value, kept as it was written.
pub(crate) fn params(text: &str) -> Result<Box<Raw>, String> {
    serde_json::from_str(text).map_err(|_| "--params must be valid JSON.".to_owned())
}

/// Text that says something.
pub(crate) fn not_blank(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a blank value says nothing".to_owned()),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bind, last_connected, params, port, port_or_any, secret, timeout};

    #[test]
    fn timeouts_are_positive_whole_milliseconds() {
        assert_eq!(timeout("30000"), Ok(Duration::from_secs(30)));
        for bad in ["", "0", "-1", "+5", "1.5", "abc", "99999999999", "0x10"] {
            let error = timeout(bad).unwrap_err();
            assert!(error.ends_with(&format!("Received: \"{bad}\".")), "{error}");
        }
    }

    #[test]
    fn ports_are_plain_numbers() {
        assert_eq!(port("18789").unwrap().get(), 18_789);
        assert_eq!(port_or_any("0"), Ok(0));
        for bad in ["0", "65536", "abc", "+80", "", "80 80"] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(last_connected("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(last_connected("500ms"), Ok(Duration::from_millis(500)));
        for bad in [
            "24",
            "h",
            "",
            "1y",
            "-1h",
            "99999999999999999999d",
            "9999999999999999999w",
        ] {
            assert!(last_connected(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn refusals_name_what_would_do() {
        assert!(bind("bogus").unwrap_err().contains("\"tailnet\""));
        assert_eq!(params("{").unwrap_err(), "--params must be valid JSON.");
        assert!(params("{} x").is_err());
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = secret(" hunter2 ").unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(super::secret("  ").is_err());
    }
}
