//! `openclaw nodes camera`

use std::time::Duration;

use serde_json::{Value, json};

use super::media::{Media, PICTURES, Place, VIDEOS};
use super::on::{Call, OnNode, invoke_once, members, payload};
use crate::app::App;
use crate::cli::nodes::camera::{CameraClipArgs, CameraListArgs, CameraSnapArgs, Facing};
use crate::commands::operator::key;
use crate::error::CliError;
use crate::render::field::{self, text};
use crate::render::table::Table;
use crate::render::time::millis;

/// How long a node may look for its cameras.
const LIST: Duration = Duration::from_secs(20);
/// How long a photo may take.
const SNAP: Duration = Duration::from_secs(20);
/// How long a video may take, and how long beyond its own length.
const CLIP: Duration = Duration::from_secs(90);

/// The cameras of a node.
pub(super) async fn list(app: &App, args: &CameraListArgs) -> Result<(), CliError> {
    let answer = invoke_once(app, &args.on, "camera.list", json!({}), LIST).await?;
    let cameras = field::list(payload(&answer), "devices");
    if app.out.is_json() {
        return app.out.json(&cameras);
    }
    if cameras.is_empty() {
        return app.out.line("No cameras reported.");
    }
    app.out.title("Cameras")?;
    app.out.table(&table(cameras))
}

fn table(cameras: &[Value]) -> Table {
    let mut table = Table::new(&["Name", "Position", "ID"]);
    for camera in cameras {
        let of = |key: &str, other: &str| text(camera, key).unwrap_or(other).to_owned();
        table.row([
            of("name", "Unknown Camera"),
            of("position", "unspecified"),
            of("id", ""),
        ]);
    }
    table
}

/// Photos, a file each.
pub(super) async fn snap(app: &App, args: &CameraSnapArgs) -> Result<(), CliError> {
    let within = args.on.invoke_timeout.unwrap_or(SNAP);
    let node = OnNode::open(app, &args.on.target, &args.on.node, within).await?;
    let mut files = Vec::new();
    for &facing in args.facing.0 {
        match shoot(app, args, &node, facing, within).await {
            Ok(file) => files.push(file),
            // A device with one camera fails at the other: what there is, is told.
            Err(error) if !files.is_empty() => {
                let paths = media_lines(app, &files).join("\n");
                let told = format!("{}\nalready taken:\n{paths}", error.text());
                return Err(error.telling(told).beside("files", files));
            }
            Err(error) => return Err(error),
        }
    }
    node.close().await;
    if app.out.is_json() {
        return app.out.json(&json!({ "files": files }));
    }
    let lines = media_lines(app, &files);
    lines.iter().try_for_each(|line| app.out.line(line))
}

async fn shoot(
    app: &App,
    args: &CameraSnapArgs,
    node: &OnNode,
    facing: Facing,
    within: Duration,
) -> Result<Value, CliError> {
    let side = facing.as_str();
    // Two photos are two commands, also under a key that was given.
    let key = match &args.on.idempotency_key {
        Some(given) if args.facing.0.len() > 1 => format!("{given}-{side}"),
        given => key(given.as_ref()),
    };
    let call = Call {
        command: "camera.snap",
        params: members([
            ("facing", Some(json!(side))),
            ("maxWidth", args.max_width.map(Value::from)),
            ("quality", args.quality.map(Value::from)),
            ("format", Some(json!("jpg"))),
            ("delayMs", args.delay_ms.map(Value::from)),
            ("deviceId", args.device_id.clone().map(Value::from)),
        ]),
        within,
        key,
    };
    let answer = node.invoke(&call).await?;
    let payload = payload(&answer);
    let media = Media::read(call.command, payload, PICTURES)?;
    let place = Place::Temporary(format!("openclaw-camera-snap-{side}"));
    let path = place.put(app, &media)?;
    Ok(members([
        ("facing", Some(json!(side))),
        ("path", Some(json!(path))),
        ("width", number(payload, "width")),
        ("height", number(payload, "height")),
    ]))
}

/// A short video.
pub(super) async fn clip(app: &App, args: &CameraClipArgs) -> Result<(), CliError> {
    let side = args.facing.as_str();
    let params = members([
        ("facing", Some(json!(side))),
        ("durationMs", Some(json!(millis(args.duration)))),
        ("includeAudio", Some(json!(!args.no_audio))),
        ("format", Some(json!("mp4"))),
        ("deviceId", args.device_id.clone().map(Value::from)),
    ]);
    let within = CLIP.saturating_add(args.duration);
    let answer = invoke_once(app, &args.on, "camera.clip", params, within).await?;
    let payload = payload(&answer);
    let media = Media::read("camera.clip", payload, VIDEOS)?;
    let path = Place::Temporary(format!("openclaw-camera-clip-{side}")).put(app, &media)?;
    let file = members([
        ("facing", Some(json!(side))),
        ("path", Some(json!(path))),
        ("durationMs", number(payload, "durationMs")),
        ("hasAudio", flag(payload, "hasAudio")),
    ]);
    told(app, &file)
}

/// A number that the node said, if it is one.
pub(super) fn number(payload: &Value, key: &str) -> Option<Value> {
    payload.get(key).filter(|value| value.is_number()).cloned()
}

/// A yes or no that the node said.
pub(super) fn flag(payload: &Value, key: &str) -> Option<Value> {
    payload.get(key).filter(|value| value.is_boolean()).cloned()
}

/// One file: as JSON `{file}`, else the line that agents know.
pub(super) fn told(app: &App, file: &Value) -> Result<(), CliError> {
    if app.out.is_json() {
        return app.out.json(&json!({ "file": file }));
    }
    let lines = media_lines(app, std::slice::from_ref(file));
    lines.iter().try_for_each(|line| app.out.line(line))
}

fn media_lines(app: &App, files: &[Value]) -> Vec<String> {
    files
        .iter()
        .filter_map(|file| text(file, "path"))
        .map(|path| format!("MEDIA:{}", app.out.path(path.as_ref())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{number, table};

    #[test]
    fn cameras_without_a_name_are_shown_too() {
        let cameras = [
            json!({ "name": "Front", "position": "front", "id": "c1" }),
            json!({ "id": "c2", "name": 7 }),
        ];
        assert_eq!(
            table(&cameras).render(false),
            "Name            Position     ID\n\
             Front           front        c1\n\
             Unknown Camera  unspecified  c2"
        );
        assert_eq!(number(&json!({ "width": "640" }), "width"), None);
    }
}
