//! What one call came to.

use serde::Serialize;

use crate::NodeError;

/// The answer to a call: JSON text or an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It succeeded; `None` where the command gives nothing back.
    Done(Option<Box<str>>),
    /// It did not.
    Failed(NodeError),
}

impl Outcome {
    /// The outcome of a handler with a typed result.
    pub(crate) fn of<R: Serialize>(result: Result<R, NodeError>) -> Self {
        match result.map(|value| serde_json::to_string(&value)) {
            Ok(Ok(text)) if text == "null" => Self::Done(None),
            Ok(Ok(text)) => Self::Done(Some(text.into())),
            Ok(Err(error)) => Self::Failed(NodeError::unavailable(format!(
                "result is no JSON: {error}"
            ))),
            Err(error) => Self::Failed(error),
        }
    }

    /// The memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Done(text) => text.as_ref().map_or(0, |text| text.len()),
            Self::Failed(error) => error.code().len() + error.message().len(),
        }
    }
}

impl From<NodeError> for Outcome {
    fn from(error: NodeError) -> Self {
        Self::Failed(error)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;
    use crate::NodeError;

    #[test]
    fn nothing_is_no_payload() {
        assert_eq!(Outcome::of(Ok(())), Outcome::Done(None));
        assert_eq!(Outcome::of(Ok(None::<u8>)), Outcome::Done(None));
        assert_eq!(
            Outcome::of(Ok("null")),
            Outcome::Done(Some("\"null\"".into()))
        );
    }

    #[test]
    fn a_result_that_is_no_json_is_an_error() {
        let odd = std::collections::BTreeMap::from([((1, 2), 3)]);
        let Outcome::Failed(error) = Outcome::of(Ok(odd)) else {
            panic!("it is no JSON")
        };
        assert_eq!(error.code(), NodeError::UNAVAILABLE);
    }
}
