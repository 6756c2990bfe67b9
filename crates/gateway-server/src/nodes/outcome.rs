//! How a call to a node ends, and what the caller is told in its dialect.

use std::sync::Arc;

use openclaw_protocol::{ErrorShape, Generation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Largest answer that is kept for callers who repeat their key, bytes.
pub(crate) const KEPT_ANSWER: usize = 16 * 1024;

/// How a call ended, as it is kept for callers that ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Outcome {
    /// The node did it.
    Done(Arc<Answered>),
    /// The node did it; its answer was too large to keep.
    DoneLarge,
    /// The node said no.
    Failed(Arc<NodeFailure>),
    /// It was sent, and nobody knows more.
    Unknown,
}

/// What a node gave, as JSON text.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    /// The payload.
    pub(crate) payload: Box<str>,
    /// `payloadJSON`: `null`, or the node's own text quoted.
    pub(crate) payload_json: Box<str>,
}

/// Why a node did not do it, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodeFailure {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The call waits for the node's foreground under this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) queued: Option<String>,
}

impl Outcome {
    /// Bytes that keeping it costs, beyond a word.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Done(answered) => answered.payload.len() + answered.payload_json.len(),
            Self::Failed(failure) => {
                failure.code.as_ref().map_or(0, String::len)
                    + failure.message.as_ref().map_or(0, String::len)
            }
            Self::DoneLarge | Self::Unknown => 0,
        }
    }

    /// Keeps the class alone.
    pub(crate) fn shrink(&mut self) {
        match self {
            Self::Done(_) => *self = Self::DoneLarge,
            Self::Failed(failure) => {
                let code = failure.code.clone().filter(|code| code.len() <= 64);
                *self = Self::Failed(Arc::new(NodeFailure {
                    code,
                    ..NodeFailure::default()
                }));
            }
            Self::DoneLarge | Self::Unknown => {}
        }
    }
}

/// Why a call has no answer of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Its time is over; the node may still be at it.
    TimedOut,
    /// The connection of the node ended.
    Disconnected {
        /// Whether the call was on the wire by then.
        dispatched: bool,
    },
    /// This Gateway stops.
    Stopping,
    /// The node takes no more for now; nothing was sent.
    Busy,
    /// The call could not be recorded; nothing was sent.
    NotRecorded,
    /// A call with this key was sent before, and nobody knows how it ended.
    Unknown,
    /// A call with this key was answered before, with more than is kept.
    NotKept,
    /// A call with this key and other params was made before.
    KeyReused,
}

impl NoAnswer {
    /// The error for the caller.
    pub(crate) fn error(self, command: &str, generation: Generation) -> ErrorShape {
        let (code, text, dispatched) = match self {
            Self::TimedOut => ("TIMEOUT", "node invoke timed out".to_owned(), true),
            Self::Disconnected { dispatched } => (
                "DISCONNECTED",
                format!("node disconnected ({command})"),
                dispatched,
            ),
            Self::Stopping => (
                "GATEWAY_STOPPING",
                "the gateway stops while the node is at it; ask again with the same \
                 idempotencyKey when it is back"
                    .to_owned(),
                true,
            ),
            Self::Busy => (
                "BUSY",
                "the node has too many calls waiting; nothing was sent, try again later".to_owned(),
                false,
            ),
            Self::NotRecorded => (
                "NOT_RECORDED",
                "the gateway cannot record the call, so nothing was sent; see its log and \
                 `openclaw doctor`"
                    .to_owned(),
                false,
            ),
            Self::Unknown => (
                "OUTCOME_UNKNOWN",
                "a call with this idempotencyKey was sent to the node before and its outcome is \
                 unknown; look at what the node did, then call with a new key"
                    .to_owned(),
                true,
            ),
            Self::NotKept => (
                "RESULT_NOT_KEPT",
                "a call with this idempotencyKey succeeded before and its result was too large \
                 to keep; call with a new key to run it again"
                    .to_owned(),
                true,
            ),
            Self::KeyReused => {
                let text = "idempotencyKey was used for the same command with other params; \
                            call with a new key";
                return ErrorShape::invalid_request(text)
                    .with_details(json!({ "code": "IDEMPOTENCY_KEY_REUSED" }));
            }
        };
        let mut details = match generation {
            Generation::V3 => json!({}),
            Generation::V4 => json!({ "nodeError": { "code": code, "message": text } }),
        };
        // The original tells February callers of a timeout by this alone.
        if generation == Generation::V3 && self == Self::TimedOut {
            details = json!({ "nodeError": { "code": code, "message": text } });
        }
        details["nodeCommandDispatched"] = dispatched.into();
        if let Some(outcome) = self.outcome() {
            details["outcome"] = outcome.into();
        }
        if matches!(self, Self::Unknown | Self::NotKept | Self::Busy) {
            details["code"] = code.into();
        }
        let message = match (generation, self) {
            (Generation::V3, Self::Disconnected { .. }) => format!("Error: {text}"),
            (Generation::V3, _) => text,
            (Generation::V4, _) => format!("{code}: {text}"),
        };
        let mut error = ErrorShape::unavailable(message).with_details(details);
        if !dispatched {
            error.retryable = Some(true);
        }
        error
    }

