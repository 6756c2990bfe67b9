//! Writing the configuration: checked before, complete or not at all, with backups.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::clock;
use crate::config_path::{ConfigPath, Segment};
use crate::edit::{self, EditError};
use crate::env::Env;
use crate::include::{self, Expanded};
use crate::issue::ConfigInvalid;
use crate::load::{LoadError, check_value};
use crate::positions::Positions;
use crate::private_file::{create_private_dir, directory_of, write_private_file};
use crate::schema::Config;
use crate::source::{self, Parsed, hash};

/// Who writes, and when: goes into `meta`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The version that writes.
    pub version: String,
    /// The moment.
    pub at: SystemTime,
}

impl Stamp {
    /// This version, now.
    #[must_use]
    pub fn now(version: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            at: clock::now(),
        }
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The file's new text.
    pub text: String,
    /// Its SHA-256 in hex.
    pub hash: String,
    /// What it says.
    pub config: Config,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The result would not be valid.
    #[error("Config validation failed: {}", one_by_one(.0))]
    Invalid(ConfigInvalid),
    /// The file is not the one that was read. The words are the original's.
    #[error("config changed since last load; re-run config.get and retry")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot write config at {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn one_by_one(invalid: &ConfigInvalid) -> String {
    let lines = invalid.issues.iter().map(|issue| {
        let near = issue
            .nearest
            .as_ref()
            .map(|near| format!(" (did you mean \"{near}\"?)"));
        let remedy = issue.remedy.as_ref().map(|remedy| format!("; {remedy}"));
        format!(
            "{}: {}{}{}",
            issue.path,
            issue.message,
            near.unwrap_or_default(),
            remedy.unwrap_or_default()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Writes a configuration value as plain JSON, two spaces deep, with a newline at its end.
///
/// The order of keys and sections that are not ours stay as they are; comments do not survive.
/// `base_hash` is the [`hash`] of the file that was read: another process that wrote in between
/// is noticed. The file that was there becomes `.bak`, four older ones are kept.
///
/// # Errors
///
/// [`WriteError`]; the file is then as it was.
pub fn save(
    path: &Path,
    mut value: Value,
    base_hash: Option<&str>,
    env: &Env,
    stamp: &Stamp,
) -> Result<Saved, WriteError> {
    let failed = |source| WriteError::Io {
        path: path.to_owned(),
        source,
    };
    mark(&mut value, stamp);
    let config = check_value(path, value.clone(), env).map_err(WriteError::Invalid)?;
    let mut text = serde_json::to_string_pretty(&value).map_err(|error| failed(error.into()))?;
    text.push('\n');

    // A link leads to the file that is kept, and its backups stand beside that.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    create_private_dir(directory_of(&target)).map_err(failed)?;
    let _turn = Turn::take(directory_of(&target));
    let current = source::read(&target, source::MAX_FILE_BYTES).map_err(failed)?;
    if base_hash.is_some_and(|base| base != hash(current.as_deref())) {
        return Err(WriteError::Changed {
            path: path.to_owned(),
        });
    }
    if let Some(current) = current {
        rotate_backups(&target, &current).map_err(failed)?;
    }
    write_private_file(&target, text.as_bytes()).map_err(failed)?;
    Ok(Saved {
        hash: hash(Some(&text)),
        text,
        config,
    })
}

fn mark(value: &mut Value, stamp: &Stamp) {
    let Value::Object(root) = value else { return };
    let meta = root
        .entry("meta")
        .or_insert_with(|| Value::Object(Map::new()));
    // Anything else is refused when the value is checked.
    if let Value::Object(meta) = meta {
        meta.insert(
            "lastTouchedVersion".to_owned(),
            stamp.version.clone().into(),
        );
        meta.insert("lastTouchedAt".to_owned(), clock::iso8601(stamp.at).into());
    }
}

/// `.bak` and four older ones.
const OLDER_BACKUPS: u32 = 4;

fn rotate_backups(path: &Path, current: &str) -> io::Result<()> {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 0 {
            ".bak".to_owned()
        } else {
            format!(".bak.{number}")
        });
        PathBuf::from(name)
    };
    for number in (0..OLDER_BACKUPS).rev() {
        match fs::rename(name(number), name(number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    write_private_file(&name(0), current.as_bytes())
}

/// The turn of one writer: others of the same directory wait. The kernel ends it with the
/// process.
struct Turn {
    _directory: Option<File>,
}

impl Turn {
    fn take(directory: &Path) -> Self {
        // Where directories cannot be opened or locked, as on Windows and some network file
        // systems, the hash still tells that somebody was faster.
        let directory = File::open(directory).ok();
        let _directory = directory.filter(|directory| directory.lock().is_ok());
        Self { _directory }
    }
}

/// A configuration that is being changed, key by key, before it is written.
#[derive(Clone)]
pub struct Draft {
    path: PathBuf,
    env: Env,
    value: Value,
    base_hash: String,
}

impl Draft {
    /// Reads the file. It need not be valid: a change may be what mends it.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is no JSON5 object.
    pub fn open(path: &Path, env: &Env) -> Result<Self, LoadError> {
        let text =
            source::read(path, source::MAX_FILE_BYTES).map_err(|source| LoadError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        let base_hash = hash(text.as_deref());
        let value = match text {
            None => Value::Object(Map::new()),
            Some(text) => match source::parse(&text) {
                Ok(Parsed {
                    value: value @ Value::Object(_),
                    ..
                }) => value,
                // Says what is wrong, with line and remedy.
                _ => {
                    let invalid = crate::load::check_text(path, text, env).err();
                    let invalid = invalid.unwrap_or_else(|| ConfigInvalid::new(path, Vec::new()));
                    return Err(LoadError::Invalid(invalid));
                }
            },
        };
        Ok(Self {
            path: path.to_owned(),
            env: env.clone(),
            value,
            base_hash,
        })
    }

    /// What is going to be written.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// Puts a value at a path.
    ///
    /// # Errors
    ///
    /// [`EditError`], among others when an included file has the last word there.
    pub fn set(&mut self, path: &ConfigPath, value: Value) -> Result<(), EditError> {
        let mut changed = self.value.clone();
        let plain = !speaks_of_includes(path, &value);
        edit::set(&mut changed, path, value)?;
        if plain {
            let expanded = self.expand(&changed);
            if edit::get(&expanded.value, path) != edit::get(&changed, path) {
                return Err(included(path, &expanded));
            }
        }
        self.value = changed;
        Ok(())
    }

    /// Takes away what stands at a path.
    ///
    /// # Errors
    ///
    /// [`EditError::NotFound`]; [`EditError::Included`] for what an included file brings.
    pub fn unset(&mut self, path: &ConfigPath) -> Result<Value, EditError> {
        let mut changed = self.value.clone();
        let taken = edit::unset(&mut changed, path);
        if !speaks_of_includes(path, &Value::Null) {
            let expanded = self.expand(&changed);
            let around = path.parent().unwrap_or_default();
            let in_array = edit::get(&expanded.value, &around).is_some_and(Value::is_array);
            if edit::get(&expanded.value, path).is_some() && (taken.is_err() || !in_array) {
                return Err(included(path, &expanded));
            }
        }
        let taken = taken?;
        self.value = changed;
        Ok(taken)
    }

    /// Checks and writes it.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the file is then as it was.
    pub fn save(self, stamp: &Stamp) -> Result<Saved, WriteError> {
        save(
            &self.path,
            self.value,
            Some(&self.base_hash),
            &self.env,
            stamp,
        )
    }

    fn expand(&self, value: &Value) -> Expanded {
        let parsed = Parsed {
            value: value.clone(),
            positions: Positions::default(),
        };
        include::expand(parsed, &self.path, &self.env)
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn included(path: &ConfigPath, expanded: &Expanded) -> EditError {
    let (file, _) = expanded.origins.find(path);
    EditError::Included {
        path: path.clone(),
        file: file.display().to_string(),
    }
}

/// Whether the change is about `$include` itself: what is written is then not what is read.
fn speaks_of_includes(path: &ConfigPath, value: &Value) -> bool {
    fn mentions(value: &Value) -> bool {
        match value {
            Value::Object(map) => map.contains_key("$include") || map.values().any(mentions),
            Value::Array(items) => items.iter().any(mentions),
            _ => false,
        }
    }
    path.segments()
        .contains(&Segment::Key("$include".to_owned()))
        || mentions(value)
}
