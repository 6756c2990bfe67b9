//! Telegram, over the Bot API.
//!
//! | To find | Open |
//! | --- | --- |
//! | what a bot is told | [`TelegramOptions`] |
//! | one call of the Bot API, and its failures | `api` |
//! | how updates become [`Inbound`] | `update` |
//! | long polling and webhook | `receive` |
//! | sending, and what a failure means | `send` |
//! | Markdown as Telegram shows it | `markup` |
//! | the limits of the Bot API | `pace` |

mod address;
mod api;
mod form;
mod hook;
mod markup;
mod options;
mod pace;
mod receive;
mod send;
mod update;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use options::{BotCommand, Receive, ReplyMode, TelegramOptions, Token};

use crate::channel::{
    BadTarget, Capabilities, Channel, ChannelError, HookAnswer, HookHead, HookRequest,
};
use crate::host::ChannelHost;
use crate::inbound::{Inbound, MediaRef};
use crate::outbound::{Action, Button, File, FileKind, Outbound, Part, SendEnd, Target};
use api::{Api, ApiError};
use pace::Pace;
use update::Me;

/// The longest text that the server takes, in UTF-16 units.
const MAX_TEXT: usize = 4096;

/// One bot.
pub struct Telegram {
    options: TelegramOptions,
    api: Api,
    pace: Pace,
    me: Mutex<Option<Me>>,
}

impl Telegram {
    /// A bot that does nothing yet.
    #[must_use]
    pub fn new(options: TelegramOptions) -> Self {
        let api = Api::new(&options);
        Self {
            options,
            api,
            pace: Pace::default(),
            me: Mutex::new(None),
        }
    }

    fn known_me(&self) -> Option<Me> {
        self.me
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Who we are there, asked once.
    async fn me(&self) -> Result<Me, ApiError> {
        if let Some(me) = self.known_me() {
            return Ok(me);
        }
        let me: Me = self.api.call("getMe", &json!({})).await?;
        *self.me.lock().unwrap_or_else(PoisonError::into_inner) = Some(me.clone());
        Ok(me)
    }
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram")
            .field("account", &self.options.account)
            .finish_non_exhaustive()
    }
}

/// Why a file cannot be had. Whoever asks for one that there is not will not get it later.
fn fetched(error: &ApiError) -> ChannelError {
    match error {
        ApiError::TooLarge(_) => ChannelError::lasting(error.to_string()),
        ApiError::Refused {
            code: code @ 400..=499,
            why,
            ..
        } if *code != 429 => {
            ChannelError::lasting(format!("Telegram does not give the file ({code}: {why})"))
        }
        other => ChannelError::passing(other.to_string()),
    }
}

#[async_trait]
impl Channel for Telegram {
    fn kind(&self) -> &str {
        "telegram"
    }

    fn label(&self) -> &str {
        "Telegram"
    }

    fn account(&self) -> &str {
        &self.options.account
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            edit: true,
            typing: true,
            buttons: true,
            files: true,
            polls: true,
        }
    }

    async fn run(
        &self,
        host: &dyn ChannelHost,
        stop: &CancellationToken,
    ) -> Result<(), ChannelError> {
        receive::run(self, host, stop).await
    }

    async fn probe(&self, timeout: Duration) -> Result<Value, ChannelError> {
        let began = Instant::now();
        let params = json!({});
        let asked = self.api.call::<Me>("getMe", &params);
        let me = tokio::time::timeout(timeout, asked)
            .await
            .map_err(|_| ChannelError::passing("Telegram did not answer in time"))?
            .map_err(|error| receive::spoken(&error))?;
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(json!({ "ok": true, "bot": me.shown(), "elapsedMs": elapsed }))
    }

    fn target(&self, address: &str) -> Result<String, BadTarget> {
        address::canonical(address)
    }

    fn address(&self, inbound: &Inbound) -> String {
        address::of_chat(&inbound.chat.id)
    }

    fn parts(&self, message: &Outbound) -> Vec<Part> {
        send::parts(message, self.options.text_limit.min(MAX_TEXT))
    }

    async fn turn(&self, to: &Target) {
        self.pace.turn(address::chat_id(&to.to)).await;
    }

    async fn send(&self, to: &Target, part: &Part, _: &str) -> SendEnd {
        send::send(self, to, part).await
    }

    async fn edit(
        &self,
        to: &Target,
        message_id: &str,
        text: &str,
        buttons: &[Vec<Button>],
    ) -> SendEnd {
        send::edit(self, to, message_id, text, buttons).await
    }

    async fn act(&self, to: &Target, action: &Action) -> Result<Value, String> {
        send::act(self, to, action).await
    }

    async fn typing(&self, to: &Target) {
        let mut params = json!({ "chat_id": address::chat_id(&to.to), "action": "typing" });
        if let Some(thread) = to
            .thread_id
            .as_deref()
            .and_then(|id| id.parse::<i64>().ok())
        {
            params["message_thread_id"] = json!(thread);
        }
        if let Err(error) = self.api.call::<Value>("sendChatAction", &params).await {
            tracing::debug!(%error, "typing is not shown");
        }
    }

    async fn acknowledge(&self, press_id: &str, text: Option<&str>) {
        let mut params = json!({ "callback_query_id": press_id });
        if let Some(text) = text {
            let text: String = text.chars().take(200).collect();
            params["text"] = json!(text);
        }
        if let Err(error) = self.api.call::<Value>("answerCallbackQuery", &params).await {
            tracing::debug!(%error, "a press is not acknowledged");
        }
    }

    async fn fetch(&self, media: &MediaRef, max_bytes: usize) -> Result<File, ChannelError> {
        let max_bytes = max_bytes.min(self.options.media_max_bytes);
        let (name, bytes) = self
            .api
            .file(&media.id, max_bytes)
            .await
            .map_err(|error| fetched(&error))?;
        let mime_type = media.mime_type.clone();
        let mime_type = mime_type.unwrap_or_else(|| update::type_of_name(&name).to_owned());
        Ok(File {
            name: media.file_name.clone().unwrap_or(name),
            kind: FileKind::of(&mime_type),
            mime_type,
            bytes,
        })
    }

    fn hook_path(&self) -> Option<&str> {
        match &self.options.receive {
            Receive::Polling => None,
            Receive::Webhook { path, .. } => Some(path),
        }
    }

    fn hook_head(&self, request: &HookRequest, _: u64) -> HookHead {
        hook::head(self, request)
    }

    async fn hook(&self, host: &dyn ChannelHost, request: HookRequest) -> HookAnswer {
        hook::take(self, host, &request).await
    }
}
