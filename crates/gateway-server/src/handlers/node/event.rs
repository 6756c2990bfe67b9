//! `node.event`: what a node says by itself. Nothing in it is trusted.

use openclaw_protocol::events::node::host_stats::{NodeHostStats, NodeHostStatsPayload};
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::node::event::{NodeEvent, NodeEventParams, NodeEventResult};
use openclaw_protocol::methods::node::host_stats::HostStats;
use serde_json::{Map, Value};

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::router::Router;
use crate::state::hub::publish;

pub(super) fn register(router: &mut Router) {
    router.now::<NodeEvent>(|ctx, params| {
        let (handled, reason) = handle(ctx, &params);
        let answer = NodeEventResult::new(true);
        Ok(if ctx.conn().is_v4() {
            NodeEventResult {
                event: Some(params.event),
                handled: Some(handled),
                reason: reason.map(str::to_owned),
                ..answer
            }
        } else {
            answer
        })
    });
}

fn handle(ctx: &Ctx, params: &NodeEventParams) -> (bool, Option<&'static str>) {
    match params.event.as_str() {
        "node.presence.alive" => {
            if let Some(device) = &ctx.conn().device {
                ctx.core().book.store().touch(device, now_ms(), "alive");
            }
            (true, Some("persisted"))
        }
        "node.host.stats" => match host_stats(payload(params)) {
            None => (false, Some("invalid_payload")),
            Some(stats) => {
                let reason = keep_stats(ctx, stats);
                (reason == "updated", Some(reason))
            }
        },
        _ => (false, Some("unsupported_event")),
    }
}

/// The payload as a value: `payload`, or the JSON in `payloadJSON`.
fn payload(params: &NodeEventParams) -> Value {
    if let Some(raw) = &params.payload {
        return serde_json::from_str(raw.get()).unwrap_or_default();
    }
    let text = params.payload_json.as_deref().unwrap_or("null");
    serde_json::from_str(text).unwrap_or_default()
}

/// Host statistics, if they make sense.
fn host_stats(payload: Value) -> Option<HostStats> {
    let stats: HostStats = serde_json::from_value(payload).ok()?;
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

fn keep_stats(ctx: &Ctx, stats: HostStats) -> &'static str {
    let core = ctx.core();
    let conn = ctx.conn();
    let Some(device) = &conn.device else {
        return "stale_connection";
    };
    let Some(node) = core
        .nodes
        .get(device.as_str())
        .filter(|node| node.conn.id == conn.id)
    else {
        return "stale_connection";
    };
    node.set_host_stats(stats.clone());
    let payload = NodeHostStatsPayload {
        node_id: NodeId::from(device),
        host_stats: stats,
    };
    publish::<NodeHostStats>(&*core.bus, &payload, None);
    "updated"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::host_stats;

    #[test]
    fn nonsense_is_no_statistics() {
        let good = json!({ "cpuCount": 2, "memoryTotalBytes": 8, "memoryFreeBytes": 4, "x": "y" });
        let kept = host_stats(good).unwrap();
        assert_eq!(kept.cpu_count, 2);
        assert!(kept.rest.is_empty());
        for bad in [
            json!({ "cpuCount": 0, "memoryTotalBytes": 8, "memoryFreeBytes": 4 }),
            json!({ "cpuCount": 2, "memoryTotalBytes": "8", "memoryFreeBytes": 4 }),
            json!({ "cpuCount": 2, "memoryTotalBytes": 8, "memoryFreeBytes": 4, "loadAverage": [1] }),
            json!(null),
        ] {
            assert!(host_stats(bad.clone()).is_none(), "{bad}");
        }
    }
}
