//! Members of params against the published schemas of 2026.9 and the shapes observed on both
//! releases.

use std::collections::{BTreeMap, BTreeSet};

use openclaw_protocol::catalogue::{METHODS, method};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct Shape {
    required: BTreeSet<String>,
    properties: BTreeSet<String>,
}

/// `@openclaw/gateway-protocol` 2026.9.1, reduced; of alternatives all members and what is
/// required in each.
#[derive(Debug, Deserialize)]
struct Published {
    method: String,
    #[serde(rename = "open")]
    is_open: bool,
    required: BTreeSet<String>,
    properties: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Observed {
    method: String,
    #[serde(rename = "2026.2")]
    v3: Option<Shape>,
    #[serde(rename = "2026.9")]
    v4: Option<Shape>,
}

fn published() -> Vec<Published> {
    serde_json::from_str(include_str!("../vectors/published-params.json")).unwrap()
}

fn observed() -> Vec<Observed> {
    serde_json::from_str(include_str!("../vectors/observed-params.json")).unwrap()
}

fn schema(name: &str) -> Value {
    let info = method(name).unwrap_or_else(|| panic!("{name} is not declared"));
    serde_json::to_value((info.params_schema)()).unwrap()
}

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(words) => words
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => BTreeSet::new(),
    }
}

fn ours(name: &str) -> Shape {
    let schema = schema(name);
    Shape {
        required: names(&schema["required"]),
        properties: names(&schema["properties"]),
    }
}

#[test]
fn params_have_the_published_and_observed_members_and_no_other() {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let published = published();
    let observed = observed();
    for shape in &published {
        wanted
            .entry(shape.method.clone())
            .or_default()
            .extend(shape.properties.clone());
    }
    for row in &observed {
        for shape in [&row.v3, &row.v4].into_iter().flatten() {
            wanted
                .entry(row.method.clone())
                .or_default()
                .extend(shape.properties.clone());
        }
    }
    let mut members = 0;
    for (name, wanted) in &wanted {
        assert_eq!(&ours(name).properties, wanted, "{name}");
        members += wanted.len();
    }
    println!(
        "{} methods compared ({} published, {} observed), {members} members",
        wanted.len(),
        published.len(),
        observed.len()
    );
    assert_eq!((published.len(), observed.len()), (77, 82));
    assert_eq!(wanted.len(), 82);
}

#[test]
fn params_require_what_the_newest_schema_requires() {
    for shape in published() {
        assert_eq!(
            ours(&shape.method).required,
            shape.required,
            "{}",
            shape.method
        );
    }
}

#[test]
fn what_the_newest_schema_no_longer_requires_is_known() {
    let mut relaxed = Vec::new();
    for row in observed() {
        let Some(v3) = row.v3 else { continue };
        let ours = ours(&row.method).required;
        relaxed.extend(
            v3.required
                .difference(&ours)
                .map(|it| format!("{} {it}", row.method)),
        );
    }
    // A handler must ask for these itself where the caller speaks protocol 3.
    assert_eq!(
        relaxed,
        [
            "exec.approval.request command",
            "exec.approvals.node.set file",
            "send message"
        ]
    );
}

#[test]
fn params_are_closed_where_the_originals_are() {
    // `connect` is read by its own strict reader; the others are read by hand in the originals,
    // which ignore what they do not know.
    let open: BTreeSet<&str> = [
        "browser.request",
        "connect",
        "exec.approval.list",
        "exec.approval.waitDecision",
        "gateway.identity.get",
        "health",
        "last-heartbeat",
        "node.pluginSurface.refresh",
        "sessions.get",
        "set-heartbeats",
        "status",
        "system-presence",
        "voicewake.get",
        "voicewake.set",
        "wake",
    ]
    .into();
    for info in METHODS {
        let closed = schema(info.name)["additionalProperties"] == Value::Bool(false);
        assert_eq!(closed, !open.contains(info.name), "{}", info.name);
    }
    let published_open: Vec<String> = published()
        .into_iter()
        .filter(|it| it.is_open)
        .map(|it| it.method)
        .collect();
    assert_eq!(published_open, ["wake"]);
}
