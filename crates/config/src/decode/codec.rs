//! What a key holds: the trait, and the plain values.

use std::time::Duration;

use serde_json::{Number, Value};

use super::{Decoder, Kind};
use crate::port::Port;

/// A way to read the value of a key.
pub trait Codec {
    /// What it reads.
    type Out;
    /// What may stand there.
    const KIND: Kind;
    /// Reads the value. Notes in `at` whatever is wrong with it; `None` without a note means
    /// that the value counts as absent.
    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Self::Out>;
}

/// A [`Codec`] whose values can be written again: defaults are shown this way.
pub trait Show: Codec {
    /// The value as it would stand in the file.
    fn show(value: &Self::Out) -> Value;
}

/// `true` or `false`.
#[derive(Debug)]
pub(crate) struct Flag;

impl Codec for Flag {
    type Out = bool;
    const KIND: Kind = Kind::Boolean;

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<bool> {
        let flag = value.as_bool();
        if flag.is_none() {
            at.mismatch("boolean", value);
        }
        flag
    }
}

impl Show for Flag {
    fn show(value: &bool) -> Value {
        Value::Bool(*value)
    }
}

/// Text without blanks at its ends. Blank text counts as absent.
#[derive(Debug)]
pub(crate) struct Line;

impl Codec for Line {
    type Out = String;
    const KIND: Kind = Kind::Text("");

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<String> {
        let line = at.text(value)?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }
}

/// How many, from `MIN`.
#[derive(Debug)]
pub(crate) struct Count<const MIN: u32>;

impl<const MIN: u32> Codec for Count<MIN> {
    type Out = u32;
    const KIND: Kind = Kind::Whole {
        min: MIN as u64,
        max: u32::MAX as u64,
        unit: "",
    };

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<u32> {
        let count = whole(at, value, u64::from(MIN), u64::from(u32::MAX))?;
        u32::try_from(count).ok()
    }
}

impl<const MIN: u32> Show for Count<MIN> {
    fn show(value: &u32) -> Value {
        Value::from(*value)
    }
}

/// How many bytes, from `MIN` to `MAX`.
#[derive(Debug)]
pub(crate) struct Size<const MIN: u64, const MAX: u64>;

impl<const MIN: u64, const MAX: u64> Codec for Size<MIN, MAX> {
    type Out = u64;
    const KIND: Kind = Kind::Whole {
        min: MIN,
        max: MAX,
        unit: "bytes",
    };

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<u64> {
        whole(at, value, MIN, MAX)
    }
}

impl<const MIN: u64, const MAX: u64> Show for Size<MIN, MAX> {
    fn show(value: &u64) -> Value {
        Value::from(*value)
    }
}

/// A TCP port.
#[derive(Debug)]
pub(crate) struct PortNumber;

impl Codec for PortNumber {
    type Out = Port;
    const KIND: Kind = Kind::Whole {
        min: 1,
        max: u16::MAX as u64,
        unit: "",
    };

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Port> {
        let number = whole(at, value, 1, u64::from(u16::MAX))?;
        u16::try_from(number).ok().and_then(Port::new)
    }
}

impl Show for PortNumber {
    fn show(value: &Port) -> Value {
        Value::from(value.get())
    }
}

/// A time in milliseconds, from `MIN`.
#[derive(Debug)]
pub(crate) struct Millis<const MIN: u64>;

impl<const MIN: u64> Codec for Millis<MIN> {
    type Out = Duration;
    const KIND: Kind = Kind::Whole {
        min: MIN,
        max: MAX_SAFE,
        unit: "ms",
    };

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Duration> {
        whole(at, value, MIN, MAX_SAFE).map(Duration::from_millis)
    }
}

impl<const MIN: u64> Show for Millis<MIN> {
    fn show(value: &Duration) -> Value {
        Value::from(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A time in seconds, from `MIN`.
#[derive(Debug)]
pub(crate) struct Seconds<const MIN: u64>;

impl<const MIN: u64> Codec for Seconds<MIN> {
    type Out = Duration;
    const KIND: Kind = Kind::Whole {
        min: MIN,
        max: MAX_SAFE,
        unit: "s",
    };

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Duration> {
        whole(at, value, MIN, MAX_SAFE).map(Duration::from_secs)
    }
}

impl<const MIN: u64> Show for Seconds<MIN> {
    fn show(value: &Duration) -> Value {
        Value::from(value.as_secs())
    }
}

/// The greatest whole number that every JSON reader keeps exact.
pub(crate) const MAX_SAFE: u64 = (1 << 53) - 1;

fn whole(at: &mut Decoder<'_>, value: &Value, min: u64, max: u64) -> Option<u64> {
    let Value::Number(number) = value else {
        at.mismatch("number", value);
        return None;
    };
    match in_range(number, min, max) {
        Ok(number) => Some(number),
        Err(message) => {
            at.refuse(message);
            None
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "compared before it is converted"
)]
fn in_range(number: &Number, min: u64, max: u64) -> Result<u64, String> {
    let too_small = || format!("Too small: expected number to be >={min}");
    let too_big = || format!("Too big: expected number to be <={max}");
    if let Some(number) = number.as_u64() {
        return match number {
            small if small < min => Err(too_small()),
            big if big > max => Err(too_big()),
            fits => Ok(fits),
        };
    }
    let Some(number) = number.as_f64() else {
        return Err(too_small());
    };
    if number < min as f64 {
        Err(too_small())
    } else if number > max as f64 || number > MAX_SAFE as f64 {
        Err(too_big())
    } else if number.fract() != 0.0 {
        Err("Invalid input: expected int, received number".to_owned())
    } else {
        Ok(number as u64)
    }
}
