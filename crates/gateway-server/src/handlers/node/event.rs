//! `node.event`: what a node says by itself. Nothing in it is trusted: known events only, sizes
//! and rates bounded, and what is not known is not passed on.

use openclaw_protocol::events::node::host_stats::{NodeHostStats, NodeHostStatsPayload};
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::node::event::{NodeEvent, NodeEventParams, NodeEventResult};
use openclaw_protocol::methods::node::host_stats::HostStats;
use serde::Deserialize;
use serde_json::Map;
use serde_json::value::RawValue;

use super::speech;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::nodes::extras::publish_use;
use crate::nodes::invoke::cut;
use crate::nodes::registry::LiveNode;
use crate::router::Router;
use crate::state::hub::publish;

pub(super) fn register(router: &mut Router) {
    router.now::<NodeEvent>(|ctx, params| {
        let (handled, reason) = match handle(ctx, &params) {
            Ok(reason) => (true, reason),
            Err(reason) => (false, reason),
        };
        let answer = NodeEventResult::new(true);
        Ok(if ctx.conn().is_v4() {
            NodeEventResult {
                event: Some(cut(&params.event, MAX_NAME).to_owned()),
                handled: Some(handled),
                reason: Some(reason.to_owned()),
                ..answer
            }
        } else {
            answer
        })
    });
}

/// Longest name of an event that is repeated to the node, bytes.
const MAX_NAME: usize = 128;
/// Largest payload of an event that is read, bytes.
const MAX_PAYLOAD: usize = 16 * 1024;

/// What came of an event, or why nothing did.
fn handle(ctx: &Ctx, params: &NodeEventParams) -> Result<&'static str, &'static str> {
    let conn = ctx.conn();
    let device = conn.device.as_ref().ok_or("stale_connection")?;
    let node = ctx.core().nodes.get(device.as_str());
    let node = node.filter(|node| node.conn.id == conn.id);
    let node = node.ok_or("stale_connection")?;
    if !node.events.take() {
        return Err("rate_limited");
    }
    match params.event.as_str() {
        "node.presence.alive" => {
            let how = read::<Alive>(params).map_or("background", |alive| alive.reason());
            ctx.core().book.store().touch(device, now_ms(), how);
            Ok("persisted")
        }
        "node.presence.activity" => used(ctx, &node, &read(params).ok_or("invalid_payload")?),
        "node.host.stats" => {
            let stats = read(params).and_then(host_stats);
            let stats = stats.ok_or("invalid_payload")?;
            node.set_host_stats(stats.clone());
            let payload = NodeHostStatsPayload {
                node_id: NodeId::from(device),
                host_stats: stats,
            };
            publish::<NodeHostStats>(&*ctx.core().bus, &payload, None);
            Ok("updated")
        }
        "exec.started" | "exec.finished" | "exec.denied" => {
            let told = speech(params).ok_or("invalid_payload")?;
            speech::exec(ctx, &node, &params.event, &told)
        }
        "voice.transcript" => speech::heard(ctx, &node, &speech(params).ok_or("invalid_payload")?),
        "agent.request" => speech::request(ctx, &node, speech(params).ok_or("invalid_payload")?),
        _ => Err("unsupported_event"),
    }
}

/// A payload in which somebody speaks: it may be longer.
fn speech<T: for<'de> Deserialize<'de>>(params: &NodeEventParams) -> Option<T> {
    read_up_to(params, speech::MAX_PAYLOAD)
}

/// The payload, in the form asked for: `payloadJSON` wins over `payload`.
fn read<T: for<'de> Deserialize<'de>>(params: &NodeEventParams) -> Option<T> {
    read_up_to(params, MAX_PAYLOAD)
}

