//! `cron`: what the agent shall do later.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::tool::{Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments, parameters};

/// The scheduled jobs of a Gateway. Jobs and patches are those of `cron.add` and `cron.update`,
/// and are checked by the same rules.
#[async_trait]
pub trait CronBook: fmt::Debug + Send + Sync {
    /// Does it, and answers as the method of the same name does.
    ///
    /// Errors: why not, in words for the model.
    async fn cron(&self, cx: &ToolContext, request: CronRequest) -> Result<Value, String>;
}

/// What is asked of the scheduler.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CronRequest {
    /// `cron.status`.
    Status,
    /// `cron.list`.
    List {
        /// With those that are switched off.
        include_disabled: bool,
    },
    /// `cron.add`.
    Add {
        /// The job.
        job: Map<String, Value>,
        /// The same for every try of this one call.
        idempotency_key: String,
    },
    /// `cron.update`.
    Update {
        /// Which.
        id: String,
        /// What is to change.
        patch: Map<String, Value>,
    },
    /// `cron.remove`.
    Remove {
        /// Which.
        id: String,
    },
    /// `cron.run`.
    Run {
        /// Which.
        id: String,
    },
    /// `cron.runs`.
    Runs {
        /// Which.
        id: String,
    },
    /// `wake`.
    Wake {
        /// What the agent is told.
        text: String,
    },
}

/// The tool `cron`.
#[derive(Debug)]
pub struct CronTool {
    spec: Arc<ToolSpec>,
    book: Arc<dyn CronBook>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CronArgs {
    /// What to do.
    action: Action,
    /// update, remove, run, runs: the job's id.
    #[serde(alias = "id")]
    job_id: Option<String>,
    /// add: the job.
    job: Option<Map<String, Value>>,
    /// update: what is to change.
    patch: Option<Map<String, Value>>,
    /// wake: what you are to be told.
    text: Option<String>,
    /// list: with those that are switched off.
    include_disabled: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    Status,
    List,
    Add,
    Update,
    Remove,
    Run,
    Runs,
    Wake,
}

impl CronTool {
    /// The tool over a scheduler.
    pub fn new(book: Arc<dyn CronBook>) -> Self {
        let spec = ToolSpec {
            name: "cron".to_owned(),
            description: "Do something later, or again and again.\n\
                A job: {\"name\", \"schedule\", \"sessionTarget\", \"wakeMode\", \"payload\"}. \
                schedule: {\"kind\":\"at\",\"at\":\"2026-02-01T09:00:00Z\"}, \
                {\"kind\":\"every\",\"everyMs\":3600000} or \
                {\"kind\":\"cron\",\"expr\":\"0 9 * * 1-5\",\"tz\":\"Europe/Berlin\"}. \
                sessionTarget \"main\" goes with payload {\"kind\":\"systemEvent\",\"text\"}: a \
                line in the main session. sessionTarget \"isolated\" goes with payload \
                {\"kind\":\"agentTurn\",\"message\"}: a run of its own. wakeMode: \"now\" or \
                \"next-heartbeat\". Ask for the time zone if you do not know it."
                .to_owned(),
            parameters: parameters::<CronArgs>(),
        };
        Self {
            spec: Arc::new(spec),
            book,
        }
    }
}

#[async_trait]
impl Tool for CronTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, cx: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let request = read(arguments(text)?, &cx.step_key)?;
        let answer = self
            .book
            .cron(cx, request)
            .await
            .map_err(ToolError::Failed)?;
        // A job's text may come from anybody who ever wrote to the agent.
        Ok(ToolOutput::untrusted("the scheduler", &answer.to_string()).with_details(answer))
    }
}

fn read(args: CronArgs, step_key: &str) -> Result<CronRequest, ToolError> {
    let missing = |path: &str| ToolError::arguments(path, "it is missing");
    let id = args
        .job_id
        .filter(|id| !id.trim().is_empty())
        .ok_or_else(|| missing("jobId"));
    Ok(match args.action {
        Action::Status => CronRequest::Status,
        Action::List => CronRequest::List {
            include_disabled: args.include_disabled.unwrap_or(false),
        },
        Action::Add => CronRequest::Add {
            job: args.job.ok_or_else(|| missing("job"))?,
            idempotency_key: step_key.to_owned(),
        },
        Action::Update => CronRequest::Update {
            id: id?,
            patch: args.patch.ok_or_else(|| missing("patch"))?,
        },
        Action::Remove => CronRequest::Remove { id: id? },
        Action::Run => CronRequest::Run { id: id? },
        Action::Runs => CronRequest::Runs { id: id? },
        Action::Wake => CronRequest::Wake {
            text: args
                .text
                .filter(|text| !text.trim().is_empty())
                .ok_or_else(|| missing("text"))?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(args: &str) -> Result<CronRequest, ToolError> {
        read(arguments(args)?, "r:1")
    }

    #[test]
    fn requests_are_read() {
        assert_eq!(
            request(r#"{"action":"list"}"#),
            Ok(CronRequest::List {
                include_disabled: false
            })
        );
        assert_eq!(
            request(r#"{"action":"remove","id":"j1"}"#),
            Ok(CronRequest::Remove { id: "j1".into() })
        );
        let Ok(CronRequest::Add {
            job,
            idempotency_key,
        }) = request(r#"{"action":"add","job":{"name":"n"}}"#)
        else {
            panic!()
        };
        assert_eq!(
            (job["name"].as_str(), idempotency_key.as_str()),
            (Some("n"), "r:1")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (args, path) in [
            (r#"{"action":"add"}"#, "job"),
            (r#"{"action":"add","job":"at nine"}"#, "job"),
            (r#"{"action":"update","jobId":"a"}"#, "patch"),
            (r#"{"action":"run","jobId":" "}"#, "jobId"),
            (r#"{"action":"wake"}"#, "text"),
            (r#"{"action":"explode"}"#, "action"),
        ] {
            let told = request(args).unwrap_err().to_string();
            assert!(told.contains(&format!("`{path}`")), "{args}: {told}");
        }
    }
}
