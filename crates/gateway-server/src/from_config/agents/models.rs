//! `models.providers`, and providers that need nothing but a key in the environment.

use openclaw_agent::model::{Api, Compat, Cost, KeyHeader, ModelSpec, ProviderSpec, Timeouts};
use serde_json::Value;

use super::{Reader, flag, number, text};
use crate::agents::AgentOptions;

pub(super) fn read(reader: &Reader<'_>, options: &mut AgentOptions) {
    let section = reader.section("models");
    let providers = section.and_then(|section| section.get("providers"));
    if let Some(Value::Object(providers)) = providers {
        for (name, value) in providers {
            match provider(reader, name, value, &mut options.problems) {
                Ok(provider) => options.providers.push(provider),
                Err(why) => options.problems.push(why),
            }
        }
    }
    known(reader, options);
}

fn provider(
    reader: &Reader<'_>,
    name: &str,
    value: &Value,
    problems: &mut Vec<String>,
) -> Result<ProviderSpec, String> {
    let at = format!("models.providers.{name}");
    let known = KNOWN.iter().find(|known| known.name == name);
    let url = text(Some(value), "baseUrl")
        .or_else(|| known.map(|known| known.base_url.to_owned()))
        .ok_or_else(|| format!("{at}.baseUrl is missing: where is the provider?"))?;
    // The address itself may hold a password: it is not repeated.
    let base_url = url
        .parse()
        .map_err(|error| format!("{at}.baseUrl is no address: {error}"))?;
    let api = match text(Some(value), "api") {
        Some(word) => word.parse().map_err(|error| format!("{at}.api: {error}"))?,
        None => known.map_or(Api::OpenAiChat, |known| known.api),
    };
    let api_key = match value.get("apiKey") {
        Some(key) => reader.secret(key, &format!("{at}.apiKey"))?,
        None => known
            .and_then(|known| reader.loaded.env.text(known.variable))
            .map(|key| key.to_owned().into()),
    };
    let mut headers = Vec::new();
    if let Some(Value::Object(members)) = value.get("headers") {
        for (header, value) in members {
            if let Some(secret) = reader.secret(value, &format!("{at}.headers.{header}"))? {
                headers.push((header.clone(), secret));
            }
        }
    }
    let mut models = Vec::new();
    if let Some(Value::Array(list)) = value.get("models") {
        for (place, one) in list.iter().enumerate() {
            match model(one) {
                Ok(model) => models.push(model),
                Err(why) => problems.push(format!("{at}.models[{place}]{why}")),
            }
        }
    }
    let bearer = flag(value, "authHeader") == Some(true)
        || text(Some(value), "auth").as_deref() == Some("token");
    Ok(ProviderSpec {
        name: name.to_owned(),
        base_url,
        api,
        api_key,
        auth: if bearer {
            KeyHeader::Bearer
        } else {
            KeyHeader::Usual
        },
        headers,
        models,
        timeouts: timeouts(value),
    })
}

/// `timeoutSeconds`: for the first byte and between two pieces.
fn timeouts(value: &Value) -> Timeouts {
    let mut timeouts = Timeouts::default();
    let seconds = number(Some(value), "timeoutSeconds").filter(|seconds| *seconds > 0);
    if let Some(seconds) = seconds {
        timeouts.first_byte = std::time::Duration::from_secs(seconds);
        timeouts.idle = timeouts.first_byte;
    }
    timeouts
}

fn model(value: &Value) -> Result<ModelSpec, String> {
    let id = match value {
        Value::String(id) if !id.trim().is_empty() => return Ok(ModelSpec::new(id.trim())),
        _ => text(Some(value), "id").ok_or(": a model without id; add id: \"name\"")?,
    };
    let mut model = ModelSpec::new(id);
    model.name = text(Some(value), "name");
    model.api = match text(Some(value), "api") {
        Some(word) => Some(word.parse().map_err(|error| format!(".api: {error}"))?),
        None => None,
    };
    model.reasoning = flag(value, "reasoning").unwrap_or_default();
    if let Some(Value::Array(kinds)) = value.get("input") {
        model.images = kinds.iter().any(|kind| kind == "image");
    }
    if let Some(window) = number(Some(value), "contextWindow").filter(|one| *one > 0) {
        model.context_window = window;
    }
    if let Some(most) = number(Some(value), "maxTokens").filter(|one| *one > 0) {
        model.max_tokens = most;
    }
    let cost = |key: &str| value.get("cost")?.get(key)?.as_f64();
    model.cost = Cost {
        input: cost("input").unwrap_or_default(),
        output: cost("output").unwrap_or_default(),
        cache_read: cost("cacheRead").unwrap_or_default(),
        cache_write: cost("cacheWrite").unwrap_or_default(),
    };
    if let Some(compat) = value.get("compat") {
        model.compat = Compat {
            max_completion_tokens: text(Some(compat), "maxTokensField")
                .map(|field| field == "max_completion_tokens"),
            usage_in_stream: flag(compat, "supportsUsageInStreaming"),
            developer_role: flag(compat, "supportsDeveloperRole"),
        };
    }
    Ok(model)
}

/// A provider whose place everybody knows.
struct Known {
    name: &'static str,
    base_url: &'static str,
    api: Api,
    /// Where its key stands.
    variable: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        name: "anthropic",
        base_url: "https://api.anthropic.com",
        api: Api::Anthropic,
        variable: "ANTHROPIC_API_KEY",
    },
    Known {
        name: "openai",
        base_url: "https://api.openai.com/v1",
        api: Api::OpenAiResponses,
        variable: "OPENAI_API_KEY",
    },
    Known {
        name: "openrouter",
        base_url: "https://openrouter.ai/api/v1",
        api: Api::OpenAiChat,
        variable: "OPENROUTER_API_KEY",
    },
];

/// Adds the providers and models that agents name and that are known without being configured.
fn known(reader: &Reader<'_>, options: &mut AgentOptions) {
    let wanted = options.agents.iter().flat_map(|agent| agent.models.clone());
    for wanted in wanted.collect::<Vec<_>>() {
        let Some(known) = KNOWN.iter().find(|known| known.name == wanted.provider) else {
            continue;
        };
        let configured = options
            .providers
            .iter_mut()
            .find(|provider| provider.name == wanted.provider);
        let provider = match configured {
            Some(provider) => provider,
            None => {
                let Some(key) = reader.loaded.env.text(known.variable) else {
                    continue;
                };
                options.providers.push(ProviderSpec {
                    name: known.name.to_owned(),
                    base_url: known
                        .base_url
                        .parse()
                        .expect("an address that is written here"),
                    api: known.api,
                    api_key: Some(key.to_owned().into()),
                    auth: KeyHeader::Usual,
                    headers: Vec::new(),
                    models: Vec::new(),
                    timeouts: Timeouts::default(),
                });
                options
                    .providers
                    .last_mut()
                    .expect("it was pushed just now")
            }
        };
        if !provider.models.iter().any(|model| model.id == wanted.model) {
            let mut model = ModelSpec::new(wanted.model);
            model.images = true;
            model.context_window = 200_000;
            provider.models.push(model);
        }
    }
}
