//! The trait of channels.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::host::ChannelHost;
use crate::inbound::{Inbound, MediaRef};
use crate::outbound::{Action, Button, File, Outbound, Part, SendEnd, Target};

/// One account of a service by which people talk.
///
/// Whoever holds it runs it with [`run`](Self::run), which ends when it is stopped or cannot go
/// on, and may send at any time. Implementations are cheap to make and hold no connection before
/// they run or send.
#[async_trait]
pub trait Channel: fmt::Debug + Send + Sync {
    /// The channel in one word: `telegram`.
    fn kind(&self) -> &str;

    /// Its name for people: `Telegram`.
    fn label(&self) -> &str;

    /// The account: `default` where there is one.
    fn account(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Takes what comes in until `stop` ends. What does not forbid going on is
    /// [reported](ChannelHost::report) and tried again.
    ///
    /// # Errors
    ///
    /// [`ChannelError`], when going on makes no sense before somebody changed something.
    async fn run(
        &self,
        host: &dyn ChannelHost,
        stop: &CancellationToken,
    ) -> Result<(), ChannelError>;

    /// Asks the service whether we are known there; the answer is for people and programs, with
    /// `ok`.
    ///
    /// # Errors
    ///
    /// [`ChannelError`].
    async fn probe(&self, timeout: Duration) -> Result<Value, ChannelError>;

    /// The one spelling of an address.
    ///
    /// # Errors
    ///
    /// [`BadTarget`]
    fn target(&self, address: &str) -> Result<String, BadTarget>;

    /// The address of the conversation that something came from.
    fn address(&self, inbound: &Inbound) -> String;

    /// What is sent one by one so that a message is sent whole: the same for every call with the
    /// same message. Empty for a message that says nothing.
    fn parts(&self, message: &Outbound) -> Vec<Part>;

    /// Waits until the service's limits allow one more message there. Ask for it before
    /// [`send`](Self::send), which does not wait.
    async fn turn(&self, to: &Target);

    /// Sends one part. `key` is the same for every try of this one part.
    async fn send(&self, to: &Target, part: &Part, key: &str) -> SendEnd;

    /// Shows another text in place of one that was sent. May be done again.
    async fn edit(
        &self,
        to: &Target,
        message_id: &str,
        text: &str,
        buttons: &[Vec<Button>],
    ) -> SendEnd;

    /// Does something with a message that is there.
    ///
    /// # Errors
    ///
    /// Why not, in words.
    async fn act(&self, to: &Target, action: &Action) -> Result<Value, String>;

    /// Shows that an answer is being written, for some seconds. May fail silently.
    async fn typing(&self, to: &Target);

    /// Tells somebody who pressed a button that it was noticed. May fail silently.
    async fn acknowledge(&self, press_id: &str, text: Option<&str>);

    /// Gets a file that came in.
    ///
    /// # Errors
    ///
    /// [`ChannelError`], also for one that is larger than `max_bytes`.
    async fn fetch(&self, media: &MediaRef, max_bytes: usize) -> Result<File, ChannelError>;

    /// The path on the Gateway's port at which the service calls, if it does.
    fn hook_path(&self) -> Option<&str>;

    /// Judges such a call by its headers, before anything of its body is read; `request` has none
    /// yet. Whatever it says, [`hook`](Self::hook) judges the whole again.
    ///
    /// As it stands, every call is [`HookHead::Unproven`].
    fn hook_head(&self, request: &HookRequest, now_ms: u64) -> HookHead {
        let _ = (request, now_ms);
        HookHead::Unproven
    }

    /// Takes such a call.
    async fn hook(&self, host: &dyn ChannelHost, request: HookRequest) -> HookAnswer;
}

/// What a channel can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Change a text that was sent.
    pub edit: bool,
    /// Show that an answer is being written.
    pub typing: bool,
    /// Buttons below a text.
    pub buttons: bool,
    /// Files.
    pub files: bool,
    /// Questions with answers to choose from.
    pub polls: bool,
}

/// A channel cannot go on, or cannot do something. Says no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ChannelError {
    /// What is wrong, and what mends it.
    pub message: String,
    /// Trying again makes no sense before somebody changed something.
    pub is_final: bool,
}

impl ChannelError {
    /// Something that may pass.
    pub fn passing(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_final: false,
        }
    }

    /// Something that somebody must mend.
    pub fn lasting(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_final: true,
        }
    }
}

/// A text that is no address of a channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {channel} address: {wanted}")]
pub struct BadTarget {
    /// The channel's name.
    pub channel: &'static str,
    /// What was given.
    pub given: String,
    /// What an address looks like.
    pub wanted: &'static str,
}

/// A request at the [path](Channel::hook_path) of a channel.
#[derive(Clone)]
pub struct HookRequest {
    /// Names in lower case, and values as text.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HookRequest {
    /// The value of a header, by its name in lower case. Nothing if it stands there twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(one, _)| one == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

/// Headers hold secrets, and bodies what people say.
impl fmt::Debug for HookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookRequest")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What the headers of such a request say of who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookHead {
    /// It is the service: nobody else knows what stands there.
    Proven,
    /// It may be the service; the body will tell.
    Unproven,
    /// It is not, whatever the body says.
    Refused(HookAnswer),
}

/// What is answered to such a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON or plain text.
    pub body: String,
}

impl HookAnswer {
    /// An answer.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            body: body.into(),
        }
    }
}
