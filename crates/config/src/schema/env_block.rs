//! `env`: environment variables for everything that the configuration mentions.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::config_path::Segment;
use crate::decode::{
    Codec, Decoder, Field, Flag, Kind, Millis, Note, Section, Table, Unknown, section,
};
use crate::defaults;

/// `env`: variables that hold where the environment has none. Their values are secrets as often
/// as not.
#[derive(Debug, Clone, Default)]
pub struct EnvBlock {
    /// `env.vars`, and variables that stand in `env` itself.
    pub vars: BTreeMap<String, SecretString>,
    /// Variables from a login shell.
    pub shell_env: ShellEnv,
}

section! {
    /// Variables from a login shell.
    pub struct ShellEnv {
        /// Whether a login shell is asked for what is missing.
        "enabled": Flag => enabled: bool = defaults::SHELL_ENV;
        /// How long it may take, in milliseconds.
        "timeoutMs": Millis<0> => timeout: Duration = defaults::SHELL_ENV_TIMEOUT;
    }
}

impl EnvBlock {
    /// The declaration of this section: `vars`, `shellEnv`, and any other key with text.
    pub const SECTION: &'static Section = &Section {
        doc: "Variables that hold where the environment has none.",
        fields: &[
            Field {
                key: "vars",
                kind: <Table<Variable> as Codec>::KIND,
                doc: "Variables by name.",
                default: None,
                note: Note::Both,
                required: false,
            },
            Field {
                key: "shellEnv",
                kind: ShellEnv::KIND,
                doc: "Variables from a login shell.",
                default: None,
                note: Note::Both,
                required: false,
            },
        ],
        retired: &[],
        refused: &[],
        unknown: Unknown::Values(Variable::KIND),
    };
}

impl Codec for EnvBlock {
    type Out = Self;
    const KIND: Kind = Kind::Section(Self::SECTION);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Self> {
        let map = at.object(value, Self::SECTION)?;
        let mut vars = at.field::<Table<Variable>>(map, "vars").unwrap_or_default();
        for (name, value) in plain(map) {
            let found = at.within(Segment::Key(name.clone()), |here| {
                Variable::decode(here, value)
            });
            if let Some(found) = found {
                vars.entry(name.clone()).or_insert(found);
            }
        }
        let shell_env = at.field::<ShellEnv>(map, "shellEnv").unwrap_or_default();
        Some(Self { vars, shell_env })
    }
}

/// The value of a variable. One that mentions a variable without a value is left out, with a
/// warning.
#[derive(Debug)]
pub(crate) struct Variable;

impl Codec for Variable {
    type Out = SecretString;
    const KIND: Kind = Kind::Secret;

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<SecretString> {
        if let (Value::String(_), Some(names)) = (value, at.missing_here()) {
            let path = at.path().clone();
            for name in names {
                at.warn_missing(&path, name);
            }
            return None;
        }
        at.text(value).map(SecretString::from)
    }
}

/// Entries of `env` that are variables themselves.
fn plain(map: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    map.iter()
        .filter(|(key, _)| EnvBlock::SECTION.field(key).is_none())
}

/// Every variable of an `env` block as it is written, before anything is checked.
pub(crate) fn written(block: &Value) -> Vec<(&str, &str)> {
    let Value::Object(map) = block else {
        return Vec::new();
    };
    let vars = map.get("vars").and_then(Value::as_object);
    vars.into_iter()
        .flatten()
        .chain(plain(map))
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect()
}
