//! One delivery, part by part.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_channels::{Channel, File, FileKind, Outbound, Part, SendEnd, Target, Text};
use openclaw_protocol::Raw;
use openclaw_store::{DeliveryEnd, DeliveryRecord, DeliveryState, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::drafts;
use crate::clock::{as_millis, now_ms};
use crate::core::Core;
use crate::runs::DeliveryBody;

/// What is older and was not taken is given up.
const FRESH_MS: u64 = 6 * 3600 * 1000;
/// The first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest.
const MOST_WAIT: Duration = Duration::from_secs(300);

/// A delivery waits.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stuck {
    /// The state is unusable.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The channel is not there now.
    #[error("{0}")]
    Channel(String),
    /// The service did not take it now.
    #[error("{why}")]
    Again {
        /// What it said.
        why: String,
        /// How long to wait.
        wait: Duration,
    },
}

impl Stuck {
    pub(super) const fn wait(&self) -> Duration {
        match self {
            Self::Store(_) => Duration::from_secs(5),
            Self::Channel(_) => Duration::from_secs(30),
            Self::Again { wait, .. } => *wait,
        }
    }
}

/// How far a delivery of several parts has come.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Progress {
    /// Parts that are done.
    done: usize,
    /// The next one may have left.
    is_begun: bool,
    /// What became of one part is not known.
    unknown: Option<String>,
    /// What the service said of the first one.
    sent: Option<Map<String, Value>>,
}

impl Progress {
    fn place(delivery_id: &str) -> String {
        format!("channel.progress.{delivery_id}")
    }

    async fn read(core: &Core, delivery_id: &str) -> Result<Option<Self>, StoreError> {
        core.home.setting(&Self::place(delivery_id)).await
    }

    async fn keep(&self, core: &Core, delivery_id: &str) -> Result<(), StoreError> {
        let place = Self::place(delivery_id);
        core.home.put_setting(&place, self).await
    }
}

/// A service that notices what comes twice under one key, as far as it is one that we know.
fn notices_repeats(channel: &str) -> bool {
    channel == "webhook"
}

fn said(what: &str) -> Box<Raw> {
    let raw = to_raw_value(&json!({ "error": what }));
    raw.unwrap_or_else(|_| RAW_NULL.to_owned())
}

const RAW_NULL: &Raw = Raw::NULL;

/// Finds out about what was being sent when the Gateway ended.
pub(super) async fn resume(core: &Core) -> Result<(), StoreError> {
    for record in core.home.open_deliveries().await? {
        if record.state != DeliveryState::Sending {
            continue;
        }
        let id = &record.delivery.delivery_id;
        let found = Progress::read(core, id).await?;
        let is_on_its_way = found.as_ref().is_none_or(|found| found.is_begun);
        let mut progress = found.unwrap_or_default();
        let stands_for_it = match body(&record).ok().and_then(|body| body.run_id) {
            Some(run_id) if progress.done == 0 => drafts::standing(core, &run_id).await?.is_some(),
            _ => false,
        };
        // A change of a message that is there may be made twice.
        if is_on_its_way && !stands_for_it && !notices_repeats(&record.delivery.channel) {
            let why = "the gateway ended while it was being sent; it may have arrived";
            tracing::warn!(
                delivery = id,
                channel = record.delivery.channel,
                why,
                "a delivery"
            );
            progress.done += 1;
            progress.unknown = Some(why.to_owned());
        }
        progress.is_begun = false;
        progress.keep(core, id).await?;
        let again = DeliveryEnd::Again {
            not_before_ms: now_ms(),
            result: said("the gateway ended while it was being sent"),
        };
        core.home.end_delivery(id, again, now_ms()).await?;
    }
    Ok(())
}

fn body(record: &DeliveryRecord) -> serde_json::Result<DeliveryBody> {
    serde_json::from_str(record.delivery.body.get())
}

