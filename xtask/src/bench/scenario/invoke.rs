//! `node.invoke`: operator → server → node → server → operator.

use std::time::Instant;

use openclaw_identity::DeviceKey;
use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::super::line::{Kind, Line};
use super::super::load::{self, Load};
use super::super::subject::Subject;
use super::{Effort, Sizes};
use crate::client::{self, Peer, Role};
use crate::failure::{Doing, Outcome, fail};

/// Operators that call at the same time.
const CALLERS: usize = 4;
/// Calls that are not measured.
const WARM_UP: usize = 10;
/// The command that is invoked.
const COMMAND: &str = "system.which";

/// Measures, and notes the sizes of a Gateway's frames.
pub(super) async fn measure(subject: &Subject, effort: Effort, sizes: &mut Sizes) -> Outcome<Load> {
    let key = DeviceKey::generate();
    let node_id = key.device_id().as_str().to_owned();
    let mut node = JoinSet::new();
    let asked_for = *sizes;
    if subject.is_bare() {
        let line = Line::open(&subject.bare_node(), Kind::Backend).await?;
        node.spawn_local(bare_node(line, asked_for.result));
    } else {
        let target = subject.plain(64);
        let line = Line::open_as(&target, |challenge| {
            client::connect_params(
                &target.token,
                Role::Node {
                    key: &key,
                    commands: &[COMMAND],
                },
                challenge,
            )
        })
        .await?;
        approve(subject, &node_id).await?;
        node.spawn_local(gateway_node(line));
    }
    let mut lines = Vec::new();
    for caller in 0..CALLERS {
        let mut line = Line::open(&subject.bare_caller(), Kind::Backend).await?;
        for call in 0..WARM_UP {
            let answer = line
                .call(request(&node_id, &format!("warm-{caller}-{call}")))
                .await?;
            if !subject.is_bare() && answer.contains(r#""ok":false"#) {
                fail!("node.invoke was refused: {}", answer.as_str());
            }
            sizes.answer = answer.len();
        }
        lines.push((caller, line));
    }
    let load = load::run(
        subject.pid(),
        effort.lasts,
        lines,
        |(caller, mut line), clock| {
            let node_id = node_id.clone();
            async move {
                let mut call = 0_u64;
                while clock.runs() {
                    let request = request(&node_id, &format!("{caller}-{call}"));
                    call += 1;
                    let began = Instant::now();
                    line.call(request).await?;
                    clock.note(began);
                }
                Ok(())
            }
        },
    )
    .await?;
    if !subject.is_bare() {
        let seen = learn(subject, &key).await?;
        (sizes.ask, sizes.result, sizes.ack) = seen;
    }
    node.shutdown().await;
    Ok(load)
}

/// A call of the command, with this key.
pub(in super::super) fn request(node_id: &str, idempotency_key: &str) -> Utf8Bytes {
    let params = json!({
        "nodeId": node_id,
        "command": COMMAND,
        "params": {"bins": ["sh"]},
        "timeoutMs": 20_000,
        "idempotencyKey": idempotency_key,
    });
    client::request("1", "node.invoke", &params).into()
}

/// Approves whatever the node waits for.
async fn approve(subject: &Subject, node_id: &str) -> Outcome {
    let mut operator = Peer::connect(&subject.plain(64), Role::Operator).await?;
    let list = operator.call("node.pair.list", &json!({})).await?;
    for request in list["pending"].as_array().into_iter().flatten() {
        if request["nodeId"] == node_id {
            operator
                .call(
                    "node.pair.approve",
                    &json!({"requestId": request["requestId"]}),
                )
                .await?;
        }
    }
    Ok(())
}

/// The part of `node.invoke.request` that an answer needs.
#[derive(Deserialize)]
struct Asked {
    payload: AskedPayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AskedPayload {
    id: String,
    node_id: String,
}

/// The answer to a frame, if it asks something.
fn answer(text: &str) -> Outcome<Option<Utf8Bytes>> {
    if !text.contains(r#""node.invoke.request""#) {
        return Ok(None);
    }
    let Asked { payload } = serde_json::from_str(text).doing("read node.invoke.request")?;
    let params = json!({
        "id": payload.id,
        "nodeId": payload.node_id,
        "ok": true,
        "payloadJSON": r#"{"bins":{"sh":"/bin/sh"}}"#,
    });
    Ok(Some(
        client::request("r", "node.invoke.result", &params).into(),
    ))
}

/// Answers every call, until its connection ends.
pub(in super::super) async fn gateway_node(mut line: Line) {
    while let Ok(text) = line.text().await {
        let Ok(answer) = answer(&text) else { return };
        if let Some(answer) = answer
            && line.send(answer).await.is_err()
        {
            return;
        }
    }
}

/// Answers with the caller's number, which stands first, and padding.
async fn bare_node(mut line: Line, size: usize) {
    let padding = "x".repeat(size.saturating_sub(8));
    while let Ok(text) = line.text().await {
        let is_question = text.starts_with(|first: char| first.is_ascii_digit());
        if is_question
            && line
                .send(format!("{}{padding}", &text[..8]).into())
                .await
                .is_err()
        {
            return;
        }
    }
}

/// One more call, looked at closely: sizes of question, result and acknowledgement.
async fn learn(subject: &Subject, key: &DeviceKey) -> Outcome<(usize, usize, usize)> {
    let target = subject.plain(64);
    // The same device again: the newer connection is the one that is asked.
    let mut node = Line::open_as(&target, |challenge| {
        client::connect_params(
            &target.token,
            Role::Node {
                key,
                commands: &[COMMAND],
            },
            challenge,
        )
    })
    .await?;
    let mut operator = Line::open(&target, Kind::Backend).await?;
    operator
        .send(request(key.device_id().as_str(), "learn"))
        .await?;
    loop {
        let asked = node.text().await?;
        if let Some(result) = answer(&asked)? {
            let result_bytes = result.len();
            let ack = node.call(result).await?;
            return Ok((asked.len(), result_bytes, ack.len()));
        }
    }
}
