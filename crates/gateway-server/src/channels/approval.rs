//! Commands that wait for a person's word, shown in the chat that they come from.

use openclaw_channels::Button;
use openclaw_protocol::methods::exec::approval::record::ExecDecision;

use crate::approvals::Pending;
use crate::core::Core;
use crate::runs::{DeliveryBody, last_target};

/// Characters of a command and its warning that are shown: what is longer is answered elsewhere.
const MAX_SHOWN: usize = 2000;

/// Asks in the chat of the session that the command belongs to, with a button for each answer;
/// says whether somebody could be asked. Whoever presses needs the right to approve there.
pub(crate) async fn ask(core: &Core, pending: &Pending) -> bool {
    let session = pending.request.session_key.value();
    // Where devices are named, they alone may answer.
    let (Some(session), []) = (session, pending.reviewers.as_slice()) else {
        return false;
    };
    let to = match last_target(core, session.as_str()).await {
        Ok(Some(to)) => to,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(%error, "where to ask for approval is unreadable");
            return false;
        }
    };
    let command = &pending.request.command;
    let is_there = core.channels.account(&to.channel, &to.account).is_some();
    let warning = pending.request.warning_text.value();
    let long = command.chars().count() + warning.map_or(0, |text| text.chars().count());
    if !is_there || long > MAX_SHOWN {
        return false;
    }
    let allowed = pending.request.allowed_decisions.as_deref();
    let may = |word: &str| {
        let wanted = ExecDecision::from(word);
        allowed.is_none_or(|allowed| allowed.contains(&wanted))
    };
    let id = &pending.id;
    let answers = [
        ("Allow once", "allow-once"),
        ("Always", "allow-always"),
        ("Deny", "deny"),
    ];
    let row: Vec<Button> = answers
        .into_iter()
        .filter(|(_, word)| may(word))
        .map(|(text, word)| Button {
            text: text.to_owned(),
            data: format!("/approve {id} {word}"),
        })
        .collect();
    let place = match pending.request.node_id.value() {
        Some(node) => format!("node {node}"),
        None => "the Gateway's host".to_owned(),
    };
    let block = |text: &str| format!("```\n{}\n```\n", text.replace("```", "'''"));
    let folder = pending.request.cwd.value();
    let folder = folder.map_or(String::new(), |cwd| {
        format!("In the folder:\n{}", block(cwd))
    });
    let warning = warning.map_or(String::new(), |text| block(text));
    let body = DeliveryBody {
        text: format!(
            "A command waits for your word, on {place}:\n{}{folder}{warning}/approve {id} allow-once",
            block(command)
        ),
        buttons: vec![row],
        session_key: Some(session.as_str().to_owned()),
        ..DeliveryBody::to(&to)
    };
    let queued = super::queue(core, format!("approval:{id}"), &to, &body).await;
    if let Err(error) = &queued {
        tracing::warn!(%error, "a request for approval is not sent");
    }
    queued.is_ok()
}
