//! `openclaw nodes notify`

use std::time::Duration;

use serde_json::{Value, json};

use super::on::{invoke_once, members};
use crate::app::App;
use crate::cli::nodes::notify::NodesNotifyArgs;
use crate::error::CliError;

/// How long a notification may take.
const NOTIFY: Duration = Duration::from_secs(15);

/// Shows a notification.
pub(super) async fn notify(app: &App, args: &NodesNotifyArgs) -> Result<(), CliError> {
    let params = members([
        (
            "title",
            Some(json!(args.title.as_deref().unwrap_or_default())),
        ),
        (
            "body",
            Some(json!(args.body.as_deref().unwrap_or_default())),
        ),
        ("sound", args.sound.clone().map(Value::from)),
        ("priority", args.priority.clone().map(Value::from)),
        ("delivery", Some(json!(args.delivery))),
    ]);
    let answer = invoke_once(app, &args.on, "system.notify", params, NOTIFY).await?;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    app.out.line("notify ok")
}
