//! From an action to a command of a node. Pure.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::NodesRules;
use super::args::{Facing, NodesArgs};
use crate::tool::ToolError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Status,
    Describe,
    Notify,
    CameraList,
    CameraSnap,
    CameraClip,
    ScreenRecord,
    LocationGet,
    Run,
    Invoke,
}

/// A command of a node, with as many calls as there are params.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) command: String,
    pub(super) params: Vec<Box<RawValue>>,
    pub(super) timeout: Duration,
    pub(super) is_run: bool,
}

/// The longest that a node is waited for.
pub(super) const MAX_TIMEOUT: Duration = Duration::from_secs(10 * 60);

const USUAL_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn plan(args: &NodesArgs, rules: NodesRules) -> Result<Plan, ToolError> {
    let timeout = args.timeout_ms.map(Duration::from_millis);
    let wait = |usual: Duration| timeout.unwrap_or(usual).min(MAX_TIMEOUT);
    let one = |command: &str, params: Value, usual: Duration| -> Result<Plan, ToolError> {
        Ok(Plan {
            command: command.to_owned(),
            params: vec![raw(&params)?],
            timeout: wait(usual),
            is_run: command == "system.run",
        })
    };
    let recorded = Duration::from_millis(args.duration_ms.unwrap_or(10_000).into());
    match args.action {
        Action::Status | Action::Describe => {
            Err(ToolError::arguments("action", "this action has no command"))
        }
        Action::Notify => {
            if args.title.is_none() && args.body.is_none() {
                return Err(ToolError::arguments(
                    "body",
                    "notify needs `title` or `body`",
                ));
            }
            let params = some(&[
                ("title", json!(args.title)),
                ("body", json!(args.body)),
                ("sound", json!(args.sound)),
                ("priority", json!(args.priority)),
                ("delivery", json!(args.delivery)),
            ]);
            one("system.notify", params, USUAL_TIMEOUT)
        }
        Action::CameraList => one("camera.list", json!({}), USUAL_TIMEOUT),
        Action::CameraSnap => snap(args, wait(USUAL_TIMEOUT)),
        Action::CameraClip => {
            if args.facing == Some(Facing::Both) {
                return Err(ToolError::arguments(
                    "facing",
                    "a clip is of one side: front or back",
                ));
            }
            let params = some(&[
                ("facing", side(args.facing)),
                ("deviceId", json!(args.device_id)),
                ("durationMs", json!(args.duration_ms.unwrap_or(3000))),
                ("includeAudio", json!(args.include_audio.unwrap_or(true))),
                ("format", json!("mp4")),
            ]);
            one("camera.clip", params, USUAL_TIMEOUT + recorded)
        }
        Action::ScreenRecord => {
            let params = some(&[
                ("durationMs", json!(args.duration_ms.unwrap_or(10_000))),
                ("fps", json!(args.fps.unwrap_or(10.0))),
                ("screenIndex", json!(args.screen_index.unwrap_or(0))),
                ("includeAudio", json!(args.include_audio.unwrap_or(true))),
                ("format", json!("mp4")),
            ]);
            one("screen.record", params, USUAL_TIMEOUT + recorded)
        }
        Action::LocationGet => {
            let params = some(&[
                ("maxAgeMs", json!(args.max_age_ms)),
                ("desiredAccuracy", json!(args.desired_accuracy)),
                ("timeoutMs", json!(args.timeout_ms)),
            ]);
            one("location.get", params, USUAL_TIMEOUT)
        }
        Action::Run => run(args, rules, wait(Duration::from_secs(60))),
        Action::Invoke => invoke(args, rules, wait(USUAL_TIMEOUT)),
    }
}

fn snap(args: &NodesArgs, timeout: Duration) -> Result<Plan, ToolError> {
    let shot = |facing: Value| {
        raw(&some(&[
            ("facing", facing),
            ("deviceId", json!(args.device_id)),
            ("maxWidth", json!(args.max_width.unwrap_or(1600))),
            ("quality", json!(args.quality)),
            ("delayMs", json!(args.delay_ms)),
            ("format", json!("jpg")),
        ]))
    };
    let params = match args.facing {
        Some(Facing::Both) if args.device_id.is_some() => {
            return Err(ToolError::arguments(
                "facing",
                "`deviceId` names one camera, not both",
            ));
        }
        Some(Facing::Both) => vec![shot(json!("front"))?, shot(json!("back"))?],
        facing => vec![shot(side(facing))?],
    };
    Ok(Plan {
        command: "camera.snap".to_owned(),
        params,
        timeout,
        is_run: false,
    })
}

fn side(facing: Option<Facing>) -> Value {
    match facing {
        Some(Facing::Back) => json!("back"),
        Some(Facing::Front | Facing::Both) => json!("front"),
        None => Value::Null,
    }
}

fn run(args: &NodesArgs, rules: NodesRules, timeout: Duration) -> Result<Plan, ToolError> {
    if !rules.run {
        return Err(ToolError::Denied(
            "`run` is switched off; use the tool `exec` if there is one".into(),
        ));
    }
    let command = args.command.as_deref().unwrap_or_default();
    if command
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        return Err(ToolError::arguments(
            "command",
            "run needs the program and its arguments as a list",
        ));
    }
    let params = some(&[
        ("command", json!(command)),
        ("cwd", json!(args.cwd)),
        ("env", json!(args.env)),
        (
            "timeoutMs",
            json!(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
        ),
    ]);
    Ok(Plan {
        command: "system.run".to_owned(),
        params: vec![raw(&params)?],
        // The node ends the command; its answer needs a moment more.
        timeout: timeout + Duration::from_secs(5),
        is_run: true,
    })
}

fn invoke(args: &NodesArgs, rules: NodesRules, timeout: Duration) -> Result<Plan, ToolError> {
    let command = args
        .invoke_command
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    if command.is_empty() {
        return Err(ToolError::arguments(
            "invokeCommand",
            "invoke needs the node's command",
        ));
    }
    if !rules.invoke {
        return Err(ToolError::Denied("`invoke` is switched off".into()));
    }
    // What runs programs, or decides which may run, does not go around the rules for that.
    let lower = command.to_ascii_lowercase();
    if lower == "system.run" {
        return Err(ToolError::Denied(
            "use the action `run` for `system.run`".into(),
        ));
    }
    if lower.starts_with("system.execapprovals.") {
        return Err(ToolError::Denied(
            "only the user may change what may run on a node".into(),
        ));
    }
    let params = match (
        &args.params,
        args.invoke_params_json.as_deref().map(str::trim),
    ) {
        (Some(_), Some(_)) => {
            return Err(ToolError::arguments(
                "params",
                "give `params` or `invokeParamsJson`, not both",
            ));
        }
        (Some(params), None) => raw(&Value::Object(params.clone()))?,
        (None, None | Some("")) => raw(&Value::Object(Map::new()))?,
        (None, Some(text)) => serde_json::from_str::<Box<RawValue>>(text)
            .ok()
            .filter(|json| json.get().starts_with('{'))
            .ok_or_else(|| ToolError::arguments("invokeParamsJson", "this is no JSON object"))?,
    };
    Ok(Plan {
        command: command.to_owned(),
        params: vec![params],
        timeout,
        is_run: false,
    })
}

/// An object of what is there.
fn some(pairs: &[(&str, Value)]) -> Value {
    let there = pairs.iter().filter(|(_, value)| !value.is_null());
    Value::Object(
        there
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

fn raw(value: &Value) -> Result<Box<RawValue>, ToolError> {
    to_raw_value(value).map_err(|why| ToolError::Failed(why.to_string()))
}
