//! What the source says about a declaration: its file and its doc comment.

use std::collections::BTreeMap;

use crate::failure::Outcome;
use crate::tree::{self, File};

/// Where a method or an event is declared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The file, relative to the root.
    pub(super) file: String,
    /// The doc comment of its type, without the slashes.
    pub(super) doc: String,
}

/// Every declaration of this trait (`Method`, `Event`), by name on the wire.
pub(super) fn of_trait(name: &str) -> Outcome<BTreeMap<String, Declaration>> {
    let files = tree::files(&["rs"])?;
    Ok(files
        .iter()
        .filter(|file| file.path.starts_with("crates/protocol/src"))
        .flat_map(|file| in_file(file, name))
        .collect())
}

fn in_file(file: &File, trait_name: &str) -> Vec<(String, Declaration)> {
    let start = format!("impl {trait_name} for ");
    let mut found = Vec::new();
    for (at, _) in file.text.match_indices(&start) {
        let rest = &file.text[at + start.len()..];
        let type_name = rest.split([' ', '{']).next().unwrap_or_default();
        let wire = rest
            .split_once("const NAME: &'static str = \"")
            .and_then(|(_, rest)| rest.split('"').next());
        if let Some(wire) = wire {
            let doc = doc_of(&file.text, type_name);
            found.push((
                wire.to_owned(),
                Declaration {
                    file: file.path.display().to_string(),
                    doc,
                },
            ));
        }
    }
    found
}

/// The doc comment of `pub enum NAME` or `pub struct NAME`.
fn doc_of(text: &str, type_name: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_declaration = |line: &str| {
        ["pub enum ", "pub struct "].iter().any(|keyword| {
            line.strip_prefix(keyword)
                .and_then(|rest| rest.strip_prefix(type_name))
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    let Some(at) = lines.iter().position(|line| is_declaration(line)) else {
        return String::new();
    };
    let above = lines[..at].iter().rev();
    let mut doc: Vec<&str> = above
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .filter_map(|line| line.strip_prefix("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    doc.reverse();
    doc.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
/// Another.
pub struct NodeInvokeParams;

/// Asks a node.
///
/// Shape: `{}`.
#[derive(Debug)]
pub enum NodeInvoke {}

impl Method for NodeInvoke {
    const NAME: &'static str = "node.invoke";
}
"#;

    #[test]
    fn the_doc_of_the_declared_type_is_found() {
        let file = File {
            path: "crates/protocol/src/methods/node/invoke.rs".into(),
            text: TEXT.to_owned(),
        };
        let found = in_file(&file, "Method");
        assert_eq!(found.len(), 1);
        let (name, declaration) = &found[0];
        assert_eq!(name, "node.invoke");
        assert_eq!(declaration.doc, "Asks a node.\n\nShape: `{}`.");
    }

    #[test]
    fn other_traits_and_types_without_docs_give_nothing() {
        let file = File {
            path: "x.rs".into(),
            text: TEXT.to_owned(),
        };
        assert!(in_file(&file, "Event").is_empty());
        assert_eq!(doc_of(TEXT, "Node"), "");
    }
}
