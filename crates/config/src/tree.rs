//! A configuration value that remembers from which file and line each part came.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::config_path::{ConfigPath, Segment};
use crate::positions::Positions;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Number of the file in [`Origins`].
    pub(crate) file: usize,
    /// Line, from 1.
    pub(crate) line: Option<u32>,
}

/// A value with the place of each of its parts.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) node: Node,
    pub(crate) place: Place,
}

/// The value itself.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Scalar(Value),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// The parsed value of a file, with its lines.
    pub(crate) fn new(value: Value, positions: &Positions, file: usize) -> Self {
        Self::at(value, positions, file, &mut ConfigPath::root())
    }

    fn at(value: Value, positions: &Positions, file: usize, path: &mut ConfigPath) -> Self {
        let place = Place {
            file,
            line: positions.line(path),
        };
        let mut inside = |segment, value| {
            path.push(segment);
            let tree = Self::at(value, positions, file, path);
            path.pop();
            tree
        };
        let node = match value {
            Value::Array(items) => Node::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(i, item)| inside(Segment::Index(i), item))
                    .collect(),
            ),
            Value::Object(map) => Node::Object(
                map.into_iter()
                    .map(|(key, item)| (key.clone(), inside(Segment::Key(key), item)))
                    .collect(),
            ),
            scalar => Node::Scalar(scalar),
        };
        Self { node, place }
    }

    /// `over` on top of `self`: objects merge, arrays concatenate, anything else is replaced.
    pub(crate) fn merged_with(self, over: Self) -> Self {
        let node = match (self.node, over.node) {
            (Node::Object(mut base), Node::Object(over)) => {
                for (key, value) in over {
                    match base.iter().position(|(known, _)| *known == key) {
                        Some(place) => {
                            let (key, below) = base.remove(place);
                            base.insert(place, (key, below.merged_with(value)));
                        }
                        None => base.push((key, value)),
                    }
                }
                Node::Object(base)
            }
            (Node::Array(mut base), Node::Array(over)) => {
                base.extend(over);
                Node::Array(base)
            }
            (_, over) => over,
        };
        Self {
            node,
            place: over.place,
        }
    }

    /// The plain value; the places go to `places`.
    pub(crate) fn flatten(self, places: &mut HashMap<ConfigPath, Place>) -> Value {
        self.flatten_at(&mut ConfigPath::root(), places)
    }

    fn flatten_at(self, path: &mut ConfigPath, places: &mut HashMap<ConfigPath, Place>) -> Value {
        places.insert(path.clone(), self.place);
        let mut inside = |segment, tree: Self| {
            path.push(segment);
            let value = tree.flatten_at(path, places);
            path.pop();
            value
        };
        match self.node {
            Node::Scalar(value) => value,
            Node::Array(items) => Value::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(i, item)| inside(Segment::Index(i), item))
                    .collect(),
            ),
            Node::Object(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, item)| (key.clone(), inside(Segment::Key(key), item)))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

/// From which file and line every part of the finished configuration came.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    /// The files, the configuration itself first.
    pub(crate) files: Vec<PathBuf>,
    /// The place of each path.
    pub(crate) places: HashMap<ConfigPath, Place>,
}

impl Origins {
    /// Where this path stands, else the nearest one around it.
    pub(crate) fn find(&self, path: &ConfigPath) -> (PathBuf, Option<u32>) {
        let mut around = Some(path.clone());
        while let Some(path) = around {
            if let Some(place) = self.places.get(&path) {
                return self.of(*place);
            }
            around = path.parent();
        }
        (self.files[0].clone(), None)
    }

    /// File and line of a place.
    pub(crate) fn of(&self, place: Place) -> (PathBuf, Option<u32>) {
        (self.files[place.file].clone(), place.line)
    }
}
