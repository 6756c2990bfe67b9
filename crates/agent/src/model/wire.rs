//! The interfaces of providers: what is sent, and how the answer is read. No I/O here.

mod anthropic;
mod openai_chat;
mod openai_responses;
mod parts;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::sse::SseEvent;
use super::{Api, KeyHeader, ModelEvent, ModelFault, ModelInfo, ModelRequest, ProviderSpec};

/// Why an answer cannot be read further, and the provider's words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WireFault {
    pub(super) fault: ModelFault,
    pub(super) detail: String,
}

impl WireFault {
    fn garbage(detail: impl Into<String>) -> Self {
        Self {
            fault: ModelFault::Garbage,
            detail: detail.into(),
        }
    }

    pub(super) fn broken(detail: impl Into<String>) -> Self {
        Self {
            fault: ModelFault::Broken,
            detail: detail.into(),
        }
    }

    /// A call that the model could not write to its end is not made.
    fn cut_call() -> Self {
        Self {
            fault: ModelFault::CutCall,
            detail: String::new(),
        }
    }

    fn told(body: &Value) -> Self {
        let (fault, detail) = super::classify::told_in_stream(body);
        Self { fault, detail }
    }
}

/// Reads the events of one answer.
pub(super) trait Decoder: Send {
    /// Reads one event. After a [`ModelEvent::Stop`] no further is read.
    fn on(&mut self, event: &SseEvent) -> Result<Vec<ModelEvent>, WireFault>;

    /// The connection ended. An answer that was complete gets its `Stop` here at the latest.
    fn at_end(&mut self) -> Result<Vec<ModelEvent>, WireFault>;
}

/// A reader for one answer.
pub(super) fn decoder(api: Api) -> Box<dyn Decoder> {
    match api {
        Api::OpenAiChat => Box::new(openai_chat::ChatDecoder::default()),
        Api::OpenAiResponses => Box::new(openai_responses::ResponsesDecoder::default()),
        Api::Anthropic => Box::new(anthropic::MessagesDecoder::default()),
    }
}

/// The body of a request.
pub(super) fn body(info: &ModelInfo, request: &ModelRequest) -> Value {
    match info.api {
        Api::OpenAiChat => openai_chat::body(info, request),
        Api::OpenAiResponses => openai_responses::body(info, request),
        Api::Anthropic => anthropic::body(info, request),
    }
}

/// Where requests go.
pub(super) fn endpoint(api: Api, base: &Url) -> Url {
    let path = base.path().trim_end_matches('/');
    let tail = match api {
        Api::OpenAiChat => "/chat/completions",
        Api::OpenAiResponses => "/responses",
        Api::Anthropic if path.ends_with("/v1") => "/messages",
        Api::Anthropic => "/v1/messages",
    };
    let whole = if path.ends_with(tail) {
        path.to_owned()
    } else {
        format!("{path}{tail}")
    };
    let mut url = base.clone();
    url.set_path(&whole);
    url.set_fragment(None);
    url
}

/// What is said about a request. Fails on a name or a value that no header can have, and says
/// which name.
pub(super) fn headers(api: Api, provider: &ProviderSpec) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::ACCEPT,
        HeaderValue::from_static("text/event-stream"),
    );
    if api == Api::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if let Some(key) = &provider.api_key {
        let key = key.expose_secret().trim();
        let (name, text) = match (api, provider.auth) {
            (Api::Anthropic, KeyHeader::Usual) => {
                (HeaderName::from_static("x-api-key"), key.to_owned())
            }
            _ => (header::AUTHORIZATION, format!("Bearer {key}")),
        };
        headers.insert(
            name,
            secret(&text).ok_or("apiKey has characters that no header can have")?,
        );
    }
    for (name, value) in &provider.headers {
        let known: HeaderName = name
            .parse()
            .map_err(|_| format!("`{name}` is no name of a header"))?;
        let value = secret(value.expose_secret())
            .ok_or_else(|| format!("the header `{name}` has a value that no header can have"))?;
        headers.insert(known, value);
    }
    Ok(headers)
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timeouts;

    fn at(api: Api, base: &str) -> String {
        endpoint(api, &base.parse().unwrap()).to_string()
    }

    #[test]
    fn requests_go_where_the_interface_lives() {
        assert_eq!(
            at(Api::OpenAiChat, "http://127.0.0.1:8080/v1/"),
            "http://127.0.0.1:8080/v1/chat/completions"
        );
        assert_eq!(
            at(
                Api::OpenAiChat,
                "https://x.example/v1/chat/completions?api-version=1"
            ),
            "https://x.example/v1/chat/completions?api-version=1"
        );
        assert_eq!(
            at(Api::OpenAiResponses, "https://api.openai.com/v1"),
            "https://api.openai.com/v1/responses"
        );
        for base in [
            "https://api.anthropic.com",
            "https://api.anthropic.com/v1",
            "https://api.anthropic.com/v1/messages",
        ] {
            assert_eq!(
                at(Api::Anthropic, base),
                "https://api.anthropic.com/v1/messages"
            );
        }
    }

    fn provider() -> ProviderSpec {
        ProviderSpec {
            name: "x".into(),
            base_url: "https://x.example".parse().unwrap(),
            api: Api::Anthropic,
            api_key: Some("sk-1".to_owned().into()),
            auth: KeyHeader::Usual,
            headers: vec![("X-Title".into(), "t".to_owned().into())],
            models: vec![],
            timeouts: Timeouts::default(),
        }
    }

    #[test]
    fn a_key_goes_where_the_interface_wants_it() {
        let mut provider = provider();
        let found = headers(Api::Anthropic, &provider).unwrap();
        assert_eq!(found["x-api-key"], "sk-1");
        assert_eq!(found["x-title"], "t");
        assert!(found.get("authorization").is_none());
        provider.auth = KeyHeader::Bearer;
        assert_eq!(
            headers(Api::Anthropic, &provider).unwrap()["authorization"],
            "Bearer sk-1"
        );
        assert_eq!(
            headers(Api::OpenAiChat, &provider).unwrap()["authorization"],
            "Bearer sk-1"
        );
        assert!(!format!("{:?}", headers(Api::OpenAiChat, &provider)).contains("sk-1"));
    }

    #[test]
    fn what_no_header_can_hold_is_refused_without_showing_it() {
        let mut bad = provider();
        bad.api_key = Some("sk\n-secret".to_owned().into());
        let why = headers(Api::Anthropic, &bad).unwrap_err();
        assert!(why.contains("apiKey") && !why.contains("secret"), "{why}");
        let mut bad = provider();
        bad.headers = vec![("a b".into(), "v".to_owned().into())];
        assert!(headers(Api::Anthropic, &bad).is_err());
    }
}
