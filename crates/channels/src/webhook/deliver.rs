//! What we send to the other side.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Webhook;
use super::sign::{SIGNATURE, Signed, TIMESTAMP};
use crate::channel::ChannelError;
use crate::clock;
use crate::http::{HttpError, read};
use crate::outbound::{File, FileKind, Part, SendEnd, Sent, Target, Text};

/// Bytes of an answer.
const MAX_ANSWER: usize = 64 * 1024;
/// How long to wait where the other side does not say.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest wait that the other side may ask for.
const MOST: Duration = Duration::from_secs(3600);

/// What the other side may answer.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    message_id: Option<String>,
    error: Option<String>,
}

/// How a request ended.
enum End {
    Taken(Answer),
    /// Again, after this time; the other side said so itself or not.
    Again(String, Option<Duration>),
    Refused(String),
}

/// Sends one part. The other side knows by its `id` what it took before: a part that may have
/// arrived is sent again.
pub(super) async fn part(webhook: &Webhook, to: &Target, part: &Part, key: &str) -> SendEnd {
    let mut body = about("message", to);
    let said = match part {
        Part::Text {
            text,
            buttons,
            silent,
        } => {
            say(&mut body, text);
            if !buttons.is_empty() {
                body.insert("buttons".to_owned(), json!(buttons));
            }
            silent
        }
        Part::File {
            file,
            caption,
            silent,
        } => {
            if let Some(caption) = caption {
                say(&mut body, caption);
            }
            body.insert("file".to_owned(), attached(file));
            silent
        }
        Part::Poll { poll, silent } => {
            body.insert("poll".to_owned(), json!(poll));
            silent
        }
    };
    if *said {
        body.insert("silent".to_owned(), json!(true));
    }
    send(webhook, body, key, key).await
}

/// Sends something about a message that is there; `message_id` is its id afterwards.
pub(super) async fn change(
    webhook: &Webhook,
    what: &str,
    to: &Target,
    message_id: &str,
    more: Value,
) -> SendEnd {
    let mut body = about(what, to);
    body.insert("messageId".to_owned(), json!(message_id));
    add(&mut body, more);
    send(webhook, body, &new_id(), message_id).await
}

/// Sends something that may be missed.
pub(super) async fn notice(webhook: &Webhook, what: &str, to: Option<&Target>, more: Value) {
    let mut body = to.map_or_else(Map::new, |to| about(what, to));
    body.insert("type".to_owned(), json!(what));
    add(&mut body, more);
    if let End::Again(why, _) | End::Refused(why) =
        post(webhook, body, &new_id(), webhook.options.timeout).await
    {
        tracing::debug!(what, why, "a notice is not delivered");
    }
}

fn add(body: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        body.extend(more);
    }
}

fn new_id() -> String {
    let number: u128 = rand::random();
    format!("{number:032x}")
}

/// Asks the other side whether it is there.
pub(super) async fn ping(webhook: &Webhook, timeout: Duration) -> Result<(), ChannelError> {
    let mut body = Map::new();
    body.insert("type".to_owned(), json!("ping"));
    match post(webhook, body, &new_id(), timeout).await {
        End::Taken(_) => Ok(()),
        End::Again(why, _) => Err(ChannelError::passing(why)),
        End::Refused(why) => Err(ChannelError::lasting(why)),
    }
}

fn about(what: &str, to: &Target) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("type".to_owned(), json!(what));
    body.insert("to".to_owned(), json!(super::chat_of(&to.to)));
    if let Some(thread) = &to.thread_id {
        body.insert("threadId".to_owned(), json!(thread));
    }
    if let Some(reply) = &to.reply_to {
        body.insert("replyTo".to_owned(), json!(reply));
    }
    body
}

fn say(body: &mut Map<String, Value>, text: &Text) {
    let markup = match text {
        Text::Markdown(_) => "markdown",
        Text::Native(_) => "native",
    };
    body.insert("text".to_owned(), json!(text.as_str()));
    body.insert("markup".to_owned(), json!(markup));
}

