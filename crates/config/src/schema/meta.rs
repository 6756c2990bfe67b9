//! `meta`: who wrote the file last.

use serde_json::Value;

use crate::decode::{Codec, Decoder, Kind, Line, Raw, Untyped, section};

section! {
    /// Who wrote this file last. Written by the program.
    pub struct Meta {
        /// The version that wrote it.
        "lastTouchedVersion": Line => last_touched_version: Option<String>;
        /// When: ISO 8601, or milliseconds since 1970.
        "lastTouchedAt": Moment => last_touched_at: Option<String>;
        /// Which of its own changes the newest release has made. Carried as they stand.
        #[latest]
        "migrations": Raw => migrations: Option<Untyped>;
    }
}

/// A moment, as text or number; kept as it stands.
#[derive(Debug)]
pub(crate) struct Moment;

impl Codec for Moment {
    type Out = String;
    const KIND: Kind = Kind::OneOf(&[
        Kind::Text(""),
        Kind::Whole {
            min: 0,
            max: crate::decode::MAX_SAFE,
            unit: "ms",
        },
    ]);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<String> {
        match value {
            Value::Number(number) => Some(number.to_string()),
            other => at.text(other).map(str::to_owned),
        }
    }
}