    /// What is known of the command: the word for programs.
    const fn outcome(self) -> Option<&'static str> {
        match self {
            Self::TimedOut
            | Self::Stopping
            | Self::Unknown
            | Self::Disconnected { dispatched: true } => Some("unknown"),
            Self::Disconnected { dispatched: false } | Self::Busy | Self::NotRecorded => {
                Some("not-dispatched")
            }
            Self::NotKept => Some("succeeded"),
            Self::KeyReused => None,
        }
    }
}

impl NodeFailure {
    /// The error for the caller.
    pub(crate) fn error(&self, command: &str, generation: Generation) -> ErrorShape {
        if let Some(queued) = &self.queued {
            let mut error =
                ErrorShape::unavailable("node command queued until iOS returns to foreground")
                    .with_details(json!({
                        "code": "QUEUED_UNTIL_FOREGROUND",
                        "queuedActionId": queued,
                        "command": command,
                        "nodeError": self.words(),
                    }));
            error.retryable = Some(true);
            return error;
        }
        let said = self.message.as_deref().unwrap_or("node invoke failed");
        match generation {
            Generation::V3 => {
                ErrorShape::unavailable(said).with_details(json!({ "nodeError": self.words() }))
            }
            Generation::V4 => {
                let text = self
                    .code
                    .as_ref()
                    .map_or_else(|| said.to_owned(), |code| format!("{code}: {said}"));
                ErrorShape::unavailable(text).with_details(
                    json!({ "nodeError": self.words(), "nodeCommandDispatched": true }),
                )
            }
        }
    }

    fn words(&self) -> Value {
        let mut words = serde_json::Map::new();
        if let Some(code) = &self.code {
            words.insert("code".to_owned(), json!(code));
        }
        if let Some(message) = &self.message {
            words.insert("message".to_owned(), json!(message));
        }
        Value::Object(words)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use openclaw_protocol::Generation;
    use serde_json::json;

    use super::{Answered, NoAnswer, NodeFailure, Outcome};

    #[test]
    fn what_is_known_of_a_call_without_an_answer_is_said() {
        for (end, outcome, dispatched) in [
            (NoAnswer::TimedOut, "unknown", true),
            (NoAnswer::Stopping, "unknown", true),
            (NoAnswer::Unknown, "unknown", true),
            (NoAnswer::Disconnected { dispatched: true }, "unknown", true),
            (
                NoAnswer::Disconnected { dispatched: false },
                "not-dispatched",
                false,
            ),
            (NoAnswer::Busy, "not-dispatched", false),
            (NoAnswer::NotRecorded, "not-dispatched", false),
            (NoAnswer::NotKept, "succeeded", true),
        ] {
            for generation in [Generation::V3, Generation::V4] {
                let error = end.error("camera.snap", generation);
                let details = error.details.unwrap();
                assert_eq!(details["outcome"], outcome, "{end:?}");
                assert_eq!(details["nodeCommandDispatched"], dispatched, "{end:?}");
                // Only what was not sent is worth the same call again.
                assert_eq!(error.retryable, (!dispatched).then_some(true), "{end:?}");
            }
        }
    }

    #[test]
    fn a_queued_call_says_under_which_id_it_waits() {
        let failure = NodeFailure {
            code: Some("NODE_BACKGROUND_UNAVAILABLE".to_owned()),
            message: None,
            queued: Some("q1".to_owned()),
        };
        let details = failure
            .error("camera.snap", Generation::V4)
            .details
            .unwrap();
        assert_eq!(details["queuedActionId"], "q1");
        assert_eq!(
            details["nodeError"],
            json!({ "code": "NODE_BACKGROUND_UNAVAILABLE" })
        );
    }

    #[test]
    fn an_outcome_comes_back_as_it_was_written_and_shrinks_to_its_class() {
        let done = Outcome::Done(Arc::new(Answered {
            payload: "[1]".into(),
            payload_json: "null".into(),
        }));
        for (outcome, class) in [
            (done, Outcome::DoneLarge),
            (Outcome::Unknown, Outcome::Unknown),
            (Outcome::DoneLarge, Outcome::DoneLarge),
            (
                Outcome::Failed(Arc::new(NodeFailure {
                    code: Some("DENIED".to_owned()),
                    message: Some("no".to_owned()),
                    queued: None,
                })),
                Outcome::Failed(Arc::new(NodeFailure {
                    code: Some("DENIED".to_owned()),
                    ..NodeFailure::default()
                })),
            ),
        ] {
            let text = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
            let mut small = outcome;
            small.shrink();
            assert_eq!(small, class);
        }
    }
}
