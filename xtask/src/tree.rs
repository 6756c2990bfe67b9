//! The files of this workspace, without what is built or fetched.

use std::path::{Path, PathBuf};

use crate::failure::{Doing, Outcome};
use crate::workspace;

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &["node_modules", ".git", ".jj"];

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    /// Where it is, relative to the root.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
}

/// Every text file whose name ends in one of these, below the root, in a stable order.
pub(crate) fn files(extensions: &[&str]) -> Outcome<Vec<File>> {
    let mut files = Vec::new();
    walk(workspace::root(), &mut |path| {
        let extension = path
            .extension()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if !extensions.contains(&extension) {
            return Ok(());
        }
        let bytes = std::fs::read(path).doing(format_args!("read {}", path.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            let path = path
                .strip_prefix(workspace::root())
                .unwrap_or(path)
                .to_owned();
            files.push(File { path, text });
        }
        Ok(())
    })?;
    Ok(files)
}

fn walk(dir: &Path, visit: &mut dyn FnMut(&Path) -> Outcome) -> Outcome {
    let listing = std::fs::read_dir(dir).doing(format_args!("list {}", dir.display()))?;
    let mut entries: Vec<PathBuf> = listing
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    for path in entries {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() && !path.is_symlink() {
            // What is built stands at the root; a module may have the same name.
            let is_built = path == workspace::root().join("target");
            if !is_built && !SKIPPED.contains(&name) {
                walk(&path, visit)?;
            }
        } else if path.is_file() {
            visit(&path)?;
        }
    }
    Ok(())
}

/// These files, where they exist: texts whose name has no extension.
pub(crate) fn extensionless(paths: &[&str]) -> Outcome<Vec<File>> {
    paths
        .iter()
        .map(|path| (path, workspace::root().join(path)))
        .filter(|(_, full)| full.is_file())
        .map(|(path, full)| {
            let text = std::fs::read_to_string(&full).doing(format_args!("read {path}"))?;
            Ok(File {
                path: path.into(),
                text,
            })
        })
        .collect()
}
