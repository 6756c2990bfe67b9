//! What may stand where: the description that validation, schema and reference share.

use serde_json::Value;

/// What may stand at a key.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Whole {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
        /// What it counts: `ms`, `bytes`; empty for things.
        unit: &'static str,
    },
    /// Text of the described form; empty for any text.
    Text(&'static str),
    /// One of some words.
    Words(fn() -> Vec<&'static str>),
    /// A secret: text, or a reference to where it is kept.
    Secret,
    /// This very value.
    Exactly(bool),
    /// An array.
    List(&'static Self),
    /// An object with any keys.
    Table(&'static Self),
    /// An object with these keys.
    Section(&'static Section),
    /// One of several kinds.
    OneOf(&'static [Self]),
    /// Anything: not checked here.
    Any,
}

impl Kind {
    /// The kind in a few words, for a table.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Boolean => "boolean".to_owned(),
            Self::Whole { min, max, unit } => {
                let unit = if unit.is_empty() {
                    String::new()
                } else {
                    format!(" ({unit})")
                };
                match *max {
                    max if max >= u64::from(u32::MAX) => format!("integer ≥ {min}{unit}"),
                    max => format!("integer {min}–{max}{unit}"),
                }
            }
            Self::Text("") => "string".to_owned(),
            Self::Text(form) => (*form).to_owned(),
            Self::Words(words) => words()
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(" \\| "),
            Self::Secret => "string or secret reference".to_owned(),
            Self::Exactly(value) => format!("`{value}`"),
            Self::List(item) => format!("array of {}", item.in_words()),
            Self::Table(item) => format!("object of {}", item.in_words()),
            Self::Section(_) => "object".to_owned(),
            Self::OneOf(kinds) => kinds
                .iter()
                .map(Self::in_words)
                .collect::<Vec<_>>()
                .join(" or "),
            Self::Any => "any".to_owned(),
        }
    }
}

/// An object of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// What it is about.
    pub doc: &'static str,
    /// Its keys.
    pub fields: &'static [Field],
    /// Keys of releases between the two that are supported, and what became of them. Accepted
    /// with a warning, not read.
    pub retired: &'static [(&'static str, &'static str)],
    /// Keys that people write and that never worked, with the key they mean.
    pub refused: &'static [(&'static str, &'static str)],
    /// What becomes of all other keys.
    pub unknown: Unknown,
}

impl Section {
    /// The field of this key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

/// What becomes of keys that a section does not know.
#[derive(Debug, Clone, Copy)]
pub enum Unknown {
    /// They are errors.
    Refused,
    /// They are dropped, with a warning.
    Dropped,
    /// They are the user's own, with values of this kind.
    Values(Kind),
}

/// A key of a section.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// What it means.
    pub doc: &'static str,
    /// What holds where it is absent.
    pub default: Option<fn() -> ShownDefault>,
    /// Which releases of the original know it.
    pub note: Note,
    /// Whether it must be there when its section is.
    pub required: bool,
}

/// A default value with its reason, as the reference prints it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownDefault {
    /// The value, as it would stand in the file.
    pub value: Value,
    /// Why this value.
    pub reason: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// Which releases of the original know a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// February 2026 and 2026.9.
    Both,
    /// February 2026 only: still read, with a warning that says what to write instead.
    February(&'static str),
    /// 2026.9 only.
    Latest,
}
