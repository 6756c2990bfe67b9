//! From a file to a checked configuration.
//!
//! The way: read → parse JSON5 → follow `$include` → take in `env` → `${NAME}` → decode our
//! sections with defaults. Every problem of every step that could be done is reported at once.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config_path::ConfigPath;
use crate::decode::{Context, Decoder};
use crate::edit;
use crate::env::Env;
use crate::include::{self, Expanded};
use crate::issue::{ConfigInvalid, Issue, IssueKind};
use crate::paths;
use crate::positions::Positions;
use crate::problem::Problem;
use crate::resolved::Source;
use crate::schema::{Config, env_block};
use crate::source::{self, Parsed, hash};
use crate::substitute::{substitute, substitute_text};
use crate::tree::Origins;

/// A checked configuration and what it was made of. `Debug` shows no value.
#[derive(Clone)]
pub struct Loaded {
    /// The configuration, with defaults.
    pub config: Config,
    /// The file as it is written: no `$include` followed, nothing replaced.
    pub raw: Value,
    /// The file's text; `None` where there is no file.
    pub text: Option<String>,
    /// Everything after `$include` and `${NAME}`, without defaults.
    pub resolved: Value,
    /// The file.
    pub path: PathBuf,
    /// Whether there is one.
    pub exists: bool,
    /// What is odd, and allowed.
    pub warnings: Vec<Issue>,
    /// SHA-256 of the file in hex; of nothing where there is no file.
    pub hash: String,
    /// The environment with the configuration's own `env` taken in.
    pub env: Env,
    pub(crate) origins: Origins,
}

impl Loaded {
    /// Whether a key is configured, or its default holds.
    #[must_use]
    pub fn source_of(&self, path: &ConfigPath) -> Source {
        match edit::get(&self.resolved, path) {
            Some(_) => Source::Config(path.to_string()),
            None => Source::Default,
        }
    }

    /// File and line in which a key is written, or the nearest one around it.
    #[must_use]
    pub fn place_of(&self, path: &ConfigPath) -> (PathBuf, Option<u32>) {
        self.origins.find(path)
    }

    /// Files that were included, in the order in which they were read.
    #[must_use]
    pub fn included_files(&self) -> &[PathBuf] {
        &self.origins.files[1..]
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("path", &self.path)
            .field("exists", &self.exists)
            .field("hash", &self.hash)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is there and cannot be read.
    #[error("cannot read config at {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something is wrong with it.
    #[error(transparent)]
    Invalid(#[from] ConfigInvalid),
}

/// Loads the configuration. No file is an empty one, and valid.
///
/// # Errors
///
/// A file that cannot be read, or everything that is wrong with it.
pub fn load(path: &Path, env: &Env) -> Result<Loaded, LoadError> {
    let text =
        source::read(path, source::MAX_FILE_BYTES).map_err(|source| LoadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
    Ok(check(path, text, env)?)
}

/// Checks a text as if it stood in the file: for `config.set` and editors.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn check_text(path: &Path, text: String, env: &Env) -> Result<Loaded, ConfigInvalid> {
    check(path, Some(text), env)
}

/// Checks a value as if it stood in the file. A `${NAME}` without a value is no problem here:
/// the program that writes is not always the one that runs.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn check_value(path: &Path, value: Value, env: &Env) -> Result<Config, ConfigInvalid> {
    let parsed = Parsed {
        value,
        positions: Positions::default(),
    };
    let (_, decoded) = finish(parsed, path, env);
    let mut issues = decoded.issues;
    issues.retain(|issue| issue.kind != IssueKind::MissingEnv);
    match decoded.config {
        Some(config) if issues.is_empty() => Ok(config),
        _ => Err(ConfigInvalid::new(path, issues)),
    }
}

fn check(path: &Path, text: Option<String>, env: &Env) -> Result<Loaded, ConfigInvalid> {
    let parsed = match &text {
        None => Parsed {
            value: Value::Object(serde_json::Map::new()),
            positions: Positions::default(),
        },
        Some(text) => source::parse(text)
            .map_err(|error| ConfigInvalid::new(path, vec![syntax_issue(path, text, error)]))?,
    };
    let raw = parsed.value.clone();
    let (expanded, decoded) = finish(parsed, path, env);
    match decoded.config {
        Some(config) if decoded.issues.is_empty() => Ok(Loaded {
            config,
            raw,
            resolved: expanded.value,
            path: path.to_owned(),
            exists: text.is_some(),
            warnings: decoded.warnings,
            hash: hash(text.as_deref()),
            text,
            env: decoded.env,
            origins: expanded.origins,
        }),
        _ => Err(ConfigInvalid::new(path, decoded.issues)),
    }
}

fn syntax_issue(path: &Path, text: &str, error: source::SyntaxError) -> Issue {
    let remedy = text
        .trim()
        .is_empty()
        .then(|| "the file is empty: remove it, or restore it from its .bak neighbour".to_owned());
    Issue {
        kind: IssueKind::Syntax,
        file: path.to_owned(),
        line: error.line,
        path: ConfigPath::root().to_string(),
        message: error.message,
        nearest: None,
        remedy,
    }
}

struct Decoded {
    config: Option<Config>,
    issues: Vec<Issue>,
    warnings: Vec<Issue>,
    env: Env,
}

/// Everything after parsing.
fn finish(parsed: Parsed, path: &Path, env: &Env) -> (Expanded, Decoded) {
    let mut expanded = include::expand(parsed, path, env);
    let env = with_env_block(&expanded.value, env);
    let missing = substitute(&mut expanded.value, &env);
    let context = Context {
        home: paths::home(&env).map(|home| home.value),
        missing,
    };
    let mut decoder = Decoder::new(&context);
    let config = Config::decode(&mut decoder, &expanded.value);
    let mut issues = std::mem::take(&mut expanded.issues);
    let mut warnings = std::mem::take(&mut expanded.warnings);
    issues.extend(located(decoder.problems, &expanded.origins));
    warnings.extend(located(decoder.warnings, &expanded.origins));
    (
        expanded,
        Decoded {
            config,
            issues,
            warnings,
            env,
        },
    )
}

fn located(problems: Vec<Problem>, origins: &Origins) -> impl Iterator<Item = Issue> {
    problems.into_iter().map(|problem| problem.locate(origins))
}

/// The environment with the configuration's `env` where it has nothing. Its values may mention
/// variables of the environment; those that mention one without a value are left out.
fn with_env_block(value: &Value, env: &Env) -> Env {
    let Some(block) = value.get("env") else {
        return env.clone();
    };
    let variables = env_block::written(block)
        .into_iter()
        .filter_map(|(name, text)| {
            let (text, missing) = substitute_text(text, env);
            missing.is_empty().then_some((name, text))
        });
    env.clone().completed_by(variables)
}
