//! Providers that misbehave: whoever asked hears one clear end, and the session goes on.

use std::time::Duration;

use openclaw_agent::model::Api;
use openclaw_agent::testing::{Act, Asked, FakeModel};
use openclaw_gateway_server::Gateway;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use super::{agents_at, connect_with, gateway_with};
use crate::peer::Peer;

const APIS: [Api; 3] = [Api::OpenAiChat, Api::OpenAiResponses, Api::Anthropic];

/// How a conversation went in which the provider misbehaved once.
struct Ended {
    /// `final` or `error`.
    state: String,
    /// The reply or the error.
    text: String,
    /// Requests that the provider got for it.
    asked: usize,
}

struct House {
    model: FakeModel,
    gateway: Gateway,
    person: Peer<DuplexStream>,
}

/// A Gateway whose model does this when it is asked about trouble, and is well otherwise.
async fn house(api: Api, trouble: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> House {
    let model = FakeModel::start(move |asked| {
        if asked.question.trim_end().ends_with("trouble") {
            return trouble(asked);
        }
        vec![
            Act::text("All is well."),
            Act::Usage {
                input: 1,
                output: 1,
            },
        ]
    })
    .await;
    let mut agents = agents_at(&model, api);
    // A provider that falls silent is soon given up.
    agents.providers[0].timeouts.idle = Duration::from_millis(400);
    let gateway = gateway_with(agents).await;
    let person = connect_with(&gateway, 4, &[]).await;
    House {
        model,
        gateway,
        person,
    }
}

impl House {
    async fn say(&mut self, text: &str) -> Ended {
        let before = self.model.asked().len();
        let run = uuid::Uuid::new_v4().to_string();
        let params = json!({ "sessionKey": "main", "message": text, "idempotencyKey": run });
        let said = self.person.call("chat.send", params).await;
        assert_eq!(said["ok"], true, "{said}");
        loop {
            let chat = self.person.event("chat").await["payload"].clone();
            let state = chat["state"].as_str().unwrap();
            if !matches!(state, "final" | "error" | "aborted") {
                continue;
            }
            assert_eq!(chat["runId"], run, "the run before ended twice: {chat}");
            let text = match &chat["errorMessage"] {
                Value::String(error) => error.clone(),
                _ => chat["message"]["content"][0]["text"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            };
            return Ended {
                state: state.to_owned(),
                text,
                asked: self.model.asked().len() - before,
            };
        }
    }

    /// Trouble, and then a message as if nothing had been.
    async fn trouble(mut self) -> Ended {
        let ended = self.say("trouble").await;
        assert!(!ended.text.contains("test-key"), "{}", ended.text);
        let after = self.say("and now?").await;
        assert_eq!(
            (after.state.as_str(), after.text.as_str()),
            ("final", "All is well.")
        );
        let params = json!({ "sessionKey": "main" });
        let history = self.person.call("chat.history", params).await;
        let messages = history["payload"]["messages"].as_array().unwrap();
        let roles: Vec<&str> = messages
            .iter()
            .filter_map(|one| one["role"].as_str())
            .collect();
        assert_eq!(roles.first(), Some(&"user"), "{roles:?}");
        assert_eq!(roles.last(), Some(&"assistant"), "{roles:?}");
        assert_eq!(
            roles.iter().filter(|role| **role == "user").count(),
            2,
            "{roles:?}"
        );
        // What the provider is sent later is a conversation that it accepts.
        let sent = self.model.asked();
        assert!(!sent.is_empty());
        self.gateway.shutdown("test").await;
        ended
    }
}

/// Every interface, with a provider that does this for good; the error says this.
async fn fails(
    says: &[&str],
    trouble: impl Fn(&Asked) -> Vec<Act> + Copy + Send + Sync + 'static,
) -> usize {
    let mut asked = 0;
    for api in APIS {
        let ended = house(api, trouble).await.trouble().await;
        assert_eq!(ended.state, "error", "{api:?}: {}", ended.text);
        for word in says {
            assert!(
                ended.text.contains(word),
                "{api:?}: no `{word}` in: {}",
                ended.text
            );
        }
        asked = ended.asked;
    }
    asked
}

/// The same with a provider that gets over it.
async fn recovers(trouble: impl Fn(&Asked) -> Vec<Act> + Copy + Send + Sync + 'static) {
    for api in APIS {
        let healed = move |asked: &Asked| {
            if asked.before == 0 {
                trouble(asked)
            } else {
                vec![Act::text("Here I am.")]
            }
        };
        let ended = house(api, healed).await.trouble().await;
        assert_eq!(
            (ended.state.as_str(), ended.text.as_str()),
            ("final", "Here I am."),
            "{api:?}"
        );
        assert_eq!(ended.asked, 2, "{api:?}");
    }
}

#[tokio::test]
async fn a_provider_that_falls_silent_is_given_up() {
    fails(&["fake", "stalled"], |_| {
        vec![Act::text("Half a "), Act::Stall]
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_if_it_always_does() {
    fails(&["fake"], |_| vec![Act::text("Half a "), Act::Break]).await;
}

#[tokio::test]
async fn an_error_within_the_stream_is_told() {
    fails(&["it burns"], |_| vec![Act::Fail("it burns".to_owned())]).await;
}

#[tokio::test]
async fn garbage_is_an_error() {
    fails(&["fake"], |_| {
        vec![Act::Raw(b"data: {\"not JSON\n\n".to_vec()), Act::Break]
    })
    .await;
}

#[tokio::test]
async fn a_wrong_key_is_told_and_not_tried_again() {
    let asked = fails(&["fake", "apiKey"], |_| {
        vec![Act::refuse(401, &[], "no such key")]
    })
    .await;
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_limit_of_an_hour_is_not_waited_for() {
    let asked = fails(&["fake"], |_| {
        vec![Act::refuse(429, &[("retry-after", "3600")], "slow down")]
    })
    .await;
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_limit_of_a_moment_is_obeyed() {
    recovers(|_| vec![Act::refuse(429, &[("retry-after", "1")], "slow down")]).await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_again() {
    recovers(|_| vec![Act::refuse(503, &[], "starting")]).await;
}

#[tokio::test]
async fn a_stream_that_breaks_before_a_word_is_begun_again() {
    recovers(|_| vec![Act::Break]).await;
}

#[tokio::test]
async fn wrong_calls_of_tools_are_told_to_the_model() {
    for api in APIS {
        for (name, arguments) in [
            ("nodes", "{\"action\":".to_owned()),
            ("nodes", "[]".to_owned()),
            ("no_such_tool", "{}".to_owned()),
            (
                "nodes",
                format!("{{\"action\":\"{}\"}}", "x".repeat(10 << 20)),
            ),
        ] {
            let length = arguments.len();
            let trouble = move |asked: &Asked| match asked.results.last() {
                None => vec![Act::call("call_1", name, arguments.clone())],
                Some(result) => vec![Act::text(format!("I see: {}", result.len() < 10_000))],
            };
            let ended = house(api, trouble).await.trouble().await;
            if length > 1 << 20 {
                // Too large to be kept: the run ends, with words.
                assert!(
                    !ended.text.is_empty() && ended.text.len() < 2000,
                    "{api:?}: {}",
                    ended.text
                );
            } else {
                assert_eq!(ended.text, "I see: true", "{api:?} {name}");
            }
        }
    }
}

#[tokio::test]
async fn a_model_that_calls_tools_for_ever_is_ended() {
    let trouble = |asked: &Asked| {
        let id = format!("call_{}", asked.results.len());
        vec![Act::call(&id, "nodes", r#"{"action":"status"}"#)]
    };
    let ended = house(Api::OpenAiChat, trouble).await.trouble().await;
    assert_eq!(ended.state, "error", "{}", ended.text);
    assert!(ended.asked < 200, "{} requests", ended.asked);
}
