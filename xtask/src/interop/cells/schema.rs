//! What a Gateway says in protocol 4, against the published schema: the handshake, every frame,
//! and results and events that have a schema.

use std::collections::BTreeSet;

use openclaw_identity::DeviceKey;
use serde_json::{Value, json};

use super::super::gateway::Gateway;
use super::super::program::{Kit, Program};
use super::super::published::Published;
use super::super::steps::Report;
use crate::client::{Peer, Role};
use crate::failure::{Doing, Outcome, fail};

/// Last words of methods that change nothing.
const HARMLESS: &[&str] = &[
    "list",
    "status",
    "get",
    "info",
    "tail",
    "catalog",
    "effective",
    "history",
    "describe",
    "bins",
    "schema",
];

/// Methods that the step with a node calls.
const CALLED_WITH_NODE: &[&str] = &["device.token.rotate", "node.event", "skills.bins"];

/// Params of harmless methods that need some.
fn params(method: &str) -> Value {
    match method {
        "agents.files.list" | "skills.status" | "tools.catalog" | "agent.identity.get" => {
            json!({"agentId": "main"})
        }
        "chat.history" | "tools.effective" | "sessions.files.list" | "progressCard.get" => {
            json!({"sessionKey": "agent:main:main"})
        }
        _ => json!({}),
    }
}

/// Connects, calls, provokes events, and validates all of it.
pub(super) async fn run(kit: &Kit, report: &mut Report, gateway: Program) {
    let cell = report.cell().to_owned();
    let Ok(mut server) = Gateway::prepare(kit, &cell, gateway) else {
        return report.fail("prepare", "no home for the gateway".to_owned());
    };
    if report
        .step("gateway starts", server.start(kit))
        .await
        .is_none()
    {
        return;
    }
    let schema = async { Published::read(&kit.published_schema()?) };
    let Some(published) = report.step("published schema is read", schema).await else {
        return;
    };
    let Some(mut peer) = report.step("operator connects", server.operator()).await else {
        return;
    };
    report
        .step("hello-ok", async {
            if peer.hello["protocol"] != 4 {
                fail!("protocol {} instead of 4", peer.hello["protocol"]);
            }
            published.check("HelloOk", &peer.hello)
        })
        .await;
    results(report, &published, &mut peer).await;
    report
        .step("an error response", refusal(&published, &mut peer))
        .await;
    report
        .step(
            "node: pair, invoke, event, bins, rotate",
            node(&published, &server, &mut peer),
        )
        .await;
    report
        .step("shutdown", async { server.terminate().await })
        .await;
    events(report, &published, &mut peer).await;
}

