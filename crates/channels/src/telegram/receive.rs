//! How updates come in: long polling, and a webhook that is announced.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::api::ApiError;
use super::update::{self, KINDS, Me, Numbered};
use super::{Receive, Telegram};
use crate::backoff::Backoff;
use crate::channel::ChannelError;
use crate::host::{ChannelHost, HostError, Position, Report};

/// Between two tries, at most.
const MOST: Duration = Duration::from_secs(60);
/// A queue that was silent for so long may count anew: it is read from whatever it has.
const STALE: Duration = Duration::from_secs(6 * 24 * 3600);
/// How much longer than the server we wait for its answer.
const MARGIN: Duration = Duration::from_secs(15);

/// Why it does not go on.
enum Hitch {
    Api(ApiError),
    Host(HostError),
}

impl From<ApiError> for Hitch {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<HostError> for Hitch {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

/// Takes updates until `stop` ends.
pub(super) async fn run(
    bot: &Telegram,
    host: &dyn ChannelHost,
    stop: &CancellationToken,
) -> Result<(), ChannelError> {
    if let Receive::Webhook { secret, .. } = &bot.options.receive
        && secret.0.expose_secret().is_empty()
    {
        return Err(ChannelError::lasting(
            "anybody could speak for Telegram: set channels.telegram.webhookSecret",
        ));
    }
    let mut backoff = Backoff::new(Duration::from_secs(1), MOST);
    loop {
        let work = async {
            let me = bot.me().await?;
            introduce(bot).await?;
            match bot.options.receive {
                Receive::Polling => poll(bot, &me, host, &mut backoff).await,
                Receive::Webhook { .. } => {
                    host.report(Report::Connected(me.shown()));
                    std::future::pending().await
                }
            }
        };
        let hitch: Hitch = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            hitch = async { match work.await { Ok(never) => match never {}, Err(hitch) => hitch } } => hitch,
        };
        let wait = match hitch {
            Hitch::Host(error) => {
                host.report(Report::Failing(error.to_string()));
                backoff.next_wait()
            }
            Hitch::Api(error) => {
                let told = spoken(&error);
                if told.is_final {
                    return Err(told);
                }
                host.report(Report::Failing(told.message));
                wait_of(&error).unwrap_or_default().max(backoff.next_wait())
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Nothing ends well here: only a hitch ends it.
enum Never {}

/// Says how updates are to come, and which commands there are.
async fn introduce(bot: &Telegram) -> Result<(), ApiError> {
    match &bot.options.receive {
        Receive::Polling => {
            let params = json!({ "drop_pending_updates": false });
            bot.api.call::<Value>("deleteWebhook", &params).await?;
        }
        Receive::Webhook { url, secret, .. } => {
            let params = json!({
                "url": url.as_str(), "secret_token": secret.0.expose_secret(),
                "allowed_updates": KINDS, "drop_pending_updates": false,
            });
            bot.api.call::<Value>("setWebhook", &params).await?;
        }
    }
    if bot.options.commands.is_empty() {
        return Ok(());
    }
    let commands: Vec<Value> = bot
        .options
        .commands
        .iter()
        .map(|one| json!({ "command": one.command, "description": one.description }))
        .collect();
    let params = json!({ "commands": commands });
    // A menu is a convenience: without it the bot works all the same.
    if let Err(error) = bot.api.call::<Value>("setMyCommands", &params).await {
        tracing::warn!(account = bot.options.account, %error, "the menu of commands is not set");
    }
    Ok(())
}

async fn poll(
    bot: &Telegram,
    me: &Me,
    host: &dyn ChannelHost,
    backoff: &mut Backoff,
) -> Result<Never, Hitch> {
    // The numbers of another bot mean nothing here.
    let queue = me.id.to_string();
    let mut position = host.position(&queue).await?;
    // Until the server gave an answer, we do not wait for more than that.
    let mut is_connected = false;
    loop {
        let stale = u64::try_from(STALE.as_millis()).unwrap_or(u64::MAX);
        let fresh = position.filter(|one| host.now_ms().saturating_sub(one.at_ms) < stale);
        let wait = if is_connected {
            bot.options.poll
        } else {
            Duration::ZERO
        };
        let mut params = json!({
            "timeout": wait.as_secs(), "limit": 100, "allowed_updates": KINDS,
        });
        if let Some(position) = fresh {
            params["offset"] = json!(position.next);
        }
        let asked = bot
            .api
            .call_within::<Vec<Box<RawValue>>>("getUpdates", &params, wait + MARGIN);
        let updates = match asked.await {
            Ok(updates) => updates,
            // Somebody set a webhook: we begin anew, which takes it away.
            Err(error) if is_hooked(&error) => return Err(error.into()),
            Err(error) if is_passing(&error) => {
                host.report(Report::Failing(spoken(&error).message));
                is_connected = false;
                let least = wait_of(&error).unwrap_or_default();
                tokio::time::sleep(least.max(backoff.next_wait())).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if !std::mem::replace(&mut is_connected, true) {
            host.report(Report::Connected(me.shown()));
        }
        let taken = take(me, host, &updates).await?;
        if taken.is_none() && !updates.is_empty() {
            // They will come again at once.
            tokio::time::sleep(backoff.next_wait()).await;
            continue;
        }
        backoff.reset();
        if let Some(last) = taken {
            let reached = Position {
                next: last.saturating_add(1),
                at_ms: host.now_ms(),
            };
            host.keep_position(&queue, reached).await?;
            position = Some(reached);
        }
    }
}

/// Hands updates to the host, in their order; answers the highest number.
async fn take(
    me: &Me,
    host: &dyn ChannelHost,
    updates: &[Box<RawValue>],
) -> Result<Option<i64>, HostError> {
    let mut last: Option<i64> = None;
    for update in updates {
        let Ok(Numbered { update_id }) = serde_json::from_str(update.get()) else {
            tracing::warn!("an update without a number is passed over");
            continue;
        };
        match update::read(update.get(), me, host.now_ms()) {
            Ok(Some(inbound)) => drop(host.accept(inbound).await?),
            Ok(None) => {}
            // One that cannot be read now cannot be read later: it must not hold up the others.
            Err(error) => tracing::warn!(update_id, %error, "an update is unreadable"),
        }
        last = Some(last.map_or(update_id, |last| last.max(update_id)));
    }
    Ok(last)
}

/// Updates go to a webhook.
fn is_hooked(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused { code: 409, why, .. } if why.contains("webhook"))
}

/// Trying the same call again makes sense, without beginning anew.
const fn is_passing(error: &ApiError) -> bool {
    match error {
        ApiError::NotSent(_) | ApiError::Broken(_) | ApiError::Unreadable { .. } => true,
        ApiError::TooLarge(_) => false,
        ApiError::Refused { code, .. } => matches!(*code, 409 | 429 | 500..=599),
    }
}

/// How long the server wants us to wait.
const fn wait_of(error: &ApiError) -> Option<Duration> {
    match error {
        ApiError::Refused { retry_after, .. } => *retry_after,
        ApiError::NotSent(_)
        | ApiError::Broken(_)
        | ApiError::TooLarge(_)
        | ApiError::Unreadable { .. } => None,
    }
}

/// A failure in words for whoever runs the Gateway.
pub(super) fn spoken(error: &ApiError) -> ChannelError {
    match error {
        ApiError::Refused {
            code: 401 | 404,
            why,
            ..
        } => ChannelError::lasting(format!(
            "Telegram does not know this bot ({why}): check channels.telegram.botToken, or the \
             file or variable that it comes from"
        )),
        ApiError::Refused { code: 409, why, .. } => ChannelError::passing(format!(
            "another program receives for this bot ({why}): stop it, or give this Gateway a bot \
             of its own"
        )),
        other => ChannelError::passing(other.to_string()),
    }
}
