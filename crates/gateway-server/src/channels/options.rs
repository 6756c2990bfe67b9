//! What a Gateway is told about its channels.

use std::fmt;
use std::sync::Arc;

use openclaw_channels::access::AccessRules;
use openclaw_channels::telegram::{Telegram, TelegramOptions};
use openclaw_channels::webhook::{Webhook, WebhookOptions};
use openclaw_channels::{BadTarget, Channel};
use openclaw_policy::session_key::DmScope;

/// The channels of a Gateway. `Default`: none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelOptions {
    /// The accounts of all channels, no two of the same name.
    pub accounts: Vec<ChannelAccount>,
    /// How conversations with single people are kept apart.
    pub dm_scope: DmScope,
    /// What is wrong in the configuration, in words for a person.
    pub problems: Vec<String>,
}

/// One account of a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelAccount {
    /// The channel in one word: `telegram`.
    pub channel: String,
    /// The account: `default` where there is one.
    pub account: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The configuration wants it.
    pub is_enabled: bool,
    /// Who may talk.
    pub access: AccessRules,
    /// Answers are shown while they are written, where the channel can change what it sent.
    pub streams: bool,
    /// Where its secret came from: `config`, `env`, `tokenFile`, `none`.
    pub token_source: &'static str,
    /// What it is made of, or what it lacks.
    pub make: Result<ChannelMake, String>,
}

impl ChannelAccount {
    /// An account of a channel that the embedder brings, to which nobody may talk yet.
    #[must_use]
    pub fn own(channel: Arc<dyn Channel>) -> Self {
        Self {
            channel: channel.kind().to_owned(),
            account: channel.account().to_owned(),
            name: None,
            is_enabled: true,
            access: AccessRules::default(),
            streams: false,
            token_source: "none",
            make: Ok(ChannelMake::Own(OwnChannel(channel))),
        }
    }

    /// The channel, where there is all that it needs.
    pub(super) fn open(&self) -> Result<Arc<dyn Channel>, String> {
        Ok(match self.make.as_ref().map_err(Clone::clone)? {
            ChannelMake::Telegram(options) => Arc::new(Telegram::new((**options).clone())),
            ChannelMake::Webhook(options) => Arc::new(Webhook::new((**options).clone())),
            ChannelMake::Own(channel) => Arc::clone(&channel.0),
        })
    }
}

/// What an account is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelMake {
    /// A bot of Telegram.
    Telegram(Box<TelegramOptions>),
    /// A program that signs its requests.
    Webhook(Box<WebhookOptions>),
    /// A channel of the embedder's own.
    Own(OwnChannel),
}

/// A channel of the embedder's own; equal to itself alone.
#[derive(Clone)]
pub struct OwnChannel(pub Arc<dyn Channel>);

impl PartialEq for OwnChannel {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for OwnChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a name of a channel means here. Of several accounts without a name, `default` is meant,
/// or the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoChannel {
    /// It is not configured.
    #[error("unsupported channel: {0}")]
    Unknown(String),
    /// There is none at all.
    #[error("no channel is configured; `openclaw config set channels.telegram.botToken TOKEN`")]
    None,
    /// Nobody can tell which is meant.
    #[error("several channels are configured ({0}): name one")]
    Several(String),
    /// There is no such account.
    #[error("channel {channel} has no account `{account}`")]
    Account {
        /// The channel.
        channel: String,
        /// What was asked for.
        account: String,
    },
    /// It is there and cannot send.
    #[error("channel {channel} ({account}) is not available: {why}")]
    Unusable {
        /// The channel.
        channel: String,
        /// The account.
        account: String,
        /// What it lacks.
        why: String,
    },
    /// The address is none.
    #[error(transparent)]
    Target(#[from] BadTarget),
}
