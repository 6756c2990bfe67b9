//! What a model is to say and do.

use std::time::Duration;

use super::Asked;

/// One thing that a model does. After the last one its answer is complete.
#[derive(Debug, Clone)]
pub enum Act {
    /// Says a piece of text.
    Text(String),
    /// Calls a tool.
    Call {
        /// The call's id.
        id: String,
        /// The tool.
        name: String,
        /// The arguments, as text that may be anything.
        arguments: String,
    },
    /// Says what it cost.
    Usage {
        /// Tokens read.
        input: u64,
        /// Tokens written.
        output: u64,
    },
    /// Waits.
    Wait(Duration),
    /// Fails within the stream, with these words.
    Fail(String),
    /// Breaks the connection off.
    Break,
    /// Says nothing more, and keeps the connection.
    Stall,
    /// Sends these bytes as they are.
    Raw(Vec<u8>),
    /// Refuses the request. Only as the first act.
    Refuse {
        /// The status.
        status: u16,
        /// Headers beside the usual ones.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
}

impl Act {
    /// Says a piece of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Calls a tool.
    pub fn call(id: &str, name: &str, arguments: impl Into<String>) -> Self {
        Self::Call {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.into(),
        }
    }

    /// Refuses the request.
    pub fn refuse(status: u16, headers: &[(&str, &str)], message: &str) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self::Refuse {
            status,
            headers,
            body: serde_json::json!({"error": {"message": message, "type": "error"}}).to_string(),
        }
    }
}

/// The script of the recorded runs: `TOOL[name]{arguments}` calls a tool first, `SLOW` says words
/// without end, `FAILME` fails within the stream; anything else is answered with a sentence.
/// `pace` lies between two words, twice that between those without end.
pub fn recorded(asked: &Asked, pace: Duration) -> Vec<Act> {
    let question = asked.question.as_str();
    if question.contains("FAILME") {
        return vec![Act::Fail("scripted failure".to_owned())];
    }
    if question.contains("SLOW") {
        let words = (0..4000).flat_map(|at| {
            let space = if at == 0 { "" } else { " " };
            [Act::text(format!("{space}word{at}")), Act::Wait(pace * 2)]
        });
        return words.collect();
    }
    if let Some((_, rest)) = question.split_once("TOOL[")
        && let Some((name, arguments)) = rest.split_once(']')
        && asked.results.is_empty()
    {
        return vec![
            Act::text("Let me check."),
            Act::Wait(pace),
            Act::call("call_abc1", name, arguments),
            Act::Usage {
                input: 10,
                output: 5,
            },
        ];
    }
    let words = ["Hello", " from", " the", " fake", " model."];
    let mut acts: Vec<Act> = words
        .iter()
        .flat_map(|word| [Act::text(*word), Act::Wait(pace)])
        .collect();
    acts.push(Act::Usage {
        input: 10,
        output: 5,
    });
    acts
}
