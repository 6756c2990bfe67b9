//! JSON among noise: the program prints warnings before and after what it was asked for.

use serde::de::DeserializeOwned;

use crate::error::TailscaleError;
use crate::excerpt;

/// Reads what stands between the first `{` and the last `}`.
pub(crate) fn read<T: DeserializeOwned>(command: &str, text: &str) -> Result<T, TailscaleError> {
    cut(text)
        .and_then(|object| serde_json::from_str(object).ok())
        .ok_or_else(|| TailscaleError::BadOutput {
            command: command.to_owned(),
            excerpt: excerpt::head(text),
        })
}

fn cut(text: &str) -> Option<&str> {
    text.get(text.find('{')?..=text.rfind('}')?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn noise_around_the_object_is_skipped() {
        for text in [
            "{\"a\":{}}",
            "Warning: client version differs\n{\"a\":{}}\n",
            "{\"a\":{}}\n# done, ü\n",
        ] {
            assert_eq!(read::<Value>("x", text), Ok(json!({"a": {}})), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_shown_as_far_as_it_fits_on_a_line() {
        for text in [
            "",
            "}{",
            "{",
            "no\u{7}thing",
            "[1]",
            "{\"a\":",
            "{a} {\"b\":1}",
        ] {
            let Err(TailscaleError::BadOutput { command, excerpt }) = read::<Value>("x y", text)
            else {
                panic!("{text} is no object");
            };
            assert_eq!(command, "x y");
            assert_eq!(excerpt, text.replace('\u{7}', " "));
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in any::<String>()) {
            let _ = read::<Value>("x", &text);
        }
    }
}
