//! The events by which a Gateway calls a command and takes the call back.

use openclaw_protocol::Raw;
use openclaw_protocol::id::InvokeId;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::NodeError;

/// Name of the event that calls a command.
pub(crate) const INVOKE_REQUEST: &str = "node.invoke.request";
/// Name of the event that takes a call back. Since protocol 4.
pub(crate) const INVOKE_CANCEL: &str = "node.invoke.cancel";
/// Name of the event that tells a decision about this node's commands. Since protocol 4.
pub(crate) const PAIR_RESOLVED: &str = "node.pair.resolved";

/// Name of the event that brings input for a running call. Since protocol 4.
pub(crate) const INVOKE_INPUT: &str = "node.invoke.input";

/// Payload of `node.invoke.input`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvokeInput {
    /// The `id` of the request.
    pub(crate) id: InvokeId,
    /// Its place, from 0.
    pub(crate) seq: u64,
    /// The piece as JSON text.
    #[serde(rename = "payloadJSON")]
    pub(crate) payload_json: String,
}

/// Payload of `node.invoke.request`.
///
/// Shape: `{id, nodeId, command, paramsJSON?: text|null, timeoutMs?, idempotencyKey?}`; read
/// tolerantly, newer Gateways add members.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvokeRequest {
    /// Echoed in the answer.
    pub(crate) id: InvokeId,
    /// Which command.
    pub(crate) command: String,
    /// Its params as JSON text.
    #[serde(rename = "paramsJSON", default)]
    params_json: Option<String>,
    /// How long the caller waits, in milliseconds; see [`InvokeRequest::timeout`].
    #[serde(default)]
    pub(crate) timeout_ms: Option<u64>,
    /// The command runs once for one key.
    #[serde(default)]
    pub(crate) idempotency_key: Option<String>,
}

/// Payload of `node.invoke.cancel`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvokeCancel {
    /// The `id` of the request.
    pub(crate) invoke_id: InvokeId,
}

/// Payload of `node.pair.resolved`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PairResolved {
    /// `approved` or `rejected`.
    pub(crate) decision: String,
}

impl InvokeRequest {
    /// Reads the event's payload.
    pub(crate) fn read(payload: &Raw) -> Result<Self, serde_json::Error> {
        serde_json::from_str(payload.get())
    }

    /// A call that came on no connection. Its id is its key.
    pub(crate) fn local(id: InvokeId, command: String, params_json: Option<String>) -> Self {
        let key = id.as_str().to_owned();
        Self {
            id,
            command,
            params_json,
            timeout_ms: None,
            idempotency_key: Some(key),
        }
    }

    /// The params; `None` where the caller gave none, or `null`.
    pub(crate) fn take_params(&mut self) -> Result<Option<Box<RawValue>>, NodeError> {
        match self
            .params_json
            .take()
            .filter(|text| !text.trim().is_empty())
        {
            None => Ok(None),
            Some(text) => match RawValue::from_string(text) {
                Ok(raw) if raw.get() == "null" => Ok(None),
                Ok(raw) => Ok(Some(raw)),
                Err(error) => Err(NodeError::invalid_request(format!(
                    "params are no JSON: {error}"
                ))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::Raw;

    use super::InvokeRequest;

    fn read(text: &str) -> InvokeRequest {
        InvokeRequest::read(&Raw::from_string(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn reads_what_both_generations_send() {
        let mut request = read(
            r#"{"id":"i","nodeId":"n","command":"system.which","paramsJSON":"{\"bins\":[\"ls\"]}","timeoutMs":5000,"idempotencyKey":"k2"}"#,
        );
        assert_eq!(
            request.take_params().unwrap().unwrap().get(),
            r#"{"bins":["ls"]}"#
        );
        assert_eq!(
            (request.timeout_ms, request.idempotency_key.as_deref()),
            (Some(5000), Some("k2"))
        );
        let mut bare = read(r#"{"id":"i","nodeId":"n","command":"c","paramsJSON":null,"new":1}"#);
        assert!(bare.take_params().unwrap().is_none());
        assert_eq!(bare.timeout_ms, None);
        assert!(
            read(r#"{"id":"i","command":"c","paramsJSON":"null"}"#)
                .take_params()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn params_that_are_no_json_are_refused() {
        let mut request = read(r#"{"id":"i","command":"c","paramsJSON":"{"}"#);
        assert_eq!(request.take_params().unwrap_err().code(), "INVALID_REQUEST");
    }
}
