//! The figures, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::command::Cost;
use super::load::Load;
use super::scenario::Measures;

/// One Gateway beside the bare server that sends what it sends.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    /// Which Gateway.
    pub(super) name: String,
    /// Its figures.
    pub(super) gateway: Measures,
    /// Those of the bare server.
    pub(super) bare: Measures,
}

/// One line of the table.
struct Row {
    what: &'static str,
    gateway: Option<f64>,
    bare: Option<f64>,
    /// Decimal places.
    places: usize,
}

fn row(
    what: &'static str,
    places: usize,
    pair: &Pair,
    of: impl Fn(&Measures) -> Option<f64>,
) -> Row {
    Row {
        what,
        gateway: of(&pair.gateway),
        bare: of(&pair.bare),
        places,
    }
}

fn rows(pair: &Pair) -> Vec<Row> {
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let mib = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
    let mut rows = vec![
        row("start: exec to hello-ok, ms", 1, pair, |m| m.start_ms),
        row("idle: resident MiB", 1, pair, |m| {
            Some(mib(m.idle_resident_bytes))
        }),
        row("idle: KiB per connection", 1, pair, |m| {
            Some(m.bytes_per_connection / 1024.0)
        }),
    ];
    let mut loads = |names: [&'static str; 4], of: fn(&Measures) -> &Load| {
        let [cpu, rate, p50, p99] = names;
        rows.push(row(cpu, 1, pair, |m| Some(of(m).cpu_us)));
        rows.push(row(rate, 0, pair, |m| Some(of(m).per_second)));
        rows.push(row(p50, 3, pair, |m| Some(of(m).p50_ms)));
        rows.push(row(p99, 3, pair, |m| Some(of(m).p99_ms)));
    };
    loads(
        [
            "handshake: CPU µs",
            "handshake: per second",
            "handshake: p50 ms",
            "handshake: p99 ms",
        ],
        |m| &m.handshake,
    );
    loads(
        [
            "health: CPU µs",
            "health: per second",
            "health: p50 ms",
            "health: p99 ms",
        ],
        |m| &m.health,
    );
    loads(
        [
            "node.list: CPU µs",
            "node.list: per second",
            "node.list: p50 ms",
            "node.list: p99 ms",
        ],
        |m| &m.node_list,
    );
    loads(
        [
            "node.invoke: CPU µs",
            "node.invoke: per second",
            "node.invoke: p50 ms",
            "node.invoke: p99 ms",
        ],
        |m| &m.invoke,
    );
    rows.push(row("fan-out: CPU µs per delivery", 2, pair, |m| {
        Some(m.fan_out.cpu_us)
    }));
    rows.push(row("fan-out: deliveries per second", 0, pair, |m| {
        Some(m.fan_out.per_second)
    }));
    rows
}

fn ratio(row: &Row) -> Option<f64> {
    match (row.gateway, row.bare) {
        (Some(gateway), Some(bare)) if bare > 0.0 => Some(gateway / bare),
        _ => None,
    }
}

/// The table of one pair.
pub(super) fn table(pair: &Pair) -> String {
    let number = |value: Option<f64>, places: usize| {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.places$}"))
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:32} {:>12} {:>12} {:>8}",
        pair.name, "gateway", "bare", "ratio"
    );
    for row in rows(pair) {
        let ratio = ratio(&row).map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}x"));
        let _ = writeln!(
            out,
            "{:32} {:>12} {:>12} {ratio:>8}",
            row.what,
            number(row.gateway, row.places),
            number(row.bare, row.places)
        );
    }
    for (name, measures) in [("gateway", &pair.gateway), ("bare", &pair.bare)] {
        let fan_out = &measures.fan_out;
        if fan_out.delivered < fan_out.expected {
            let _ = writeln!(
                out,
                "fan-out: {name} left out {} of {} deliveries",
                fan_out.expected - fan_out.delivered,
                fan_out.expected
            );
        }
    }
    out
}

/// Everything as JSON, the ratios included.
pub(super) fn json(pairs: &[Pair], costs: &[Cost]) -> Value {
    let entries: Vec<Value> = pairs
        .iter()
        .map(|pair| {
            let ratios: serde_json::Map<String, Value> = rows(pair)
                .iter()
                .filter_map(|row| Some((row.what.to_owned(), json!(ratio(row)?))))
                .collect();
            json!({"name": pair.name, "gateway": pair.gateway, "bare": pair.bare, "ratios": ratios})
        })
        .collect();
    json!({ "pairs": entries, "commands": costs })
}
