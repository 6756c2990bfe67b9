//! One call of the Bot API.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::TelegramOptions;
use super::form::Form;
use crate::http::{Http, HttpError, read};

/// Bytes of an answer.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// The Bot API as one bot sees it. Its address holds the token and is shown nowhere.
pub(super) struct Api {
    http: Http,
    root: Url,
    token: SecretString,
    timeout: Duration,
}

/// A call failed. Says neither address nor token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// Nothing of it left.
    #[error("Telegram cannot be reached: {0}")]
    NotSent(String),
    /// It may have arrived.
    #[error("Telegram did not answer: {0}")]
    Broken(String),
    /// The server said no.
    #[error("Telegram says {code}: {why}")]
    Refused {
        /// The status.
        code: u16,
        /// In its words.
        why: String,
        /// How long to wait.
        retry_after: Option<Duration>,
        /// The group has another id by now.
        moved_to: Option<i64>,
    },
    /// A file has more bytes than we take.
    #[error("the file has more than {0} bytes")]
    TooLarge(usize),
    /// It answered something that is no answer of the Bot API.
    #[error("Telegram's answer to {method} is unreadable: {why}")]
    Unreadable {
        /// What was called.
        method: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl From<HttpError> for ApiError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::NotSent(why) => Self::NotSent(why),
            HttpError::Broken(why) => Self::Broken(why),
            HttpError::TooLarge(_) => Self::Broken(error.to_string()),
        }
    }
}

#[derive(Deserialize)]
struct Answer<T> {
    ok: bool,
    result: Option<T>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct FileInfo {
    file_path: Option<String>,
    file_size: Option<u64>,
}

impl Api {
    pub(super) fn new(options: &TelegramOptions) -> Self {
        Self {
            http: Http::new(&options.api_root, options.proxy.clone()),
            root: options.api_root.clone(),
            token: options.token.0.clone(),
            timeout: options.timeout,
        }
    }

    fn url(&self, prefix: &str, rest: &str) -> Result<Url, ApiError> {
        let root = self.root.as_str().trim_end_matches('/');
        let token = self.token.expose_secret();
        // A token that is none must not lead elsewhere.
        let is_token = !token.is_empty()
            && token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(&byte));
        if !is_token {
            return Err(ApiError::Refused {
                code: 401,
                why: "the token has characters that no token has".to_owned(),
                retry_after: None,
                moved_to: None,
            });
        }
        format!("{root}{prefix}/bot{token}/{rest}")
            .parse()
            .map_err(|_| ApiError::NotSent("the API root is no usable address".to_owned()))
    }

    /// Calls a method with JSON.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<T, ApiError> {
        self.call_within(method, params, self.timeout).await
    }

    /// The same with a limit of its own.
    pub(super) async fn call_within<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
        timeout: Duration,
    ) -> Result<T, ApiError> {
        let headers = [("content-type", "application/json".to_owned())];
        let body = params.to_string().into_bytes();
        self.post(method, &headers, body, timeout).await
    }

    /// Calls a method with a form: for files.
    pub(super) async fn upload<T: DeserializeOwned>(
        &self,
        method: &'static str,
        form: Form,
    ) -> Result<T, ApiError> {
        let (content_type, body) = form.finish();
        // Large files take their time: a minute for every ten megabytes.
        let more = Duration::from_secs(6 * (body.len() as u64 / 1_000_000));
        let headers = [("content-type", content_type)];
        self.post(method, &headers, body, self.timeout + more).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        method: &'static str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<T, ApiError> {
        let url = self.url("", method)?;
        let response = self.http.post(url, headers, body, timeout).await?;
        let status = response.status().as_u16();
        let body = match read(response, MAX_ANSWER).await {
            Ok(body) => body,
            // The head says that it was refused: what else it would have said does not matter.
            Err(_) if status >= 400 => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let answer: Answer<T> = match serde_json::from_slice(&body) {
            Ok(answer) => answer,
            Err(_) if status >= 400 => return Err(refused(status, None, None)),
            Err(error) => {
                return Err(ApiError::Unreadable {
                    method,
                    why: error.to_string(),
                });
            }
        };
        if !answer.ok {
            let code = answer.error_code.unwrap_or(status);
            return Err(refused(code, answer.description, answer.parameters));
        }
        answer.result.ok_or_else(|| ApiError::Unreadable {
            method,
            why: "it has no result".to_owned(),
        })
    }

    /// Gets a file: its name and what is in it.
    pub(super) async fn file(
        &self,
        file_id: &str,
        max_bytes: usize,
    ) -> Result<(String, Vec<u8>), ApiError> {
        let too_large = || ApiError::TooLarge(max_bytes);
        let params = serde_json::json!({ "file_id": file_id });
        let info: FileInfo = self.call("getFile", &params).await?;
        if info.file_size.is_some_and(|bytes| bytes > max_bytes as u64) {
            return Err(too_large());
        }
        let path = info.file_path.unwrap_or_default();
        let is_plain = !path.is_empty()
            && !path.starts_with('/')
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
            && !path.contains(['?', '#', '\\', '%']);
        if !is_plain {
            return Err(ApiError::Unreadable {
                method: "getFile",
                why: "the path of the file is unusable".to_owned(),
            });
        }
        let url = self.url("/file", &path)?;
        let response = self.http.get(url, &[], self.timeout).await?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(refused(status, None, None));
        }
        let bytes = match read(response, max_bytes).await {
            Err(HttpError::TooLarge(_)) => return Err(too_large()),
            read => read?,
        };
        let name = path.rsplit('/').next().unwrap_or("file").to_owned();
        Ok((name, bytes))
    }
}

fn refused(code: u16, why: Option<String>, parameters: Option<Parameters>) -> ApiError {
    let why = why.unwrap_or_else(|| "no reason is given".to_owned());
    ApiError::Refused {
        code,
        why: why.chars().take(300).collect(),
        retry_after: parameters
            .as_ref()
            .and_then(|one| one.retry_after)
            .map(Duration::from_secs),
        moved_to: parameters.and_then(|one| one.migrate_to_chat_id),
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("host", &self.root.host_str())
            .finish_non_exhaustive()
    }
}
