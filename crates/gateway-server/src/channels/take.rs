//! One message: who may, which session, which run.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_channels::access::{Verdict, decide};
use openclaw_channels::{Channel, ChatKind, Content, Inbound, MediaRef};
use openclaw_policy::session_key::{self, DmScope, Peer, Thread};
use openclaw_protocol::Generation;
use openclaw_store::{StoreError, UpdateKey, UpdateRecord};
use sha2::{Digest as _, Sha256};

use super::account::Account;
use super::{pairing, show};
use crate::clock::now_ms;
use crate::conversations;
use crate::core::Core;
use crate::runs::{
    AskAttachment, DeliveryBody, DeliveryTarget, Origin, Refused, Rights, RunAsk, Standing,
    is_stop_word,
};

/// Bytes of one file that the agent is shown.
const MAX_FILE: usize = 5_000_000;
/// Files of one message that the agent is shown.
const MAX_FILES: usize = 8;
/// Characters of a message that was answered, as the agent is shown them.
const MAX_QUOTE: usize = 500;
/// The longest key of a run that is made of readable parts.
const MAX_KEY: usize = 200;

/// A message cannot be dealt with now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Later {
    /// The state is unusable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else that may pass.
    #[error("{0}")]
    Wait(String),
}

/// Deals with one message. It is settled, or given to a run, when this returns well; twice does
/// what once does.
pub(super) async fn take(
    core: &Arc<Core>,
    record: &UpdateRecord,
    inbound: &Inbound,
) -> Result<(), Later> {
    let key = &record.key;
    let account = core.channels.account(&key.channel, &key.account);
    let account = account.ok_or_else(|| Later::Wait("its account is not configured".to_owned()))?;
    let channel = account.usable().map_err(Later::Wait)?;
    let is_paired = inbound.chat.kind == ChatKind::Direct
        && pairing::is_paired(core, key, &inbound.sender.id).await?;
    match decide(&account.options.access, inbound, is_paired) {
        Verdict::Admit { is_known } => {
            admit(core, &account, channel, record, inbound, is_known).await
        }
        Verdict::Pair => {
            pairing::ask(core, channel, key, inbound).await?;
            settle(core, key).await
        }
        Verdict::Ignore(why) => {
            tracing::debug!(
                channel = key.channel,
                update = key.update_id,
                why,
                "not answered"
            );
            settle(core, key).await
        }
    }
}

async fn settle(core: &Core, key: &UpdateKey) -> Result<(), Later> {
    core.home.settle_update(key.clone(), now_ms()).await?;
    Ok(())
}

/// The key of the run that answers an update: the same whenever it is dealt with.
fn run_key(key: &UpdateKey) -> String {
    let plain = format!("{}:{}:{}", key.channel, key.account, key.update_id);
    if plain.len() <= MAX_KEY && !plain.chars().any(char::is_control) {
        return plain;
    }
    let hash = Sha256::digest(plain.as_bytes());
    format!("{}:{}", key.channel, hex::encode(hash))
}

async fn admit(
    core: &Arc<Core>,
    account: &Account,
    channel: &Arc<dyn Channel>,
    record: &UpdateRecord,
    inbound: &Inbound,
    is_known: bool,
) -> Result<(), Later> {
    let key = &record.key;
    let to = DeliveryTarget {
        channel: key.channel.clone(),
        account: key.account.clone(),
        to: channel.address(inbound),
        thread_id: inbound.chat.thread_id.clone(),
        reply_to: inbound.message_id.clone(),
    };
    let sender = &inbound.sender.id;
    let is_owner = account.options.access.allow_from.names(sender)
        || (inbound.chat.kind == ChatKind::Direct && pairing::is_owner(core, key, sender).await?);
    let mut ask = asked(core, key, inbound, is_known);
    // Who may do what was decided by id; others may ask and not act.
    ask.commands = Some(Rights {
        write: is_known,
        approve: is_known && is_owner,
        admin: is_known && is_owner,
    });
    ask.delivery = Some(to.clone());
    ask.answers = vec![key.clone()];
    match &inbound.content {
        Content::Message { media, .. } => files(channel.as_ref(), media, &mut ask).await?,
        Content::Press { press_id, .. } => channel.acknowledge(press_id, None).await,
    }
    if ask.text.trim().is_empty() && ask.attachments.is_empty() {
        return settle(core, key).await;
    }
    if is_stop_word(&ask.text)
        && core
            .runs
            .in_flight(&ask.session_key, Generation::V4)
            .is_some()
    {
        ask.text = "/stop".to_owned();
    }
    let shows = show::Show::new(core, account, channel, &ask, &to, inbound.chat.kind);
    let watcher = shows.watcher();
    match core.runs.start(core, ask, watcher).await {
        Ok(started) => {
            match started.standing {
                Standing::New => shows.begin(core),
                Standing::InFlight => {}
                Standing::Ended => settle(core, key).await?,
            }
            Ok(())
        }
        Err(Refused::Invalid(why)) => {
            let body = DeliveryBody {
                text: format!("⚠️ {why}"),
                ..DeliveryBody::to(&to)
            };
            let id = format!("{}:refused", run_key(key));
            super::queue(core, id, &to, &body).await?;
            settle(core, key).await
        }
        Err(Refused::Store(error)) => Err(error.into()),
        Err(other) => Err(Later::Wait(other.to_string())),
    }
}

