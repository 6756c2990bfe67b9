//! Where something goes that a job or a heartbeat has to say.

use std::time::Duration;

use openclaw_agent::tools::web_fetch::{FetchError, WebFetchRules, WebPoster};
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_store::StoreError;
use secrecy::ExposeSecret as _;
use url::Url;

use super::trusted;
use crate::channels;
use crate::core::Core;
use crate::runs::{DeliveryBody, DeliveryTarget, last_target};

/// A place as somebody names it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place<'a> {
    /// The channel; `last` or nothing for that of the last message.
    pub(crate) channel: Option<&'a str>,
    /// Who.
    pub(crate) to: Option<&'a str>,
    /// The account of the channel.
    pub(crate) account: Option<&'a str>,
    /// The thread.
    pub(crate) thread: Option<&'a str>,
}

/// There is no such place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPlace {
    /// Nobody was talked to yet.
    #[error(
        "there is nobody to tell: no message came over a channel yet; name `channel` and `to`, or \
         write to the bot once"
    )]
    Nobody,
    /// Nobody was talked to there.
    #[error("there is nobody to tell on {0}: name `to`")]
    NobodyThere(String),
    /// The state cannot be read.
    #[error("where the last message came from is unreadable: {0}")]
    Store(#[from] StoreError),
}

/// The place that is meant; `key` is the session whose last message counts.
pub(crate) async fn target(
    core: &Core,
    place: Place<'_>,
    key: &str,
) -> Result<DeliveryTarget, NoPlace> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let named = place
        .channel
        .map(str::trim)
        .filter(|name| !matches!(*name, "" | "last"));
    if let (Some(channel), Some(to)) = (named, place.to) {
        return Ok(DeliveryTarget {
            channel: channel.to_owned(),
            account: place.account.unwrap_or("default").to_owned(),
            to: to.to_owned(),
            thread_id: owned(place.thread),
            reply_to: None,
        });
    }
    let last = last_target(core, key).await?;
    let Some(last) = last.filter(|last| named.is_none_or(|named| named == last.channel)) else {
        return Err(named.map_or(NoPlace::Nobody, |one| NoPlace::NobodyThere(one.to_owned())));
    };
    Ok(DeliveryTarget {
        channel: last.channel,
        account: owned(place.account).unwrap_or(last.account),
        thread_id: owned(place.thread).or(last.thread_id.filter(|_| place.to.is_none())),
        to: owned(place.to).unwrap_or(last.to),
        reply_to: None,
    })
}

/// Puts a text where it will be sent; `id` is the same for every try.
pub(super) async fn queue(
    core: &Core,
    id: String,
    to: DeliveryTarget,
    text: String,
) -> Result<(), StoreError> {
    let body = DeliveryBody {
        text,
        ..DeliveryBody::to(&to)
    };
    channels::queue(core, id, &to, &body).await
}

/// How often an address on the web is tried, and how long it is waited between.
const TRIES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// Tells an address on the web. It may hear the same twice; the text names the run.
pub(super) async fn post(
    core: &Core,
    job: &CronJob,
    to: &str,
    body: &impl serde::Serialize,
) -> Result<(), String> {
    let url: Url = to.trim().parse().map_err(|_| format!("`{to}` is no URL"))?;
    let body = serde_json::to_vec(body).map_err(|error| error.to_string())?;
    let options = core.schedule.options();
    let mut headers = http::HeaderMap::new();
    let token = options.webhook_token.as_ref();
    let may_have = trusted::may_have_token(&options, job, &url);
    let is_withheld = token.is_some() && !may_have;
    if let Some(token) = token.filter(|_| may_have)
        && let Ok(mut value) =
            http::HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
    {
        value.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, value);
    }
    let poster = WebPoster::new(WebFetchRules {
        allow_addresses: options.webhook_addresses.clone(),
        timeout: Duration::from_secs(20),
        ..WebFetchRules::default()
    });
    let mut why = String::new();
    for pause in TRIES {
        tokio::time::sleep(pause).await;
        why = match poster.post(&url, headers.clone(), body.clone()).await {
            Ok(status) if (200..300).contains(&status) => return Ok(()),
            Ok(status) => {
                let mut why = format!("it answered with status {status}");
                if is_withheld && matches!(status, 401 | 403) {
                    why = format!("{why}; {}", trusted::UNNAMED);
                }
                if status < 500 && status != 429 {
                    return Err(why);
                }
                why
            }
            Err(error @ FetchError::Forbidden { .. }) => return Err(error.to_string()),
            Err(error) => error.to_string(),
        };
    }
    Err(why)
}
