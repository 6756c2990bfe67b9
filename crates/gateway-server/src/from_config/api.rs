//! From `gateway.http.endpoints`, `gateway.tools` and `hooks` to the HTTP endpoints for other
//! programs.
//!
//! A mistake costs the part that it stands in and nothing else; what is not sure to be meant stays
//! switched off.

mod hooks;

use openclaw_agent::tool::Pattern;
use openclaw_config::Loaded;
use openclaw_config::schema::{Fetch, FetchFiles};
use openclaw_policy::AuthGate;

use super::agents::{Reader, RunSecretCommand};
use crate::api::options::{ApiOptions, FileRules, ToolRules};

/// What the configuration says about HTTP endpoints for other programs. `gate` is how clients
/// prove themselves: the secret of hooks must be another one. Secret references are followed;
/// `run` is called for those that a command answers.
#[must_use]
pub fn api(loaded: &Loaded, gate: &AuthGate, run: &RunSecretCommand<'_>) -> ApiOptions {
    let gateway = &loaded.config.gateway;
    let endpoints = &gateway.http.endpoints;
    let mut options = ApiOptions {
        chat_completions: endpoints.chat_completions.enabled,
        responses: endpoints.responses.enabled,
        chat_files: files(&endpoints.chat_completions.images, None),
        responses_files: files(
            &endpoints.responses.images,
            Some(&endpoints.responses.files),
        ),
        // There is no switch for it in the real releases: who may call it may do more anyway.
        tools: Some(ToolRules {
            allow: patterns(&gateway.tools.allow),
            deny: patterns(&gateway.tools.deny),
        }),
        ..ApiOptions::default()
    };
    let fetches = [
        (
            "chatCompletions.images",
            endpoints.chat_completions.enabled,
            endpoints.chat_completions.images.allow_url,
        ),
        (
            "responses.images",
            endpoints.responses.enabled,
            endpoints.responses.images.allow_url,
        ),
        (
            "responses.files",
            endpoints.responses.enabled,
            endpoints.responses.files.allow_url,
        ),
    ];
    for (at, is_on, allow) in fetches {
        if is_on && allow == Some(true) {
            options.problems.push(format!(
                "gateway.http.endpoints.{at}.allowUrl: this Gateway fetches nothing for HTTP \
                 clients; they send the content itself"
            ));
        }
    }
    let reader = Reader::new(loaded, run);
    options.hooks = hooks::read(&reader, gate, &mut options.problems);
    options
}

fn patterns(names: &[String]) -> Vec<Pattern> {
    let parsed = names.iter().map(|name| {
        let Ok(pattern) = name.parse();
        pattern
    });
    parsed.collect()
}

fn files(images: &Fetch, files: Option<&FetchFiles>) -> FileRules {
    let mut rules = FileRules::default();
    // What no model reads is not taken, whatever is configured.
    let narrowed = |kinds: &mut Vec<String>, wanted: &[String]| {
        if !wanted.is_empty() {
            kinds.retain(|kind| wanted.iter().any(|one| one.eq_ignore_ascii_case(kind)));
        }
    };
    let bytes = |limit: Option<u64>, default: usize| {
        limit.map_or(default, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    };
    narrowed(&mut rules.image_kinds, &images.allowed_mimes);
    rules.image_bytes = bytes(images.max_bytes, rules.image_bytes);
    if let Some(files) = files {
        narrowed(&mut rules.file_kinds, &files.allowed_mimes);
        rules.file_bytes = bytes(files.max_bytes, rules.file_bytes);
        if let Some(chars) = files.max_chars {
            rules.file_chars = usize::try_from(chars).unwrap_or(usize::MAX);
        }
    }
    rules
}

#[cfg(test)]
mod tests;
