//! How the Gateway is announced, in one cell.

use serde_json::Value;

use crate::render::field::text;

/// `mDNS announced · Studio (OpenClaw) · zone file written · /…/openclaw.internal.db`; blank of a
/// Gateway that is not announced and need not be.
pub(super) fn cell(discovery: &Value) -> String {
    let mdns = discovery
        .get("mdns")
        .filter(|mdns| text(mdns, "state") != Some("silent"))
        .map(|mdns| words("mDNS", mdns, "instance"));
    let zone = discovery
        .get("wideArea")
        .map(|zone| words("zone file", zone, "path"));
    let cells: Vec<String> = mdns.into_iter().chain(zone).collect();
    cells.join(" · ")
}

fn words(what: &str, of: &Value, key: &str) -> String {
    let state = text(of, "state").unwrap_or("unknown");
    let more = [key, "reason"].map(|key| text(of, key));
    let more = more.into_iter().flatten().map(|word| format!(" · {word}"));
    format!("{what} {state}{}", more.collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::cell;

    #[test]
    fn silence_is_not_worth_a_row() {
        assert_eq!(
            cell(&json!({ "mdns": { "state": "silent", "reason": "x" } })),
            ""
        );
        assert_eq!(cell(&json!({})), "");
    }

    #[test]
    fn what_is_announced_or_cannot_be_is_said() {
        let announced = json!({
            "mdns": { "state": "announced", "instance": "Studio (OpenClaw)" },
            "wideArea": { "state": "written", "path": "/s/dns/x.db", "serial": 1 },
        });
        assert_eq!(
            cell(&announced),
            "mDNS announced · Studio (OpenClaw) · zone file written · /s/dns/x.db"
        );
        let degraded = json!({
            "mdns": { "state": "degraded", "reason": "no socket" },
            "wideArea": { "state": "degraded", "reason": "no address" },
        });
        assert_eq!(
            cell(&degraded),
            "mDNS degraded · no socket · zone file degraded · no address"
        );
    }
}
