//! What a `system.run` asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Approval, ScriptPin};
use crate::core::MAIN_AGENT;

/// Params of `system.run`.
///
/// Shape: `{command[], rawCommand?, cwd?, env?, timeoutMs?, needsScreenRecording?, agentId?,
/// sessionKey?, runId?, approved?, approvalDecision?}`, since protocol 4 also `systemRunPlan?` and
/// `suppressNotifyOnExit?`. Units: `timeoutMs` in milliseconds.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunParams {
    #[serde(default)]
    pub(crate) command: Option<Vec<String>>,
    pub(crate) raw_command: Option<String>,
    pub(crate) cwd: Option<String>,
    env: Option<BTreeMap<String, String>>,
    timeout_ms: Option<f64>,
    needs_screen_recording: Option<bool>,
    agent_id: Option<String>,
    pub(crate) session_key: Option<String>,
    run_id: Option<String>,
    approved: Option<bool>,
    approval_decision: Option<String>,
    /// What `system.run.prepare` answered and a person approved.
    pub(crate) system_run_plan: Option<ApprovedPlan>,
    pub(crate) suppress_notify_on_exit: Option<bool>,
}

/// The part of a plan that binds the run to it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApprovedPlan {
    #[serde(default)]
    pub(crate) argv: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) cwd: Option<String>,
    #[serde(default)]
    command_text: Option<String>,
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    session_key: Option<String>,
    #[serde(default)]
    pub(crate) mutable_file_operand: Option<ScriptPin>,
}

impl RunParams {
    /// The agent on whose behalf.
    pub(crate) fn agent_id(&self) -> &str {
        given(&self.agent_id).unwrap_or(MAIN_AGENT)
    }

    /// The id of the run, or of the approval that it uses.
    pub(crate) fn run_id(&self) -> Option<&str> {
        given(&self.run_id)
    }

    /// The folder, if one is named.
    pub(crate) fn cwd(&self) -> Option<&str> {
        given(&self.cwd)
    }

    /// How long the command may take. Anything but a positive number is no limit.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        let ms = self.timeout_ms.filter(|ms| ms.is_finite() && *ms > 0.0)?;
        Duration::try_from_secs_f64(ms / 1000.0).ok()
    }

    /// Variables that the caller sets.
    pub(crate) fn overrides(&self) -> BTreeMap<String, String> {
        self.env.clone().unwrap_or_default()
    }

    /// Whether the command is of no use without a recording of the screen.
    pub(crate) fn needs_screen_recording(&self) -> bool {
        self.needs_screen_recording == Some(true)
    }

    /// What the Gateway says a person answered.
    pub(crate) fn approval(&self) -> Option<Approval> {
        Approval::from_request(self.approved == Some(true), given(&self.approval_decision))
    }

    /// In what this is not the very run that the plan describes; `None` where it is, or where
    /// there is no plan. `text` is the text of the command.
    pub(crate) fn strays_from_its_plan(&self, text: &str) -> Option<&'static str> {
        let plan = self.system_run_plan.as_ref()?;
        let command = self.command.as_ref();
        let checks = [
            (
                "command",
                plan.argv.as_ref().is_none_or(|argv| Some(argv) == command),
            ),
            ("cwd", given(&plan.cwd) == self.cwd()),
            // The text is what a person has read.
            (
                "commandText",
                given(&plan.command_text).is_none_or(|shown| shown == text.trim()),
            ),
            ("agentId", given(&plan.agent_id) == given(&self.agent_id)),
            (
                "sessionKey",
                given(&plan.session_key) == given(&self.session_key),
            ),
        ];
        let stray = checks.into_iter().find(|(_, same)| !same);
        stray.map(|(member, _)| member)
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{Approval, RunParams};

    fn read(value: Value) -> RunParams {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn null_is_absent_and_new_members_are_ignored() {
        let params = read(json!({
            "command": ["ls"], "rawCommand": null, "cwd": null, "env": null, "timeoutMs": null,
            "needsScreenRecording": null, "agentId": null, "sessionKey": null, "runId": " ",
            "approved": null, "approvalDecision": null, "systemRunPlan": null, "later": 1,
        }));
        assert_eq!(
            (params.agent_id(), params.run_id(), params.cwd()),
            ("main", None, None)
        );
        assert_eq!((params.timeout(), params.approval()), (None, None));
        assert!(params.overrides().is_empty());
        assert_eq!(params.strays_from_its_plan("ls"), None);
    }

    #[test]
    fn only_a_positive_time_is_a_limit() {
        for (ms, expected) in [
            (json!(1500), Some(Duration::from_millis(1500))),
            (json!(0), None),
            (json!(-5), None),
            (json!(0.5), Some(Duration::from_micros(500))),
            (json!(1e300), None),
        ] {
            assert_eq!(read(json!({"timeoutMs": ms})).timeout(), expected, "{ms}");
        }
    }

    #[test]
    fn a_run_has_to_be_the_one_of_its_plan() {
        let plan = json!({
            "argv": ["ls", "-a"], "cwd": "/x", "commandText": "ls -a",
            "agentId": "main", "sessionKey": "agent:main:main",
        });
        let right = json!({
            "command": ["ls", "-a"], "cwd": "/x", "agentId": "main",
            "sessionKey": "agent:main:main", "systemRunPlan": plan,
        });
        let stray = |name: &str, value: Value| {
            let mut params = right.clone();
            params[name] = value;
            read(params).strays_from_its_plan("ls -a")
        };
        assert_eq!(read(right.clone()).strays_from_its_plan("ls -a"), None);
        assert_eq!(
            read(right.clone()).strays_from_its_plan("ls"),
            Some("commandText")
        );
        for (name, values) in [
            (
                "command",
                [json!(["ls", "-a "]), json!(["ls"]), json!(null)],
            ),
            ("cwd", [json!("/y"), json!(null), json!(" ")]),
            ("agentId", [json!("other"), json!(null), json!("")]),
            (
                "sessionKey",
                [json!("agent:main:x"), json!(null), json!("")],
            ),
        ] {
            for value in values {
                assert_eq!(stray(name, value.clone()), Some(name), "{value}");
            }
        }
        // A plan for nobody in particular is none for somebody.
        let mut params = right.clone();
        params["systemRunPlan"]["agentId"] = Value::Null;
        assert_eq!(read(params).strays_from_its_plan("ls -a"), Some("agentId"));
    }

    #[test]
    fn a_decision_comes_before_the_flag() {
        let approval = |value| read(value).approval();
        assert_eq!(approval(json!({"approved": true})), Some(Approval::Once));
        assert_eq!(
            approval(json!({"approved": true, "approvalDecision": "deny"})),
            None
        );
        assert_eq!(
            approval(json!({"approvalDecision": "allow-always"})),
            Some(Approval::Always)
        );
    }
}
