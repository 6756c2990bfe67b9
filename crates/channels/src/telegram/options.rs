//! What a bot is told.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::http::host;

/// What a bot is told.
#[derive(Clone, PartialEq)]
pub struct TelegramOptions {
    /// The account: `default` where there is one.
    pub account: String,
    /// The bot's token.
    pub token: Token,
    /// The server: `https://api.telegram.org`, or one of the same kind.
    pub api_root: Url,
    /// A proxy for everything but loopback.
    pub proxy: Option<Url>,
    /// How updates come in.
    pub receive: Receive,
    /// How long the server may wait for an update before it answers.
    pub poll: Duration,
    /// How long any other call may take.
    pub timeout: Duration,
    /// The longest text of one message, in UTF-16 units. The server takes 4096 at most.
    pub text_limit: usize,
    /// Which messages answer the one that was written.
    pub reply_mode: ReplyMode,
    /// Links are shown with a preview.
    pub link_preview: bool,
    /// Bytes of a file that comes in.
    pub media_max_bytes: usize,
    /// The menu of commands.
    pub commands: Vec<BotCommand>,
}

impl TelegramOptions {
    /// A bot at the real server, with everything as usual.
    #[must_use]
    pub fn new(account: impl Into<String>, token: SecretString) -> Self {
        Self {
            account: account.into(),
            token: Token(token),
            api_root: "https://api.telegram.org".parse().expect("it is a URL"),
            proxy: None,
            receive: Receive::Polling,
            poll: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            text_limit: 4000,
            reply_mode: ReplyMode::Off,
            link_preview: true,
            media_max_bytes: 5 * 1024 * 1024,
            commands: Vec::new(),
        }
    }
}

/// Addresses may have passwords in them: only hosts show.
impl fmt::Debug for TelegramOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramOptions")
            .field("account", &self.account)
            .field("api_root", &host(&self.api_root))
            .field("proxy", &self.proxy.as_ref().map(host))
            .field("receive", &self.receive)
            .finish_non_exhaustive()
    }
}

/// A bot's token. Shows nothing of itself.
#[derive(Clone)]
pub struct Token(pub SecretString);

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq as _;
        let (one, other) = (self.0.expose_secret(), other.0.expose_secret());
        one.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How updates come in.
#[derive(Clone, PartialEq)]
pub enum Receive {
    /// We ask, and the server waits with its answer.
    Polling,
    /// The server calls.
    Webhook {
        /// The address that the server calls.
        url: Url,
        /// What it proves itself with.
        secret: Token,
        /// The path of that address on the Gateway's port.
        path: String,
    },
}

impl fmt::Debug for Receive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Polling => f.write_str("Polling"),
            Self::Webhook { url, .. } => write!(f, "Webhook({})", host(url)),
        }
    }
}

/// Which messages of a reply are shown as answers to what was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReplyMode {
    /// None.
    #[default]
    Off,
    /// The first.
    First,
    /// All.
    All,
}

/// One line of the menu of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotCommand {
    /// The command, without `/`.
    pub command: String,
    /// What it does.
    pub description: String,
}
