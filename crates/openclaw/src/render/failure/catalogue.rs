//! Every text of an error enum, as people and as programs get it, in one snapshot.
//!
//! The enums are those of other crates, which may grow: their variants are read from the source,
//! so that one without a sample here fails a test.

use std::fmt::{Debug, Write as _};

use super::text;
use crate::error::CliError;
use crate::render::Output;

/// One error of an enum.
pub(crate) struct Sample {
    /// The variant.
    variant: String,
    /// What is special about this one.
    note: &'static str,
    error: CliError,
}

impl Sample {
    /// What `render` makes of an error; the variant is that of `error`.
    pub(crate) fn new<E: Debug>(error: E, render: impl FnOnce(E) -> CliError) -> Self {
        let debug = format!("{error:?}");
        let end = debug
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(debug.len());
        Self {
            variant: debug[..end].to_owned(),
            note: "",
            error: render(error),
        }
    }

    /// The same with a word about it.
    pub(crate) fn noting(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// The same for another enum, whose variant is named here.
    pub(crate) fn of_variant(self, variant: impl Into<String>) -> Self {
        Self {
            variant: variant.into(),
            ..self
        }
    }
}

/// The names of an enum's variants, as its source has them.
#[track_caller]
pub(crate) fn variants(source: &str, name: &str) -> Vec<String> {
    let head = format!("pub enum {name} {{\n");
    let (before, rest) = source.split_once(&head).expect("the enum is in its file");
    // An enum that a macro declares stands a step to the right.
    let margin = before.len() - before.trim_end_matches(' ').len();
    let inner = " ".repeat(margin + 4);
    let end = format!("\n{}}}", " ".repeat(margin));
    let (body, _) = rest.split_once(&end).expect("the enum has an end");
    let found: Vec<String> = body
        .lines()
        .filter_map(|line| line.strip_prefix(&inner))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| {
            let end = line.find(|c: char| !c.is_ascii_alphanumeric());
            line[..end.unwrap_or(line.len())].to_owned()
        })
        .collect();
    assert!(found.len() > 1, "{name}: {found:?}");
    found
}

/// Fails unless every variant has a sample, and gives all of them as one text.
#[track_caller]
pub(crate) fn shown(source: &str, name: &str, samples: &[Sample]) -> String {
    let wanted = variants(source, name);
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|variant| samples.iter().all(|sample| sample.variant != **variant))
        .collect();
    assert!(missing.is_empty(), "{name}: no sample of {missing:?}");
    let out = Output::new(false, true, None);
    let mut all = String::new();
    for sample in samples {
        assert!(
            wanted.contains(&sample.variant),
            "{name}::{}",
            sample.variant
        );
        let error = &sample.error;
        // What is debugged is not told.
        let told = text(&out, error);
        assert!(!told.contains("Some("), "{told}");
        let _ = writeln!(
            all,
            "=== {name}::{} {}(exit {})\n{told}\n--- under --json\n{:#}\n",
            sample.variant,
            sample.note,
            error.exit().code(),
            error.to_json(),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::variants;

    #[test]
    fn variants_are_read_from_sources() {
        let source = "pub enum Other {\n    A,\n}\n/// X\npub enum Fails {\n    /// One\n    \
            #[error(\"Oh\")]\n    One,\n    /// Two\n    Two(\n        Inner,\n    ),\n    Three { \
            a: B },\n}\n";
        assert_eq!(variants(source, "Fails"), ["One", "Two", "Three"]);
        let source = "x! {\n    pub enum Open {\n        /// A\n        A = \"a\",\n        B = \
            \"b\",\n    }\n}\n";
        assert_eq!(variants(source, "Open"), ["A", "B"]);
    }
}
