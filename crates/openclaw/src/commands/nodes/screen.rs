//! `openclaw nodes screen`

use std::time::Duration;

use serde_json::json;

use super::camera::{flag, number, told};
use super::media::{Media, Place, VIDEOS};
use super::on::{invoke_once, members, payload};
use crate::app::App;
use crate::cli::nodes::screen::ScreenRecordArgs;
use crate::error::CliError;
use crate::render::time::millis;

/// How long a recording may take beyond its own length.
const RECORD: Duration = Duration::from_secs(120);

/// A video of a screen.
pub(super) async fn record(app: &App, args: &ScreenRecordArgs) -> Result<(), CliError> {
    let place = match &args.out {
        Some(path) => Place::Here(path.clone()),
        None => Place::Temporary("openclaw-screen-record".to_owned()),
    };
    place.check()?;
    let params = json!({
        "durationMs": millis(args.duration),
        "screenIndex": args.screen,
        "fps": args.fps,
        "format": "mp4",
        "includeAudio": !args.no_audio,
    });
    let within = RECORD.saturating_add(args.duration);
    let answer = invoke_once(app, &args.on, "screen.record", params, within).await?;
    let payload = payload(&answer);
    let media = Media::read("screen.record", payload, VIDEOS)?;
    let path = place.put(app, &media)?;
    let file = members([
        ("path", Some(json!(path))),
        ("durationMs", number(payload, "durationMs")),
        ("fps", number(payload, "fps")),
        ("screenIndex", number(payload, "screenIndex")),
        ("hasAudio", flag(payload, "hasAudio")),
    ]);
    told(app, &file)
}
