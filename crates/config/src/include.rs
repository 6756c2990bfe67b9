//! `$include`: parts of the configuration in files of their own.
//!
//! Shape: `$include` holds a path or an array of paths, relative to the file in which it stands.
//! Arrays of files merge from left to right, and keys beside `$include` win over what is
//! included; objects merge, arrays concatenate, anything else is replaced. Files must lie below
//! the configuration's own directory or one of `OPENCLAW_INCLUDE_ROOTS`, links followed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config_path::{ConfigPath, Segment};
use crate::decode::type_name;
use crate::env::{self, Env};
use crate::issue::{Issue, IssueKind};
use crate::source::{self, Parsed};
use crate::tree::{Node, Origins, Place, Tree};

/// How deep files may include files.
const MAX_INCLUDE_DEPTH: usize = 10;

/// How many times a file may be included in all: a few small files that include each other's
/// neighbours several times would otherwise grow without end.
const MAX_INCLUDES: usize = 256;

/// The configuration with every `$include` followed.
#[derive(Debug)]
pub(crate) struct Expanded {
    pub(crate) value: Value,
    pub(crate) origins: Origins,
    pub(crate) issues: Vec<Issue>,
    pub(crate) warnings: Vec<Issue>,
}

/// Follows every `$include` of a parsed configuration file. Problems are collected; what could
/// not be included is left out.
pub(crate) fn expand(parsed: Parsed, path: &Path, env: &Env) -> Expanded {
    let directory = path.parent().unwrap_or(Path::new("")).to_owned();
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut includer = Includer {
        roots: roots(&directory, env),
        files: vec![path.to_owned()],
        chain: vec![real],
        included: 0,
        issues: Vec::new(),
        warnings: Vec::new(),
    };
    includer.note_repeated(&parsed, 0);
    let tree = Tree::new(parsed.value, &parsed.positions, 0);
    let tree = includer.tree(tree, &directory, &mut ConfigPath::root());
    let mut places = HashMap::new();
    let value = tree.map_or_else(empty, |tree| tree.flatten(&mut places));
    Expanded {
        value,
        origins: Origins {
            files: includer.files,
            places,
        },
        issues: includer.issues,
        warnings: includer.warnings,
    }
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Directories from which files may be included, links followed.
fn roots(directory: &Path, env: &Env) -> Vec<PathBuf> {
    let more = env.os(env::INCLUDE_ROOTS).map(std::env::split_paths);
    std::iter::once(directory.to_owned())
        .chain(more.into_iter().flatten().filter(|root| root.is_absolute()))
        .filter_map(|root| {
            let root = if root.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                root
            };
            std::fs::canonicalize(root).ok()
        })
        .collect()
}

struct Includer {
    roots: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// Files that are being read, links followed, the configuration first.
    chain: Vec<PathBuf>,
    included: usize,
    issues: Vec<Issue>,
    warnings: Vec<Issue>,
}

