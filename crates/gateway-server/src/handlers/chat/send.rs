//! `chat.send`

use std::time::Duration;

use openclaw_protocol::Scope;
use openclaw_protocol::id::RunId;
use openclaw_protocol::methods::agent::run::RunStatus;
use openclaw_protocol::methods::chat::attachment::Attachment;
use openclaw_protocol::methods::chat::send::{ChatSend, ChatSendParams, ChatSendResult, QueueMode};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::{Router, Then};
use crate::runs::{
    AskAttachment, EndKind, Origin, Refused, Rights, RunAsk, Standing, StopReason, agent_of_key,
    canonical_key, is_stop_word, last_target,
};
use crate::session::conn::Conn;

pub(super) fn register(router: &mut Router) {
    router.later_then::<ChatSend, _>(|ctx, params| async move {
        // However the call ends, a run that was taken begins.
        let told = CancellationToken::new();
        let begin = told.clone().drop_guard();
        let result = Box::pin(send(&ctx, params, told)).await?;
        let then: Then = Box::new(move || drop(begin));
        Ok((result, then))
    });
}

pub(in crate::handlers) async fn send(
    ctx: &Ctx,
    params: ChatSendParams,
    told: CancellationToken,
) -> Result<ChatSendResult, Fault> {
    let (core, conn) = (ctx.core_arc(), ctx.conn());
    let runs = &core.runs;
    let key = canonical_key(&runs.setup(), params.session_key.as_str());
    if let Some(agent) = &params.agent_id {
        let of = agent_of_key(&key);
        if of.is_some_and(|of| !of.eq_ignore_ascii_case(agent.as_str())) {
            return Err(Fault::invalid(format!(
                "agentId \"{agent}\" does not match session key \"{key}\""
            )));
        }
    }
    let is_plain = params.suppress_command_interpretation == Some(true);
    if !is_plain && is_stop_word(&params.message) {
        let aborted = runs.abort(&key, None, StopReason::Stop);
        return Ok(ChatSendResult {
            ok: Some(true),
            aborted: Some(!aborted.run_ids.is_empty()),
            run_ids: Some(aborted.run_ids.into_iter().map(RunId::from).collect()),
            ..ChatSendResult::default()
        });
    }
    let standing = core.conversations.get(&key).await;
    let standing = standing.map_err(|error| broken(&error))?;
    if standing
        .as_ref()
        .is_some_and(|session| session.text("sendPolicy") == Some("deny"))
    {
        return Err(Fault::invalid("send blocked by session policy"));
    }
    if let Some(wanted) = &params.session_id
        && standing.is_some_and(|session| session.session_id != wanted.as_str())
    {
        return Err(Fault::invalid(
            "sessionId does not match the session; it was reset meanwhile",
        ));
    }
    let origin = Origin::Chat {
        client: conn.client.id.to_string(),
    };
    let mut ask = RunAsk::new(key.as_str(), params.message, origin, params.idempotency_key);
    ask.attachments = attachments(params.attachments.unwrap_or_default())?;
    ask.thinking = params.thinking;
    ask.timeout = params
        .timeout_ms
        .filter(|ms| *ms > 0)
        .map(Duration::from_millis);
    ask.commands = (!is_plain).then(|| rights(conn));
    ask.asker = Some(conn.id.clone());
    ask.after = Some(told);
    if params.deliver == Some(true) {
        ask.delivery = last_target(core, &key)
            .await
            .map_err(|error| broken(&error))?;
    }
    if params.queue_mode == Some(QueueMode::Interrupt) {
        runs.abort(&key, None, StopReason::Rpc);
    }
    let started = runs.start(core, ask, None).await.map_err(refused)?;
    let status = match started.standing {
        Standing::New => RunStatus::Started,
        Standing::InFlight => RunStatus::InFlight,
        Standing::Ended => match runs.ended(core, &started.run_id).await {
            Some(ended) if ended.kind == EndKind::Error => RunStatus::Error,
            _ => RunStatus::Ok,
        },
    };
    Ok(ChatSendResult {
        run_id: Some(RunId::from(started.run_id)),
        status: Some(status),
        ..ChatSendResult::default()
    })
}

/// What slash commands of a connection may do.
pub(in crate::handlers) fn rights(conn: &Conn) -> Rights {
    let scopes = conn.scopes();
    Rights {
        write: scopes.allows(&Scope::Write),
        approve: scopes.allows(&Scope::Approvals),
        admin: scopes.allows(&Scope::Admin),
    }
}

/// A run that was not taken, as an error of the wire.
pub(in crate::handlers) fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::Invalid(why) => Fault::invalid(why),
        Refused::Store(error) => broken(&error),
        Refused::Lane(_) | Refused::Stopping => Fault::unavailable(refused.to_string()),
    }
}

pub(in crate::handlers) fn broken(error: &openclaw_store::StoreError) -> Fault {
    Fault::unavailable(format!("the gateway's state cannot be used: {error}"))
}

/// The files of a message. What they are is told by their type, or by how they begin.
pub(in crate::handlers) fn attachments(
    given: Vec<Attachment>,
) -> Result<Vec<AskAttachment>, Fault> {
    let mut found = Vec::with_capacity(given.len());
    for (at, one) in given.into_iter().enumerate() {
        let name = || {
            one.file_name
                .clone()
                .unwrap_or_else(|| format!("attachment-{}", at + 1))
        };
        let Some(Value::String(content)) = &one.content else {
            return Err(Fault::invalid(format!(
                "attachment {}: content must be base64 string",
                name()
            )));
        };
        let (told, data) = match content
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(','))
        {
            Some((head, data)) => (head.split(';').next().filter(|kind| !kind.is_empty()), data),
            None => (None, content.as_str()),
        };
        let kind = one.mime_type.as_deref().or(told).map(|kind| {
            kind.split(';')
                .next()
                .unwrap_or(kind)
                .trim()
                .to_ascii_lowercase()
        });
        found.push(AskAttachment {
            mime_type: kind.unwrap_or_else(|| sniffed(data).to_owned()),
            data: data.split_ascii_whitespace().collect(),
            file_name: one.file_name,
        });
    }
    Ok(found)
}

/// What base64 of a picture begins with.
fn sniffed(data: &str) -> &'static str {
    const KINDS: &[(&str, &str)] = &[
        ("iVBORw0KGgo", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
    ];
    KINDS
        .iter()
        .find(|(begin, _)| data.starts_with(begin))
        .map_or("application/octet-stream", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(content: Value) -> Attachment {
        Attachment {
            content: Some(content),
            ..Attachment::default()
        }
    }

    #[test]
    fn files_say_what_they_are() {
        let mut typed = file(json!("aGk="));
        typed.mime_type = Some("text/plain; charset=utf-8".into());
        let found = attachments(vec![
            file(json!("data:image/gif;base64,R0lG")),
            file(json!("iVBORw0KGgoAAAA=")),
            typed,
            file(json!("aG\nk=")),
        ]);
        let found = found.unwrap();
        let kinds: Vec<&str> = found.iter().map(|one| one.mime_type.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "image/gif",
                "image/png",
                "text/plain",
                "application/octet-stream"
            ]
        );
        assert_eq!(
            (found[0].data.as_str(), found[3].data.as_str()),
            ("R0lG", "aGk=")
        );
    }

    #[test]
    fn a_file_without_bytes_is_refused() {
        for content in [json!({"data": "x"}), json!(7)] {
            let fault = attachments(vec![file(content)]).unwrap_err();
            assert!(fault.to_string().contains("attachment-1"), "{fault}");
        }
        assert!(attachments(vec![Attachment::default()]).is_err());
    }
}
