//! `node.json`: which node this is and which Gateway it belongs to.

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use openclaw_exec_approvals::{StateError, state_file};

/// The node's own file.
///
/// Shape: `{version: 1, nodeId, token?, displayName?, gateway?: {host, port, tls, tlsFingerprint?}}`.
/// Members that this version does not know stay as they are.
///
/// `nodeId` is the `instanceId` of the connection. The id under which the Gateway routes to the
/// node is its *device* id, not this one.
#[derive(Clone, PartialEq)]
pub struct NodeFile {
    document: Map<String, Value>,
}

/// `gateway` of the node's file: where it connects when the command line says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedGateway {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the connection uses TLS.
    pub tls: bool,
    /// The pinned certificate, as it was written.
    pub tls_fingerprint: Option<String>,
}

impl NodeFile {
    /// A new node with a random id.
    #[must_use]
    pub fn new() -> Self {
        let mut file = Self {
            document: Map::new(),
        };
        file.document.insert("version".into(), 1.into());
        file.set_node_id(&uuid::Uuid::new_v4().to_string());
        file
    }

    /// Reads the file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`StateError`] for a file that cannot be read or is no node file. It is never replaced
    /// silently: the node would come back under another name.
    pub fn load(path: &Path) -> Result<Option<Self>, StateError> {
        let Some(text) = state_file::read(path)? else {
            return Ok(None);
        };
        let document: Map<String, Value> = serde_json::from_str(&text)
            .map_err(|error| StateError::invalid(path, error.to_string()))?;
        if document.get("version") != Some(&Value::from(1)) {
            return Err(StateError::invalid(path, "`version` is not 1"));
        }
        let file = Self { document };
        if file.node_id().is_empty() {
            return Err(StateError::invalid(path, "`nodeId` is missing or empty"));
        }
        file.checked_gateway()
            .map_err(|reason| StateError::invalid(path, reason))?;
        Ok(Some(file))
    }

    /// Reads the file, or writes a new one.
    ///
    /// # Errors
    ///
    /// As [`NodeFile::load`] and [`NodeFile::save`].
    pub fn load_or_create(path: &Path) -> Result<Self, StateError> {
        let _lock = state_file::Lock::acquire(path)?;
        if let Some(file) = Self::load(path)? {
            return Ok(file);
        }
        let file = Self::new();
        file.save(path)?;
        Ok(file)
    }

    /// Replaces the file, with mode 0600.
    ///
    /// # Errors
    ///
    /// [`StateError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), StateError> {
        let mut text = serde_json::to_string_pretty(&self.document)
            .map_err(|error| StateError::invalid(path, error.to_string()))?;
        text.push('\n');
        state_file::write(path, &text)
    }

    /// The node's id.
    #[must_use]
    pub fn node_id(&self) -> &str {
        self.text("nodeId").unwrap_or_default()
    }

    /// Gives the node another id.
    pub fn set_node_id(&mut self, id: &str) {
        self.document.insert("nodeId".into(), id.into());
    }

    /// The name shown to people.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// Gives the node a name.
    pub fn set_display_name(&mut self, name: &str) {
        self.document.insert("displayName".into(), name.into());
    }

    /// The token of the older pairing, if the file holds one.
    #[must_use]
    pub fn token(&self) -> Option<SecretString> {
        self.text("token").map(SecretString::from)
    }

    /// Keeps a token in the file.
    pub fn set_token(&mut self, token: &SecretString) {
        self.document
            .insert("token".into(), token.expose_secret().into());
    }

    /// The saved Gateway.
    #[must_use]
    pub fn gateway(&self) -> Option<SavedGateway> {
        self.checked_gateway().ok().flatten()
    }

    /// Saves a Gateway; unknown members of the old entry stay.
    pub fn set_gateway(&mut self, gateway: &SavedGateway) {
        let entry = self
            .document
            .entry("gateway")
            .or_insert_with(|| Value::Object(Map::new()));
        if !entry.is_object() {
            *entry = Value::Object(Map::new());
        }
        if let Value::Object(entry) = entry {
            entry.insert("host".into(), gateway.host.as_str().into());
            entry.insert("port".into(), gateway.port.into());
            entry.insert("tls".into(), gateway.tls.into());
            match &gateway.tls_fingerprint {
                Some(pin) => entry.insert("tlsFingerprint".into(), pin.as_str().into()),
                None => entry.shift_remove("tlsFingerprint"),
            };
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.document
            .get(key)?
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    fn checked_gateway(&self) -> Result<Option<SavedGateway>, String> {
        let entry = match self.document.get("gateway") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(entry)) => entry,
            Some(_) => return Err("`gateway` is no object".to_owned()),
        };
        let Some(host) = entry.get("host").and_then(Value::as_str).map(str::trim) else {
            return Ok(None);
        };
        let port = match entry.get("port") {
            None => DEFAULT_PORT,
            Some(port) => port
                .as_u64()
                .and_then(|port| u16::try_from(port).ok())
                .filter(|port| *port != 0)
                .ok_or_else(|| format!("`gateway.port` is {port}, not 1 to 65535"))?,
        };
        let pin = entry
            .get("tlsFingerprint")
            .and_then(Value::as_str)
            .map(str::trim);
        Ok(Some(SavedGateway {
            host: host.to_owned(),
            port,
            tls: entry.get("tls").and_then(Value::as_bool).unwrap_or(false),
            tls_fingerprint: pin.filter(|pin| !pin.is_empty()).map(str::to_owned),
        }))
    }
}

