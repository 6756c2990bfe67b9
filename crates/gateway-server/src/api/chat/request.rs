//! A request to `/v1/chat/completions`.

use serde_json::Value;

use crate::api::fault::ApiFault;
use crate::api::files::Images;
use crate::api::options::FileRules;
use crate::api::prompt::{self, Talk, Who};
use crate::api::tools_asked::AskedTools;
use crate::runs::AskAttachment;

/// Messages of one request.
const MAX_MESSAGES: usize = 10_000;

/// A request to `/v1/chat/completions`, as far as it is looked at.
#[derive(Debug)]
pub(super) struct ChatRequest {
    pub(super) model: String,
    pub(super) user: Option<String>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) talk: Talk,
    /// Pictures of the last message of the user.
    pub(super) images: Vec<AskAttachment>,
    pub(super) tools: AskedTools,
    pub(super) max_tokens: Option<u64>,
}

impl ChatRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 with the field that is wrong.
    pub(super) fn read(body: &Value, rules: &FileRules) -> Result<Self, ApiFault> {
        if !body.is_object() {
            return Err(ApiFault::invalid("the body must be a JSON object"));
        }
        sampling(body)?;
        let (talk, images) = messages(&body["messages"], rules)?;
        let model = match &body["model"] {
            Value::Null => "openclaw".to_owned(),
            Value::String(model) => model.clone(),
            _ => return Err(ApiFault::invalid("`model` must be a string")),
        };
        Ok(Self {
            model,
            user: optional_text(body, "user")?,
            stream: optional_flag(body, "stream")?,
            include_usage: body["stream_options"]["include_usage"] == true,
            talk,
            images,
            tools: AskedTools::read(body.get("tools"), body.get("tool_choice"), true)?,
            max_tokens: max_tokens(body)?,
        })
    }
}

/// A member that is text or not there.
pub(in crate::api) fn optional_text(body: &Value, key: &str) -> Result<Option<String>, ApiFault> {
    match &body[key] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(ApiFault::invalid(format!("`{key}` must be a string"))),
    }
}

/// A member that is true, false, or not there.
pub(in crate::api) fn optional_flag(body: &Value, key: &str) -> Result<bool, ApiFault> {
    match &body[key] {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        _ => Err(ApiFault::invalid(format!("`{key}` must be true or false"))),
    }
}

/// A number of tokens, or nothing.
pub(in crate::api) fn tokens(body: &Value, key: &str) -> Result<Option<u64>, ApiFault> {
    match &body[key] {
        Value::Null => Ok(None),
        value => value
            .as_u64()
            .filter(|tokens| (1..=9_007_199_254_740_991).contains(tokens))
            .map(Some)
            .ok_or_else(|| ApiFault::invalid(format!("`{key}` must be a positive integer"))),
    }
}

/// Both spellings are checked; the newer one counts.
fn max_tokens(body: &Value) -> Result<Option<u64>, ApiFault> {
    let older = tokens(body, "max_tokens")?;
    Ok(tokens(body, "max_completion_tokens")?.or(older))
}

/// Checks a number against its bounds.
///
/// # Errors
///
/// 400 if it is out of them, or no number.
pub(in crate::api) fn within(
    body: &Value,
    key: &str,
    least: f64,
    most: f64,
) -> Result<(), ApiFault> {
    let value = &body[key];
    let fits = value.is_null()
        || value
            .as_f64()
            .is_some_and(|one| (least..=most).contains(&one));
    match fits {
        true => Ok(()),
        false => Err(ApiFault::invalid(format!(
            "`{key}` must be a number from {least} to {most}"
        ))),
    }
}

/// How the model chooses its words. Checked as OpenAI does; the agent's model decides by itself.
fn sampling(body: &Value) -> Result<(), ApiFault> {
    within(body, "temperature", 0.0, 2.0)?;
    within(body, "top_p", 0.0, 1.0)?;
    within(body, "frequency_penalty", -2.0, 2.0)?;
    within(body, "presence_penalty", -2.0, 2.0)?;
    let seed = &body["seed"];
    if !seed.is_null() && !seed.is_i64() && !seed.is_u64() {
        return Err(ApiFault::invalid("`seed` must be an integer"));
    }
    let is_word = |value: &Value| value.as_str().is_some_and(|word| !word.is_empty());
    let fits = match &body["stop"] {
        Value::Null => true,
        Value::Array(list) => list.len() <= 4 && list.iter().all(is_word),
        one => is_word(one),
    };
    match fits {
        true => Ok(()),
        false => Err(ApiFault::invalid(
            "`stop` must be a string or up to 4 strings",
        )),
    }
}