/// Every harmless method that the Gateway advertises.
async fn results(report: &mut Report, published: &Published, peer: &mut Peer) {
    let advertised: Vec<String> = peer.hello["features"]["methods"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let (mut no_schema, mut not_called, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut validated = 0;
    for method in advertised {
        let is_harmless = method
            .rsplit('.')
            .next()
            .is_some_and(|last| HARMLESS.contains(&last));
        let definition = published.result_of(&method);
        if CALLED_WITH_NODE.contains(&method.as_str()) {
            validated += 1;
        } else if method == "system-presence" {
            report
                .step("system-presence", presence(published, peer))
                .await;
            validated += 1;
        } else if let (Some(definition), true) = (definition.as_ref(), is_harmless) {
            let outcome = result(published, peer, &method, definition).await;
            if let Ok(Verdict::Refused(why)) = outcome {
                refused.push(format!("{method} ({why})"));
            } else {
                report.step(&method, async { outcome.map(drop) }).await;
                validated += 1;
            }
        } else if definition.is_none() {
            no_schema.push(method);
        } else {
            not_called.push(method);
        }
    }
    report.step("coverage of results", async { Ok(()) }).await;
    report.note(format!(
        "{validated} with a published schema called and checked; {} without one; {} change something and were not called; {} refused these params\n  without a schema: {}\n  not called: {}\n  refused: {}",
        no_schema.len(),
        not_called.len(),
        refused.len(),
        no_schema.join(" "),
        not_called.join(" "),
        refused.join("; "),
    ));
}

/// How a harmless call went.
enum Verdict {
    /// The result is what the schema says.
    Valid,
    /// The Gateway wants other params: nothing to check.
    Refused(String),
}

async fn result(
    published: &Published,
    peer: &mut Peer,
    method: &str,
    definition: &str,
) -> Outcome<Verdict> {
    let frame = peer.call_frame(method, &params(method)).await?;
    published.check("ResponseFrame", &frame)?;
    if frame["ok"] == true {
        return published
            .check(definition, &frame["payload"])
            .map(|()| Verdict::Valid);
    }
    published.check("ErrorShape", &frame["error"])?;
    if frame["error"]["code"] != "INVALID_REQUEST" {
        fail!("failed: {}", frame["error"]);
    }
    Ok(Verdict::Refused(
        frame["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    ))
}

async fn presence(published: &Published, peer: &mut Peer) -> Outcome {
    let list = peer.call("system-presence", &json!({})).await?;
    let entries = list.as_array().doing("read the presence as a list")?;
    if entries.is_empty() {
        fail!("nobody is present");
    }
    entries
        .iter()
        .try_for_each(|entry| published.check("PresenceEntry", entry))
}

async fn refusal(published: &Published, peer: &mut Peer) -> Outcome {
    let frame = peer.call_frame("no.such.method", &json!({})).await?;
    published.check("ResponseFrame", &frame)?;
    if frame["ok"] != false {
        fail!("an unknown method succeeded: {frame}");
    }
    published.check("ErrorShape", &frame["error"])
}

/// Provokes what a node provokes: pairing events, an invoke with its request event, a new token.
async fn node(published: &Published, server: &Gateway, operator: &mut Peer) -> Outcome {
    let key = DeviceKey::generate();
    let role = Role::Node {
        key: &key,
        commands: &["system.which"],
    };
    let mut node = Peer::connect(server.target(), role).await?;
    published.check("HelloOk", &node.hello)?;
    let id = key.device_id().as_str().to_owned();
    let list = operator.call("node.pair.list", &json!({})).await?;
    for request in list["pending"].as_array().into_iter().flatten() {
        operator
            .call(
                "node.pair.approve",
                &json!({"requestId": request["requestId"]}),
            )
            .await?;
    }
    let invoke = json!({
        "nodeId": id, "command": "system.which", "params": {"bins": ["sh"]},
        "timeoutMs": 10_000, "idempotencyKey": uuid::Uuid::new_v4().to_string(),
    });
    let (answered, asked) =
        tokio::join!(operator.call("node.invoke", &invoke), answer_one(&mut node));
    let (answered, asked) = (answered?, asked?);
    if answered["payload"]["bins"]["sh"] != "/bin/sh" {
        fail!("the node's answer did not arrive: {answered}");
    }
    let definition = published
        .payload_of("node.invoke.request")
        .doing("find the schema of node.invoke.request")?;
    published.check("EventFrame", &asked)?;
    published.check(&definition, &asked["payload"])?;
    let alive = json!({"event": "node.presence.alive", "payloadJSON": json!({"trigger": "manual"}).to_string()});
    published.check("NodeEventResult", &node.call("node.event", &alive).await?)?;
    let bins = node.call("skills.bins", &json!({})).await?;
    published.check("SkillsBinsResult", &bins)?;
    let rotated = operator
        .call(
            "device.token.rotate",
            &json!({"deviceId": id, "role": "node"}),
        )
        .await?;
    published.check("DeviceTokenRotateResult", &rotated)
}

/// Answers the first invoke that a node is asked, and returns the asking frame.
async fn answer_one(node: &mut Peer) -> Outcome<Value> {
    loop {
        let frame = node.frame().await?;
        if frame["event"] != "node.invoke.request" {
            continue;
        }
        let asked = &frame["payload"];
        let payload = json!({"bins": {"sh": "/bin/sh"}});
        let answer = json!({"id": asked["id"], "nodeId": asked["nodeId"], "ok": true, "payloadJSON": payload.to_string()});
        node.call("node.invoke.result", &answer).await?;
        return Ok(frame);
    }
}

/// Every frame that came unasked, the last words of the Gateway included.
async fn events(report: &mut Report, published: &Published, peer: &mut Peer) {
    let mut frames = std::mem::take(&mut peer.aside);
    while let Ok(frame) = peer.frame().await {
        frames.push(frame);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut without = BTreeSet::new();
    for frame in &frames {
        let name = frame["event"].as_str().unwrap_or("not an event");
        let definition = published.payload_of(name);
        if definition.is_none() {
            without.insert(name);
        }
        let is_new = seen.insert(name);
        let outcome = published.check("EventFrame", frame).and_then(|()| {
            definition.map_or(Ok(()), |definition| {
                published.check(&definition, &frame["payload"])
            })
        });
        if is_new || outcome.is_err() {
            report
                .step(&format!("event {name}"), async { outcome })
                .await;
        }
    }
    report
        .step("shutdown is announced", async {
            if seen.contains("shutdown") {
                Ok(())
            } else {
                fail!("no `shutdown` event; events: {seen:?}")
            }
        })
        .await;
    let without: Vec<_> = without.into_iter().collect();
    report.note(format!(
        "{} events; without a published schema: {}",
        frames.len(),
        without.join(" ")
    ));
}
