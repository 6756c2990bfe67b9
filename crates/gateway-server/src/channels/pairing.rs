//! People who ask to be let in, and a person who lets them.

use std::sync::Arc;

use openclaw_channels::access::{Askers, Asking};
use openclaw_channels::{Channel, Inbound};
use openclaw_store::{PeerRecord, StoreError, UpdateKey};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use sha2::{Digest as _, Sha256};

use crate::clock::now_ms;
use crate::core::Core;
use crate::runs::{DeliveryBody, DeliveryTarget};

/// How long a code counts, in milliseconds.
pub(crate) const HOUR: u64 = 60 * 60 * 1000;
/// People who wait at the same time on one account: strangers must not fill the disk, nor bury the
/// one who is meant.
pub(crate) const MAX_WAITING: usize = 3;

/// Names of somebody who asked, for people.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    /// Where to tell them.
    #[serde(default)]
    pub(crate) address: String,
}

impl Facts {
    pub(crate) fn of(record: &PeerRecord) -> Self {
        serde_json::from_str(record.facts.get()).unwrap_or_default()
    }
}

/// Whether a person approved this sender.
pub(super) async fn is_paired(
    core: &Core,
    key: &UpdateKey,
    sender: &str,
) -> Result<bool, StoreError> {
    let peers = core.home.peers().await?;
    Ok(peers.iter().any(|one| {
        one.channel == key.channel
            && one.account == key.account
            && one.peer == sender
            && one.approved_at_ms.is_some()
    }))
}

fn owner(channel: &str, account: &str, sender: &str) -> String {
    format!("channel.owner.{channel}.{account}.{sender}")
}

/// Whether somebody with every right let this sender in: nobody gives away more than they hold.
pub(super) async fn is_owner(
    core: &Core,
    key: &UpdateKey,
    sender: &str,
) -> Result<bool, StoreError> {
    let place = owner(&key.channel, &key.account, sender);
    Ok(core.home.setting(&place).await?.unwrap_or(false))
}

/// Notes whether the one who lets this sender in has every right.
pub(crate) async fn note_owner(
    core: &Core,
    record: &PeerRecord,
    is_owner: bool,
) -> Result<(), StoreError> {
    let place = owner(&record.channel, &record.account, &record.peer);
    if is_owner {
        return core.home.put_setting(&place, &true).await;
    }
    core.home.remove_setting(&place).await.map(drop)
}

/// Those who wait, in the order in which they asked.
pub(crate) async fn waiting(core: &Core) -> Result<Vec<PeerRecord>, StoreError> {
    let now = now_ms();
    let mut peers = core.home.peers().await?;
    peers.retain(|one| {
        one.approved_at_ms.is_none()
            && one.code.is_some()
            && now.saturating_sub(one.asked_at_ms) < HOUR
    });
    Ok(peers)
}

/// The id by which operators name a request: it tells nothing of the code.
pub(crate) fn request_id(record: &PeerRecord) -> String {
    let text = format!(
        "{}\n{}\n{}\n{}",
        record.channel, record.account, record.peer, record.asked_at_ms
    );
    hex::encode(&Sha256::digest(text.as_bytes())[..12])
}

/// Somebody asks: the code is told once, however often they write.
pub(super) async fn ask(
    core: &Arc<Core>,
    channel: &Arc<dyn Channel>,
    key: &UpdateKey,
    inbound: &Inbound,
) -> Result<(), StoreError> {
    let _held = core.channels.asking.lock().await;
    let waiting = waiting(core).await?;
    let of_account = |one: &&PeerRecord| one.channel == key.channel && one.account == key.account;
    let is_known = waiting
        .iter()
        .filter(of_account)
        .any(|one| one.peer == inbound.sender.id);
    if !is_known && waiting.iter().filter(of_account).count() >= MAX_WAITING {
        tracing::info!(channel = key.channel, "too many people ask to be let in");
        return Ok(());
    }
    let now = now_ms();
    let Asking::New(code) = Askers::default().ask(&inbound.sender, now) else {
        return Ok(());
    };
    let facts = Facts {
        name: inbound.sender.name.clone(),
        username: inbound.sender.username.clone(),
        address: channel.address(inbound),
    };
    let Ok(facts) = to_raw_value(&facts) else {
        return Ok(());
    };
    let request = PeerRecord {
        channel: key.channel.clone(),
        account: key.account.clone(),
        peer: inbound.sender.id.clone(),
        code: Some(code),
        facts,
        asked_at_ms: now,
        approved_at_ms: None,
    };
    let standing = core
        .home
        .ask_peer(request, now.saturating_sub(HOUR - 1))
        .await?;
    let Some(code) = &standing.code else {
        return Ok(());
    };
    tracing::info!(
        channel = key.channel,
        sender = standing.peer,
        "somebody asks to be let in"
    );
    let to = DeliveryTarget {
        channel: key.channel.clone(),
        account: key.account.clone(),
        to: channel.address(inbound),
        thread_id: inbound.chat.thread_id.clone(),
        reply_to: None,
    };
    let body = DeliveryBody {
        text: told(&key.channel, channel.label(), &standing.peer, code),
        ..DeliveryBody::to(&to)
    };
    // The same for every try, and for everything that they write until the code lapses.
    let id = format!("pair:{}", request_id(&standing));
    super::queue(core, id, &to, &body).await
}

fn told(channel: &str, label: &str, peer: &str, code: &str) -> String {
    format!(
        "You are not known here yet.\n\nYour {label} user id: {peer}\nPairing code:\n\
         ```\n{code}\n```\nAsk the owner to let you in, on the Gateway's host, within an hour:\n\
         ```\nopenclaw pairing approve {channel} {code}\n```"
    )
}

/// Tells somebody that they were let in.
pub(crate) async fn tell_approved(core: &Core, record: &PeerRecord) -> Result<(), StoreError> {
    let to = DeliveryTarget {
        channel: record.channel.clone(),
        account: record.account.clone(),
        to: Facts::of(record).address,
        thread_id: None,
        reply_to: None,
    };
    let body = DeliveryBody {
        text: "You were let in. Say hello.".to_owned(),
        ..DeliveryBody::to(&to)
    };
    let id = format!("paired:{}", request_id(record));
    super::queue(core, id, &to, &body).await
}
