//! One call of a tool within a run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout};

use super::engine::Engine;
use super::{JournalError, RunEvent, Step, StepResult};
use crate::message::history::UNKNOWN_OUTCOME;
use crate::message::{Content, Message, ToolCall, ToolResultMessage};
use crate::tool::{Progress, Tool, ToolContext, ToolError, ToolOutput, cap_output, cap_text};

/// Bytes of what is told of a call that failed: others may have a say in it.
const MAX_ERROR_TEXT_BYTES: usize = 16 * 1024;

impl Engine<'_> {
    /// Makes a call and adds its result. A call that was begun before a crash is not made again.
    pub(super) async fn call_tool(&mut self, call: ToolCall) -> Result<(), JournalError> {
        if self.spec.recovered.unknown.remove(&call.id) {
            let result = ToolResultMessage::error(&call, UNKNOWN_OUTCOME);
            self.all.push(Message::ToolResult(result));
            return Ok(());
        }
        self.seq += 1;
        let seq = self.seq;
        self.ready(seq, &call).await;
        let step = Step::Call { call };
        self.journal.begin(seq, &step).await?;
        let Step::Call { call } = step else {
            unreachable!("it was made a call above");
        };
        self.sink.on(RunEvent::ToolStarted { call: &call });
        let begun = Instant::now();
        let answer = self.answer(seq, &call).await;
        let (message, attachments) = result(&call, answer);
        let took = begun.elapsed();
        self.sink.on(RunEvent::ToolEnded {
            call: &call,
            result: &message,
            took,
        });
        let ended = StepResult {
            message,
            attachments,
        };
        let recorded = self.journal.end(seq, &ended).await;
        self.all.push(Message::ToolResult(ended.message));
        self.attachments.extend(ended.attachments);
        recorded
    }

    /// Lets a tool wait for what it needs, before its call counts as begun.
    async fn ready(&self, seq: u64, call: &ToolCall) {
        let Ok(tool) = self.spec.tools.find(&call.name) else {
            return;
        };
        let limit = tool.timeout().unwrap_or(self.spec.limits.tool_timeout);
        let cx = self.context_of(seq, call);
        let wait = AssertUnwindSafe(tool.ready(&cx, &call.arguments)).catch_unwind();
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            // One that breaks down or takes too long is told of by the call itself.
            _ = timeout(limit, wait) => {}
        }
    }

    fn context_of(&self, seq: u64, call: &ToolCall) -> ToolContext {
        let (sink, heard) = (Arc::clone(&self.sink), call.clone());
        ToolContext {
            run_id: self.spec.run_id.clone(),
            session_key: self.spec.session_key.clone(),
            agent_id: self.spec.agent_id.clone(),
            call_id: call.id.clone(),
            step_key: format!("{}:{seq}", self.spec.run_id),
            cancel: self.stop.child_token(),
            progress: Progress::to(move |output| {
                let output = cap_output(output);
                sink.on(RunEvent::ToolUpdate {
                    call: &heard,
                    output: &output,
                });
            }),
        }
    }

    async fn answer(&self, seq: u64, call: &ToolCall) -> Result<ToolOutput, ToolError> {
        let tool: &Arc<dyn Tool> = self.spec.tools.find(&call.name)?;
        let limit = tool.timeout().unwrap_or(self.spec.limits.tool_timeout);
        let cx = self.context_of(seq, call);
        // However the call ends, what it left running is told.
        let _told = cx.cancel.clone().drop_guard();
        let work = AssertUnwindSafe(tool.call(&cx, &call.arguments)).catch_unwind();
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(ToolError::Cancelled),
            ended = timeout(limit, work) => match ended {
                Ok(Ok(answer)) => answer,
                Ok(Err(_panic)) => {
                    Err(ToolError::Failed("the tool broke down; whether it took effect is unknown".into()))
                }
                Err(_late) => Err(ToolError::Timeout(limit)),
            },
        }
    }
}

fn result(
    call: &ToolCall,
    answer: Result<ToolOutput, ToolError>,
) -> (ToolResultMessage, Vec<crate::tool::Attachment>) {
    match answer {
        Ok(output) => {
            let ToolOutput {
                mut content,
                details,
                attachments,
                failed,
            } = cap_output(output);
            if content.iter().all(|piece| piece.len_bytes() == 0) {
                content = vec![Content::text("(no output)")];
            }
            let message = ToolResultMessage {
                tool_call_id: call.id.clone(),
                tool_name: call.name.clone(),
                content,
                is_error: failed,
                details,
            };
            (message, attachments)
        }
        Err(error) => {
            let told = cap_text(&error.to_string(), MAX_ERROR_TEXT_BYTES);
            let mut message = ToolResultMessage::error(call, told);
            message.details = Some(serde_json::json!({"status": "error", "code": error.code()}));
            (message, Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_bounded_like_an_output() {
        let call = ToolCall {
            id: "c1".into(),
            name: "nodes".into(),
            arguments: "{}".into(),
        };
        let error = ToolError::Failed(format!("begin{}end", "x".repeat(1_000_000)));
        let (message, _) = result(&call, Err(error));
        let Some(Content::Text { text }) = message.content.first() else {
            panic!("an error is a text");
        };
        assert!(text.len() < MAX_ERROR_TEXT_BYTES + 100, "{}", text.len());
        assert!(text.starts_with("begin") && text.ends_with("end") && message.is_error);
    }
}