fn read_up_to<T: for<'de> Deserialize<'de>>(params: &NodeEventParams, most: usize) -> Option<T> {
    let raw = params.payload.as_deref().map(RawValue::get);
    let text = params.payload_json.as_deref().or(raw)?;
    if text.len() > most {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// `node.presence.alive`.
#[derive(Debug, Deserialize)]
struct Alive {
    trigger: String,
}

impl Alive {
    /// How it was heard: one of the known words.
    fn reason(&self) -> &'static str {
        const KNOWN: [&str; 6] = [
            "background",
            "silent_push",
            "bg_app_refresh",
            "significant_location",
            "manual",
            "connect",
        ];
        let known = KNOWN.into_iter().find(|known| *known == self.trigger);
        known.unwrap_or("background")
    }
}

/// `node.presence.activity`: how long ago a person used the node, or that it does not say.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Activity {
    idle_seconds: Option<u64>,
    action: Option<String>,
    /// `idleSeconds` says "at least".
    #[serde(rename = "saturated")]
    _saturated: Option<bool>,
}

/// Longest idle time that a node may tell: thirty days.
const MAX_IDLE_SECONDS: u64 = 2_592_000;

fn used(ctx: &Ctx, node: &LiveNode, said: &Activity) -> Result<&'static str, &'static str> {
    let used = match (said.idle_seconds, said.action.as_deref()) {
        (Some(seconds), None) if seconds <= MAX_IDLE_SECONDS => {
            let now = now_ms();
            Some(node.change_extras(|extras| extras.use_seen(seconds * 1000, now)))
        }
        (None, Some("clear")) => {
            let was = node.change_extras(|extras| extras.used.take());
            if was.is_none() {
                return Ok("unchanged");
            }
            None
        }
        _ => return Err("invalid_payload"),
    };
    publish_use(ctx.core(), &node.id, used);
    Ok("updated")
}

/// Host statistics, if they make sense.
fn host_stats(stats: HostStats) -> Option<HostStats> {
    let fits = (1..=4096).contains(&stats.cpu_count)
        && stats
            .load_average
            .as_ref()
            .is_none_or(|load| load.len() == 3);
    // What is not known is not passed on: a node's words are not ours.
    fits.then(|| HostStats {
        updated_at_ms: Some(now_ms()),
        rest: Map::new(),
        ..stats
    })
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::methods::node::event::NodeEventParams;
    use serde_json::{Value, json};

    use super::{Activity, Alive, MAX_PAYLOAD, host_stats, read};

    fn event(payload: &Value) -> NodeEventParams {
        let mut params = NodeEventParams::new("e".to_owned());
        params.payload = Some(serde_json::value::to_raw_value(payload).unwrap());
        params
    }

    #[test]
    fn nonsense_is_no_statistics() {
        let good = json!({ "cpuCount": 2, "memoryTotalBytes": 8, "memoryFreeBytes": 4, "x": "y" });
        let kept = read(&event(&good)).and_then(host_stats).unwrap();
        assert_eq!(kept.cpu_count, 2);
        assert!(kept.rest.is_empty());
        for bad in [
            json!({ "cpuCount": 0, "memoryTotalBytes": 8, "memoryFreeBytes": 4 }),
            json!({ "cpuCount": 2, "memoryTotalBytes": "8", "memoryFreeBytes": 4 }),
            json!({ "cpuCount": 2, "memoryTotalBytes": 8, "memoryFreeBytes": 4, "loadAverage": [1] }),
            json!(null),
        ] {
            assert!(read(&event(&bad)).and_then(host_stats).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_trigger_that_nobody_knows_is_not_repeated() {
        let alive = |trigger: &str| read::<Alive>(&event(&json!({ "trigger": trigger }))).unwrap();
        assert_eq!(alive("manual").reason(), "manual");
        assert_eq!(alive("<script>").reason(), "background");
        assert!(read::<Alive>(&event(&json!({}))).is_none());
    }

    #[test]
    fn payload_json_wins_and_large_payloads_are_not_read() {
        let mut params = event(&json!({ "trigger": "manual" }));
        params.payload_json = Some(r#"{"trigger":"connect"}"#.to_owned());
        assert_eq!(read::<Alive>(&params).unwrap().reason(), "connect");
        params.payload_json = Some("nonsense".to_owned());
        assert!(read::<Alive>(&params).is_none());
        let large = json!({ "trigger": "x".repeat(MAX_PAYLOAD) });
        assert!(read::<Alive>(&event(&large)).is_none());
        assert!(read::<Activity>(&event(&json!({ "idleSeconds": -1 }))).is_none());
        assert!(read::<Activity>(&event(&json!({ "who": 1 }))).is_none());
    }
}
