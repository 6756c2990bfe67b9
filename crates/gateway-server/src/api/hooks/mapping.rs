//! `/hooks/NAME`: requests whose meaning stands in `hooks.mappings`.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::run::{Destination, Idempotency, Task};
use super::session::{configured, made, requested};
use super::template::{Facts, render};
use super::wake::Wake;
use crate::api::fault::ApiFault;
use crate::api::options::{HookMapping, HookOptions};
use crate::runs::Setup;

/// Items of one request that are acted on.
pub(super) const MAX_ITEMS: usize = 200;

/// A request to a mapping.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// The name below the path of hooks.
    pub(super) path: &'a str,
    pub(super) payload: &'a Value,
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a [(String, String)],
    /// The moment, as ISO 8601.
    pub(super) now: &'a str,
    /// What the sender says is one and the same request.
    pub(super) idempotency: Idempotency,
}

/// What a request comes to.
#[derive(Debug)]
pub(super) enum Action {
    Wake(Wake),
    Run(Box<Task>),
}

/// The first mapping that a request fits.
pub(super) fn find<'o>(
    options: &'o HookOptions,
    path: &str,
    payload: &Value,
) -> Option<&'o HookMapping> {
    options.mappings.iter().find(|one| {
        let path_fits = one.path.as_deref().is_none_or(|wanted| wanted == path);
        let source_fits = one
            .source
            .as_deref()
            .is_none_or(|wanted| payload["source"].as_str() == Some(wanted));
        path_fits && source_fits
    })
}

/// What a request comes to: one action, or one for each item of a list.
///
/// # Errors
///
/// 500 for a mapping that cannot be carried out; 400 for a payload that it cannot use.
pub(super) fn actions(
    setup: &Setup,
    options: &HookOptions,
    mapping: &HookMapping,
    request: &Request<'_>,
) -> Result<Vec<Action>, ApiFault> {
    if let Some(why) = &mapping.refused {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(ApiFault::new(
            status,
            "api_error",
            format!("hook mapping failed: {why}"),
        ));
    }
    let Some(list) = &mapping.for_each else {
        return Ok(vec![action(
            setup,
            options,
            mapping,
            request,
            request.payload,
            false,
        )?]);
    };
    let items = request.payload[list]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    if items.len() > MAX_ITEMS {
        tracing::warn!(
            hook = mapping.id,
            items = items.len(),
            taken = MAX_ITEMS,
            "a hook's batch is too long: the rest is dropped; send less at once"
        );
    }
    let is_batch = items.len() > 1;
    let each = items.iter().take(MAX_ITEMS).map(|item| {
        let mut payload = request.payload.clone();
        payload[list] = Value::Array(vec![item.clone()]);
        action(setup, options, mapping, request, &payload, is_batch)
    });
    each.collect()
}

