//! `openclaw nodes canvas`

mod a2ui;

use std::time::Duration;

use serde_json::{Value, json};

use super::camera::told;
use super::media::{Media, PICTURES, Place};
use super::on::{invoke_once, members, payload};
use crate::app::App;
use crate::cli::nodes::canvas::{
    A2uiCommand, CanvasCommand, CanvasEvalArgs, CanvasPresentArgs, CanvasSnapshotArgs,
};
use crate::cli::nodes::on::OnNodeArgs;
use crate::error::CliError;

/// How long a canvas may take.
const CANVAS: Duration = Duration::from_secs(30);

/// Does what was asked.
pub(super) async fn run(app: &App, command: &CanvasCommand) -> Result<(), CliError> {
    match command {
        CanvasCommand::Present(args) => {
            done(
                app,
                &args.on,
                "canvas.present",
                present(args),
                "canvas present ok",
            )
            .await
        }
        CanvasCommand::Hide(args) => {
            done(app, &args.on, "canvas.hide", Value::Null, "canvas hide ok").await
        }
        CanvasCommand::Navigate(args) => {
            let params = json!({ "url": args.address });
            done(
                app,
                &args.on,
                "canvas.navigate",
                params,
                "canvas navigate ok",
            )
            .await
        }
        CanvasCommand::Eval(args) => eval(app, args).await,
        CanvasCommand::Snapshot(args) => snapshot(app, args).await,
        CanvasCommand::A2ui(A2uiCommand::Push(args)) => {
            let page = a2ui::page(args)?;
            let count = page.messages;
            let s = if count == 1 { "" } else { "s" };
            let ok = format!("canvas a2ui push ok (v0.8, {count} message{s})");
            let params = json!({ "jsonl": page.jsonl });
            done(app, &args.on, "canvas.a2ui.pushJSONL", params, &ok).await
        }
        CanvasCommand::A2ui(A2uiCommand::Reset(args)) => {
            let ok = "canvas a2ui reset ok";
            done(app, &args.on, "canvas.a2ui.reset", Value::Null, ok).await
        }
    }
}

/// What every failure begins with.
pub(super) const fn label(command: &CanvasCommand) -> &'static str {
    match command {
        CanvasCommand::Present(_) => "nodes canvas present failed",
        CanvasCommand::Hide(_) => "nodes canvas hide failed",
        CanvasCommand::Navigate(_) => "nodes canvas navigate failed",
        CanvasCommand::Eval(_) => "nodes canvas eval failed",
        CanvasCommand::Snapshot(_) => "nodes canvas snapshot failed",
        CanvasCommand::A2ui(A2uiCommand::Push(_)) => "nodes canvas a2ui push failed",
        CanvasCommand::A2ui(A2uiCommand::Reset(_)) => "nodes canvas a2ui reset failed",
    }
}

/// A command whose answer is that it was done.
async fn done(
    app: &App,
    on: &OnNodeArgs,
    command: &str,
    params: Value,
    ok: &str,
) -> Result<(), CliError> {
    let answer = invoke_once(app, on, command, params, CANVAS).await?;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    app.out.line(ok)
}

fn present(args: &CanvasPresentArgs) -> Value {
    let placement = members([
        ("x", args.x.map(Value::from)),
        ("y", args.y.map(Value::from)),
        ("width", args.width.map(Value::from)),
        ("height", args.height.map(Value::from)),
    ]);
    let is_placed = placement
        .as_object()
        .is_some_and(|object| !object.is_empty());
    members([
        ("url", args.target.clone().map(Value::from)),
        ("placement", is_placed.then_some(placement)),
    ])
}

async fn eval(app: &App, args: &CanvasEvalArgs) -> Result<(), CliError> {
    let code = args.code.as_ref().or(args.js.as_ref());
    let params = json!({ "javaScript": code });
    let answer = invoke_once(app, &args.on, "canvas.eval", params, CANVAS).await?;
    if app.out.is_json() {
        return app.out.json(&answer);
    }
    match payload(&answer).get("result") {
        None | Some(Value::Null) => app.out.line("canvas eval ok"),
        Some(Value::String(text)) if text.is_empty() => app.out.line("canvas eval ok"),
        Some(Value::String(text)) => app.out.line(text),
        Some(other) => app.out.json_line(other),
    }
}

async fn snapshot(app: &App, args: &CanvasSnapshotArgs) -> Result<(), CliError> {
    let format = if args.format == "png" { "png" } else { "jpeg" };
    let params = members([
        ("format", Some(json!(format))),
        ("maxWidth", args.max_width.map(Value::from)),
        ("quality", args.quality.map(Value::from)),
    ]);
    let answer = invoke_once(app, &args.on, "canvas.snapshot", params, CANVAS).await?;
    let media = Media::read("canvas.snapshot", payload(&answer), PICTURES)?;
    let path = Place::Temporary("openclaw-canvas-snapshot".to_owned()).put(app, &media)?;
    told(
        app,
        &json!({ "path": path, "format": media.format.as_str() }),
    )
}
