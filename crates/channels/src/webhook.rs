//! Any program, by signed requests: the other side posts what people say, and gets what is
//! answered the same way.
//!
//! Both sides sign alike: `x-openclaw-timestamp` is the time in seconds since 1970, and
//! `x-openclaw-signature` is `v1=` and the hexadecimal HMAC-SHA256 of `TIMESTAMP.BODY` with the
//! secret that they share. A request whose time is more than five minutes away is refused; one that
//! comes again within them is known by the `id` in its body, and does nothing twice.
//!
//! What people say:
//!
//! ```json
//! {"id": "7f3", "chat": {"id": "kitchen"}, "from": {"id": "ann", "name": "Ann"}, "text": "hello"}
//! ```
//!
//! What we answer has `type` (`message`, `edit`, `delete`, `react`, `pin`, `unpin`, `typing`,
//! `acknowledge`, `ping`), `id`, and for a message `to`, `text`, `file`, `buttons` or `poll`. The
//! receiver keeps each `id` for a while and takes it once: what may have arrived is sent again. It
//! may answer `{"messageId": "…"}`, by which the message is changed later.
//!
//! | To find | Open |
//! | --- | --- |
//! | what such a channel is told | [`WebhookOptions`] |
//! | signatures | [`signature`] |
//! | what comes in | `hook` |
//! | what goes out | `deliver` |

mod deliver;
mod hook;
mod options;
mod sign;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use options::{SigningSecret, WebhookOptions};
pub use sign::{SIGNATURE, TIMESTAMP, signature};

use crate::channel::{
    BadTarget, Capabilities, Channel, ChannelError, HookAnswer, HookHead, HookRequest,
};
use crate::host::{ChannelHost, Report};
use crate::http::Http;
use crate::inbound::{Inbound, MediaRef};
use crate::outbound::{Action, Button, File, FileKind, Outbound, Part, SendEnd, Target};
use crate::parts::texts;

/// The longest id of the other side, in bytes.
const MAX_ID: usize = 200;

/// One account of a program.
pub struct Webhook {
    options: WebhookOptions,
    http: Option<Http>,
}

impl Webhook {
    /// An account that does nothing yet.
    #[must_use]
    pub fn new(options: WebhookOptions) -> Self {
        let http = options
            .deliver_to
            .as_ref()
            .map(|url| Http::new(url, options.proxy.clone()));
        Self { options, http }
    }

    /// Where to what we say is sent, and how.
    fn receiver(&self) -> Option<(&Url, &Http)> {
        self.options.deliver_to.as_ref().zip(self.http.as_ref())
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("account", &self.options.account)
            .field("path", &self.options.path)
            .finish_non_exhaustive()
    }
}

/// The chat of an address.
fn chat_of(address: &str) -> &str {
    address.strip_prefix("webhook:").unwrap_or(address)
}

/// An id that can be kept, shown and sent.
fn is_id(id: &str) -> bool {
    !id.trim().is_empty() && id.len() <= MAX_ID && !id.chars().any(char::is_control)
}

#[async_trait]
impl Channel for Webhook {
    fn kind(&self) -> &str {
        "webhook"
    }

    fn label(&self) -> &str {
        "Webhook"
    }

    fn account(&self) -> &str {
        &self.options.account
    }

    fn capabilities(&self) -> Capabilities {
        let sends = self.options.deliver_to.is_some();
        Capabilities {
            edit: sends,
            typing: sends,
            buttons: sends,
            files: sends,
            polls: sends,
        }
    }

    /// Nothing is to be asked for: the other side calls.
    async fn run(
        &self,
        host: &dyn ChannelHost,
        stop: &CancellationToken,
    ) -> Result<(), ChannelError> {
        host.report(Report::Connected(json!({ "path": self.options.path })));
        stop.cancelled().await;
        Ok(())
    }

    async fn probe(&self, timeout: Duration) -> Result<Value, ChannelError> {
        let sends = self.options.deliver_to.is_some();
        if sends {
            deliver::ping(self, timeout).await?;
        }
        Ok(json!({ "ok": true, "path": self.options.path, "delivers": sends }))
    }

