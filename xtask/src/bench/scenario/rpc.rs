//! Handshakes and simple calls.

use std::time::Instant;

use serde_json::json;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::super::line::{Kind, Line};
use super::super::load::{self, Load};
use super::super::subject::Subject;
use super::Effort;
use crate::client;
use crate::failure::Outcome;

/// Connections that work at the same time.
const CONNECTIONS: usize = 8;
/// Calls that are not measured, so that both sides are warm.
const WARM_UP: usize = 20;

/// Handshakes one after another on each of several places.
pub(super) async fn handshakes(subject: &Subject, effort: Effort) -> Outcome<Load> {
    let target = subject.plain(64);
    for _ in 0..WARM_UP {
        Line::open(&target, Kind::Backend).await?;
    }
    let places = vec![target; CONNECTIONS];
    load::run(
        subject.pid(),
        effort.lasts,
        places,
        |target, clock| async move {
            while clock.runs() {
                let began = Instant::now();
                Line::open(&target, Kind::Backend).await?;
                clock.note(began);
            }
            Ok(())
        },
    )
    .await
}

/// One call after another on each of several connections. Also returns the size of a response.
pub(super) async fn calls(
    subject: &Subject,
    effort: Effort,
    method: &str,
    reply: usize,
) -> Outcome<(Load, usize)> {
    let request: Utf8Bytes = client::request("1", method, &json!({})).into();
    let mut lines = Vec::new();
    let mut bytes = 0;
    for _ in 0..CONNECTIONS {
        let mut line = Line::open(&subject.plain(reply), Kind::Backend).await?;
        for _ in 0..WARM_UP {
            bytes = line.call(request.clone()).await?.len();
        }
        lines.push(line);
    }
    let load = load::run(subject.pid(), effort.lasts, lines, |mut line, clock| {
        let request = request.clone();
        async move {
            while clock.runs() {
                let began = Instant::now();
                line.call(request.clone()).await?;
                clock.note(began);
            }
            Ok(())
        }
    })
    .await?;
    Ok((load, bytes))
}
