//! Summing up within a run.

use super::engine::Engine;
use super::{Compacted, RunEnd, RunEvent};
use crate::compaction::{self, CompactionPolicy};
use crate::message::Message;
use crate::model::CallEnd;

impl Engine<'_> {
    /// The conversation as the model gets it: a summary in place of what was summed up.
    pub(super) fn context(&self) -> Vec<Message> {
        match &self.compacted {
            None => self.all.clone(),
            Some(Compacted {
                summary, replaced, ..
            }) => {
                let mut out = vec![compaction::as_message(summary)];
                out.extend(self.all[*replaced..].iter().cloned());
                out
            }
        }
    }

    /// Sums up if the conversation is about to grow larger than the window.
    pub(super) async fn compact_if_full(&mut self) -> Result<(), RunEnd> {
        let Some(policy) = self.spec.compaction else {
            return Ok(());
        };
        let window = self.spec.models.info(self.model).spec.context_window;
        let request = self.request();
        let estimate = compaction::estimate_request(&request).max(self.context_tokens);
        if estimate > policy.threshold(window) {
            self.compact(&policy, window, estimate).await?;
        }
        Ok(())
    }

    /// Sums up because the model said that it is full; keeps half as much. Says whether there
    /// was anything to sum up.
    pub(super) async fn compact_hard(&mut self) -> Result<bool, RunEnd> {
        let Some(policy) = self.spec.compaction else {
            return Ok(false);
        };
        let window = self.spec.models.info(self.model).spec.context_window;
        let estimate = compaction::estimate_request(&self.request());
        self.compact(&policy.harder(), window.min(estimate), estimate)
            .await
    }

    async fn compact(
        &mut self,
        policy: &CompactionPolicy,
        window: u64,
        tokens_before: u64,
    ) -> Result<bool, RunEnd> {
        let done = self
            .compacted
            .as_ref()
            .map_or(0, |compacted| compacted.replaced);
        let Some(cut) = compaction::plan(&self.all[done..], policy.keep(window)) else {
            return Ok(false);
        };
        self.sink.on(RunEvent::Compacting);
        let before = self
            .compacted
            .as_ref()
            .map(|compacted| compacted.summary.as_str());
        let question = compaction::question(before, &self.all[done..done + cut], window);
        let asked = compaction::ask(&self.spec.models, self.model, question, policy, &self.stop);
        let call = asked.await;
        self.model = call.model;
        self.failed.extend(call.failed);
        self.usage.add(call.message.usage);
        let summary = call.message.text();
        match call.end {
            CallEnd::Cancelled => return Err(RunEnd::Aborted),
            CallEnd::Answered => {}
            // Without a summary the conversation goes on as it is: the model may still take it.
            CallEnd::Failed => return Ok(false),
        }
        let compacted = Compacted {
            summary,
            replaced: done + cut,
            tokens_before,
        };
        self.sink.on(RunEvent::Compacted(&compacted));
        self.compacted = Some(compacted);
        self.context_tokens = 0;
        Ok(true)
    }
}