fn attached(file: &File) -> Value {
    let kind = match file.kind {
        FileKind::Photo => "photo",
        FileKind::Video => "video",
        FileKind::Animation => "animation",
        FileKind::Audio => "audio",
        FileKind::Voice => "voice",
        FileKind::Document => "document",
    };
    json!({
        "name": file.name, "mimeType": file.mime_type, "kind": kind,
        "base64": STANDARD.encode(&file.bytes),
    })
}

async fn send(webhook: &Webhook, body: Map<String, Value>, key: &str, ours: &str) -> SendEnd {
    match post(webhook, body, key, webhook.options.timeout).await {
        End::Taken(answer) => SendEnd::Sent(Sent {
            message_id: answer.message_id.unwrap_or_else(|| ours.to_owned()),
            ids: Map::new(),
        }),
        End::Again(why, after) => SendEnd::Again {
            after: after.unwrap_or(PAUSE).min(MOST),
            why,
            is_limit: after.is_some(),
        },
        End::Refused(why) => SendEnd::Failed(why),
    }
}

async fn post(
    webhook: &Webhook,
    mut body: Map<String, Value>,
    key: &str,
    timeout: Duration,
) -> End {
    let Some((url, http)) = webhook.receiver() else {
        return End::Refused("this webhook has no address to deliver to, and only listens".into());
    };
    body.insert("id".to_owned(), json!(key));
    body.insert("account".to_owned(), json!(webhook.options.account));
    let body = Value::Object(body).to_string().into_bytes();
    let signed = Signed::new(&webhook.options.secret, clock::now_s(), &body);
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", key.to_owned()),
        (TIMESTAMP, signed.timestamp),
        (SIGNATURE, signed.signature),
    ];
    let response = match http.post(url.clone(), &headers, body, timeout).await {
        Ok(response) => response,
        Err(error) => return End::Again(unanswered(&error), None),
    };
    let status = response.status().as_u16();
    let wait = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let answer = read(response, MAX_ANSWER).await.unwrap_or_default();
    let answer: Answer = serde_json::from_slice(&answer).unwrap_or_default();
    let why = answer
        .error
        .as_deref()
        .map(|why| why.chars().take(300).collect::<String>());
    let why = format!(
        "the receiver says {status}{}",
        why.map(|why| format!(": {why}")).unwrap_or_default()
    );
    match status {
        200..=299 => End::Taken(answer),
        429 => End::Again(why, Some(wait.unwrap_or(PAUSE))),
        408 | 425 | 500..=599 => End::Again(why, wait),
        _ => End::Refused(why),
    }
}

fn unanswered(error: &HttpError) -> String {
    format!("the receiver did not answer: {error}")
}

/// Gets a file from the host that we deliver to, and from nowhere else.
pub(super) async fn fetch(
    webhook: &Webhook,
    address: &str,
    max_bytes: usize,
) -> Result<Vec<u8>, ChannelError> {
    let lasting = |why: String| ChannelError::lasting(why);
    let Some((home, http)) = webhook.receiver() else {
        return Err(lasting(
            "this webhook has no address to get files from".to_owned(),
        ));
    };
    // Joined, so that a mere path will do.
    let url = home
        .join(address)
        .ok()
        .filter(|url| url.origin() == home.origin() && url.username().is_empty())
        .ok_or_else(|| lasting("files come from the host that we deliver to".to_owned()))?;
    let signed = Signed::new(
        &webhook.options.secret,
        clock::now_s(),
        url.as_str().as_bytes(),
    );
    let headers = [(TIMESTAMP, signed.timestamp), (SIGNATURE, signed.signature)];
    let response = http
        .get(url, &headers, webhook.options.timeout)
        .await
        .map_err(|error| ChannelError::passing(unanswered(&error)))?;
    match response.status().as_u16() {
        200 => {}
        code @ (408 | 429 | 500..=599) => {
            return Err(ChannelError::passing(format!("the receiver says {code}")));
        }
        code => return Err(lasting(format!("the receiver says {code}"))),
    }
    read(response, max_bytes)
        .await
        .map_err(|error| match error {
            HttpError::TooLarge(_) => lasting(format!("the file has more than {max_bytes} bytes")),
            error => ChannelError::passing(unanswered(&error)),
        })
}
