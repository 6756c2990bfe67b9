//! Channels: people who talk to the agent from elsewhere.
//!
//! What comes in is on disk before it is acknowledged to the service, becomes a run once, and is
//! settled by the end of that run. What goes out is on disk before it is sent, and its state says
//! what is known of it. A channel that fails is shown as such and tried again; the Gateway goes on.

mod account;
mod approval;
mod deliver;
mod desk;
mod drafts;
mod hook;
mod host;
mod inbox;
pub(crate) mod options;
mod outbox;
pub(crate) mod pairing;
mod show;
pub(crate) mod speak;
mod take;
mod tool;
mod waiters;

use openclaw_store::{NewDelivery, StoreError};
use serde_json::value::to_raw_value;

pub(crate) use account::Account;
pub(crate) use approval::ask as ask_approval;
pub(crate) use desk::{Channels, keep};
pub(crate) use hook::take as hook;
pub(crate) use tool::{CoreMessages, type_of};

use crate::clock::now_ms;
use crate::core::Core;
use crate::runs::{DeliveryBody, DeliveryTarget};

/// Puts something where it will be sent; `id` is the same for every try.
pub(crate) async fn queue(
    core: &Core,
    id: String,
    to: &DeliveryTarget,
    body: &DeliveryBody,
) -> Result<(), StoreError> {
    let Ok(body) = to_raw_value(body) else {
        return Ok(());
    };
    let delivery = NewDelivery {
        delivery_id: id,
        channel: to.channel.clone(),
        account: to.account.clone(),
        target: to.to.clone(),
        created_at_ms: now_ms(),
        body,
    };
    core.home.put_delivery(delivery).await?;
    core.channels.outbox.notify_one();
    Ok(())
}
