//! Templates of mappings: `{{messages[0].subject}}` and the like.

use axum::http::HeaderMap;
use serde_json::Value;

/// Parts of a path in a template.
const MAX_STEPS: usize = 16;
/// Bytes of what a template comes to.
const MAX_RENDERED: usize = 512 * 1024;
/// Headers that no template sees: they open doors.
const SECRET: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-openclaw-token",
];

/// What templates may name.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) payload: &'a Value,
    pub(super) headers: &'a HeaderMap,
    /// Names and values of the query.
    pub(super) query: &'a [(String, String)],
    /// The name below the path of hooks.
    pub(super) path: &'a str,
    /// The moment, as ISO 8601.
    pub(super) now: &'a str,
}

/// Fills in a template. What is not there becomes nothing; objects become JSON.
pub(super) fn render(template: &str, facts: &Facts<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        out.push_str(&value(name.trim(), facts));
        rest = behind;
        if out.len() > MAX_RENDERED {
            out.truncate(out.floor_char_boundary(MAX_RENDERED));
            return out;
        }
    }
    out.push_str(rest);
    out
}

fn value(name: &str, facts: &Facts<'_>) -> String {
    if let Some(header) = name.strip_prefix("headers.") {
        let header = header.to_ascii_lowercase();
        let value = facts
            .headers
            .get(&header)
            .filter(|_| !SECRET.contains(&header.as_str()));
        return value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
    }
    if let Some(key) = name.strip_prefix("query.") {
        let found = facts.query.iter().find(|(known, _)| known == key);
        return found.map(|(_, value)| value.clone()).unwrap_or_default();
    }
    match name {
        "path" => facts.path.to_owned(),
        "now" => facts.now.to_owned(),
        "payload" => text(facts.payload),
        _ => {
            let path = name.strip_prefix("payload.").unwrap_or(name);
            steps(facts.payload, path).map(text).unwrap_or_default()
        }
    }
}

/// Follows `messages[0].subject`.
fn steps<'v>(payload: &'v Value, path: &str) -> Option<&'v Value> {
    let mut at = payload;
    for part in path.split('.').take(MAX_STEPS + 1) {
        let (key, mut indexes) = match part.find('[') {
            Some(open) => part.split_at(open),
            None => (part, ""),
        };
        if key.is_empty() && indexes.is_empty() {
            return None;
        }
        if !key.is_empty() {
            at = at.as_object()?.get(key)?;
        }
        while !indexes.is_empty() {
            let (index, rest) = indexes.strip_prefix('[')?.split_once(']')?;
            at = at.as_array()?.get(index.trim().parse::<usize>().ok()?)?;
            indexes = rest;
        }
    }
    (path.split('.').count() <= MAX_STEPS).then_some(at)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rendered(template: &str) -> String {
        let payload = json!({
            "a": "x", "n": 7, "none": null, "o": {"k": [1]}, "list": [{"s": "first"}, [2, 3]],
        });
        let mut headers = HeaderMap::new();
        headers.insert("x-event", "push".parse().unwrap());
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        let facts = Facts {
            payload: &payload,
            headers: &headers,
            query: &[("kind".to_owned(), "q".to_owned())],
            path: "github",
            now: "2026-01-01T00:00:00.000Z",
        };
        render(template, &facts)
    }

    #[test]
    fn templates_are_filled_in() {
        for (template, expected) in [
            ("plain", "plain"),
            ("{{a}} {{ payload.a }} {{n}}", "x x 7"),
            ("{{list[0].s}} {{list[1][1]}} {{o}}", "first 3 {\"k\":[1]}"),
            (
                "{{headers.X-Event}}/{{query.kind}}/{{path}}/{{now}}",
                "push/q/github/2026-01-01T00:00:00.000Z",
            ),
            (
                "[{{none}}{{missing.deep}}{{list[9]}}{{list[x]}}{{a.b}}{{}}]",
                "[]",
            ),
            ("open {{a", "open {{a"),
            ("{{headers.authorization}}{{headers.Authorization}}", ""),
        ] {
            assert_eq!(rendered(template), expected, "{template}");
        }
    }

    proptest! {
        #[test]
        fn no_template_is_too_odd(template in "[{}a-z\\[\\]. 0-9ä]{0,40}") {
            let _ = rendered(&template);
        }
    }
}
