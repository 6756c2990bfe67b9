//! Pictures and films that a node sends.

use serde_json::{Map, Value};

use super::NodeSummary;
use crate::message::Image;
use crate::tool::{Attachment, ToolOutput};

/// A payload `{format|mimeType, base64, …}` as a picture for the model and a file for the user.
/// `None`: it is none.
pub(super) fn render(node: &NodeSummary, payload: &str) -> Option<ToolOutput> {
    let mut payload: Map<String, Value> = serde_json::from_str(payload).ok()?;
    let kind = payload
        .get("mimeType")
        .or_else(|| payload.get("format"))
        .and_then(Value::as_str)
        .and_then(mime)?;
    let Some(Value::String(data)) = payload.remove("base64") else {
        return None;
    };
    let facts = Value::Object(payload).to_string();
    let mut output = ToolOutput::untrusted(&format!("node {}", node.shown()), &facts);
    if kind.starts_with("image/") {
        output = output.with_image(Image {
            data: data.clone(),
            mime_type: kind.to_owned(),
        });
    }
    output.attachments.push(Attachment {
        mime_type: kind.to_owned(),
        name: None,
        data,
    });
    Some(output)
}

fn mime(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "image/jpeg" => "image/jpeg",
        "png" | "image/png" => "image/png",
        "webp" | "image/webp" => "image/webp",
        "gif" | "image/gif" => "image/gif",
        "mp4" | "video/mp4" => "video/mp4",
        "mov" | "video/quicktime" => "video/quicktime",
        "webm" | "video/webm" => "video/webm",
        _ => return None,
    })
}
