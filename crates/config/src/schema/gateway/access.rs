//! `gateway.bind`, with the spellings that older files have.

use openclaw_policy::BindMode;
use serde_json::Value;

use crate::decode::{Codec, Decoder, Kind, OneWord, Show};

/// A bind mode, or an address that people wrote before there were modes.
#[derive(Debug)]
pub(crate) struct Bind;

impl Codec for Bind {
    type Out = BindMode;
    const KIND: Kind = <OneWord<BindMode> as Codec>::KIND;

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<BindMode> {
        let old = value.as_str().and_then(|text| {
            OLD_NAMES
                .iter()
                .find(|(old, _)| text.trim().eq_ignore_ascii_case(old))
        });
        match old {
            Some((old, mode)) => {
                at.warn(
                    format!("the address \"{old}\" is an old spelling"),
                    format!("write \"{mode}\""),
                );
                Some(*mode)
            }
            None => OneWord::<BindMode>::decode(at, value),
        }
    }
}

impl Show for Bind {
    fn show(value: &BindMode) -> Value {
        OneWord::<BindMode>::show(value)
    }
}

/// Addresses and the mode that listens on them.
const OLD_NAMES: &[(&str, BindMode)] = &[
    ("0.0.0.0", BindMode::Lan),
    ("::", BindMode::Lan),
    ("[::]", BindMode::Lan),
    ("*", BindMode::Lan),
    ("127.0.0.1", BindMode::Loopback),
    ("::1", BindMode::Loopback),
    ("[::1]", BindMode::Loopback),
    ("localhost", BindMode::Loopback),
];

#[cfg(test)]
mod tests {
    use openclaw_policy::BindMode;
    use serde_json::json;

    use super::Bind;
    use crate::decode::{Codec as _, Context, Decoder};

    #[test]
    fn modes_are_plain_and_addresses_are_warned_of() {
        for (text, expected, warns) in [
            ("lan", Some(BindMode::Lan), false),
            ("tailnet", Some(BindMode::Tailnet), false),
            ("0.0.0.0", Some(BindMode::Lan), true),
            ("localhost", Some(BindMode::Loopback), true),
            ("10.0.0.1", None, false),
            ("LAN", None, false),
        ] {
            let context = Context::default();
            let mut decoder = Decoder::new(&context);
            assert_eq!(Bind::decode(&mut decoder, &json!(text)), expected, "{text}");
            assert_eq!(!decoder.warnings.is_empty(), warns, "{text}");
            assert_eq!(decoder.problems.is_empty(), expected.is_some(), "{text}");
        }
    }
}