/// The Gateway's port where the file names none.
const DEFAULT_PORT: u16 = 18789;

impl Default for NodeFile {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NodeFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeFile")
            .field("node_id", &self.node_id())
            .field("display_name", &self.display_name())
            .field("token", &self.text("token").map(|_| "[redacted]"))
            .field("gateway", &self.gateway())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeFile, SavedGateway};
    use crate::StateError;

    const ORIGINAL: &str = r#"{
  "version": 1,
  "nodeId": "5a74327c-6d50-4d4c-987e-fd33e604f59d",
  "token": "sesame-9",
  "displayName": "Shed",
  "later": [1],
  "gateway": {"host": "gw.local", "port": 18790, "tls": true, "tlsFingerprint": "ab:cd", "contextPath": "/x"}
}"#;

    #[test]
    fn reads_the_original_and_keeps_what_it_does_not_know() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.json");
        std::fs::write(&path, ORIGINAL).unwrap();
        let mut file = NodeFile::load(&path).unwrap().unwrap();
        assert_eq!(file.node_id(), "5a74327c-6d50-4d4c-987e-fd33e604f59d");
        assert_eq!(file.display_name(), Some("Shed"));
        let mut gateway = file.gateway().unwrap();
        assert_eq!(
            (gateway.host.as_str(), gateway.port, gateway.tls),
            ("gw.local", 18790, true)
        );
        gateway.port = 1;
        gateway.tls_fingerprint = None;
        file.set_gateway(&gateway);
        file.save(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["later"][0], 1);
        assert_eq!(value["token"], "sesame-9");
        assert_eq!(
            value["gateway"],
            serde_json::json!({"host": "gw.local", "port": 1, "tls": true, "contextPath": "/x"})
        );
    }

    #[test]
    fn the_id_stays_over_two_starts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/node.json");
        let first = NodeFile::load_or_create(&path).unwrap();
        let second = NodeFile::load_or_create(&path).unwrap();
        assert_eq!(first.node_id(), second.node_id());
        assert_eq!(first.node_id().len(), 36);
        assert_eq!(second.gateway(), None);
    }

    #[test]
    fn a_broken_file_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.json");
        for broken in [
            "{",
            "[]",
            r#"{"version":2,"nodeId":"x"}"#,
            r#"{"version":1}"#,
            r#"{"version":1,"nodeId":" "}"#,
            r#"{"version":1,"nodeId":"x","gateway":7}"#,
            r#"{"version":1,"nodeId":"x","gateway":{"host":"h","port":70000}}"#,
        ] {
            std::fs::write(&path, broken).unwrap();
            let error = NodeFile::load_or_create(&path).unwrap_err();
            assert!(
                matches!(error, StateError::Invalid { .. }),
                "{broken}: {error}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        }
    }

    #[test]
    fn debug_hides_the_token() {
        let mut file = NodeFile::new();
        file.set_token(&"sesame-9".into());
        file.set_gateway(&SavedGateway {
            host: "h".into(),
            port: 1,
            tls: false,
            tls_fingerprint: None,
        });
        let shown = format!("{file:?}");
        assert!(
            shown.contains("[redacted]") && !shown.contains("sesame"),
            "{shown}"
        );
    }
}