/// Sends one delivery that waits, or says why it goes on waiting.
pub(super) async fn deliver(core: &Arc<Core>, record: DeliveryRecord) -> Result<(), Stuck> {
    let delivery = &record.delivery;
    let id = delivery.delivery_id.as_str();
    let is_old = now_ms().saturating_sub(delivery.created_at_ms) > FRESH_MS;
    let account = core.channels.account(&delivery.channel, &delivery.account);
    let usable = match &account {
        Some(account) => account.usable(),
        None => Err("the channel is not configured".to_owned()),
    };
    let (account, channel) = match (&account, usable) {
        (Some(account), Ok(channel)) => (account, channel),
        (_, Err(why)) if is_old => return fail(core, id, &why).await,
        (_, Err(why)) => return Err(Stuck::Channel(why)),
        (None, Ok(_)) => return Ok(()),
    };
    if account.state().is_stopped && !is_old {
        return Err(Stuck::Channel("the channel was stopped".to_owned()));
    }
    let body = match body(&record) {
        Ok(body) => body,
        Err(error) => return fail(core, id, &format!("it is unreadable: {error}")).await,
    };
    let to = match channel.target(&delivery.target) {
        Ok(to) => Target {
            to,
            thread_id: body.thread_id.clone(),
            reply_to: body.reply_to.clone(),
        },
        Err(error) => return fail(core, id, &error.to_string()).await,
    };
    let parts = channel.parts(&outbound(&body));
    let progress = Progress::read(core, id).await?.unwrap_or_default();
    if parts.is_empty() {
        return fail(core, id, "there is nothing to send").await;
    }
    let draft = match &body.run_id {
        Some(run_id) => {
            core.channels.drafts.closed(run_id).await;
            drafts::standing(core, run_id).await?
        }
        None => None,
    };
    let sending = Sending {
        core,
        account,
        channel,
        record: &record,
        to,
        draft,
        is_old,
    };
    sending.send(&parts, progress).await?;
    if let Some(run_id) = &body.run_id
        && sending.draft.is_some()
    {
        drafts::forget(core, run_id).await?;
    }
    Ok(())
}

async fn fail(core: &Core, id: &str, why: &str) -> Result<(), Stuck> {
    tracing::warn!(delivery = id, why, "a delivery failed");
    core.home.begin_delivery(id).await?;
    let end = DeliveryEnd::Failed(said(why));
    core.home.end_delivery(id, end, now_ms()).await?;
    Ok(())
}

/// A delivery on its way.
struct Sending<'a> {
    core: &'a Core,
    account: &'a Account,
    channel: &'a Arc<dyn Channel>,
    record: &'a DeliveryRecord,
    to: Target,
    /// The message whose place the first part takes.
    draft: Option<String>,
    is_old: bool,
}

