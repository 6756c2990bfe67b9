//! Tools: what they are, who may use them, and what of their answers the model gets to see.

mod args;
mod cap;
mod context;
mod error;
mod output;
mod policy;
mod spec;
mod toolbox;

pub mod untrusted;

use std::fmt;

use async_trait::async_trait;

pub use args::{arguments, parameters};
pub(crate) use cap::cap_output;
pub use cap::{MAX_RESULT_IMAGES, MAX_RESULT_TEXT_BYTES, cap_text};
pub use context::{Progress, ToolContext};
pub use error::ToolError;
pub use output::{Attachment, ToolOutput};
pub use policy::{Pattern, ToolPolicy};
pub(crate) use spec::plain_id;
pub use spec::{BadToolName, ToolSpec};
pub use toolbox::Toolbox;

/// Something that the model can do.
#[async_trait]
pub trait Tool: fmt::Debug + Send + Sync {
    /// What the model is told of it.
    fn spec(&self) -> &std::sync::Arc<ToolSpec>;

    /// Waits for what the call needs, before it counts as begun: after a crash in here it is known
    /// that nothing happened. Nothing may take effect here, and whatever is wrong is told by
    /// [`call`](Tool::call). The future is dropped when the run is stopped or the time is up.
    async fn ready(&self, _cx: &ToolContext, _arguments: &str) {}

    /// Does it. `arguments` is what the model wrote, unchecked: [`arguments()`] reads it.
    ///
    /// The future is dropped when the run is stopped or the time is up; what must be cleaned up
    /// then hangs on its drop, or on [`ToolContext::cancel`].
    ///
    /// Errors: [`ToolError`], which the model is told.
    async fn call(&self, cx: &ToolContext, arguments: &str) -> Result<ToolOutput, ToolError>;

    /// The longest that a call may take. `None`: what the run allows.
    fn timeout(&self) -> Option<std::time::Duration> {
        None
    }
}
