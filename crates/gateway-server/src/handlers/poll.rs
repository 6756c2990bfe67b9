//! `poll`

use std::time::Duration;

use openclaw_channels::Poll as Question;
use openclaw_protocol::methods::poll::{Poll, PollParams};
use openclaw_protocol::methods::send::SendResult;

use super::send::{deliver, place};
use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::{DeliveryBody, Manner};

/// The longest that a question may be open, in seconds.
const MAX_OPEN: u64 = 604_800;

pub(super) fn register(router: &mut Router) {
    router.later::<Poll, _>(|ctx, params| async move { poll(&ctx, params).await });
}

async fn poll(ctx: &Ctx, params: PollParams) -> Result<SendResult, Fault> {
    let core = ctx.core();
    let options: Vec<String> = params
        .options
        .iter()
        .map(|one| one.trim().to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    if params.question.trim().is_empty() || !(2..=12).contains(&options.len()) {
        return Err(Fault::invalid(
            "poll: expected a question and 2 to 12 options",
        ));
    }
    let most = params.max_selections.unwrap_or(1);
    if most == 0 || most > options.len() as u64 {
        return Err(Fault::invalid(
            "maxSelections: expected 1 to the number of options",
        ));
    }
    let hours = params
        .duration_hours
        .map(|hours| hours.saturating_mul(3600));
    let seconds = params.duration_seconds.or(hours);
    if seconds.is_some_and(|seconds| !(1..=MAX_OPEN).contains(&seconds)) {
        return Err(Fault::invalid(format!(
            "durationSeconds: expected 1 to {MAX_OPEN}"
        )));
    }
    let mut to = place(
        core,
        params.channel.as_deref(),
        params.account_id.as_deref(),
        &params.to,
    )?;
    let account = core.channels.account(&to.channel, &to.account);
    let has_polls = account
        .as_ref()
        .and_then(|account| account.usable().ok())
        .is_some_and(|channel| channel.capabilities().polls);
    if !has_polls {
        return Err(Fault::invalid(format!(
            "unsupported poll channel: {}",
            to.channel
        )));
    }
    to.thread_id = params.thread_id;
    let body = DeliveryBody {
        poll: Some(Question {
            question: params.question,
            options,
            is_multiple: most > 1,
            is_anonymous: params.is_anonymous.unwrap_or(true),
            open_for: seconds.map(Duration::from_secs),
        }),
        manner: Manner {
            silent: params.silent == Some(true),
            ..Manner::default()
        },
        ..DeliveryBody::to(&to)
    };
    deliver(core, "poll", &params.idempotency_key, &to, &body).await
}
