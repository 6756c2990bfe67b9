//! `node.invoke.result`

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

use crate::id::{InvokeId, NodeId};
use crate::{Access, Method};

/// A node's answer to a `node.invoke.request`.
///
/// Shape: `{id, nodeId, ok, payload?, payloadJSON?, error?}` → `{ok, ignored?}`. A `null` for
/// `payloadJSON` or `error` counts as absent.
/// Units: none.
/// Errors: `INVALID_REQUEST` `nodeId mismatch`. Late and unknown ids are acknowledged with
/// `ignored`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeInvokeAnswer {}

impl Method for NodeInvokeAnswer {
    const NAME: &'static str = "node.invoke.result";
    const ACCESS: Access = Access::Node;
    type Params = NodeInvokeAnswerParams;
    type Result = NodeInvokeAnswerResult;
}

/// Params of [`NodeInvokeAnswer`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeInvokeAnswerParams {
    /// The id of the request.
    pub id: InvokeId,
    /// The caller's own id.
    pub node_id: NodeId,
    /// Whether the command succeeded.
    pub ok: bool,
    /// What it gave, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Box<RawValue>>,
    /// The same as text; wins over `payload`. JSON that is no text counts as its own text.
    #[serde(
        rename = "payloadJSON",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text_of_any"
    )]
    pub payload_json: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NodeError>,
}

impl NodeInvokeAnswerParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: InvokeId, node_id: NodeId, ok: bool) -> Self {
        Self {
            id,
            node_id,
            ok,
            payload: None,
            payload_json: None,
            error: None,
        }
    }
}

/// Result of [`NodeInvokeAnswer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeInvokeAnswerResult {
    /// Always true.
    pub ok: bool,
    /// Whether nobody waited for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<bool>,
}

impl NodeInvokeAnswerResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool) -> Self {
        Self { ok, ignored: None }
    }
}

/// Why a node could not do it. Open words of the node, `UNAVAILABLE` for example.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeError {
    /// A word for a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Reads text, and any other JSON as its own text. Absent and `null` are nothing.
fn text_of_any<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(d)? else {
        return Ok(None);
    };
    if raw.get().starts_with('"') {
        return serde_json::from_str(raw.get())
            .map(Some)
            .map_err(de::Error::custom);
    }
    Ok(Some(raw.get().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::NodeInvokeAnswerParams;

    fn read(text: &str) -> NodeInvokeAnswerParams {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn null_and_misplaced_json_are_tolerated() {
        let params = read(r#"{"id":"i","nodeId":"n","ok":true,"payloadJSON":null,"error":null}"#);
        assert!(params.payload_json.is_none() && params.error.is_none());
        let params = read(r#"{"id":"i","nodeId":"n","ok":true,"payloadJSON":"{\"a\":1}"}"#);
        assert_eq!(params.payload_json.as_deref(), Some(r#"{"a":1}"#));
        let params = read(r#"{"id":"i","nodeId":"n","ok":true,"payloadJSON":{"a": 1}}"#);
        assert_eq!(params.payload_json.as_deref(), Some(r#"{"a": 1}"#));
    }

    #[test]
    fn unknown_members_are_refused() {
        let text = r#"{"id":"i","nodeId":"n","ok":true,"extra":1}"#;
        assert!(serde_json::from_str::<NodeInvokeAnswerParams>(text).is_err());
    }
}
