//! Sending something that a client or the agent asks for, and waiting for what becomes of it.

use std::time::Duration;

use openclaw_store::{DeliveryRecord, DeliveryState, StoreError};
use serde_json::{Map, Value};

use crate::core::Core;
use crate::runs::{DeliveryBody, DeliveryTarget};

/// What became of something that was to be sent.
#[derive(Debug)]
pub(crate) enum Spoken {
    /// The service took it; its ids.
    Sent(Map<String, Value>),
    /// It was not, for this reason.
    Failed(String),
    /// It may have arrived.
    Unknown(String),
    /// It waits to be sent; what was said last.
    Waits(Option<String>),
}

/// Puts something where it will be sent and waits for what becomes of it. `id` is the same for
/// every try: what was sent before is not sent again, and answered the same.
pub(crate) async fn speak(
    core: &Core,
    id: String,
    to: &DeliveryTarget,
    body: &DeliveryBody,
    patience: Duration,
) -> Result<Spoken, StoreError> {
    let mut changes = core.channels.waiters.watch(&id);
    super::queue(core, id.clone(), to, body).await?;
    let ended = async {
        loop {
            changes.borrow_and_update();
            let record = core.home.delivery(&id).await?;
            if let Some(spoken) = record.as_ref().and_then(ended) {
                return Ok(spoken);
            }
            if changes.changed().await.is_err() {
                return Ok(Spoken::Waits(None));
            }
        }
    };
    match tokio::time::timeout(patience, ended).await {
        Ok(spoken) => spoken,
        Err(_) => {
            let record = core.home.delivery(&id).await?;
            Ok(record
                .as_ref()
                .and_then(self::ended)
                .unwrap_or_else(|| Spoken::Waits(record.as_ref().and_then(why))))
        }
    }
}

fn result(record: &DeliveryRecord) -> Map<String, Value> {
    let text = record.result.as_ref().map(|result| result.get());
    let found = text.and_then(|text| serde_json::from_str(text).ok());
    found.unwrap_or_default()
}

fn why(record: &DeliveryRecord) -> Option<String> {
    let error = result(record).remove("error")?;
    error.as_str().map(str::to_owned)
}

fn ended(record: &DeliveryRecord) -> Option<Spoken> {
    let said = || why(record).unwrap_or_else(|| "no reason was given".to_owned());
    Some(match record.state {
        DeliveryState::Waiting | DeliveryState::Sending => return None,
        DeliveryState::Sent => Spoken::Sent(result(record)),
        DeliveryState::Failed => Spoken::Failed(said()),
        DeliveryState::Unknown => Spoken::Unknown(said()),
    })
}
