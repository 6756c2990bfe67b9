//! How much of an answer the model gets to see.

use super::ToolOutput;
use crate::message::Content;

/// Bytes of text of one result.
pub const MAX_RESULT_TEXT_BYTES: usize = 64 * 1024;

/// Pictures of one result.
pub const MAX_RESULT_IMAGES: usize = 4;

/// Bytes of one picture, in base64. A larger one is left out.
pub(crate) const MAX_IMAGE_BYTES: usize = 7 * 1024 * 1024;

/// The beginning and the end of a text that is too long, with a line between that says how much
/// is missing.
pub fn cap_text(text: &str, max_bytes: usize) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(max_bytes / 3 * 2);
    let tail = text.ceil_char_boundary(text.len() - max_bytes / 3);
    let missing = tail - head;
    format!(
        "{}\n[… {missing} bytes are left out …]\n{}",
        &text[..head],
        &text[tail..]
    )
}

/// The content of an answer within its bounds.
pub(crate) fn cap_output(output: ToolOutput) -> ToolOutput {
    let ToolOutput {
        content,
        details,
        attachments,
        failed,
    } = output;
    let mut room = MAX_RESULT_TEXT_BYTES;
    let mut images = 0;
    let mut capped = Vec::new();
    for piece in content {
        match piece {
            Content::Text { text } => {
                let text = cap_text(&text, room);
                room = room.saturating_sub(text.len());
                capped.push(Content::Text { text });
            }
            Content::Image(image)
                if images < MAX_RESULT_IMAGES && image.data.len() <= MAX_IMAGE_BYTES =>
            {
                images += 1;
                capped.push(Content::Image(image));
            }
            Content::Image(image) => capped.push(Content::text(format!(
                "[a picture of {} bytes, {}, is left out: too many or too large]",
                image.data.len() / 4 * 3,
                image.mime_type
            ))),
        }
    }
    ToolOutput {
        content: capped,
        details,
        attachments,
        failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Image;

    #[test]
    fn a_long_text_keeps_its_ends() {
        let text = format!("begin{}end", "ä".repeat(100_000));
        let capped = cap_text(&text, 3000);
        assert!(capped.starts_with("begin") && capped.ends_with("end"));
        assert!(capped.len() < 3100 && capped.contains("bytes are left out"));
        assert_eq!(cap_text("short", 5), "short");
    }

    #[test]
    fn an_output_is_bounded_as_a_whole() {
        let image = |bytes| {
            Content::Image(Image {
                data: "A".repeat(bytes),
                mime_type: "image/png".into(),
            })
        };
        let mut output = ToolOutput::text("x".repeat(60_000));
        output.content.push(Content::text("y".repeat(60_000)));
        output.content.extend((0..6).map(|_| image(8)));
        output.content.push(image(MAX_IMAGE_BYTES + 1));
        let capped = cap_output(output);
        assert!(capped.all_text().len() < MAX_RESULT_TEXT_BYTES + 1000);
        let shown = capped
            .content
            .iter()
            .filter(|one| matches!(one, Content::Image(_)))
            .count();
        assert_eq!(shown, MAX_RESULT_IMAGES);
    }
}
