//! What the methods of the Bot API do.

use serde_json::{Value, json};

use super::call::{Call, Reply, Shown};
use super::state::{Hook, State};
use super::{html, say};

/// UTF-16 units of a text, as it is shown.
const MAX_TEXT: usize = 4096;
/// UTF-16 units of a caption, as it is shown.
const MAX_CAPTION: usize = 1024;
/// Bytes of a file that can be downloaded.
const MAX_DOWNLOAD: u64 = 20 * 1024 * 1024;

/// Does what a call asks for. `getUpdates` waits, and is done elsewhere.
pub(super) fn perform(state: &mut State, call: &Call, bot: i64) -> Reply {
    let done = match call.method.as_str() {
        "getMe" => Ok(json!({
            "id": bot, "is_bot": true, "first_name": "Fake", "username": say::BOT_NAME,
            "can_join_groups": true, "can_read_all_group_messages": false,
            "supports_inline_queries": false,
        })),
        "setWebhook" => set_hook(state, call),
        "deleteWebhook" => {
            state.hook = None;
            if call.text("drop_pending_updates").as_deref() == Some("true") {
                state.updates.clear();
            }
            Ok(json!(true))
        }
        "getWebhookInfo" => Ok(json!({
            "url": state.hook.as_ref().map_or("", |hook| hook.url.as_str()),
            "has_custom_certificate": false, "pending_update_count": state.updates.len(),
        })),
        "sendMessage" => text(call, "text", MAX_TEXT, "message is too long")
            .and_then(|shown| send(state, call, bot, shown, &json!({}))),
        "sendPhoto" | "sendDocument" | "sendVideo" | "sendAnimation" | "sendAudio"
        | "sendVoice" => send_file(state, call, bot),
        "sendPoll" => send_poll(state, call, bot),
        "editMessageText" => edit(state, call, bot),
        "deleteMessage" => one_of(state, call).map(|at| {
            state.shown.remove(at);
            json!(true)
        }),
        "sendChatAction" | "setMessageReaction" | "pinChatMessage" | "unpinChatMessage" => {
            chat(call).map(|_| json!(true))
        }
        "answerCallbackQuery" | "setMyCommands" | "deleteMyCommands" => Ok(json!(true)),
        "getFile" => get_file(state, call),
        _ => Err(Reply::no(404, "Not Found")),
    };
    match done {
        Ok(result) => Reply::ok(&result),
        Err(reply) => reply,
    }
}

fn set_hook(state: &mut State, call: &Call) -> Result<Value, Reply> {
    let url = call.text("url").unwrap_or_default();
    let is_loopback = url.starts_with("http://127.0.0.1:") || url.starts_with("http://[::1]:");
    if !url.starts_with("https://") && !is_loopback {
        return Err(Reply::bad(
            "bad webhook: An HTTPS URL must be provided for webhook",
        ));
    }
    let secret = call.text("secret_token").unwrap_or_default();
    let is_plain = secret
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if secret.len() > 256 || !is_plain {
        return Err(Reply::bad("secret token contains unallowed characters"));
    }
    remember_kinds(state, call);
    state.hook = Some(Hook { url, secret });
    Ok(json!(true))
}

/// Keeps the kinds of updates that are asked for.
pub(super) fn remember_kinds(state: &mut State, call: &Call) {
    let kinds = call.member("allowed_updates");
    if let Some(kinds) = kinds.and_then(|kinds| serde_json::from_value(kinds).ok()) {
        state.allowed = Some(kinds);
    }
}

fn chat(call: &Call) -> Result<String, Reply> {
    let chat = call.text("chat_id").unwrap_or_default();
    match chat.parse::<i64>() {
        Ok(0) => Err(Reply::bad("chat not found")),
        Ok(_) => Ok(chat),
        Err(_) if chat.starts_with('@') => Ok(chat),
        Err(_) if chat.is_empty() => Err(Reply::bad("chat_id is empty")),
        Err(_) => Err(Reply::bad("chat not found")),
    }
}

/// A text as people see it.
fn text(call: &Call, member: &str, most: usize, too_long: &str) -> Result<String, Reply> {
    let text = call.text(member).unwrap_or_default();
    let shown = match call.text("parse_mode").as_deref() {
        None => text,
        Some(mode) if mode.eq_ignore_ascii_case("html") => {
            html::shown(&text).map_err(|why| Reply::bad(&format!("can't parse entities: {why}")))?
        }
        Some(_) => return Err(Reply::bad("unsupported parse_mode")),
    };
    if shown.encode_utf16().count() > most {
        return Err(Reply::bad(too_long));
    }
    if member == "text" && shown.trim().is_empty() {
        return Err(Reply::bad("message text is empty"));
    }
    Ok(shown)
}

