//! Providers and their models, as plain facts.

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use url::Url;

use super::{Cost, ModelRef, Timeouts};

/// Which interface a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// `openai-completions`: chat completions, which most local servers speak too.
    OpenAiChat,
    /// `openai-responses`.
    OpenAiResponses,
    /// `anthropic-messages`.
    Anthropic,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OpenAiChat, Self::OpenAiResponses, Self::Anthropic];

    /// Its name in `models.providers.*.api`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai-completions",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic-messages",
        }
    }
}

/// A name of an interface that is not spoken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not spoken: use openai-completions, openai-responses or anthropic-messages")]
pub struct UnknownApi(pub String);

impl FromStr for Api {
    type Err = UnknownApi;

    fn from_str(text: &str) -> Result<Self, UnknownApi> {
        let found = Self::ALL.into_iter().find(|api| api.as_str() == text);
        found.ok_or_else(|| UnknownApi(text.chars().take(80).collect()))
    }
}

/// One provider: `models.providers.NAME`.
#[derive(Clone)]
pub struct ProviderSpec {
    /// Its name.
    pub name: String,
    /// Where it is, such as `https://api.openai.com/v1`.
    pub base_url: Url,
    /// Which interface it speaks, where a model does not say otherwise.
    pub api: Api,
    /// Its key. `None` for servers that want none.
    pub api_key: Option<SecretString>,
    /// How the key is sent.
    pub auth: KeyHeader,
    /// Headers sent with every request. Their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
    /// Its models.
    pub models: Vec<ModelSpec>,
    /// How long it is waited for.
    pub timeouts: Timeouts,
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyHeader {
    /// As the interface has it: `x-api-key` for Anthropic's, else a bearer.
    #[default]
    Usual,
    /// `Authorization: Bearer`, in every interface (`authHeader: true`).
    Bearer,
}

impl fmt::Debug for ProviderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSpec")
            .field("name", &self.name)
            .field("host", &self.base_url.host_str())
            .field("api", &self.api)
            .field("has_key", &self.api_key.is_some())
            .field(
                "headers",
                &self
                    .headers
                    .iter()
                    .map(|(name, _)| name)
                    .collect::<Vec<_>>(),
            )
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// One model of a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// Its id, as the provider calls it.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Its interface, where it is not the provider's.
    pub api: Option<Api>,
    /// It can think before it answers.
    pub reasoning: bool,
    /// It can see pictures.
    pub images: bool,
    /// How much it can read and write in one call, in tokens.
    pub context_window: u64,
    /// How much it can write in one call, in tokens.
    pub max_tokens: u64,
    /// What its tokens cost.
    pub cost: Cost,
    /// Where the server differs from the interface's home.
    pub compat: Compat,
}

impl ModelSpec {
    /// A model with the numbers that are taken where nothing is said.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            api: None,
            reasoning: false,
            images: false,
            context_window: 128_000,
            max_tokens: 8192,
            cost: Cost::default(),
            compat: Compat::default(),
        }
    }
}

/// Where a server differs from the home of the interface that it speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compat {
    /// The limit of output is named `max_completion_tokens` (`true`) or `max_tokens` (`false`).
    /// `None`: the former at OpenAI itself, the latter elsewhere.
    pub max_completion_tokens: Option<bool>,
    /// It counts tokens in a stream when asked. `None`: yes.
    pub usage_in_stream: Option<bool>,
    /// It knows the role `developer`. `None`: no.
    pub developer_role: Option<bool>,
}

/// A model with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// Its name.
    pub reference: ModelRef,
    /// The facts.
    pub spec: ModelSpec,
    /// Its interface.
    pub api: Api,
    /// The host that it is asked at, with the port where it is not the usual one.
    pub host: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_that_is_not_spoken_is_refused() {
        assert_eq!("anthropic-messages".parse(), Ok(Api::Anthropic));
        let refused = "google-generative-ai".parse::<Api>().unwrap_err();
        assert!(refused.to_string().contains("google-generative-ai"));
    }

    #[test]
    fn a_provider_shows_no_secret() {
        let spec = ProviderSpec {
            name: "x".into(),
            base_url: "https://user:hunter2@example.com/v1?key=hunter2"
                .parse()
                .unwrap(),
            api: Api::OpenAiChat,
            api_key: Some("hunter2".to_owned().into()),
            auth: KeyHeader::Usual,
            headers: vec![("X-Org".into(), "hunter2".to_owned().into())],
            models: vec![],
            timeouts: Timeouts::default(),
        };
        let shown = format!("{spec:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("X-Org"));
    }
}