impl Sending<'_> {
    fn id(&self) -> &str {
        &self.record.delivery.delivery_id
    }

    async fn send(&self, parts: &[Part], mut progress: Progress) -> Result<(), Stuck> {
        let (core, id) = (self.core, self.id());
        let mut is_begun = false;
        while let Some(part) = parts.get(progress.done) {
            // What can take long comes before it is said that it may have left.
            self.channel.turn(&self.to).await;
            if progress.done > 0 {
                progress.is_begun = true;
                progress.keep(core, id).await?;
            }
            if !is_begun {
                core.home.begin_delivery(id).await?;
                is_begun = true;
            }
            match self.part(progress.done, part).await {
                SendEnd::Sent(sent) => {
                    self.account.said();
                    let mut ids = sent.ids;
                    ids.insert("messageId".to_owned(), json!(sent.message_id));
                    progress.sent.get_or_insert(ids);
                }
                SendEnd::Unknown(why) => {
                    tracing::warn!(delivery = id, why, "what became of a delivery is not known");
                    progress.unknown = Some(why);
                }
                SendEnd::Failed(why) => {
                    let end = DeliveryEnd::Failed(said(&why));
                    tracing::warn!(delivery = id, why, "a delivery failed");
                    return self.end(end).await;
                }
                SendEnd::Again { why, .. } if self.is_old => {
                    return self.end(DeliveryEnd::Failed(said(&why))).await;
                }
                SendEnd::Again {
                    after,
                    why,
                    is_limit,
                } => {
                    let wait = if is_limit { after } else { self.wait(after) };
                    if progress.done > 0 {
                        progress.is_begun = false;
                        progress.keep(core, id).await?;
                    }
                    let again = DeliveryEnd::Again {
                        not_before_ms: now_ms().saturating_add(as_millis(wait)),
                        result: said(&why),
                    };
                    core.home.end_delivery(id, again, now_ms()).await?;
                    return Err(Stuck::Again { why, wait });
                }
            }
            progress.done += 1;
            progress.is_begun = false;
            if progress.done < parts.len() {
                progress.keep(core, id).await?;
            }
        }
        if !is_begun {
            core.home.begin_delivery(id).await?;
        }
        let delivery = &self.record.delivery;
        let mut result = progress.sent.unwrap_or_default();
        result.insert("channel".to_owned(), json!(delivery.channel));
        result.insert("to".to_owned(), json!(self.to.to));
        if let Some(why) = &progress.unknown {
            result.insert("error".to_owned(), json!(why));
        }
        let result = to_raw_value(&result).unwrap_or_else(|_| said("unreadable"));
        self.end(match progress.unknown {
            Some(_) => DeliveryEnd::Unknown(result),
            None => DeliveryEnd::Sent(result),
        })
        .await
    }

    async fn end(&self, end: DeliveryEnd) -> Result<(), Stuck> {
        let id = self.id();
        self.core.home.end_delivery(id, end, now_ms()).await?;
        self.core.home.remove_setting(&Progress::place(id)).await?;
        Ok(())
    }

    async fn part(&self, at: usize, part: &Part) -> SendEnd {
        if let (0, Some(message_id), Part::Text { text, buttons, .. }) = (at, &self.draft, part) {
            let edited = self
                .channel
                .edit(&self.to, message_id, text.as_str(), buttons)
                .await;
            // Twice is as once: it may be tried again, whatever became of it.
            return match edited {
                SendEnd::Unknown(why) => SendEnd::Again {
                    after: FIRST_WAIT,
                    why,
                    is_limit: false,
                },
                // Somebody took the draft away: the answer is sent anew.
                SendEnd::Failed(_) => self.channel.send(&self.to, part, &self.key(at)).await,
                other => other,
            };
        }
        self.channel.send(&self.to, part, &self.key(at)).await
    }

    fn key(&self, at: usize) -> String {
        format!("{}:{at}", self.id())
    }

    fn wait(&self, least: Duration) -> Duration {
        let factor = 2_u32.saturating_pow(self.record.attempts.min(10));
        FIRST_WAIT.saturating_mul(factor).min(MOST_WAIT).max(least)
    }
}

/// What a body asks a channel to send.
fn outbound(body: &DeliveryBody) -> Outbound {
    let manner = &body.manner;
    let files = body.attachments.iter().filter_map(|one| {
        let kind = if manner.document {
            FileKind::Document
        } else if manner.voice {
            FileKind::Voice
        } else if manner.animation {
            FileKind::Animation
        } else {
            FileKind::of(&one.mime_type)
        };
        Some(File {
            name: one.name.clone().unwrap_or_else(|| "file".to_owned()),
            mime_type: one.mime_type.clone(),
            kind,
            bytes: STANDARD.decode(&one.data).ok()?,
        })
    });
    let text = body.text.clone();
    Outbound {
        text: if manner.native {
            Text::Native(text)
        } else {
            Text::Markdown(text)
        },
        files: files.collect(),
        buttons: body.buttons.clone(),
        poll: body.poll.clone(),
        silent: manner.silent,
    }
}
