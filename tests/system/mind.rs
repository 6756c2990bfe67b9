//! What the model says: asked for a temperature it has the node look, and tells what came of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openclaw_agent::testing::{Act, Asked, FakeModel};
use serde_json::json;

/// Where the model stops and says nothing more, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Asked the question, before a byte of an answer.
    Question,
    /// In the middle of its words before the call.
    BeforeCall,
    /// After the call, before the end of its answer.
    AfterCall,
    /// Told the result, before a byte.
    Result,
    /// In the middle of the reply.
    MidReply,
    /// After the last word of the reply, before the end of the stream.
    AfterReply,
}

/// The model and its provider.
pub(crate) struct Mind {
    provider: FakeModel,
    silence: Arc<Mutex<Option<(Silence, String)>>>,
}

/// The number of the question in a text: the last word that begins with `Q`.
fn number(text: &str) -> Option<&str> {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.rfind(|word| word.starts_with('Q') && word[1..].parse::<u32>().is_ok())
}

impl Mind {
    /// A model that sends the node on this errand.
    pub(crate) async fn start(
        command: impl Fn(&str) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        let silence: Arc<Mutex<Option<(Silence, String)>>> = Arc::default();
        let stops = Arc::clone(&silence);
        let provider = FakeModel::start(move |asked| {
            let Some(question) = number(&asked.question) else {
                return vec![Act::text("I know nothing about that.")];
            };
            let falls_silent = |at: Silence| {
                let mut stops = stops.lock().unwrap_or_else(PoisonError::into_inner);
                let is_now = stops
                    .as_ref()
                    .is_some_and(|(stop, of)| *stop == at && of == question);
                is_now.then(|| stops.take()).is_some()
            };
            answer(asked, question, &command(question), falls_silent)
        })
        .await;
        Self { provider, silence }
    }

    /// Where the provider is.
    pub(crate) fn base_url(&self) -> String {
        self.provider.base_url()
    }

    /// The model stops there at this question, once.
    pub(crate) fn stop_at(&self, silence: Silence, question: &str) {
        let mut stops = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        *stops = Some((silence, question.to_owned()));
    }

    /// It has stopped.
    pub(crate) fn has_stopped(&self) -> bool {
        let stops = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        stops.is_none()
    }

    /// Requests about this question so far.
    pub(crate) fn asked(&self, question: &str) -> Vec<Asked> {
        let mut asked = self.provider.asked();
        asked.retain(|asked| number(&asked.question) == Some(question));
        asked
    }
}

fn answer(
    asked: &Asked,
    question: &str,
    command: &[String],
    falls_silent: impl Fn(Silence) -> bool,
) -> Vec<Act> {
    let Some(result) = asked.results.last() else {
        return ask_the_node(question, command, 0, falls_silent);
    };
    // The node comes back by itself: what certainly did not happen is tried again.
    if result.contains("not connected") && asked.results.len() < 100 {
        let mut acts = vec![Act::Wait(Duration::from_millis(200))];
        acts.extend(ask_the_node(question, command, asked.results.len(), |_| {
            false
        }));
        return acts;
    }
    let reading = if result.contains("21.5 degrees") {
        "21.5 degrees"
    } else {
        "not known"
    };
    if falls_silent(Silence::Result) {
        return vec![Act::Stall];
    }
    let mut acts = vec![
        Act::text(format!("Answer {question}: ")),
        Act::text(reading),
    ];
    if falls_silent(Silence::MidReply) {
        acts.push(Act::Stall);
        return acts;
    }
    acts.push(Act::text(". That is all."));
    if falls_silent(Silence::AfterReply) {
        acts.push(Act::Stall);
    }
    acts.push(Act::Usage {
        input: 30,
        output: 9,
    });
    acts
}

fn ask_the_node(
    question: &str,
    command: &[String],
    before: usize,
    falls_silent: impl Fn(Silence) -> bool,
) -> Vec<Act> {
    if falls_silent(Silence::Question) {
        return vec![Act::Stall];
    }
    let mut acts = vec![Act::text("I have a look.")];
    if falls_silent(Silence::BeforeCall) {
        acts.push(Act::Stall);
        return acts;
    }
    let arguments = json!({ "action": "run", "node": "kitchen", "command": command });
    let id = format!("call_{question}_{before}");
    acts.push(Act::call(&id, "nodes", arguments.to_string()));
    if falls_silent(Silence::AfterCall) {
        acts.push(Act::Stall);
    }
    acts.push(Act::Usage {
        input: 10,
        output: 5,
    });
    acts
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_last_number_counts() {
        assert_eq!(number("temperature Q1? (Q12)"), Some("Q12"));
        assert_eq!(number("Question about Quito"), None);
    }
}
