//! What the HTTP endpoints are told: final values, as [`crate::GatewayOptions`] holds them.
//! [`from_config::api`](crate::from_config::api) makes them of the configuration.

use openclaw_agent::tool::Pattern;
use openclaw_policy::secret::SecretDigest;

/// The HTTP endpoints for other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiOptions {
    /// `POST /v1/chat/completions` is served.
    pub chat_completions: bool,
    /// `POST /v1/responses` is served.
    pub responses: bool,
    /// Files that requests to `/v1/chat/completions` bring.
    pub chat_files: FileRules,
    /// Files that requests to `/v1/responses` bring.
    pub responses_files: FileRules,
    /// `POST /tools/invoke`; `None`: it is not served.
    pub tools: Option<ToolRules>,
    /// `/hooks/*`; `None`: they are not served.
    pub hooks: Option<HookOptions>,
    /// What in the configuration cannot be used, in words, each with its path.
    pub problems: Vec<String>,
}

impl Default for ApiOptions {
    /// Nothing is served.
    fn default() -> Self {
        Self {
            chat_completions: false,
            responses: false,
            chat_files: FileRules::default(),
            responses_files: FileRules::default(),
            tools: None,
            hooks: None,
            problems: Vec::new(),
        }
    }
}

/// Which files may come with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRules {
    /// Kinds of pictures that are taken, such as `image/png`.
    pub image_kinds: Vec<String>,
    /// Largest picture, in bytes.
    pub image_bytes: usize,
    /// Kinds of other files that are taken, such as `text/plain`.
    pub file_kinds: Vec<String>,
    /// Largest other file, in bytes.
    pub file_bytes: usize,
    /// Characters of a file that the model gets to see.
    pub file_chars: usize,
}

impl Default for FileRules {
    /// The defaults of 2026.9.6, as far as models can read such files.
    fn default() -> Self {
        let owned = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
        Self {
            image_kinds: owned(&["image/jpeg", "image/png", "image/gif", "image/webp"]),
            image_bytes: 10 * 1024 * 1024,
            file_kinds: owned(&[
                "text/plain",
                "text/markdown",
                "text/html",
                "text/csv",
                "application/json",
            ]),
            file_bytes: 5 * 1024 * 1024,
            file_chars: 60_000,
        }
    }
}

/// `gateway.tools`: which tools `POST /tools/invoke` keeps away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolRules {
    /// Tools taken off the list of those that are never served there.
    pub allow: Vec<Pattern>,
    /// Tools added to that list.
    pub deny: Vec<Pattern>,
}

/// `hooks`: what other programs may tell agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookOptions {
    /// The path below which they are served, such as `/hooks`.
    pub path: String,
    /// The secret of those programs.
    pub token: SecretDigest,
    /// The agents that may be told; `None`: all.
    pub agents: Option<Vec<String>>,
    /// The session of a run where nobody names one.
    pub default_session_key: Option<String>,
    /// Whether a request may name the session.
    pub allow_session_key: bool,
    /// What sessions' keys must begin with, in lower case; empty: anything.
    pub session_prefixes: Vec<String>,
    /// What requests to other names mean. The first that fits counts.
    pub mappings: Vec<HookMapping>,
}

impl HookOptions {
    /// Hooks at `/hooks` with this token and nothing else allowed.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self {
            path: "/hooks".to_owned(),
            token: SecretDigest::of(token),
            agents: None,
            default_session_key: None,
            allow_session_key: false,
            session_prefixes: Vec::new(),
            mappings: Vec::new(),
        }
    }

    /// Whether a session of this key may be used.
    #[must_use]
    pub fn admits(&self, session_key: &str) -> bool {
        let key = session_key.to_lowercase();
        self.session_prefixes.is_empty()
            || self
                .session_prefixes
                .iter()
                .any(|prefix| key.starts_with(prefix))
    }
}

/// One of `hooks.mappings`: what a request means that is neither `wake` nor `agent`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookMapping {
    /// Its name in logs.
    pub id: String,
    /// The name below the path that it serves; `None`: every one.
    pub path: Option<String>,
    /// What `source` in the payload must say.
    pub source: Option<String>,
    /// A line for the agent, and no run.
    pub is_wake: bool,
    /// Waits for the next heartbeat instead of waking the agent.
    pub waits: bool,
    /// The agent's name for the run; a template.
    pub name: Option<String>,
    /// The agent.
    pub agent_id: Option<String>,
    /// The session; a template.
    pub session_key: Option<String>,
    /// Goes on in the session instead of beginning it anew.
    pub is_persistent: bool,
    /// What the agent is told; a template.
    pub message: String,
    /// The line; a template.
    pub text: String,
    /// The list in the payload of which every item is a request.
    pub for_each: Option<String>,
    /// Whether the answer is sent on; `None`: it is.
    pub deliver: Option<bool>,
    /// The channel, or `last`.
    pub channel: Option<String>,
    /// Who is told; a template.
    pub to: Option<String>,
    /// Another model; a template.
    pub model: Option<String>,
    /// How much it thinks; a template.
    pub thinking: Option<String>,
    /// How long it may take, in seconds.
    pub timeout_seconds: Option<u64>,
    /// The payload is told as if the user had written it.
    pub is_trusted: bool,
    /// Why it cannot be carried out: what fits it is refused.
    pub refused: Option<String>,
}
