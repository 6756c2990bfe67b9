//! `channels.pairing.*`

use std::collections::BTreeMap;

use openclaw_channels::access::DmPolicy;
use openclaw_protocol::Scope;
use openclaw_protocol::methods::channels::pairing::approve::{
    ChannelsPairingApprove, ChannelsPairingApproveParams, ChannelsPairingApproveResult,
};
use openclaw_protocol::methods::channels::pairing::dismiss::{
    ChannelsPairingDismiss, ChannelsPairingDismissResult,
};
use openclaw_protocol::methods::channels::pairing::list::{
    ChannelPairingRequest, ChannelsPairingList, ChannelsPairingListParams,
    ChannelsPairingListResult, PairingAccount, PairingLimits,
};
use openclaw_store::{PeerRecord, StoreError};

use crate::channels::pairing::{self, Facts, HOUR, MAX_WAITING, request_id};
use crate::clock::{iso, now_ms};
use crate::context::Ctx;
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<ChannelsPairingList, _>(|ctx, params| async move { list(&ctx, &params).await });
    router.later::<ChannelsPairingApprove, _>(
        |ctx, params| async move { approve(&ctx, &params).await },
    );
    router.later::<ChannelsPairingDismiss, _>(|ctx, params| async move {
        let core = ctx.core();
        let place = (params.channel.as_str(), params.account_id.as_str());
        let record = find(core, place, &params.request_id).await?;
        let (channel, account) = place;
        let removed = core.home.remove_peer(channel, account, &record.peer);
        removed.await.map_err(broken)?;
        Ok(ChannelsPairingDismissResult::new(
            params.request_id,
            record.peer,
        ))
    });
}

fn broken(error: StoreError) -> Fault {
    Fault::internal("the requests cannot be read or changed", error)
}

async fn list(
    ctx: &Ctx,
    params: &ChannelsPairingListParams,
) -> Result<ChannelsPairingListResult, Fault> {
    let core = ctx.core();
    let is_wanted = |channel: &str, account: &str| {
        params.channel.as_deref().is_none_or(|one| one == channel)
            && params
                .account_id
                .as_deref()
                .is_none_or(|one| one == account)
    };
    let accounts = core.channels.accounts();
    let own = |channel: &str, account: &str| accounts.iter().find(|one| one.is(channel, account));
    let label = |channel: &str, account: &str| {
        let known = own(channel, account).and_then(|one| one.channel.as_ref().ok());
        known.map_or_else(|| channel.to_owned(), |one| one.label().to_owned())
    };
    let shown = accounts
        .iter()
        .map(|one| &one.options)
        .filter(|one| one.is_enabled && one.access.dm == DmPolicy::Pairing)
        .filter(|one| is_wanted(&one.channel, &one.account))
        .map(|one| PairingAccount {
            channel: one.channel.clone(),
            channel_label: label(&one.channel, &one.account),
            account_id: one.account.clone(),
            account_label: one.name.clone(),
            notify_supported: true,
        });
    let waiting = pairing::waiting(core).await.map_err(broken)?;
    let requests = waiting
        .iter()
        .filter(|one| is_wanted(&one.channel, &one.account))
        .map(|one| {
            let facts = Facts::of(one);
            let metadata = facts
                .username
                .clone()
                .map(|name| BTreeMap::from([("username".to_owned(), name)]));
            let known = own(&one.channel, &one.account);
            ChannelPairingRequest {
                request_id: request_id(one),
                channel: one.channel.clone(),
                channel_label: label(&one.channel, &one.account),
                account_id: one.account.clone(),
                account_label: known.and_then(|known| known.options.name.clone()),
                sender_id: one.peer.clone(),
                sender_label: facts
                    .name
                    .or(facts.username)
                    .unwrap_or_else(|| one.peer.clone()),
                code: one.code.clone(),
                metadata,
                created_at: iso(one.asked_at_ms),
                last_seen_at: iso(one.asked_at_ms),
                expires_at: iso(one.asked_at_ms.saturating_add(HOUR)),
                notify_supported: known.is_some(),
            }
        });
    let has_owner = accounts
        .iter()
        .any(|one| !one.options.access.allow_from.ids.is_empty());
    Ok(ChannelsPairingListResult::new(
        shown.collect(),
        requests.collect(),
        has_owner,
        PairingLimits {
            pending_per_account: MAX_WAITING as u64,
            ttl_ms: HOUR,
        },
    ))
}

/// The request of this id.
async fn find(core: &Core, place: (&str, &str), id: &str) -> Result<PeerRecord, Fault> {
    let waiting = pairing::waiting(core).await.map_err(broken)?;
    let found = waiting
        .into_iter()
        .filter(|one| (one.channel.as_str(), one.account.as_str()) == place)
        .find(|one| request_id(one) == id);
    found.ok_or_else(|| {
        Fault::invalid(
            "unknown or expired pairing request; `openclaw pairing list` shows those that wait",
        )
    })
}

async fn approve(
    ctx: &Ctx,
    params: &ChannelsPairingApproveParams,
) -> Result<ChannelsPairingApproveResult, Fault> {
    let core = ctx.core();
    let place = (params.channel.as_str(), params.account_id.as_str());
    let record = find(core, place, &params.request_id).await?;
    let now = now_ms();
    // Nobody gives away more than they hold.
    let has_every_right = ctx.conn().scopes().allows(&Scope::Admin);
    pairing::note_owner(core, &record, false)
        .await
        .map_err(broken)?;
    let code = record.code.as_deref().unwrap_or_default();
    let approved = core
        .home
        .approve_peer(&params.channel, code, now.saturating_sub(HOUR), now)
        .await
        .map_err(broken)?;
    if approved.is_none() {
        return Err(Fault::invalid("unknown or expired pairing request"));
    }
    if has_every_right {
        pairing::note_owner(core, &record, true)
            .await
            .map_err(broken)?;
    }
    let notification = if params.notify != Some(true) {
        "not-requested"
    } else if pairing::tell_approved(core, &record).await.is_ok() {
        "sent"
    } else {
        "failed"
    };
    let bootstrap = match params.bootstrap_command_owner {
        Some(true) => "configured",
        _ => "not-requested",
    };
    Ok(ChannelsPairingApproveResult::new(
        params.request_id.clone(),
        record.peer,
        notification.to_owned(),
        bootstrap.to_owned(),
    ))
}
