//! `read`, `write` and `edit`: files of the workspace, and nothing outside of it.

mod tool_edit;
mod tool_read;
mod tool_write;
mod workspace;

pub use tool_edit::EditTool;
pub use tool_read::ReadTool;
pub use tool_write::WriteTool;
pub use workspace::{MAX_FILE_BYTES, Workspace, WorkspaceError};

use crate::tool::ToolError;

impl From<WorkspaceError> for ToolError {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Outside(_) => Self::Denied(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Does work on files where it holds up nobody.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorkspaceError> + Send + 'static,
) -> Result<T, ToolError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(ToolError::Failed("the work on files broke down".to_owned())),
    }
}
