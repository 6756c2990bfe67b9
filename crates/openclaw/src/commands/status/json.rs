//! `openclaw status --json`

use openclaw_config::LoadError;
use serde_json::{Map, Value, json};

use super::Report;
use super::os;
use crate::app::App;
use crate::commands::service::{Kind, Service};

/// What the Gateway answered, with what this machine knows beside it. `collection` names what
/// the original collects and we do not.
pub(super) fn report(app: &App, of: &Report) -> Value {
    let mut report = match &of.probed.status {
        Some(Value::Object(status)) => status.clone(),
        _ => Map::new(),
    };
    report.insert("os".to_owned(), os::to_json());
    report.insert(
        "gateway".to_owned(),
        json!({
            "mode": of.mode(),
            "url": of.info.as_ref().map(|info| info.url.to_string()),
            "urlSource": of.info.as_ref().map(|info| info.url_source.label()),
            "misconfigured": of.info.is_none(),
            "reachable": of.probed.is_reachable(),
            "connectLatencyMs": of.probed.latency_ms(),
            "self": of.probed.own_presence(),
            "error": of.probed.error_message(),
        }),
    );
    for (key, kind) in [
        ("gatewayService", Kind::Gateway),
        ("nodeService", Kind::Node),
    ] {
        let service = Service::find(app, kind);
        report.insert(
            key.to_owned(),
            json!({
                "label": service.label,
                "installed": service.file.is_some(),
                "loadedText": service.state(),
                "runtimeShort": null,
            }),
        );
    }
    if let Err(LoadError::Invalid(invalid)) = &of.loaded {
        report.insert("configIssues".to_owned(), json!(invalid.issues));
    }
    for (key, value) in [
        ("health", &of.probed.health),
        ("nodes", &of.probed.nodes),
        ("devices", &of.probed.devices),
    ] {
        if let Some(value) = value {
            report.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(deep) = &of.deep {
        for (key, value) in deep.members(of) {
            report.insert(key.to_owned(), value);
        }
        if let Ok(loaded) = &of.loaded {
            report.insert("configWarnings".to_owned(), json!(loaded.warnings));
        }
    }
    if let (true, Some(presence)) = (of.all, &of.probed.presence) {
        report.insert("presence".to_owned(), presence.clone());
    }
    report.insert(
        "collection".to_owned(),
        json!({
            "source": if of.probed.status.is_some() { "gateway" } else { "local" },
            "notCollected": ["update", "memory", "securityAudit"],
        }),
    );
    Value::Object(report)
}
