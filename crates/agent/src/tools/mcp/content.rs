//! From what a server answers to what the model sees.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};

use crate::message::Image;
use crate::tool::ToolOutput;

pub(super) fn output(source: &str, result: &CallToolResult) -> ToolOutput {
    let mut text = String::new();
    let mut images = Vec::new();
    for block in &result.content {
        let said = match block {
            ContentBlock::Text(piece) => piece.text.clone(),
            ContentBlock::Image(image) => {
                images.push(Image {
                    data: image.data.clone(),
                    mime_type: image.mime_type.clone(),
                });
                continue;
            }
            ContentBlock::Audio(audio) => format!("[a recording, {}]", audio.mime_type),
            ContentBlock::Resource(embedded) => match &embedded.resource {
                ResourceContents::TextResourceContents { uri, text, .. } => {
                    format!("{uri}:\n{text}")
                }
                _ => "[a file]".to_owned(),
            },
            ContentBlock::ResourceLink(link) => format!("[{}: {}]", link.name, link.uri),
            _ => "[something that cannot be shown]".to_owned(),
        };
        text.push_str(&said);
        text.push('\n');
    }
    if let Some(structured) = result
        .structured_content
        .as_ref()
        .filter(|_| text.is_empty())
    {
        text = structured.to_string();
    }
    let mut output = match text.trim_end() {
        "" => ToolOutput::default(),
        text => ToolOutput::untrusted(source, text),
    };
    for image in images {
        output = output.with_image(image);
    }
    output.failed = result.is_error == Some(true);
    output
}