/// The run that a message asks for.
fn asked(core: &Core, key: &UpdateKey, inbound: &Inbound, is_known: bool) -> RunAsk {
    let setup = core.runs.setup();
    let rules = conversations::rules(&setup);
    let chat = &inbound.chat;
    let thread = chat.thread_id.as_deref();
    // A guest never talks in the conversation of the owner.
    let scope = match core.channels.dm_scope() {
        DmScope::Main | DmScope::PerPeer if !is_known => DmScope::PerAccountChannelPeer,
        scope => scope,
    };
    let session = session_key::inbound(
        &rules,
        scope,
        &session_key::Inbound {
            agent: &setup.options.default_agent().id,
            channel: &key.channel,
            account: &key.account,
            peer: match chat.kind {
                ChatKind::Direct => Peer::Person(&inbound.sender.id),
                ChatKind::Group => Peer::Group(&chat.id),
                ChatKind::Broadcast => Peer::Channel(&chat.id),
            },
            thread: thread.map(|id| match chat.kind {
                ChatKind::Group => Thread::Topic(id),
                ChatKind::Direct | ChatKind::Broadcast => Thread::Thread(id),
            }),
        },
    );
    let said = match &inbound.content {
        Content::Message { text, .. } => text.trim(),
        Content::Press { data, .. } => data.trim(),
    };
    let origin = Origin::Channel {
        channel: key.channel.clone(),
        account: key.account.clone(),
        sender: inbound.sender.id.clone(),
        bot_names: inbound.our_names.clone(),
    };
    let mut ask = RunAsk::new(session, text(inbound, said), origin, run_key(key));
    if !is_known {
        ask.is_guest = true;
        ask.extra_system_prompt = Some(
            "The person who writes now is not the owner of this Gateway, and was not approved by \
             name. Take what they say as the wish of a guest: show them nothing private, and \
             change nothing for them."
                .to_owned(),
        );
    }
    ask
}

/// What the agent reads: in a group with the name of who writes, and with what is answered.
fn text(inbound: &Inbound, said: &str) -> String {
    if said.starts_with('/') {
        return said.to_owned();
    }
    let mut text = String::new();
    let line = |text: &str| -> String {
        let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        one_line.take(MAX_QUOTE).collect()
    };
    let quoted = inbound.quoted.as_ref();
    if let Some(quote) = quoted.and_then(|quoted| quoted.text.as_deref()) {
        let who = match quoted.and_then(|quoted| quoted.sender.as_deref()) {
            _ if quoted.is_some_and(|quoted| quoted.is_ours) => "you",
            Some(name) => name,
            None => "somebody",
        };
        text.push_str(&format!("[in answer to {}: {}]\n", line(who), line(quote)));
    }
    if inbound.chat.kind == ChatKind::Group {
        let sender = &inbound.sender;
        let name = sender.name.as_ref().or(sender.username.as_ref());
        text.push_str(&format!("[{}] ", line(name.unwrap_or(&sender.id))));
    }
    text.push_str(said);
    if said.is_empty() {
        text.truncate(text.trim_end().len());
    }
    text
}

/// Gets the files of a message. What cannot be had is named, and the rest is answered.
async fn files(channel: &dyn Channel, media: &[MediaRef], ask: &mut RunAsk) -> Result<(), Later> {
    for (at, one) in media.iter().enumerate() {
        let name = one.file_name.as_deref().unwrap_or(one.kind.as_str());
        let why = if at >= MAX_FILES {
            format!("more than {MAX_FILES} files")
        } else {
            match channel.fetch(one, MAX_FILE).await {
                Ok(file) if file.bytes.is_empty() => "it is empty".to_owned(),
                Ok(file) => {
                    ask.attachments.push(AskAttachment {
                        mime_type: file.mime_type,
                        file_name: Some(file.name),
                        data: STANDARD.encode(&file.bytes),
                    });
                    continue;
                }
                Err(error) if error.is_final => error.message,
                Err(error) => return Err(Later::Wait(error.message)),
            }
        };
        ask.text
            .push_str(&format!("\n[{name} could not be had: {why}]"));
    }
    Ok(())
}
