//! The journal of a run over the store.

use async_trait::async_trait;
use openclaw_agent::run::{JournalError, RecordedStep, RunJournal, Step, StepResult};
use openclaw_store::{Store, StoreError};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::clock::now_ms;

/// The steps of one run in the store.
#[derive(Debug)]
pub(super) struct StoreJournal {
    pub(super) store: Store,
    pub(super) run_id: String,
}

fn text(value: &impl Serialize) -> Result<Box<RawValue>, JournalError> {
    to_raw_value(value).map_err(|error| JournalError(error.to_string()))
}

#[async_trait]
impl RunJournal for StoreJournal {
    async fn begin(&self, seq: u64, step: &Step) -> Result<(), JournalError> {
        let begun = self
            .store
            .begin_step(&self.run_id, seq, now_ms(), text(step)?);
        begun.await.map_err(|error| JournalError(error.to_string()))
    }

    async fn end(&self, seq: u64, result: &StepResult) -> Result<(), JournalError> {
        let ended = self
            .store
            .end_step(&self.run_id, seq, now_ms(), text(result)?);
        match ended.await {
            Ok(_) => Ok(()),
            Err(error) => Err(JournalError(error.to_string())),
        }
    }
}

/// What a run did before the Gateway ended. A step that cannot be read ends what is known: what
/// follows it is not done again either.
pub(super) async fn steps(store: &Store, run_id: &str) -> Result<Vec<RecordedStep>, StoreError> {
    let mut found = Vec::new();
    for record in store.steps(run_id).await? {
        let step = serde_json::from_str(record.body.get());
        let result = record
            .result
            .as_ref()
            .map(|result| serde_json::from_str(result.get()))
            .transpose();
        match (step, result) {
            (Ok(step), Ok(result)) => found.push(RecordedStep {
                seq: record.seq,
                step,
                result,
            }),
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(run = run_id, seq = record.seq, %error, "a step of a run is unreadable");
                break;
            }
        }
    }
    Ok(found)
}