/// Shows a message.
fn send(
    state: &mut State,
    call: &Call,
    bot: i64,
    text: String,
    more: &Value,
) -> Result<Value, Reply> {
    let chat = chat(call)?;
    state.last_message += 1;
    let reply = call.member("reply_parameters");
    let shown = Shown {
        chat,
        message_id: state.last_message,
        thread_id: call.number("message_thread_id"),
        reply_to: reply.and_then(|reply| reply["message_id"].as_i64()),
        text,
        edits: Vec::new(),
        reply_markup: call.member("reply_markup"),
        files: call.files.clone(),
    };
    let mut message = told(&shown, bot);
    for (name, value) in more.as_object().into_iter().flatten() {
        message[name] = value.clone();
    }
    state.shown.push(shown);
    Ok(message)
}

/// A message of ours as the server tells it.
fn told(shown: &Shown, bot: i64) -> Value {
    let id: i64 = shown.chat.parse().unwrap_or(-1_000_000_000_001);
    let kind = match id {
        1.. => "private",
        ..=-1_000_000_000_000 => "supergroup",
        _ => "group",
    };
    let mut message = json!({
        "message_id": shown.message_id, "date": say::DATE,
        "from": { "id": bot, "is_bot": true, "first_name": "Fake", "username": say::BOT_NAME },
        "chat": { "id": id, "type": kind },
    });
    let member = if shown.files.is_empty() {
        "text"
    } else {
        "caption"
    };
    if !shown.text.is_empty() {
        message[member] = json!(shown.text);
    }
    if let Some(thread) = shown.thread_id {
        message["message_thread_id"] = json!(thread);
    }
    message
}

fn send_file(state: &mut State, call: &Call, bot: i64) -> Result<Value, Reply> {
    let member = call.method.trim_start_matches("send").to_ascii_lowercase();
    let file = call.files.iter().find(|file| file.member == member);
    let Some(file) = file else {
        return Err(Reply::bad(&format!("there is no {member} in the request")));
    };
    if file.bytes.is_empty() {
        return Err(Reply::bad("file must be non-empty"));
    }
    let about = json!({
        "file_id": format!("sent-{}", state.last_message + 1),
        "file_unique_id": format!("u{}", state.last_message + 1),
        "file_name": file.file_name, "mime_type": file.mime_type, "file_size": file.bytes.len(),
    });
    let about = if member == "photo" {
        json!([about])
    } else {
        about
    };
    let shown = text(call, "caption", MAX_CAPTION, "message caption is too long")?;
    send(state, call, bot, shown, &json!({ member: about }))
}

fn send_poll(state: &mut State, call: &Call, bot: i64) -> Result<Value, Reply> {
    let question = call.text("question").unwrap_or_default();
    let options = call.member("options").unwrap_or_default();
    let options = options.as_array().cloned().unwrap_or_default();
    if question.trim().is_empty() {
        return Err(Reply::bad("poll question must be non-empty"));
    }
    if !(2..=12).contains(&options.len()) {
        return Err(Reply::bad("poll must have at least 2 option"));
    }
    let poll = json!({
        "id": format!("5{:018}", state.last_message + 1), "question": question,
        "options": options, "total_voter_count": 0, "is_closed": false,
    });
    send(state, call, bot, question, &json!({ "poll": poll }))
}

/// The place of the message that a call names.
fn one_of(state: &State, call: &Call) -> Result<usize, Reply> {
    let chat = chat(call)?;
    let number = call.number("message_id");
    state
        .shown
        .iter()
        .position(|one| one.chat == chat && Some(one.message_id) == number)
        .ok_or_else(|| Reply::bad("message to edit not found"))
}

fn edit(state: &mut State, call: &Call, bot: i64) -> Result<Value, Reply> {
    let at = one_of(state, call)?;
    let text = text(call, "text", MAX_TEXT, "MESSAGE_TOO_LONG")?;
    let markup = call.member("reply_markup");
    let one = &mut state.shown[at];
    if one.text == text && one.reply_markup == markup {
        return Err(Reply::bad(
            "message is not modified: specified new message content and reply markup are exactly \
             the same as a current content and reply markup of the message",
        ));
    }
    let before = std::mem::replace(&mut one.text, text);
    one.edits.push(before);
    one.reply_markup = markup;
    Ok(told(one, bot))
}

fn get_file(state: &State, call: &Call) -> Result<Value, Reply> {
    let id = call.text("file_id").unwrap_or_default();
    let Some(file) = state.files.get(&id) else {
        return Err(Reply::bad("invalid file_id"));
    };
    if file.told > MAX_DOWNLOAD {
        return Err(Reply::bad("file is too big"));
    }
    Ok(json!({
        "file_id": id, "file_unique_id": format!("u-{id}"), "file_size": file.told,
        "file_path": file.path,
    }))
}
