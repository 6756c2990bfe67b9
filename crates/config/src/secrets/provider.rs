//! `secrets.providers`: files and commands that hold secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::SecretError;
use crate::decode::{
    Codec, Context, Decoder, FilePath, Flag, Line, List, Millis, OneWord, Size, Table, Unknown,
    section, words,
};
use crate::defaults;
use crate::secret_input::SecretSource;

/// A place that holds secrets.
#[derive(Debug)]
pub(super) enum Provider {
    File(FileProvider),
    Exec(ExecProvider),
}

section! {
    /// A file that holds secrets.
    pub(crate) struct FileProvider {
        /// The file.
        #[required]
        "path": FilePath => path: PathBuf;
        /// How it is read.
        "mode": OneWord<FileMode> => mode: FileMode = defaults::SECRET_FILE_MODE;
    }
    unknown Unknown::Dropped;
}

section! {
    /// A command that prints secrets.
    pub(crate) struct ExecProvider {
        /// The program: an absolute path.
        #[required]
        "command": FilePath => command: PathBuf;
        /// Its arguments.
        "args": List<Line> => args: Vec<String>;
        /// Variables that are handed on.
        "passEnv": List<Line> => pass_env: Vec<String>;
        /// Variables that are set.
        "env": Table<Line> => env: BTreeMap<String, String>;
        /// How long it may run, in milliseconds.
        "timeoutMs": Millis<1> => timeout: Duration = defaults::SECRET_COMMAND_TIMEOUT;
        /// The most it may print, in bytes.
        "maxOutputBytes": Size<1, 16_777_216> => max_output_bytes: u64
            = defaults::SECRET_COMMAND_OUTPUT;
        /// Whether it must answer in JSON.
        "jsonOnly": Flag => json_only: bool = defaults::SECRET_COMMAND_JSON;
        /// Whether the program may be a link.
        "allowSymlinkCommand": Flag => allow_symlink: bool = defaults::SECRET_COMMAND_LINK;
        /// Directories in which the program must lie.
        "trustedDirs": List<FilePath> => trusted_dirs: Vec<PathBuf>;
    }
    unknown Unknown::Dropped;
}

words! {
    /// How a file of secrets is read.
    pub enum FileMode {
        /// As JSON; the id is a pointer into it.
        Json = "json",
        /// As `json`, in an older word.
        JsonPointer = "jsonPointer",
        /// As one secret; the id is `value`.
        SingleValue = "singleValue",
        /// As `singleValue`, in an older word.
        Raw = "raw",
    }
}

/// Reads the declaration of a provider.
pub(super) fn read(
    declared: &Value,
    name: &str,
    source: SecretSource,
    home: Option<PathBuf>,
    at: &str,
) -> Result<Provider, SecretError> {
    let bad = |why: String| SecretError::BadProvider {
        at: at.to_owned(),
        provider: name.to_owned(),
        why,
    };
    let kind = declared
        .get("source")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if kind != source.as_str() {
        return Err(bad(format!(
            "its source is \"{kind}\", the reference says \"{source}\""
        )));
    }
    let context = Context {
        home,
        ..Context::default()
    };
    let mut decoder = Decoder::new(&context);
    let provider = match source {
        SecretSource::File => FileProvider::decode(&mut decoder, declared).map(Provider::File),
        _ => ExecProvider::decode(&mut decoder, declared).map(Provider::Exec),
    };
    match (provider, decoder.problems.first()) {
        (Some(provider), None) => Ok(provider),
        (_, Some(problem)) => Err(bad(format!("{}: {}", problem.path, problem.message))),
        (None, None) => Err(bad("expected an object".to_owned())),
    }
}
