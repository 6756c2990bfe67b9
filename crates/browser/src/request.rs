//! Requests and replies.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::refusal::Refusal;

/// What a request does, in the words of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// Reads `GET`, `POST` or `DELETE` in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            ("GET", Self::Get),
            ("POST", Self::Post),
            ("DELETE", Self::Delete),
        ]
        .into_iter()
        .find_map(|(name, method)| name.eq_ignore_ascii_case(text).then_some(method))
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// To what: `/tabs/open`.
    pub path: String,
    /// Its query.
    pub query: BTreeMap<String, String>,
    /// Its body.
    pub body: Value,
}

impl Request {
    /// A request that reads.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self {
            method: Method::Get,
            path: path.to_owned(),
            query: BTreeMap::new(),
            body: Value::Null,
        }
    }

    /// A request with a JSON body.
    ///
    /// # Errors
    /// When the body is no JSON.
    pub fn post(path: &str, body: &str) -> serde_json::Result<Self> {
        Ok(Self {
            method: Method::Post,
            body: serde_json::from_str(body)?,
            ..Self::get(path)
        })
    }

    /// The same with one more member in the query.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.query.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A member of the body that is text, without spaces around it; empty text counts as none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.body.get(name)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// As [`text`](Self::text), for what cannot be done without.
    pub(crate) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .ok_or_else(|| Refusal::bad(format!("{name} is required")))
    }

    /// A member of the body that is a switch; anything else counts as off.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.body
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// The tab that the request is about, from the body or the query.
    pub(crate) fn target_id(&self) -> Option<&str> {
        self.text("targetId")
            .or_else(|| self.query.get("targetId").map(String::as_str))
            .filter(|id| !id.is_empty())
    }
}

/// What came of a request.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer.
    pub body: Value,
    /// Files that the answer names by their `path`.
    pub files: Vec<File>,
}

impl Reply {
    pub(crate) const fn of(body: Value) -> Self {
        Self {
            body,
            files: Vec::new(),
        }
    }
}

/// A file that belongs to an answer. It lives in memory alone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct File {
    /// The name by which the answer speaks of it.
    pub path: String,
    /// Its media type.
    pub mime_type: &'static str,
    /// Its content, base64.
    pub base64: String,
}
