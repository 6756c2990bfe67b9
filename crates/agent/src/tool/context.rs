//! In which a call of a tool happens.

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::ToolOutput;

/// In which a call happens.
#[derive(Clone)]
pub struct ToolContext {
    /// The run that calls.
    pub run_id: String,
    /// The session that it belongs to.
    pub session_key: String,
    /// The agent that runs.
    pub agent_id: String,
    /// The call's id, as the model gave it.
    pub call_id: String,
    /// The same for every try of this one call, and for no other: an idempotency key.
    pub step_key: String,
    /// Ends when the call is taken back.
    pub cancel: CancellationToken,
    /// Takes what is known before the call ends.
    pub progress: Progress,
}

impl ToolContext {
    /// A context with nobody who listens, for calls outside of a run.
    pub fn alone(session_key: impl Into<String>, step_key: impl Into<String>) -> Self {
        let step_key = step_key.into();
        Self {
            run_id: step_key.clone(),
            session_key: session_key.into(),
            agent_id: "main".to_owned(),
            call_id: step_key.clone(),
            step_key,
            cancel: CancellationToken::new(),
            progress: Progress::default(),
        }
    }
}

impl fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("session_key", &self.session_key)
            .field("step_key", &self.step_key)
            .finish_non_exhaustive()
    }
}

/// Takes what is known before a call ends. Nobody need listen.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<dyn Fn(ToolOutput) + Send + Sync>>);

impl Progress {
    /// Tells a function.
    pub fn to(listener: impl Fn(ToolOutput) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// This is known so far.
    pub fn tell(&self, output: ToolOutput) {
        if let Some(listener) = &self.0 {
            listener(output);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Progress(heard)"
        } else {
            "Progress"
        })
    }
}
