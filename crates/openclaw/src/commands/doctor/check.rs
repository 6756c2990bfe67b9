//! One thing that was looked at.

use std::borrow::Cow;

use serde::Serialize;

/// How it is. Ordered: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Something does not work, or is not safe.
    Fail,
    /// Something is odd, or will not work for long.
    Warn,
    /// As it should be.
    Ok,
    /// Not looked at, for a reason.
    Skipped,
}

impl Status {
    /// Every status, the worst first.
    pub(crate) const ALL: [Self; 4] = [Self::Fail, Self::Warn, Self::Ok, Self::Skipped];

    /// The word in reports.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Ok => "ok",
            Self::Skipped => "skipped",
        }
    }
}

/// One thing that was looked at: `{id, status, title, detail?, remedy?}`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Check {
    /// Which: stable, for programs.
    pub(crate) id: Cow<'static, str>,
    /// How it is.
    pub(crate) status: Status,
    /// The same in a few words.
    pub(crate) title: String,
    /// What was found, one or more lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Check {
    /// With nothing more to say.
    pub(crate) fn new(id: &'static str, status: Status, title: impl Into<String>) -> Self {
        Self {
            id: Cow::Borrowed(id),
            status,
            title: title.into(),
            detail: None,
            remedy: None,
        }
    }

    /// The same with what was found.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same with what mends it.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}
