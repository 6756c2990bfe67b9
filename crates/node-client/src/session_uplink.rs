//! An open session as an uplink.

use async_trait::async_trait;
use openclaw_connect::{CallError, Session};
use openclaw_protocol::Generation;
use openclaw_protocol::id::NodeId;
use serde_json::value::RawValue;

use crate::limits;
use crate::uplink::{SendError, Uplink};

#[derive(Debug)]
pub(crate) struct SessionUplink {
    pub(crate) session: Session,
    pub(crate) node_id: NodeId,
}

#[async_trait]
impl Uplink for SessionUplink {
    async fn call(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> Result<Option<Box<RawValue>>, SendError> {
        match self
            .session
            .call_raw(method, Some(&params), limits::ACK)
            .await
        {
            Ok(answer) => Ok(Some(answer)),
            Err(CallError::Refused(error)) => Err(SendError::Refused(error)),
            Err(CallError::Disconnected { sent: false, .. }) => Err(SendError::NotConnected),
            Err(CallError::TooLarge { bytes, limit, .. }) => {
                Err(SendError::TooLarge { bytes, limit })
            }
            Err(error) => Err(SendError::Unanswered {
                reason: error.to_string(),
            }),
        }
    }

    fn generation(&self) -> Generation {
        self.session.hello().generation
    }

    fn max_payload(&self) -> usize {
        self.session.hello().max_payload
    }

    fn node_id(&self) -> &str {
        self.node_id.as_str()
    }
}
