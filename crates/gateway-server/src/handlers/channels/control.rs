//! `channels.start`, `channels.stop`, `channels.logout`

use std::sync::Arc;

use openclaw_protocol::methods::channels::logout::{ChannelsLogout, ChannelsLogoutResult};
use openclaw_protocol::methods::channels::start::{ChannelsStart, ChannelsStartResult};
use openclaw_protocol::methods::channels::stop::{ChannelsStop, ChannelsStopResult};
use serde_json::json;

use crate::channels::Account;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<ChannelsStart>(|ctx, params| {
        let account = meant(ctx, &params.channel, params.account_id.as_deref())?;
        account.usable().map_err(Fault::invalid)?;
        let started = ctx.core().channels.start(&account);
        let options = &account.options;
        Ok(ChannelsStartResult::new(
            options.channel.clone(),
            options.account.clone(),
            started,
        ))
    });
    router.now::<ChannelsStop>(|ctx, params| {
        let account = meant(ctx, &params.channel, params.account_id.as_deref())?;
        let stopped = ctx.core().channels.stop(ctx.core(), &account);
        let options = &account.options;
        Ok(ChannelsStopResult::new(
            options.channel.clone(),
            options.account.clone(),
            stopped,
        ))
    });
    router.now::<ChannelsLogout>(|ctx, params| {
        let account = meant(ctx, &params.channel, params.account_id.as_deref())?;
        let stopped = ctx.core().channels.stop(ctx.core(), &account);
        let options = &account.options;
        let (channel, id) = (options.channel.clone(), options.account.clone());
        let mut result = ChannelsLogoutResult::new(channel, id, false);
        result.rest.insert("stopped".to_owned(), json!(stopped));
        result
            .rest
            .insert("envToken".to_owned(), json!(options.token_source == "env"));
        Ok(result)
    });
}

fn meant(ctx: &Ctx, channel: &str, account: Option<&str>) -> Result<Arc<Account>, Fault> {
    let found = ctx.core().channels.meant(Some(channel), account);
    found.map_err(|error| Fault::invalid(error.to_string()))
}
