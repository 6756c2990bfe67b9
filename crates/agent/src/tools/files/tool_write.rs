//! `write`.

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Workspace, off_thread};
use crate::tool::{Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments, parameters};

/// The tool `write`.
#[derive(Debug)]
pub struct WriteTool {
    spec: Arc<ToolSpec>,
    workspace: Workspace,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WriteArgs {
    /// The file, from the workspace on.
    #[serde(alias = "file_path")]
    path: String,
    /// The whole new text of it.
    content: String,
}

impl WriteTool {
    /// The tool over a workspace.
    pub fn new(workspace: Workspace) -> Self {
        let spec = ToolSpec {
            name: "write".to_owned(),
            description: "Write a file of the workspace as a whole, with the folders above it; \
                what it held before is gone."
                .to_owned(),
            parameters: parameters::<WriteArgs>(),
        };
        Self {
            spec: Arc::new(spec),
            workspace,
        }
    }
}

#[async_trait]
impl Tool for WriteTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, _: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let WriteArgs { path, content } = arguments(text)?;
        let told = format!("wrote {} bytes to {path}", content.len());
        let workspace = self.workspace.clone();
        off_thread(move || workspace.write(&path, content.as_bytes())).await?;
        Ok(ToolOutput::text(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_written_and_nothing_outside() {
        let home = tempfile::tempdir().unwrap();
        let tool = WriteTool::new(Workspace::open(home.path()).unwrap());
        let cx = ToolContext::alone("s", "k");
        tool.call(&cx, r#"{"path":"a/b.md","content":"hi"}"#)
            .await
            .unwrap();
        assert_eq!(std::fs::read(home.path().join("a/b.md")).unwrap(), b"hi");
        let denied = tool
            .call(&cx, r#"{"path":"../b.md","content":"hi"}"#)
            .await
            .unwrap_err();
        assert!(matches!(denied, ToolError::Denied(_)));
        assert!(tool.call(&cx, r#"{"path":"b.md"}"#).await.is_err());
    }
}