fn messages(list: &Value, rules: &FileRules) -> Result<(Talk, Vec<AskAttachment>), ApiFault> {
    let Value::Array(list) = list else {
        return Err(ApiFault::invalid("`messages` must be an array"));
    };
    if list.len() > MAX_MESSAGES {
        return Err(ApiFault::invalid(format!(
            "`messages`: at most {MAX_MESSAGES}"
        )));
    }
    let last_user = list.iter().rposition(|one| one["role"] == "user");
    let mut talk = Talk::default();
    let mut images = Images::new(rules);
    for (at, one) in list.iter().enumerate() {
        let place = format!("messages[{at}]");
        let role = one["role"].as_str().unwrap_or_default();
        let pictures = match Some(at) == last_user {
            true => Some(&mut images),
            false => None,
        };
        let text = content(&one["content"], &place, pictures)?;
        match role {
            "system" | "developer" => talk.system.push(text),
            "user" => talk.say(Who::User, text),
            "assistant" => talk.say(Who::Assistant, said(one, text)),
            "tool" => {
                let id = one["tool_call_id"].as_str().unwrap_or_default();
                if id.is_empty() {
                    return Err(ApiFault::invalid(format!(
                        "{place}: `tool_call_id` is missing"
                    )));
                }
                talk.say(Who::Tool, prompt::result(id, one["name"].as_str(), &text));
            }
            "function" => {
                let name = one["name"].as_str().unwrap_or("function");
                talk.say(Who::Tool, prompt::result(name, None, &text));
            }
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(ApiFault::invalid(format!(
                    "{place}: `role` `{other}` is not known"
                )));
            }
        }
    }
    Ok((talk, images.take()))
}

/// What an assistant said, with the calls that it made.
fn said(message: &Value, text: String) -> String {
    let calls = message["tool_calls"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    calls.iter().fold(text, |mut text, one| {
        let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let function = &one["function"];
        if !text.is_empty() {
            text.push('\n');
        }
        let (id, name) = (part(&one["id"]), part(&function["name"]));
        text.push_str(&prompt::call(&id, &name, &part(&function["arguments"])));
        text
    })
}

/// The text of a message; pictures go to `images`, or become a note where there is no place.
fn content(
    value: &Value,
    at: &str,
    mut images: Option<&mut Images<'_>>,
) -> Result<String, ApiFault> {
    let parts = match value {
        Value::Null => return Ok(String::new()),
        Value::String(text) => return Ok(text.clone()),
        Value::Array(parts) => parts,
        _ => {
            return Err(ApiFault::invalid(format!(
                "{at}: `content` must be a string or an array"
            )));
        }
    };
    let mut texts: Vec<&str> = Vec::new();
    for (nr, part) in parts.iter().enumerate() {
        let place = format!("{at}.content[{nr}]");
        match part["type"].as_str().unwrap_or_default() {
            "text" | "input_text" | "output_text" => {
                texts.push(part["text"].as_str().unwrap_or_default());
            }
            "refusal" => texts.push(part["refusal"].as_str().unwrap_or_default()),
            "image_url" => {
                let image = &part["image_url"];
                let url = image.as_str().or_else(|| image["url"].as_str());
                let url = url.ok_or_else(|| {
                    ApiFault::invalid(format!("{place}: `image_url.url` is missing"))
                })?;
                match &mut images {
                    Some(images) => images.url(url, &place)?,
                    None => texts.push("(a picture)"),
                }
            }
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(ApiFault::invalid(format!(
                    "{place}: parts of type `{other}` are not taken; use `text` and `image_url`"
                )));
            }
        }
    }
    Ok(texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<ChatRequest, ApiFault> {
        ChatRequest::read(body, &FileRules::default())
    }

    #[test]
    fn a_request_is_read() {
        let body = json!({
            "model": "openclaw/ann", "user": "u", "stream": true,
            "stream_options": {"include_usage": true}, "max_tokens": 5, "max_completion_tokens": 7,
            "temperature": 0.5, "metadata": {"unknown": 1},
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "developer", "content": [{"type": "text", "text": "in French"}]},
                {"role": "user", "content": [
                    {"type": "image_url", "image_url": {"url": "https://example.com/old.png"}}]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "w", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": ""},
                {"role": "user", "content": [
                    {"type": "text", "text": "what is"}, {"type": "text", "text": "this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,cGljdA=="}}]},
            ],
        });
        let request = read(&body).unwrap();
        assert_eq!(
            request.talk.system_text().as_deref(),
            Some("be brief\n\nin French")
        );
        let question = request.talk.question().unwrap();
        assert!(question.ends_with("User: what is\nthis?"), "{question}");
        assert!(
            question.contains("(a picture)") && question.contains("(called w with {}, call c1)")
        );
        assert_eq!((request.images.len(), request.max_tokens), (1, Some(7)));
        assert!(request.stream && request.include_usage);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = json!([{"role": "user", "content": "hi"}]);
        for (body, why) in [
            (json!([]), "JSON object"),
            (json!({}), "`messages` must be"),
            (json!({"messages": message, "model": 1}), "`model` must"),
            (
                json!({"messages": message, "stream": "yes"}),
                "`stream` must",
            ),
            (
                json!({"messages": message, "temperature": 3}),
                "`temperature`",
            ),
            (json!({"messages": message, "top_p": "x"}), "`top_p`"),
            (json!({"messages": message, "seed": 1.5}), "`seed`"),
            (
                json!({"messages": message, "stop": ["a", "b", "c", "d", "e"]}),
                "`stop`",
            ),
            (
                json!({"messages": message, "max_tokens": 0}),
                "`max_tokens`",
            ),
            (
                json!({"messages": [{"role": "robot", "content": ""}]}),
                "`robot`",
            ),
            (
                json!({"messages": [{"role": "tool", "content": ""}]}),
                "tool_call_id",
            ),
            (
                json!({"messages": [{"role": "user", "content": 7}]}),
                "`content` must",
            ),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}),
                "input_audio",
            ),
        ] {
            let fault = read(&body).unwrap_err();
            assert!(
                fault.status == 400 && fault.message.contains(why),
                "{body}: {fault}"
            );
        }
    }
}
