//! `read`.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Workspace, off_thread};
use crate::message::Image;
use crate::tool::{
    MAX_RESULT_TEXT_BYTES, Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments,
    parameters,
};

/// The tool `read`.
#[derive(Debug)]
pub struct ReadTool {
    spec: Arc<ToolSpec>,
    workspace: Workspace,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReadArgs {
    /// The file, from the workspace on.
    #[serde(alias = "file_path")]
    path: String,
    /// The first line, from 1.
    offset: Option<usize>,
    /// How many lines.
    limit: Option<usize>,
}

const USUAL_LINES: usize = 2000;

impl ReadTool {
    /// The tool over a workspace.
    pub fn new(workspace: Workspace) -> Self {
        let spec = ToolSpec {
            name: "read".to_owned(),
            description: "Read a file of the workspace: text by lines, or a picture.".to_owned(),
            parameters: parameters::<ReadArgs>(),
        };
        Self {
            spec: Arc::new(spec),
            workspace,
        }
    }
}

#[async_trait]
impl Tool for ReadTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, _: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let args: ReadArgs = arguments(text)?;
        let (workspace, path) = (self.workspace.clone(), args.path.clone());
        let bytes = off_thread(move || workspace.read(&path)).await?;
        if let Some(mime_type) = picture(&bytes) {
            let image = Image {
                data: STANDARD.encode(&bytes),
                mime_type: mime_type.to_owned(),
            };
            return Ok(ToolOutput::text(format!("{} ({mime_type})", args.path)).with_image(image));
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(ToolError::Failed(format!(
                "`{}` is no text and no picture",
                args.path
            )));
        };
        Ok(lines(
            &text,
            args.offset.unwrap_or(1),
            args.limit.unwrap_or(USUAL_LINES),
        ))
    }
}

fn lines(text: &str, offset: usize, limit: usize) -> ToolOutput {
    let total = text.lines().count();
    let mut shown = String::new();
    let mut last = offset.max(1) - 1;
    for line in text.lines().skip(last).take(limit.max(1)) {
        if shown.len() + line.len() + 200 > MAX_RESULT_TEXT_BYTES && last + 1 > offset {
            break;
        }
        shown.push_str(line);
        shown.push('\n');
        last += 1;
    }
    if shown.is_empty() {
        shown = format!("[nothing: the file has {total} lines]");
    } else if last < total {
        shown.push_str(&format!(
            "[{} more lines: go on with offset {}]",
            total - last,
            last + 1
        ));
    }
    ToolOutput::text(shown).with_details(json!({"lines": total}))
}

fn picture(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "image/webp",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Content;

    async fn read(bytes: &[u8], args: &str) -> Result<ToolOutput, ToolError> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("f"), bytes).unwrap();
        let tool = ReadTool::new(Workspace::open(home.path()).unwrap());
        tool.call(&ToolContext::alone("s", "k"), args).await
    }

    #[tokio::test]
    async fn lines_are_read() {
        let whole = read(b"a\nb\nc", r#"{"path":"f"}"#).await.unwrap();
        assert_eq!(whole.all_text(), "a\nb\nc\n");
        let part = read(b"a\nb\nc", r#"{"path":"f","offset":2,"limit":1}"#)
            .await
            .unwrap();
        assert_eq!(part.all_text(), "b\n[1 more lines: go on with offset 3]");
        let beyond = read(b"a\nb\nc", r#"{"path":"f","offset":9}"#)
            .await
            .unwrap();
        assert!(beyond.all_text().contains("the file has 3 lines"));
    }

    #[tokio::test]
    async fn a_long_file_is_read_in_parts() {
        let long = "x"
            .repeat(99)
            .as_bytes()
            .to_vec()
            .repeat(1)
            .into_iter()
            .chain([b'\n'])
            .collect::<Vec<_>>()
            .repeat(2000);
        let part = read(&long, r#"{"path":"f"}"#).await.unwrap().all_text();
        assert!(part.len() <= MAX_RESULT_TEXT_BYTES && part.contains("go on with offset"));
    }

    #[tokio::test]
    async fn a_picture_is_shown() {
        let output = read(b"\x89PNG\r\n\x1a\n", r#"{"path":"f"}"#).await.unwrap();
        assert!(
            matches!(&output.content[1], Content::Image(image) if image.mime_type == "image/png")
        );
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_told() {
        assert!(read(&[0, 0xff, 0xfe], r#"{"path":"f"}"#).await.is_err());
        let denied = read(b"", r#"{"path":"../f"}"#).await.unwrap_err();
        assert!(matches!(denied, ToolError::Denied(_)));
        let missing = read(b"", r#"{"path":"g"}"#).await.unwrap_err();
        assert_eq!(missing.to_string(), "there is no file `g`");
    }
}
