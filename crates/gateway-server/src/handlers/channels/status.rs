//! `channels.status`

use std::collections::BTreeMap;
use std::time::Duration;

use openclaw_protocol::methods::channels::account::ChannelAccount;
use openclaw_protocol::methods::channels::status::{
    ChannelMeta, ChannelsStatus, ChannelsStatusParams, ChannelsStatusResult,
};
use openclaw_protocol::methods::nullable::Nullable;
use serde_json::{Value, json};

use crate::channels::Account;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::Router;

/// How long a probe may take where nobody says.
const PROBE: u64 = 10_000;
/// The longest.
const MAX_PROBE: u64 = 60_000;

pub(super) fn register(router: &mut Router) {
    router.later::<ChannelsStatus, _>(|ctx, params| async move { status(&ctx, &params).await });
}

async fn status(ctx: &Ctx, params: &ChannelsStatusParams) -> Result<ChannelsStatusResult, Fault> {
    let all = ctx.core().channels.accounts();
    let wanted = params.channel.as_deref().map(str::trim);
    if let Some(wanted) = wanted
        && !all.iter().any(|one| one.options.channel == wanted)
    {
        return Err(Fault::invalid(format!("unknown channel: {wanted}")));
    }
    let mut order: Vec<String> = Vec::new();
    let mut labels = BTreeMap::new();
    let mut channels = BTreeMap::new();
    let mut rows: BTreeMap<String, Vec<ChannelAccount>> = BTreeMap::new();
    let mut defaults = BTreeMap::new();
    for account in &all {
        let kind = &account.options.channel;
        if wanted.is_some_and(|wanted| wanted != kind) {
            continue;
        }
        if !order.contains(kind) {
            order.push(kind.clone());
            labels.insert(kind.clone(), account.label());
            channels.insert(kind.clone(), shown(account));
            defaults.insert(kind.clone(), account.options.account.clone());
        }
        if account.options.account == "default" {
            channels.insert(kind.clone(), shown(account));
            defaults.insert(kind.clone(), "default".to_owned());
        }
        let mut row = row(account);
        if params.probe == Some(true) {
            let limit = params.timeout_ms.unwrap_or(PROBE).clamp(1000, MAX_PROBE);
            row.probe = probe(account, Duration::from_millis(limit)).await;
            row.last_probe_at = Nullable::Value(now_ms());
        }
        rows.entry(kind.clone()).or_default().push(row);
    }
    let meta = order.iter().map(|kind| {
        let label = labels.get(kind).cloned().unwrap_or_else(|| kind.clone());
        ChannelMeta::new(kind.clone(), label.clone(), label)
    });
    let meta = meta.collect();
    let detail = labels.clone();
    Ok(ChannelsStatusResult {
        channel_detail_labels: Some(detail),
        channel_system_images: Some(BTreeMap::new()),
        channel_meta: Some(meta),
        ..ChannelsStatusResult::new(now_ms(), order, labels, channels, rows, defaults)
    })
}

fn mode(account: &Account) -> Option<&'static str> {
    let channel = account.channel.as_ref().ok()?;
    Some(match channel.hook_path() {
        Some(_) => "webhook",
        None => "polling",
    })
}

/// How a channel is, by its account that is meant where none is named.
fn shown(account: &Account) -> Value {
    let state = account.state();
    json!({
        "configured": account.channel.is_ok(),
        "running": state.is_running,
        "connected": state.is_connected,
        "mode": mode(account),
        "lastStartAt": state.started_at_ms,
        "lastStopAt": state.stopped_at_ms,
        "lastError": state.error,
        "tokenSource": account.options.token_source,
    })
}

fn row(account: &Account) -> ChannelAccount {
    let (options, state) = (&account.options, account.state());
    let allow = &options.access.allow_from;
    let everyone = allow.everyone.then(|| "*".to_owned());
    let mut row = ChannelAccount {
        name: options.name.clone(),
        enabled: Some(options.is_enabled),
        configured: Some(account.channel.is_ok()),
        running: Some(state.is_running),
        connected: Some(state.is_connected),
        reconnect_attempts: Some(state.failures),
        last_connected_at: Nullable::or_null(state.connected_at_ms),
        last_error: Nullable::or_null(state.error),
        last_start_at: Nullable::or_null(state.started_at_ms),
        last_stop_at: Nullable::or_null(state.stopped_at_ms),
        last_inbound_at: Nullable::or_null(state.inbound_at_ms),
        last_outbound_at: Nullable::or_null(state.outbound_at_ms),
        mode: mode(account).map(str::to_owned),
        dm_policy: Some(options.access.dm.as_str().to_owned()),
        allow_from: Some(
            everyone
                .into_iter()
                .chain(allow.ids.iter().cloned())
                .collect(),
        ),
        token_source: Some(options.token_source.to_owned()),
        ..ChannelAccount::new(options.account.clone())
    };
    if !state.facts.is_null() {
        row.rest.insert("application".to_owned(), state.facts);
    }
    row
}

async fn probe(account: &Account, limit: Duration) -> Option<Value> {
    let probed = match account.usable() {
        Ok(channel) => channel.probe(limit).await.map_err(|error| error.message),
        Err(why) => Err(why),
    };
    Some(probed.unwrap_or_else(|why| json!({ "ok": false, "error": why })))
}
