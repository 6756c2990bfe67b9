//! `message.action`

use openclaw_channels::{Action, Target};
use openclaw_protocol::Raw;
use openclaw_protocol::methods::message::action::{MessageAction, MessageActionParams};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};

use super::send::{deliver, place};
use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::{DeliveryBody, Manner};

pub(super) fn register(router: &mut Router) {
    router.later::<MessageAction, _>(|ctx, params| async move { act(&ctx, params).await });
}

/// A member of the params that is text or a number, under one of these names.
fn text(params: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| params.get(*name))?;
    match found {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

async fn act(ctx: &Ctx, given: MessageActionParams) -> Result<Box<Raw>, Fault> {
    let core = ctx.core();
    let params = &given.params;
    let need = |names: &[&str]| {
        text(params, names)
            .ok_or_else(|| Fault::invalid(format!("{} requires {}", given.action, names[0])))
    };
    let account_id = given.account_id.as_deref();
    let address = need(&["to", "target", "chatId", "channelId"])?;
    let mut to = place(core, Some(&given.channel), account_id, &address)?;
    to.thread_id = text(params, &["threadId"]);
    to.reply_to = text(params, &["replyTo", "replyToId"])
        .or_else(|| given.reply.as_ref().map(|reply| reply.reply_to_id.clone()));
    if given.action == "send" {
        let body = DeliveryBody {
            text: need(&["message", "text", "content"])?,
            buttons: buttons(params)?,
            manner: Manner {
                silent: params.get("silent") == Some(&Value::Bool(true)),
                ..Manner::default()
            },
            ..DeliveryBody::to(&to)
        };
        let sent = deliver(core, "action", &given.idempotency_key, &to, &body).await?;
        return raw(&sent);
    }
    let message_id = || need(&["messageId"]);
    let action = match given.action.as_str() {
        "react" => {
            let is_off = params.get("remove") == Some(&Value::Bool(true));
            Action::React {
                message_id: message_id()?,
                emoji: text(params, &["emoji"]).filter(|_| !is_off),
            }
        }
        "edit" => Action::Edit {
            message_id: message_id()?,
            text: need(&["message", "text", "content"])?,
        },
        "delete" | "unsend" => Action::Delete {
            message_id: message_id()?,
        },
        "pin" => Action::Pin {
            message_id: message_id()?,
        },
        "unpin" => Action::Unpin {
            message_id: message_id()?,
        },
        other => {
            return Err(Fault::invalid(format!(
                "Channel {} does not support action {other}.",
                given.channel
            )));
        }
    };
    let account = core.channels.account(&to.channel, &to.account);
    let channel = account.as_ref().and_then(|account| account.usable().ok());
    let channel = channel.ok_or_else(|| Fault::unavailable("the channel is not available"))?;
    let target = Target {
        to: to.to,
        thread_id: to.thread_id,
        reply_to: to.reply_to,
    };
    // Each of these does as once what it does twice.
    let done = channel.act(&target, &action).await;
    raw(&done.map_err(Fault::unavailable)?)
}

fn buttons(params: &Map<String, Value>) -> Result<Vec<Vec<openclaw_channels::Button>>, Fault> {
    let Some(rows) = params.get("buttons") else {
        return Ok(Vec::new());
    };
    let rows = rows.as_array().into_iter().flatten();
    let button = |one: &Value| {
        let text = one.get("text")?.as_str()?.to_owned();
        let data = one.get("callback_data").or_else(|| one.get("data"))?;
        let data = data.as_str()?.to_owned();
        Some(openclaw_channels::Button { text, data })
    };
    let rows = rows.map(|row| match row {
        Value::Array(row) => row.iter().map(button).collect::<Option<Vec<_>>>(),
        one => button(one).map(|one| vec![one]),
    });
    let rows = rows.collect::<Option<Vec<_>>>();
    rows.ok_or_else(|| Fault::invalid("buttons: expected rows of {text, callback_data}"))
}

fn raw(value: &impl serde::Serialize) -> Result<Box<Raw>, Fault> {
    to_raw_value(value).map_err(|error| Fault::internal("not serialisable", error))
}