impl Includer {
    /// `None` where an include failed and nothing is left.
    fn tree(&mut self, tree: Tree, directory: &Path, at: &mut ConfigPath) -> Option<Tree> {
        let Tree { node, place } = tree;
        let node = match node {
            Node::Scalar(_) => node,
            Node::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    at.push(Segment::Index(index));
                    list.extend(self.tree(item, directory, at));
                    at.pop();
                }
                Node::Array(list)
            }
            Node::Object(mut entries) => {
                let include = entries.iter().position(|(key, _)| key == "$include");
                let include = include.map(|place| entries.remove(place).1);
                let mut object = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    at.push(Segment::Key(key.clone()));
                    object.extend(self.tree(value, directory, at).map(|value| (key, value)));
                    at.pop();
                }
                match include {
                    Some(include) => {
                        return self.with_included(&include, object, place, directory, at);
                    }
                    None => Node::Object(object),
                }
            }
        };
        Some(Tree { node, place })
    }

    /// What is included, with the keys that stand beside it on top.
    fn with_included(
        &mut self,
        include: &Tree,
        siblings: Vec<(String, Tree)>,
        place: Place,
        directory: &Path,
        at: &mut ConfigPath,
    ) -> Option<Tree> {
        let mut included: Option<Tree> = None;
        for (path, place) in self.named(include, at) {
            if let Some(tree) = self.file(&path, place, directory, at) {
                included = Some(match included {
                    Some(before) => before.merged_with(tree),
                    None => tree,
                });
            }
        }
        let siblings = Tree {
            node: Node::Object(siblings),
            place,
        };
        match included {
            None => Some(siblings),
            Some(tree) if matches!(&siblings.node, Node::Object(keys) if keys.is_empty()) => {
                Some(tree)
            }
            Some(tree) if matches!(tree.node, Node::Object(_)) => Some(tree.merged_with(siblings)),
            Some(_) => {
                self.refuse(
                    include.place,
                    at,
                    "Sibling keys require included content to be an object".to_owned(),
                );
                Some(siblings)
            }
        }
    }

    /// The paths that an `$include` names.
    fn named(&mut self, include: &Tree, at: &ConfigPath) -> Vec<(String, Place)> {
        match &include.node {
            Node::Scalar(Value::String(path)) => vec![(path.clone(), include.place)],
            Node::Array(items) => {
                let mut named = Vec::new();
                for item in items {
                    match &item.node {
                        Node::Scalar(Value::String(path)) => named.push((path.clone(), item.place)),
                        other => {
                            let found = node_type(other);
                            self.refuse(
                                item.place,
                                at,
                                format!(
                                    "Invalid $include array item: expected string, got {found}"
                                ),
                            );
                        }
                    }
                }
                named
            }
            other => {
                let found = node_type(other);
                self.refuse(
                    include.place,
                    at,
                    format!(
                        "Invalid $include value: expected string or array of strings, got {found}"
                    ),
                );
                Vec::new()
            }
        }
    }

    /// The content of one file, its own includes followed.
    fn file(
        &mut self,
        named: &str,
        place: Place,
        directory: &Path,
        at: &mut ConfigPath,
    ) -> Option<Tree> {
        if named.contains('\0') {
            self.refuse(
                place,
                at,
                "Invalid $include path: it contains a null character".to_owned(),
            );
            return None;
        }
        let resolved = directory.join(named);
        let real = match std::fs::canonicalize(&resolved) {
            Ok(real) => real,
            Err(error) => return self.unreadable(named, &resolved, &error, place, at),
        };
        if !self.roots.iter().any(|root| real.starts_with(root)) {
            self.refuse_with(
                place,
                at,
                format!(
                    "Include path escapes the config directory: {named} (resolved: {})",
                    real.display()
                ),
                format!(
                    "move the file below the config directory, or name its directory in {}",
                    env::INCLUDE_ROOTS
                ),
            );
            return None;
        }
        if let Some(first) = self.chain.iter().position(|file| *file == real) {
            let files = self.chain[first..].iter().chain([&real]);
            let names: Vec<_> = files.map(|file| file.display().to_string()).collect();
            self.refuse(
                place,
                at,
                format!("Circular include detected: {}", names.join(" -> ")),
            );
            return None;
        }
        if self.chain.len() > MAX_INCLUDE_DEPTH {
            self.refuse(
                place,
                at,
                format!("Maximum include depth ({MAX_INCLUDE_DEPTH}) exceeded at: {named}"),
            );
            return None;
        }
        self.included += 1;
        if self.included > MAX_INCLUDES {
            self.refuse(
                place,
                at,
                format!("Maximum number of includes ({MAX_INCLUDES}) exceeded at: {named}"),
            );
            return None;
        }
        let text = match source::read(&real, source::MAX_PART_BYTES) {
            Ok(Some(text)) => text,
            Ok(None) => {
                return self.unreadable(
                    named,
                    &resolved,
                    &std::io::ErrorKind::NotFound.into(),
                    place,
                    at,
                );
            }
            Err(error) => return self.unreadable(named, &resolved, &error, place, at),
        };
        let number = self.files.len();
        self.files.push(real.clone());
        let parsed = match source::parse(&text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let place = Place {
                    file: number,
                    line: error.line,
                };
                let message = error.message;
                self.refuse(
                    place,
                    at,
                    format!(
                        "Failed to parse include file: {named} (resolved: {}): {message}",
                        resolved.display()
                    ),
                );
                return None;
            }
        };
        self.note_repeated(&parsed, number);
        let tree = Tree::new(parsed.value, &parsed.positions, number);
        let below = real.parent().unwrap_or(Path::new("/")).to_owned();
        self.chain.push(real);
        let tree = self.tree(tree, &below, at);
        self.chain.pop();
        tree
    }

    fn unreadable(
        &mut self,
        named: &str,
        resolved: &Path,
        error: &std::io::Error,
        place: Place,
        at: &ConfigPath,
    ) -> Option<Tree> {
        let message = format!(
            "Failed to read include file: {named} (resolved: {})",
            resolved.display()
        );
        self.refuse_with(place, at, message, error.to_string());
        None
    }

    fn refuse(&mut self, place: Place, at: &ConfigPath, message: String) {
        self.issues.push(self.issue(place, at, message, None));
    }

    fn refuse_with(&mut self, place: Place, at: &ConfigPath, message: String, remedy: String) {
        self.issues
            .push(self.issue(place, at, message, Some(remedy)));
    }

    fn issue(
        &self,
        place: Place,
        at: &ConfigPath,
        message: String,
        remedy: Option<String>,
    ) -> Issue {
        Issue {
            kind: IssueKind::Include,
            file: self.files[place.file].clone(),
            line: place.line,
            path: at.to_string(),
            message,
            nearest: None,
            remedy,
        }
    }

    /// A key that stands twice in one object is allowed, and hardly ever meant.
    fn note_repeated(&mut self, parsed: &Parsed, file: usize) {
        for (path, line) in &parsed.positions.repeated {
            self.warnings.push(Issue {
                kind: IssueKind::Invalid,
                file: self.files[file].clone(),
                line: Some(*line),
                path: path.to_string(),
                message: "this key stands twice; the later one counts".to_owned(),
                nearest: None,
                remedy: Some("remove one of them".to_owned()),
            });
        }
    }
}

fn node_type(node: &Node) -> &'static str {
    match node {
        Node::Scalar(value) => type_name(value),
        Node::Array(_) => "array",
        Node::Object(_) => "object",
    }
}
