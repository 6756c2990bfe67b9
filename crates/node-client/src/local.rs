//! Calls that no connection waits for: work that had waited for the node.

use std::sync::Mutex;

use async_trait::async_trait;
use openclaw_protocol::Generation;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::answer;
use crate::uplink::{SendError, Uplink};

/// An uplink that ends here: it hears how one call ended.
pub(crate) struct LocalUplink {
    ended: Mutex<Option<oneshot::Sender<bool>>>,
}

/// The one member of an answer that counts here.
#[derive(Deserialize)]
struct Ended {
    ok: bool,
}

impl LocalUplink {
    /// The uplink, and whether the call succeeded.
    pub(crate) fn new() -> (Self, oneshot::Receiver<bool>) {
        let (sender, ended) = oneshot::channel();
        let uplink = Self {
            ended: Mutex::new(Some(sender)),
        };
        (uplink, ended)
    }
}

#[async_trait]
impl Uplink for LocalUplink {
    async fn call(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> Result<Option<Box<RawValue>>, SendError> {
        if method == answer::INVOKE_RESULT
            && let Ok(Ended { ok }) = serde_json::from_str(params.get())
        {
            let ended = self.ended.lock().map(|mut ended| ended.take());
            if let Ok(Some(ended)) = ended {
                // Who asked may have gone.
                let _ = ended.send(ok);
            }
        }
        Ok(None)
    }

    /// Progress has nobody to go to, which is what protocol 3 says of it.
    fn generation(&self) -> Generation {
        Generation::V3
    }

    fn max_payload(&self) -> usize {
        usize::MAX
    }

    fn node_id(&self) -> &'static str {
        ""
    }
}

impl std::fmt::Debug for LocalUplink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalUplink")
    }
}
