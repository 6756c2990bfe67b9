//! Updates that Telegram brings.

use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::update::Numbered;
use super::{Receive, Telegram, update};
use crate::channel::{HookAnswer, HookHead, HookRequest};
use crate::host::ChannelHost;

/// Judges a call by its secret, which stands in a header.
pub(super) fn head(bot: &Telegram, request: &HookRequest) -> HookHead {
    let Receive::Webhook { secret, .. } = &bot.options.receive else {
        return HookHead::Refused(HookAnswer::new(404, "Not Found"));
    };
    let given = request.header("x-telegram-bot-api-secret-token");
    let proof = given.unwrap_or_default().as_bytes();
    if !bool::from(proof.ct_eq(secret.0.expose_secret().as_bytes())) || proof.is_empty() {
        return HookHead::Refused(HookAnswer::new(401, "Unauthorized"));
    }
    HookHead::Proven
}

/// Takes one update. It is answered when it is kept: without that Telegram brings it again.
pub(super) async fn take(
    bot: &Telegram,
    host: &dyn ChannelHost,
    request: &HookRequest,
) -> HookAnswer {
    if let HookHead::Refused(answer) = head(bot, request) {
        return answer;
    }
    let Ok(text) = std::str::from_utf8(&request.body) else {
        return HookAnswer::new(400, "the body is not text");
    };
    let me = match bot.me().await {
        Ok(me) => me,
        Err(error) => {
            tracing::warn!(%error, "an update waits until Telegram knows us");
            return HookAnswer::new(503, "try again");
        }
    };
    match update::read(text, &me, host.now_ms()) {
        Ok(Some(inbound)) => match host.accept(inbound).await {
            Ok(_) => HookAnswer::new(200, "{}"),
            Err(error) => {
                tracing::warn!(%error, "an update is not kept");
                HookAnswer::new(503, "try again")
            }
        },
        Ok(None) => HookAnswer::new(200, "{}"),
        // It would be brought again and again, and hold up the others.
        Err(error) if serde_json::from_str::<Numbered>(text).is_ok() => {
            tracing::warn!(%error, "an update is unreadable");
            HookAnswer::new(200, "{}")
        }
        Err(error) => HookAnswer::new(400, format!("no update: {error}")),
    }
}
