//! A problem before it is known in which file and line it stands.

use crate::config_path::{ConfigPath, Segment};
use crate::issue::{Issue, IssueKind};
use crate::tree::Origins;

/// A problem at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: IssueKind,
    /// The path that the issue names.
    pub(crate) path: ConfigPath,
    /// The key below it on whose line the problem stands: an unknown key is reported at the
    /// object around it, as the original does.
    pub(crate) at_key: Option<String>,
    pub(crate) message: String,
    pub(crate) nearest: Option<String>,
    pub(crate) remedy: Option<String>,
}

impl Problem {
    pub(crate) fn new(kind: IssueKind, path: &ConfigPath, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.clone(),
            at_key: None,
            message: message.into(),
            nearest: None,
            remedy: None,
        }
    }

    pub(crate) fn at_key(mut self, key: &str) -> Self {
        self.at_key = Some(key.to_owned());
        self
    }

    pub(crate) fn nearest(mut self, nearest: Option<String>) -> Self {
        self.nearest = nearest;
        self
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The issue, with file and line.
    pub(crate) fn locate(self, origins: &Origins) -> Issue {
        let (file, line) = match &self.at_key {
            Some(key) => origins.find(&self.path.join(Segment::Key(key.clone()))),
            None => origins.find(&self.path),
        };
        Issue {
            kind: self.kind,
            file,
            line,
            path: self.path.to_string(),
            message: self.message,
            nearest: self.nearest,
            remedy: self.remedy,
        }
    }
}