    fn target(&self, address: &str) -> Result<String, BadTarget> {
        let id = chat_of(address.trim());
        if is_id(id) {
            Ok(format!("webhook:{id}"))
        } else {
            Err(BadTarget {
                channel: "Webhook",
                given: address.to_owned(),
                wanted: "give the id of a chat as the other program calls it, such as `kitchen`",
            })
        }
    }

    fn address(&self, inbound: &Inbound) -> String {
        format!("webhook:{}", inbound.chat.id)
    }

    fn parts(&self, message: &Outbound) -> Vec<Part> {
        let silent = message.silent;
        let files = message.files.iter().map(|file| Part::File {
            file: file.clone(),
            caption: None,
            silent,
        });
        let polls = message.poll.iter().map(|poll| Part::Poll {
            poll: poll.clone(),
            silent,
        });
        let texts = texts(message, self.options.text_limit).into_iter();
        texts.chain(files).chain(polls).collect()
    }

    /// The other side says with 429 when it has enough.
    async fn turn(&self, _: &Target) {}

    async fn send(&self, to: &Target, part: &Part, key: &str) -> SendEnd {
        deliver::part(self, to, part, key).await
    }

    async fn edit(
        &self,
        to: &Target,
        message_id: &str,
        text: &str,
        buttons: &[Vec<Button>],
    ) -> SendEnd {
        let more = json!({ "text": text, "markup": "markdown", "buttons": buttons });
        deliver::change(self, "edit", to, message_id, more).await
    }

    async fn act(&self, to: &Target, action: &Action) -> Result<Value, String> {
        let (what, message_id, more) = match action {
            Action::React { message_id, emoji } => ("react", message_id, json!({ "emoji": emoji })),
            Action::Edit { message_id, text } => {
                let more = json!({ "text": text, "markup": "markdown" });
                ("edit", message_id, more)
            }
            Action::Delete { message_id } => ("delete", message_id, json!({})),
            Action::Pin { message_id } => ("pin", message_id, json!({})),
            Action::Unpin { message_id } => ("unpin", message_id, json!({})),
        };
        match deliver::change(self, what, to, message_id, more).await {
            SendEnd::Sent(sent) => Ok(json!({ "ok": true, "messageId": sent.message_id })),
            SendEnd::Again { why, .. } | SendEnd::Failed(why) | SendEnd::Unknown(why) => Err(why),
        }
    }

    async fn typing(&self, to: &Target) {
        if self.options.deliver_to.is_some() {
            deliver::notice(self, "typing", Some(to), json!({})).await;
        }
    }

    async fn acknowledge(&self, press_id: &str, text: Option<&str>) {
        if self.options.deliver_to.is_some() {
            let more = json!({ "pressId": press_id, "text": text });
            deliver::notice(self, "acknowledge", None, more).await;
        }
    }

    async fn fetch(&self, media: &MediaRef, max_bytes: usize) -> Result<File, ChannelError> {
        let max_bytes = max_bytes.min(self.options.media_max_bytes);
        if media.bytes.is_some_and(|bytes| bytes > max_bytes as u64) {
            let why = format!("the file has more than {max_bytes} bytes");
            return Err(ChannelError::lasting(why));
        }
        let bytes = deliver::fetch(self, &media.id, max_bytes).await?;
        let mime_type = media.mime_type.clone();
        let mime_type = mime_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        Ok(File {
            name: media.file_name.clone().unwrap_or_else(|| "file".to_owned()),
            kind: FileKind::of(&mime_type),
            mime_type,
            bytes,
        })
    }

    fn hook_path(&self) -> Option<&str> {
        Some(&self.options.path)
    }

    fn hook_head(&self, request: &HookRequest, now_ms: u64) -> HookHead {
        hook::head(self, request, now_ms)
    }

    async fn hook(&self, host: &dyn ChannelHost, request: HookRequest) -> HookAnswer {
        hook::take(self, host, &request).await
    }
}
