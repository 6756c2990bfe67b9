//! The file on disk: snapshots, compare-and-swap, changes under a lock.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::document::{Document, InvalidDocument};
use crate::{StateError, state_file};

/// `exec-approvals.json` of one state directory. Calls block: run them off the network threads.
#[derive(Debug, Clone)]
pub struct ApprovalsStore {
    path: PathBuf,
}

/// The file at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where it is.
    pub path: PathBuf,
    /// Whether there is a file.
    pub exists: bool,
    /// Hex SHA-256 of the file's bytes; of no bytes where there is no file.
    pub hash: String,
    /// What it says.
    pub document: Document,
}

/// Why the file was not replaced. The texts go to the operator who tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// There is a file, and the caller did not say which version of it was read.
    #[error("exec approvals base hash required; re-run exec.approvals.node.get and retry")]
    BaseHashRequired,
    /// The file is not the one that the caller read.
    #[error("exec approvals changed since last load; re-run exec.approvals.node.get and retry")]
    Changed,
    /// The new file is not valid.
    #[error(transparent)]
    Invalid(#[from] InvalidDocument),
    /// The file could not be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}

impl ApprovalsStore {
    /// The file with this path; nothing is read yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`StateError`] for a file that cannot be read or is not valid. Callers treat that as
    /// "nothing may run".
    pub fn load(&self) -> Result<Snapshot, StateError> {
        let text = state_file::read(&self.path)?;
        let document = match &text {
            None => Document::default(),
            Some(text) => {
                let value: Value = serde_json::from_str(text)
                    .map_err(|error| StateError::invalid(&self.path, error.to_string()))?;
                Document::read(value)
                    .map_err(|error| StateError::invalid(&self.path, error.to_string()))?
            }
        };
        Ok(Snapshot {
            path: self.path.clone(),
            exists: text.is_some(),
            hash: hash(text.as_deref().unwrap_or_default()),
            document,
        })
    }

    /// Replaces the file if it still is the one with `base_hash`.
    ///
    /// The socket's secret, which nobody outside sees, is taken over from the current file.
    ///
    /// # Errors
    ///
    /// [`SetError`]; the file is as it was.
    pub fn set(&self, file: Value, base_hash: Option<&str>) -> Result<Snapshot, SetError> {
        let mut document = Document::from_value(file)?;
        let _lock = state_file::Lock::acquire(&self.path)?;
        let current = self.load()?;
        if current.exists {
            match base_hash.map(str::trim).filter(|hash| !hash.is_empty()) {
                None => return Err(SetError::BaseHashRequired),
                Some(base) if base != current.hash => return Err(SetError::Changed),
                Some(_) => {}
            }
        }
        document.keep_socket_of(&current.document);
        Ok(self.write(document)?)
    }

    /// Reads the file under its lock, lets `change` change it, and writes it if `change` says so.
    ///
    /// Whatever others wrote before is in the document that `change` sees, so an entry that a
    /// person removed does not come back from an older reading.
    ///
    /// # Errors
    ///
    /// [`StateError`]; the file is as it was.
    pub fn update(&self, change: impl FnOnce(&mut Document) -> bool) -> Result<(), StateError> {
        let _lock = state_file::Lock::acquire(&self.path)?;
        let mut document = self.load()?.document;
        if change(&mut document) {
            self.write(document)?;
        }
        Ok(())
    }

    fn write(&self, document: Document) -> Result<Snapshot, StateError> {
        let text = document.to_text();
        state_file::write(&self.path, &text)?;
        Ok(Snapshot {
            path: self.path.clone(),
            exists: true,
            hash: hash(&text),
            document,
        })
    }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ApprovalsStore, SetError};
    use crate::Security;

    fn store() -> (tempfile::TempDir, ApprovalsStore) {
        let dir = tempfile::tempdir().unwrap();
        let store = ApprovalsStore::new(dir.path().join("exec-approvals.json"));
        (dir, store)
    }

    fn file(security: &str) -> serde_json::Value {
        json!({"version": 1, "defaults": {"security": security}})
    }

    #[test]
    fn no_file_has_the_hash_of_nothing_and_needs_no_base() {
        let (_dir, store) = store();
        let empty = store.load().unwrap();
        assert!(!empty.exists);
        assert_eq!(
            empty.hash,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let first = store.set(file("full"), None).unwrap();
        assert!(first.exists);
        assert_eq!(first.hash, store.load().unwrap().hash);
    }

    #[test]
    fn a_base_hash_is_needed_and_must_be_the_current_one() {
        let (_dir, store) = store();
        let first = store.set(file("full"), None).unwrap();
        assert!(matches!(
            store.set(file("deny"), None),
            Err(SetError::BaseHashRequired)
        ));
        assert!(matches!(
            store.set(file("deny"), Some(" ")),
            Err(SetError::BaseHashRequired)
        ));
        assert!(matches!(
            store.set(file("deny"), Some("00")),
            Err(SetError::Changed)
        ));
        let second = store.set(file("deny"), Some(&first.hash)).unwrap();
        assert!(matches!(
            store.set(file("full"), Some(&first.hash)),
            Err(SetError::Changed)
        ));
        let rules = store.load().unwrap().document.rules_for("main");
        assert_eq!(rules.security, Some(Security::Deny));
        assert_eq!(store.load().unwrap().hash, second.hash);
    }

    #[test]
    fn an_invalid_new_file_changes_nothing() {
        let (_dir, store) = store();
        let first = store.set(file("full"), None).unwrap();
        let refused = store.set(file("most"), Some(&first.hash));
        assert!(matches!(refused, Err(SetError::Invalid(_))));
        assert_eq!(store.load().unwrap().hash, first.hash);
    }

    #[test]
    fn a_revoked_entry_does_not_come_back() {
        let (_dir, store) = store();
        let allow = |store: &ApprovalsStore, pattern: &str| {
            store
                .update(|doc| doc.allow("main", pattern, "x", 1))
                .unwrap();
        };
        allow(&store, "/a");
        let before = store.load().unwrap();
        let emptied = json!({"version": 1, "agents": {"main": {"allowlist": []}}});
        store.set(emptied, Some(&before.hash)).unwrap();
        allow(&store, "/b");
        let patterns: Vec<_> = store
            .load()
            .unwrap()
            .document
            .rules_for("main")
            .allowlist
            .into_iter()
            .map(|entry| entry.pattern)
            .collect();
        assert_eq!(patterns, ["/b"]);
    }

    #[test]
    fn concurrent_changes_all_arrive() {
        let (_dir, store) = store();
        std::thread::scope(|scope| {
            for i in 0..8 {
                let store = &store;
                scope.spawn(move || {
                    store
                        .update(|doc| doc.allow("main", &format!("/p{i}"), "x", 1))
                        .unwrap();
                });
            }
        });
        assert_eq!(
            store
                .load()
                .unwrap()
                .document
                .rules_for("main")
                .allowlist
                .len(),
            8
        );
    }

    #[test]
    fn of_many_edits_of_one_version_one_wins() {
        let (_dir, store) = store();
        let base = store.set(file("deny"), None).unwrap().hash;
        let won: usize = std::thread::scope(|scope| {
            let edits: Vec<_> = (0..8)
                .map(|i| {
                    let (store, base) = (&store, &base);
                    let edit = json!({"version": 1, "edit": i});
                    scope.spawn(move || usize::from(store.set(edit, Some(base)).is_ok()))
                })
                .collect();
            edits.into_iter().map(|edit| edit.join().unwrap()).sum()
        });
        assert_eq!(won, 1);
    }

    #[test]
    fn a_newer_word_is_read_strictly_and_a_broken_file_not_at_all() {
        let (_dir, store) = store();
        std::fs::write(
            store.path(),
            r#"{"version":1,"defaults":{"security":"sandbox"}}"#,
        )
        .unwrap();
        let rules = store.load().unwrap().document.rules_for("main");
        assert_eq!(rules.security, Some(Security::Deny));
        for broken in [
            "{",
            "[]",
            r#"{"version":9}"#,
            r#"{"version":1,"agents":[]}"#,
        ] {
            std::fs::write(store.path(), broken).unwrap();
            assert!(store.load().is_err(), "{broken}");
            assert!(store.set(file("full"), Some("x")).is_err(), "{broken}");
        }
    }
}
