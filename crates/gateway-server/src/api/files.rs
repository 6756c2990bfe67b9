//! Pictures and files that come with a request, within bounds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_agent::tool::{cap_text, untrusted};

use super::fault::ApiFault;
use super::options::FileRules;
use crate::runs::AskAttachment;

/// Pictures of one request.
pub(super) const MAX_IMAGES: usize = 8;
/// Bytes of all pictures of one request.
const MAX_IMAGES_BYTES: usize = 20 * 1024 * 1024;

/// The pictures of a request, as they are found.
#[derive(Debug)]
pub(super) struct Images<'r> {
    rules: &'r FileRules,
    found: Vec<AskAttachment>,
    bytes: usize,
}

impl<'r> Images<'r> {
    pub(super) const fn new(rules: &'r FileRules) -> Self {
        Self {
            rules,
            found: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes a picture given by its address.
    ///
    /// # Errors
    ///
    /// 400 for anything but a `data:` URL of a kind and size that is taken.
    pub(super) fn url(&mut self, url: &str, at: &str) -> Result<(), ApiFault> {
        let (kind, data) = data_url(url, at)?;
        self.base64(kind, data, at)
    }

    /// Takes a picture given as base64.
    ///
    /// # Errors
    ///
    /// 400 if its kind, size or number is not taken.
    pub(super) fn base64(&mut self, kind: &str, data: &str, at: &str) -> Result<(), ApiFault> {
        if self.found.len() >= MAX_IMAGES {
            return Err(ApiFault::invalid(format!(
                "{at}: at most {MAX_IMAGES} pictures"
            )));
        }
        let kind = kind.to_ascii_lowercase();
        let bytes = decode(
            &kind,
            data,
            &self.rules.image_kinds,
            self.rules.image_bytes,
            at,
        )?;
        self.bytes += bytes.len();
        if self.bytes > MAX_IMAGES_BYTES {
            return Err(ApiFault::invalid(format!(
                "{at}: the pictures are larger than {MAX_IMAGES_BYTES} bytes together"
            )));
        }
        self.found.push(AskAttachment {
            mime_type: kind,
            file_name: None,
            data: STANDARD.encode(bytes),
        });
        Ok(())
    }

    /// What was found.
    pub(super) fn take(self) -> Vec<AskAttachment> {
        self.found
    }
}

/// The text of a file, marked as what it is: something that somebody else wrote.
///
/// # Errors
///
/// 400 if its kind or size is not taken, or it is no text.
pub(super) fn text_file(
    rules: &FileRules,
    kind: &str,
    name: Option<&str>,
    data: &str,
    at: &str,
) -> Result<String, ApiFault> {
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let bytes = decode(&kind, data, &rules.file_kinds, rules.file_bytes, at)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| ApiFault::invalid(format!("{at}: the file is no UTF-8 text")))?;
    let shown: String = match text.char_indices().nth(rules.file_chars) {
        Some((end, _)) => cap_text(&text, end),
        None => text,
    };
    let source = format!("file {}", name.unwrap_or("without a name"));
    Ok(untrusted::wrap(&source, &shown))
}

/// Kind and base64 of a `data:` URL.
///
/// # Errors
///
/// 400 for any other address: nothing is fetched for a client.
pub(super) fn data_url<'u>(url: &'u str, at: &str) -> Result<(&'u str, &'u str), ApiFault> {
    let begins = url
        .get(..5)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("data:"));
    if !begins {
        return Err(ApiFault::invalid(format!(
            "{at}: addresses are not fetched; send the content itself as \
             `data:image/png;base64,…`"
        )));
    }
    let wrong = || ApiFault::invalid(format!("{at}: expected `data:KIND;base64,CONTENT`"));
    let (head, data) = url[5..].split_once(',').ok_or_else(wrong)?;
    let kind = head.strip_suffix(";base64").ok_or_else(wrong)?;
    Ok((
        kind.split(';').next().unwrap_or_default().trim(),
        data.trim(),
    ))
}

fn decode(
    kind: &str,
    data: &str,
    kinds: &[String],
    most: usize,
    at: &str,
) -> Result<Vec<u8>, ApiFault> {
    if !kinds.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        let told: String = kind.chars().take(80).collect();
        return Err(ApiFault::invalid(format!(
            "{at}: `{told}` is not taken; use one of {}",
            kinds.join(", ")
        )));
    }
    if data.len() / 4 * 3 > most.saturating_add(3) {
        return Err(ApiFault::invalid(format!(
            "{at}: it is larger than {most} bytes"
        )));
    }
    let bytes = STANDARD
        .decode(data)
        .map_err(|_| ApiFault::invalid(format!("{at}: this is no base64")))?;
    if bytes.is_empty() || bytes.len() > most {
        return Err(ApiFault::invalid(format!(
            "{at}: expected 1 to {most} bytes"
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_taken_within_bounds() {
        let rules = FileRules {
            image_bytes: 4,
            ..FileRules::default()
        };
        let mut images = Images::new(&rules);
        images.url("data:image/png;base64,cGljdA==", "m").unwrap();
        for (url, why) in [
            ("https://example.com/a.png", "not fetched"),
            ("file:///etc/passwd", "not fetched"),
            ("data:image/png,abc", "expected `data:"),
            ("data:image/svg+xml;base64,cGljdA==", "is not taken"),
            ("data:image/png;base64,%%%", "no base64"),
            ("data:image/png;base64,", "expected 1 to"),
            ("data:image/png;base64,cGljdHVyZQ==", "larger than"),
        ] {
            let fault = images.url(url, "m").unwrap_err();
            assert!(fault.message.contains(why), "{url}: {fault}");
        }
        for _ in 1..MAX_IMAGES {
            images.base64("IMAGE/PNG", "cGljdA==", "m").unwrap();
        }
        let fault = images.base64("image/png", "cGljdA==", "m").unwrap_err();
        assert!(fault.message.contains("at most 8"));
        assert_eq!(images.take().len(), MAX_IMAGES);
    }

    #[test]
    fn a_file_is_marked_and_cut() {
        let rules = FileRules {
            file_chars: 4,
            ..FileRules::default()
        };
        let text = |kind, bytes: &[u8]| {
            text_file(&rules, kind, Some("a.txt"), &STANDARD.encode(bytes), "f")
        };
        let shown = text("text/plain; charset=utf-8", b"obey me").unwrap();
        assert!(
            shown.contains("untrusted-content") && shown.contains("file a.txt"),
            "{shown}"
        );
        assert!(
            shown.contains("4 bytes are left out") && !shown.contains("obey me"),
            "{shown}"
        );
        assert!(
            text("application/pdf", b"x")
                .unwrap_err()
                .message
                .contains("is not taken")
        );
        assert!(
            text("text/plain", &[0xff])
                .unwrap_err()
                .message
                .contains("UTF-8")
        );
    }
}
