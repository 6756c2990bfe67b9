//! What goes to the outbox when a run ends.

use openclaw_agent::tool::Attachment;
use openclaw_channels::{Button, Poll};
use openclaw_store::NewDelivery;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::{DeliveryTarget, EndKind, Ended};

/// The body of a delivery in the outbox.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryBody {
    /// The text; may be empty if there are files.
    pub(crate) text: String,
    /// Files that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<Attachment>,
    /// The thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thread_id: Option<String>,
    /// The message that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// The run that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run_id: Option<String>,
    /// The session that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session_key: Option<String>,
    /// Buttons below the text, row by row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) buttons: Vec<Vec<Button>>,
    /// A question with answers to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) poll: Option<Poll>,
    /// How it is shown.
    #[serde(default)]
    pub(crate) manner: Manner,
}

/// How something is shown; everything is off as a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of a person, each of its own"
)]
pub(crate) struct Manner {
    /// Nobody is disturbed.
    pub(crate) silent: bool,
    /// The text is in the service's own markup.
    pub(crate) native: bool,
    /// Files are shown as files.
    pub(crate) document: bool,
    /// Sound is shown as something spoken.
    pub(crate) voice: bool,
    /// A video plays like a picture that moves.
    pub(crate) animation: bool,
}

impl DeliveryBody {
    /// Nothing yet, for there.
    pub(crate) fn to(to: &DeliveryTarget) -> Self {
        Self {
            thread_id: to.thread_id.clone(),
            reply_to: to.reply_to.clone(),
            ..Self::default()
        }
    }
}

/// The reply of a run, for where it is to go. Nothing for a run without one, and for one that
/// somebody stopped.
pub(super) fn deliveries(ended: &Ended, to: Option<&DeliveryTarget>) -> Vec<NewDelivery> {
    let Some(to) = to else { return Vec::new() };
    let is_silent = ended.said().trim().is_empty() && ended.attachments.is_empty();
    if is_silent || ended.kind == EndKind::Aborted {
        return Vec::new();
    }
    let text = match (&ended.error, ended.text.as_str()) {
        (Some(error), "") => format!("⚠️ {error}"),
        (Some(error), text) => format!("{text}\n\n⚠️ {error}"),
        (None, text) => text.to_owned(),
    };
    let body = DeliveryBody {
        text,
        attachments: ended.attachments.clone(),
        run_id: Some(ended.run_id.clone()),
        session_key: Some(ended.session_key.clone()),
        ..DeliveryBody::to(to)
    };
    let Ok(body) = to_raw_value(&body) else {
        return Vec::new();
    };
    vec![NewDelivery {
        // The same for every try to end this run.
        delivery_id: format!("{}:reply", ended.run_id),
        channel: to.channel.clone(),
        account: to.account.clone(),
        target: to.to.clone(),
        created_at_ms: ended.ended_at_ms,
        body,
    }]
}
