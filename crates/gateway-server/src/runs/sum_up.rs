//! Summing a conversation up because somebody asks for it.

use std::fmt;

use openclaw_agent::compaction::{self, CompactionPolicy};
use openclaw_agent::message::{Content, Message};
use openclaw_agent::model::CallEnd;
use openclaw_store::{EntryRange, NewEntry, StoreError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::drive::MAX_HISTORY;
use super::session::Session;
use super::transcript;
use crate::clock::now_ms;
use crate::conversations::watch;
use crate::core::Core;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SummedUp {
    /// There is nothing before the last question.
    Nothing,
    /// The older part is shown to the model as a summary from now on.
    Done {
        /// The summary.
        summary: String,
        /// The entry from which on everything stays as it is.
        first_kept: Option<String>,
        /// About how many tokens the conversation had.
        tokens_before: u64,
        /// And has now.
        tokens_after: u64,
    },
}

/// Why it was not done.
#[derive(Debug)]
pub(crate) enum NotSummedUp {
    /// The state cannot be used.
    Store(StoreError),
    /// No model can be asked, or none gave a summary: in words.
    Model(String),
}

impl From<StoreError> for NotSummedUp {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for NotSummedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the gateway's state cannot be used: {error}"),
            Self::Model(why) => f.write_str(why),
        }
    }
}

/// Has the model of a session sum up everything before the last question, and keeps the summary in
/// the transcript. `wish`: what the person wants kept above all. What was said stays in the
/// transcript; the model is no longer shown it.
pub(crate) async fn sum_up(
    core: &Core,
    key: &str,
    wish: Option<&str>,
) -> Result<SummedUp, NotSummedUp> {
    let setup = core.runs.setup();
    let session = Session::open(&core.home, key, now_ms()).await?;
    let range = EntryRange::Last(MAX_HISTORY);
    let history = transcript::history(&core.home.entries(&session.id, range).await?);
    let policy = CompactionPolicy::default();
    let Some(cut) = compaction::plan(&history.messages, 0) else {
        return Ok(SummedUp::Nothing);
    };
    // A summary that stands there alone is not summed up again.
    if history.entries[..cut].iter().all(Option::is_none) {
        return Ok(SummedUp::Nothing);
    }
    let (models, _) = setup
        .models(setup.agent_of(key), None, &session)
        .map_err(NotSummedUp::Model)?;
    let window = models.info(0).spec.context_window;
    let mut question = compaction::question(None, &history.messages[..cut], window);
    if let (Some(wish), Message::User(asked)) = (wish, &mut question) {
        let text = format!("The user wants this kept above all: {wish}");
        asked.content.push(Content::Text { text });
    }
    let stop = CancellationToken::new();
    let call = compaction::ask(&models, 0, question, &policy, &stop).await;
    let summary = call.message.text();
    if call.end != CallEnd::Answered {
        let why = call.failed.last().map(ToString::to_string);
        let why = why.unwrap_or_else(|| "the model gave no summary".to_owned());
        return Err(NotSummedUp::Model(format!(
            "the conversation stays as it is: {why}"
        )));
    }
    let tokens = |messages: &[Message]| messages.iter().map(compaction::estimate).sum::<u64>();
    let tokens_before = tokens(&history.messages);
    let tokens_after =
        compaction::estimate(&compaction::as_message(&summary)) + tokens(&history.messages[cut..]);
    let first_kept = history.entries[cut..].iter().flatten().next().cloned();
    let now = now_ms();
    let body = transcript::summary(&summary, first_kept.as_deref(), tokens_before, now);
    let id = format!("{}:summary", Uuid::new_v4());
    let entry = transcript::entry(id, "", now, &body).map(|entry| NewEntry {
        run_id: None,
        ..entry
    });
    let entries = entry.into_iter().collect();
    core.conversations.append(key, entries, now).await?;
    let changed = core
        .conversations
        .edit(key, now, |one, _| {
            let count = one.number("compactionCount").unwrap_or(0);
            one.set("compactionCount", (count + 1).into());
            one.set("totalTokens", tokens_after.into());
            Ok::<_, StoreError>(())
        })
        .await?;
    watch::changed(core, &changed.conversation, "compact");
    Ok(SummedUp::Done {
        summary,
        first_kept,
        tokens_before,
        tokens_after,
    })
}
