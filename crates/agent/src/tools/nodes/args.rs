//! What the model writes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::action::Action;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NodesArgs {
    /// What to do.
    pub(super) action: Action,
    /// The node: id, name or address.
    pub(super) node: Option<String>,
    /// notify: the title.
    pub(super) title: Option<String>,
    /// notify: the text.
    pub(super) body: Option<String>,
    /// notify: the sound.
    pub(super) sound: Option<String>,
    /// notify: passive, active or timeSensitive.
    pub(super) priority: Option<String>,
    /// notify: system, overlay or auto.
    pub(super) delivery: Option<String>,
    /// camera_*: front, back or both.
    pub(super) facing: Option<Facing>,
    /// camera_*: which camera, from camera_list.
    pub(super) device_id: Option<String>,
    /// camera_snap: the greatest width, in points.
    pub(super) max_width: Option<u32>,
    /// camera_snap: from 0 to 1.
    pub(super) quality: Option<f64>,
    /// camera_snap: how long to wait before the picture, in milliseconds.
    pub(super) delay_ms: Option<u32>,
    /// camera_clip, screen_record: how long, in milliseconds.
    pub(super) duration_ms: Option<u32>,
    /// camera_clip, screen_record: with sound.
    pub(super) include_audio: Option<bool>,
    /// screen_record: pictures per second.
    pub(super) fps: Option<f64>,
    /// screen_record: which screen, from 0.
    pub(super) screen_index: Option<u32>,
    /// location_get: how old the answer may be, in milliseconds.
    pub(super) max_age_ms: Option<u32>,
    /// location_get: coarse, balanced or precise.
    pub(super) desired_accuracy: Option<String>,
    /// run: program and arguments, each a word of its own. No shell reads them.
    pub(super) command: Option<Vec<String>>,
    /// run: the folder.
    pub(super) cwd: Option<String>,
    /// run: variables of the environment.
    pub(super) env: Option<BTreeMap<String, String>>,
    /// invoke: the command, from the node's list.
    pub(super) invoke_command: Option<String>,
    /// invoke: its params.
    pub(super) params: Option<Map<String, Value>>,
    /// invoke: its params as JSON text, instead of `params`.
    pub(super) invoke_params_json: Option<String>,
    /// How long to wait for the answer, in milliseconds.
    pub(super) timeout_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Facing {
    Front,
    Back,
    Both,
}