fn action(
    setup: &Setup,
    options: &HookOptions,
    mapping: &HookMapping,
    request: &Request<'_>,
    payload: &Value,
    is_batch: bool,
) -> Result<Action, ApiFault> {
    let facts = Facts {
        payload,
        headers: request.headers,
        query: request.query,
        path: request.path,
        now: request.now,
    };
    let filled = |template: &Option<String>| {
        let text = render(template.as_deref()?, &facts).trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    // One that is gone since stands for the default one, as it always did.
    let agent_id = mapping
        .agent_id
        .clone()
        .filter(|id| setup.options.agent(id).is_some());
    let key = key(options, mapping, filled(&mapping.session_key))?;
    if mapping.is_wake {
        return Ok(Action::Wake(Wake {
            text: render(&mapping.text, &facts),
            waits: mapping.waits,
            agent_id,
            key,
        }));
    }
    let task = Task {
        message: render(&mapping.message, &facts),
        name: filled(&mapping.name).unwrap_or_else(|| "Hook".to_owned()),
        agent_id,
        is_key_made: key.is_none() && options.default_session_key.is_none(),
        key: key.unwrap_or_else(|| made(options)),
        is_persistent: mapping.is_persistent,
        wakes: !mapping.waits,
        to: match mapping.deliver {
            Some(false) => Destination::Nowhere,
            _ => Destination::Best {
                channel: mapping.channel.clone(),
                to: filled(&mapping.to),
            },
        },
        model: filled(&mapping.model),
        thinking: filled(&mapping.thinking),
        timeout: mapping.timeout_seconds.map(Duration::from_secs),
        is_trusted: mapping.is_trusted,
        idempotency: match (&request.idempotency, is_batch || mapping.for_each.is_some()) {
            (Idempotency::None, true) => Idempotency::Content,
            (given, _) => given.clone(),
        },
    };
    Ok(Action::Run(Box::new(task)))
}

/// The session that a mapping names.
fn key(
    options: &HookOptions,
    mapping: &HookMapping,
    filled: Option<String>,
) -> Result<Option<String>, ApiFault> {
    let Some(template) = &mapping.session_key else {
        return Ok(None);
    };
    let Some(key) = filled else {
        return Err(ApiFault::invalid("sessionKey: the payload makes it empty"));
    };
    match template.contains("{{") {
        true => requested(options, &key)?,
        false => configured(options, &key)?,
    };
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use openclaw_agent::model::transport::{HttpClient, HttpOptions, Transport};
    use serde_json::json;

    use super::*;
    use crate::agents::AgentOptions;

    fn acted(mapping: HookMapping, payload: &Value) -> Result<Vec<Action>, ApiFault> {
        let transport: Arc<dyn Transport> = Arc::new(HttpClient::new(HttpOptions::default()));
        let setup = Setup::new(AgentOptions::default(), &transport);
        let mut options = HookOptions::new("h1");
        options.allow_session_key = true;
        options.session_prefixes = vec!["hook:".to_owned()];
        options.mappings = vec![mapping];
        let request = Request {
            path: "github",
            payload,
            headers: &HeaderMap::new(),
            query: &[],
            now: "now",
            idempotency: Idempotency::None,
        };
        let found = find(&options, "github", payload).expect("it fits");
        actions(&setup, &options, found, &request)
    }

    fn mapping() -> HookMapping {
        HookMapping {
            id: "m".to_owned(),
            path: Some("github".to_owned()),
            message: "{{items[0].t}}".to_owned(),
            ..HookMapping::default()
        }
    }

    #[test]
    fn the_first_that_fits_counts() {
        let mut options = HookOptions::new("h1");
        let of = |path: Option<&str>, source: Option<&str>, id: &str| HookMapping {
            id: id.to_owned(),
            path: path.map(str::to_owned),
            source: source.map(str::to_owned),
            ..HookMapping::default()
        };
        options.mappings = vec![
            of(Some("a"), Some("s"), "1"),
            of(Some("a"), None, "2"),
            of(Some("b"), Some("s"), "3"),
        ];
        let found = |path, payload: Value| find(&options, path, &payload).map(|one| one.id.clone());
        assert_eq!(found("a", json!({"source": "s"})).as_deref(), Some("1"));
        assert_eq!(found("a", json!({})).as_deref(), Some("2"));
        assert_eq!(found("b", json!({"source": 7})), None);
        assert_eq!(found("c", json!({"source": "s"})), None);
    }

    #[test]
    fn a_list_is_one_action_for_each_item() {
        let each = HookMapping {
            for_each: Some("items".to_owned()),
            session_key: Some("hook:{{items[0].t}}".to_owned()),
            ..mapping()
        };
        let found = acted(each.clone(), &json!({"items": [{"t": "a"}, {"t": "b"}]})).unwrap();
        let [Action::Run(a), Action::Run(b)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((a.message.as_str(), b.key.as_str()), ("a", "hook:b"));
        assert!(matches!(a.idempotency, Idempotency::Content));
        let many: Vec<Value> = (0..300).map(|at| json!({"t": at.to_string()})).collect();
        assert_eq!(
            acted(each.clone(), &json!({"items": many})).unwrap().len(),
            MAX_ITEMS
        );
        for nothing in [json!({}), json!({"items": []}), json!({"items": "x"})] {
            assert!(
                acted(each.clone(), &nothing).unwrap().is_empty(),
                "{nothing}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = HookMapping {
            refused: Some("why".to_owned()),
            ..mapping()
        };
        assert_eq!(acted(refused, &json!({})).unwrap_err().status, 500);
        let elsewhere = HookMapping {
            session_key: Some("{{key}}".to_owned()),
            ..mapping()
        };
        for key in ["main", "", "agent:main:main"] {
            let fault = acted(elsewhere.clone(), &json!({"key": key})).unwrap_err();
            assert_eq!(fault.status, 400, "{key}");
        }
    }
}
