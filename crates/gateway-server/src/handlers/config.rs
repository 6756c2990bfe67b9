//! `config.get`, `config.schema`
//!
//! Secrets never leave: they are replaced before anything is shown, for every scope.

use std::collections::BTreeMap;

use openclaw_config::{Issue, LoadError, effective, json_schema, load, redact};
use openclaw_protocol::methods::config::get::{ConfigGet, ConfigGetResult};
use openclaw_protocol::methods::config::issue::ConfigIssue;
use openclaw_protocol::methods::config::schema::{ConfigSchema, ConfigSchemaResult};
use openclaw_protocol::methods::nullable::Nullable;
use serde_json::json;
use serde_json::value::to_raw_value;

use crate::clock::{iso, now_ms};
use crate::fault::Fault;
use crate::options::ConfigFile;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<ConfigGet, _>(|ctx, _| async move {
        let file = ctx
            .core()
            .options
            .config
            .clone()
            .ok_or_else(|| Fault::unavailable("this gateway has no configuration file"))?;
        // Disk: off the network threads.
        tokio::task::spawn_blocking(move || snapshot(&file))
            .await
            .map_err(|error| Fault::internal("configuration not readable", error))
    });
    router.later::<ConfigSchema, _>(|ctx, _| async move {
        Ok(ConfigSchemaResult {
            schema: to_raw_value(&json_schema::json_schema())
                .map_err(|error| Fault::internal("schema not serialisable", error))?,
            ui_hints: BTreeMap::new(),
            version: ctx.core().options.version.clone(),
            generated_at: iso(now_ms()),
        })
    });
}

/// What the file says at this moment, without secrets.
fn snapshot(file: &ConfigFile) -> ConfigGetResult {
    let path = file.path.to_string_lossy().into_owned();
    match load(&file.path, &file.env) {
        Ok(loaded) => {
            let included = loaded.included_files().iter();
            ConfigGetResult {
                raw: Nullable::Null,
                parsed: Some(redact::redact(&loaded.raw)),
                config: Some(redact::redact(&effective::with_defaults(&loaded.resolved))),
                hash: Some(loaded.hash.clone()),
                issues: Some(Vec::new()),
                warnings: Some(loaded.warnings.iter().map(issue).collect()),
                legacy_issues: Some(Vec::new()),
                included_paths: Some(
                    included
                        .map(|path| path.to_string_lossy().into_owned())
                        .collect(),
                ),
                ..ConfigGetResult::new(path, loaded.exists, true)
            }
        }
        Err(error) => {
            let issues = match &error {
                LoadError::Invalid(invalid) => invalid.issues.iter().map(issue).collect(),
                other => vec![ConfigIssue::new(String::new(), other.to_string())],
            };
            ConfigGetResult {
                raw: Nullable::Null,
                parsed: Some(json!({})),
                config: Some(json!({})),
                issues: Some(issues),
                warnings: Some(Vec::new()),
                legacy_issues: Some(Vec::new()),
                ..ConfigGetResult::new(path, file.path.exists(), false)
            }
        }
    }
}

fn issue(issue: &Issue) -> ConfigIssue {
    ConfigIssue::new(issue.path.clone(), issue.message.clone())
}
