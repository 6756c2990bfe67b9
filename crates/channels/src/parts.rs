//! The texts of a message, one by one.

use crate::outbound::{Outbound, Part, Text};
use crate::split::split;

/// The text of a message in pieces of at most `limit` UTF-16 units, the buttons below the last
/// one. A text in the service's own markup stays whole: nobody here can read it.
pub(crate) fn texts(message: &Outbound, limit: usize) -> Vec<Part> {
    let texts = match &message.text {
        Text::Markdown(text) => split(text, limit).into_iter().map(Text::Markdown).collect(),
        native @ Text::Native(_) if native.is_blank() => Vec::new(),
        native @ Text::Native(_) => vec![native.clone()],
    };
    let last = texts.len().saturating_sub(1);
    let part = |(at, text)| Part::Text {
        text,
        buttons: if at == last {
            message.buttons.clone()
        } else {
            Vec::new()
        },
        silent: message.silent,
    };
    texts.into_iter().enumerate().map(part).collect()
}
