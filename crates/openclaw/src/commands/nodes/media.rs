//! Pictures and videos of nodes.
//!
//! A node may be anybody's device, so what it sends is looked at before it is put anywhere: it
//! has a bound, its first bytes are those of the kind that was asked for, and the name of its file
//! is ours.

mod format;
mod save;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use crate::error::CliError;
use crate::render::field::text;

pub(super) use format::{Format, PICTURES, VIDEOS};
pub(super) use save::Place;

/// The largest file that is taken, in bytes. A Gateway passes on less in one answer.
const LARGEST: usize = 32 * 1024 * 1024;

/// What a node sent, checked.
#[derive(Debug)]
pub(super) struct Media {
    /// What it is.
    pub(super) format: Format,
    bytes: Vec<u8>,
}

impl Media {
    /// Reads `{format, base64, …}`, which `command` answered; one of `kinds` was asked for.
    pub(super) fn read(command: &str, payload: &Value, kinds: &[Format]) -> Result<Self, CliError> {
        let bad = |why: &str| {
            CliError::failure(format!("invalid {command} payload: {why}")).kind("invalid_payload")
        };
        let Some(encoded) = text(payload, "base64") else {
            return Err(bad(if text(payload, "url").is_some() {
                "it is an address instead of the file itself, and addresses that nodes name are \
                 not opened"
            } else {
                "no `base64`"
            }));
        };
        let named = text(payload, "format").ok_or_else(|| bad("no `format`"))?;
        let format = Format::parse(named)
            .filter(|format| kinds.contains(format))
            .ok_or_else(|| bad("a `format` that was not asked for"))?;
        if encoded.len() / 4 * 3 > LARGEST {
            return Err(bad(&format!("more than {LARGEST} bytes")));
        }
        let bytes = ENGINE
            .decode(encoded)
            .map_err(|_| bad("`base64` is no Base64"))?;
        if Format::of(&bytes) != Some(format) {
            return Err(bad(&format!(
                "the file is no {}, although `format` says so",
                format.extension()
            )));
        }
        Ok(Self { format, bytes })
    }
}

/// Nodes pad, and some do not.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Format, LARGEST, Media, PICTURES, VIDEOS};

    /// `FF D8 FF E0 …`
    const JPEG: &str = "/9j/4AAQSkZJRg==";

    fn refused(payload: &serde_json::Value) -> String {
        let error = Media::read("camera.snap", payload, PICTURES).unwrap_err();
        let why = error
            .message()
            .strip_prefix("invalid camera.snap payload: ");
        why.unwrap().to_owned()
    }

    #[test]
    fn a_picture_is_read_with_and_without_padding() {
        for base64 in [JPEG, JPEG.trim_end_matches('=')] {
            for format in ["jpg", "jpeg", "JPG"] {
                let payload = json!({ "format": format, "base64": base64 });
                let media = Media::read("camera.snap", &payload, PICTURES).unwrap();
                assert_eq!(media.format, Format::Jpeg);
                assert_eq!(media.bytes[..2], [0xff, 0xd8]);
            }
        }
    }

    #[test]
    fn what_is_something_else_is_refused() {
        let script = "IyEvYmluL3NoCnJtIC1yZiB+Cg==";
        assert!(refused(&json!({ "format": "jpg", "base64": script })).contains("no jpg"));
        assert!(refused(&json!({ "format": "png", "base64": JPEG })).contains("no png"));
        assert!(refused(&json!({ "format": "mp4", "base64": JPEG })).contains("not asked for"));
        assert!(refused(&json!({ "format": "../x", "base64": JPEG })).contains("not asked for"));
        assert!(refused(&json!({ "format": "jpg", "base64": "%%%" })).contains("no Base64"));
        assert!(refused(&json!({ "format": "jpg", "base64": "" })).contains("no `base64`"));
        assert!(refused(&json!({ "base64": JPEG })).contains("no `format`"));
        assert!(refused(&json!(null)).contains("no `base64`"));
        let elsewhere = json!({ "format": "jpg", "url": "http://192.0.2.1/x.jpg" });
        assert!(refused(&elsewhere).contains("not opened"));
        let picture = json!({ "format": "jpg", "base64": JPEG });
        assert!(Media::read("camera.clip", &picture, VIDEOS).is_err());
    }

    #[test]
    fn there_is_a_bound() {
        let huge = "A".repeat(LARGEST / 3 * 4 + 8);
        assert!(refused(&json!({ "format": "jpg", "base64": huge })).contains("more than"));
    }
}
