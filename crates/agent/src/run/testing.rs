//! Tools and watchers that are written by hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::{JournalError, RunEnd, RunEvent, RunJournal, RunSink, Step, StepResult};
use crate::model::testing::tool_spec;
use crate::tool::{Tool, ToolContext, ToolError, ToolOutput, ToolSpec};

/// Gives its arguments back; on some of them it does something else.
#[derive(Debug)]
pub(crate) struct Echo {
    spec: Arc<ToolSpec>,
    pub(crate) calls: Mutex<Vec<(String, String)>>,
}

impl Echo {
    pub(crate) fn named(name: &str) -> Arc<Self> {
        Arc::new(Self {
            spec: tool_spec(name),
            calls: Mutex::default(),
        })
    }
}

#[async_trait]
impl Tool for Echo {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, cx: &ToolContext, arguments: &str) -> Result<ToolOutput, ToolError> {
        self.calls
            .lock()
            .unwrap()
            .push((cx.step_key.clone(), arguments.to_owned()));
        match arguments {
            "stall" => std::future::pending().await,
            "fail" => Err(ToolError::Denied("not today".into())),
            "panic" => panic!("as asked"),
            "flood" => Ok(ToolOutput::text("x".repeat(1_000_000))),
            "tell" => {
                cx.progress.tell(ToolOutput::text("half"));
                Ok(ToolOutput::text("whole"))
            }
            other => Ok(ToolOutput::text(format!("echo {other}"))),
        }
    }

    fn timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }
}

/// Notes what happens, in words.
#[derive(Debug, Default)]
pub(crate) struct Watch(pub(crate) Mutex<Vec<String>>);

impl RunSink for Watch {
    fn on(&self, event: RunEvent<'_>) {
        let said = match event {
            RunEvent::Started => "started".to_owned(),
            RunEvent::Asking { model } => format!("asking {}", model.model),
            RunEvent::Text {
                text,
                delta,
                replace,
                answer,
            } => {
                format!(
                    "text {answer} {text:?} +{delta:?}{}",
                    if replace { " anew" } else { "" }
                )
            }
            RunEvent::Thinking { text, .. } => format!("thinking {text}"),
            RunEvent::ToolStarted { call } => format!("tool {} {}", call.name, call.arguments),
            RunEvent::ToolUpdate { output, .. } => format!("tool so far {}", output.all_text()),
            RunEvent::ToolEnded { result, .. } => {
                format!("tool ended{}", if result.is_error { " badly" } else { "" })
            }
            RunEvent::Retrying { attempt, error, .. } => {
                format!("retry {attempt} {}", error.fault.code())
            }
            RunEvent::FallingBack { to, .. } => format!("fall back to {}", to.model),
            RunEvent::Usage(usage) => format!("usage {}", usage.total()),
            RunEvent::Compacting => "compacting".to_owned(),
            RunEvent::Compacted(compacted) => format!("compacted {}", compacted.replaced),
            RunEvent::Ended(RunEnd::Completed { stop }) => format!("completed {stop:?}"),
            RunEvent::Ended(RunEnd::Aborted) => "aborted".to_owned(),
            RunEvent::Ended(RunEnd::Failed(error)) => format!("failed {error}"),
        };
        self.0.lock().unwrap().push(said);
    }
}

/// A journal in memory that can break at a number of writes.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) steps: Mutex<Vec<(u64, Step, Option<StepResult>)>>,
    pub(crate) writes: Mutex<u32>,
    pub(crate) breaks_at: Option<u32>,
}

impl Book {
    fn write(&self) -> Result<(), JournalError> {
        let mut writes = self.writes.lock().unwrap();
        *writes += 1;
        match self.breaks_at {
            Some(at) if *writes >= at => Err(JournalError("disk full".into())),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl RunJournal for Book {
    async fn begin(&self, seq: u64, step: &Step) -> Result<(), JournalError> {
        self.write()?;
        self.steps.lock().unwrap().push((seq, step.clone(), None));
        Ok(())
    }

    async fn end(&self, seq: u64, result: &StepResult) -> Result<(), JournalError> {
        self.write()?;
        let mut steps = self.steps.lock().unwrap();
        let step = steps
            .iter_mut()
            .find(|(at, ..)| *at == seq)
            .expect("it was begun");
        step.2 = Some(result.clone());
        Ok(())
    }
}
