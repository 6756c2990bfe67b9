//! `config.get`

use serde_json::{Map, Value};

use crate::method::NoParams;
use crate::methods::config::issue::ConfigIssue;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// The configuration file as it stands, secrets replaced by `__OPENCLAW_REDACTED__`.
///
/// Shape: `{}` → an open object with at least `path`, `exists`, `valid`, `config`, `hash` and
/// `issues`.
/// Units: `hash` is opaque: hand it back as `baseHash`.
/// Errors: none of its own; a broken file answers `valid: false`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ConfigGet {}

impl Method for ConfigGet {
    const NAME: &'static str = "config.get";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const ACCESS_V3: Access = Access::Operator(Scope::Admin);
    type Params = NoParams;
    type Result = ConfigGetResult;
}

open_record! {
    /// Result of [`ConfigGet`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ConfigGetResult {
        /// The file.
        must path: String = "path",
        /// Whether there is one.
        must exists: bool = "exists",
        /// Its text; `null` where secrets could not be taken out. Since protocol 4 also for want of
        /// a file.
        null raw: String = "raw",
        /// What the text says.
        may parsed: Value = "parsed",
        /// Whether it makes a configuration.
        must valid: bool = "valid",
        /// The configuration with its defaults.
        may config: Value = "config",
        /// What the file is; changes with it.
        may hash: String = "hash",
        /// What is wrong.
        may issues: Vec<ConfigIssue> = "issues",
        /// What is odd.
        may warnings: Vec<ConfigIssue> = "warnings",
        /// What an older release would have said.
        may legacy_issues: Vec<Value> = "legacyIssues",
        /// Files that it includes. Since protocol 4.
        may included_paths: Vec<String> = "includedPaths",
    }
}

impl ConfigGetResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(path: String, exists: bool, valid: bool) -> Self {
        Self {
            path,
            exists,
            raw: Nullable::Absent,
            parsed: None,
            valid,
            config: None,
            hash: None,
            issues: None,
            warnings: None,
            legacy_issues: None,
            included_paths: None,
            rest: Map::new(),
        }
    }
}
