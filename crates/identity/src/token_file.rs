//! The two JSON files behind the token store, and what they have in common.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use crate::identity_file::to_file_text;
use crate::payload::trim;
use crate::{DeviceId, StoredToken, TokenStoreError, private_file};

/// A JSON object on disk that holds tokens of one device. Members that are not ours are kept.
pub(crate) struct TokenFile {
    path: PathBuf,
    /// The path of members that leads from the top to the map of roles.
    way: Vec<String>,
    members: Map<String, Value>,
    is_changed: bool,
}

impl TokenFile {
    /// Reads the file; one that is not there, or that is of another device, has no tokens.
    pub(crate) fn load(
        path: &Path,
        way: &[&str],
        device: &DeviceId,
    ) -> Result<Self, TokenStoreError> {
        let unreadable = |what| TokenStoreError::Unreadable {
            path: path.to_owned(),
            what,
        };
        let text = match private_file::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(unreadable("it is no text file"));
            }
            Err(source) => {
                return Err(TokenStoreError::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let mut members: Map<String, Value> = match text {
            // What serde says is dropped: it may quote a token.
            Some(text) => {
                serde_json::from_str(&text).map_err(|_| unreadable("it is no JSON object"))?
            }
            None => Map::from_iter([("version".to_owned(), 1.into())]),
        };
        if members.get("version").and_then(Value::as_u64) != Some(1) {
            return Err(unreadable("its `version` is not 1"));
        }
        if members.get("deviceId").and_then(Value::as_str) != Some(device.as_str()) {
            members.insert("deviceId".to_owned(), device.as_str().into());
            // Tokens of another key are of no use to this one.
            if let Some(top) = way.first() {
                members.insert((*top).to_owned(), Value::Object(Map::new()));
            }
        }
        let way = way.iter().copied().map(str::to_owned).collect();
        Ok(Self {
            path: path.to_owned(),
            way,
            members,
            is_changed: false,
        })
    }

    /// The token for a role, if there is a usable one.
    pub(crate) fn get(&self, role: &str) -> Option<StoredToken> {
        let mut map = &self.members;
        for member in &self.way {
            map = map.get(member)?.as_object()?;
        }
        let entry = map.get(role)?.as_object()?;
        let token = entry
            .get("token")?
            .as_str()
            .filter(|token| !token.is_empty())?;
        let scopes = entry.get("scopes").and_then(Value::as_array);
        Some(StoredToken {
            token: SecretString::from(token),
            role: role.to_owned(),
            scopes: scopes
                .into_iter()
                .flatten()
                .filter_map(|scope| scope.as_str().map(str::to_owned))
                .collect(),
            updated_at_ms: entry
                .get("updatedAtMs")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
        })
    }

    /// Stores a token for a role in place of the one that may be there.
    pub(crate) fn put(&mut self, token: &StoredToken) {
        let mut map = &mut self.members;
        for member in &self.way {
            map = object_at(map, member);
        }
        let entry = object_at(map, &token.role);
        entry.insert("token".to_owned(), token.token.expose_secret().into());
        entry.insert("role".to_owned(), token.role.as_str().into());
        entry.insert("scopes".to_owned(), token.scopes.clone().into());
        entry.insert("updatedAtMs".to_owned(), token.updated_at_ms.into());
        self.is_changed = true;
    }

    /// Removes the token for a role, if it is this one. Returns whether it was.
    pub(crate) fn remove(&mut self, role: &str, token: &SecretString) -> bool {
        let is_it = self
            .get(role)
            .is_some_and(|stored| stored.token.expose_secret() == token.expose_secret());
        if is_it {
            let mut map = &mut self.members;
            for member in &self.way {
                map = object_at(map, member);
            }
            map.shift_remove(role);
            self.is_changed = true;
        }
        is_it
    }

    /// Writes the file if anything was changed.
    pub(crate) fn save(&self) -> Result<(), TokenStoreError> {
        if !self.is_changed {
            return Ok(());
        }
        private_file::replace(&self.path, &to_file_text(&self.members)).map_err(|source| {
            TokenStoreError::Write {
                path: self.path.clone(),
                source,
            }
        })
    }
}

/// Scopes as they are stored: trimmed, sorted, without repeats and blanks.
pub(crate) fn stored_scopes<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut stored: Vec<String> = scopes
        .into_iter()
        .map(|scope| trim(scope.as_ref()).to_owned())
        .filter(|scope| !scope.is_empty())
        .collect();
    stored.sort();
    stored.dedup();
    stored
}

/// The object under this key, made if something else or nothing is there.
fn object_at<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = map.entry(key).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("made an object just above")
}
