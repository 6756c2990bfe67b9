//! What a client says of itself.

use openclaw_protocol::client::{ClientId, ClientMode};
use serde::{Deserialize, Serialize};

/// What a client said of itself at its last connect or request, and where it came from.
///
/// Nothing here but `remote_ip` is checked by anyone: show it, do not trust it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientFacts {
    /// The name the client gave itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The platform, as on the wire: `linux`, `darwin`, `macos`, `ios 18.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The family of the device: `Mac`, `iPhone`, `Linux`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// The model: `iPhone17,1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// The program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// How the program uses the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_mode: Option<ClientMode>,
    /// The version of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The version of the core inside an app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core_version: Option<String>,
    /// The version of the user interface inside an app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_version: Option<String>,
    /// The `PATH` a node runs commands with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_env: Option<String>,
    /// The address the Gateway saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
}

impl ClientFacts {
    /// These facts with everything that `newer` states put in their place.
    #[must_use]
    pub fn updated_with(self, newer: Self) -> Self {
        Self {
            display_name: newer.display_name.or(self.display_name),
            platform: newer.platform.or(self.platform),
            device_family: newer.device_family.or(self.device_family),
            model_identifier: newer.model_identifier.or(self.model_identifier),
            client_id: newer.client_id.or(self.client_id),
            client_mode: newer.client_mode.or(self.client_mode),
            version: newer.version.or(self.version),
            core_version: newer.core_version.or(self.core_version),
            ui_version: newer.ui_version.or(self.ui_version),
            path_env: newer.path_env.or(self.path_env),
            remote_ip: newer.remote_ip.or(self.remote_ip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ClientFacts;

    #[test]
    fn newer_facts_replace_and_silence_keeps() {
        let old = ClientFacts {
            display_name: Some("kitchen".into()),
            platform: Some("linux".into()),
            ..ClientFacts::default()
        };
        let newer = ClientFacts {
            platform: Some("macos".into()),
            ..ClientFacts::default()
        };
        let now = old.updated_with(newer);
        assert_eq!(now.display_name.as_deref(), Some("kitchen"));
        assert_eq!(now.platform.as_deref(), Some("macos"));
    }
}
