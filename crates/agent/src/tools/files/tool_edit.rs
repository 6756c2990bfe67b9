//! `edit`.

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Workspace, off_thread};
use crate::tool::{Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments, parameters};

/// The tool `edit`.
#[derive(Debug)]
pub struct EditTool {
    spec: Arc<ToolSpec>,
    workspace: Workspace,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EditArgs {
    /// The file, from the workspace on.
    #[serde(alias = "file_path")]
    path: String,
    /// The text to be replaced, exactly as it stands there, and only once.
    #[serde(alias = "old_string")]
    old_text: String,
    /// The text in its place.
    #[serde(alias = "new_string")]
    new_text: String,
}

impl EditTool {
    /// The tool over a workspace.
    pub fn new(workspace: Workspace) -> Self {
        let spec = ToolSpec {
            name: "edit".to_owned(),
            description: "Replace a piece of text in a file of the workspace. The old text must \
                stand there exactly once."
                .to_owned(),
            parameters: parameters::<EditArgs>(),
        };
        Self {
            spec: Arc::new(spec),
            workspace,
        }
    }
}

#[async_trait]
impl Tool for EditTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, _: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let EditArgs {
            path,
            old_text,
            new_text,
        } = arguments(text)?;
        if old_text.is_empty() {
            return Err(ToolError::arguments(
                "oldText",
                "it is empty; use `write` for a new file",
            ));
        }
        let (workspace, file) = (self.workspace.clone(), path.clone());
        let before = off_thread(move || workspace.read(&file)).await?;
        let Ok(before) = String::from_utf8(before) else {
            return Err(ToolError::Failed(format!("`{path}` is no text")));
        };
        match before.matches(&old_text).count() {
            1 => {}
            0 => {
                return Err(ToolError::Failed(format!(
                    "`oldText` does not stand in `{path}`; read it first"
                )));
            }
            some => {
                return Err(ToolError::Failed(format!(
                    "`oldText` stands in `{path}` {some} times; give more of the text around it"
                )));
            }
        }
        let after = before.replacen(&old_text, &new_text, 1);
        let told = format!("edited {path}");
        let workspace = self.workspace.clone();
        off_thread(move || workspace.write(&path, after.as_bytes())).await?;
        Ok(ToolOutput::text(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_is_replaced_only_where_it_is_meant() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("f"), "one two two").unwrap();
        let tool = EditTool::new(Workspace::open(home.path()).unwrap());
        let cx = ToolContext::alone("s", "k");
        let edit = async |old: &str| {
            let args = serde_json::json!({"path": "f", "oldText": old, "newText": "X"});
            tool.call(&cx, &args.to_string()).await
        };
        edit("one").await.unwrap();
        assert!(
            edit("two")
                .await
                .unwrap_err()
                .to_string()
                .contains("2 times")
        );
        assert!(
            edit("three")
                .await
                .unwrap_err()
                .to_string()
                .contains("does not stand")
        );
        assert!(edit("").await.is_err());
        assert_eq!(std::fs::read(home.path().join("f")).unwrap(), b"X two two");
    }
}
