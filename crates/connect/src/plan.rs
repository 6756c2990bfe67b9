//! What a client says in its `connect`.

use std::collections::BTreeMap;
use std::sync::Arc;

use openclaw_identity::{ChallengePayload, DeviceIdentity, PayloadVersion, prove, signed_token};
use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::{Challenge, ClientInfo, ConnectParams};
use openclaw_protocol::{Role, Scope};
use serde_json::Value;

use crate::{Credentials, DeviceTokens, Proof};

/// Which protocols a `connect` offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// Protocols 3 and 4 in one envelope: only members that February's closed schema knows, and
    /// the signature payload that both accept. Any Gateway answers in one round trip.
    #[default]
    Both,
    /// Protocol 3 alone.
    V3,
    /// Protocol 4 alone, with its further members and its own signature payload.
    V4,
}

impl Dialect {
    /// `minProtocol` and `maxProtocol`.
    #[must_use]
    pub const fn range(self) -> (u64, u64) {
        match self {
            Self::Both => (3, 4),
            Self::V3 => (3, 3),
            Self::V4 => (4, 4),
        }
    }

    const fn payload(self) -> PayloadVersion {
        match self {
            Self::Both | Self::V3 => PayloadVersion::V2,
            Self::V4 => PayloadVersion::V3,
        }
    }
}

/// What a client says of itself, what it asks for, and how it proves itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectPlan {
    /// Which protocols are offered.
    pub dialect: Dialect,
    /// What the client is. Members that February does not know are left out where needed.
    pub client: ClientInfo,
    /// Operator or node.
    pub role: Role,
    /// The scopes asked for. Empty means none in protocol 4 and admin in protocol 3.
    pub scopes: Vec<Scope>,
    /// Abilities of a node.
    pub caps: Vec<String>,
    /// Commands of a node.
    pub commands: Vec<String>,
    /// Permissions of a node's platform by name.
    pub permissions: BTreeMap<String, bool>,
    /// `PATH` of a node.
    pub path_env: Option<String>,
    /// Computer use of a node. Sent in protocol 4 alone.
    pub computer_use: Option<Value>,
    /// Worker runs of a node. Sent in protocol 4 alone.
    pub worker_runs: Option<Value>,
    /// Locale of the person.
    pub locale: Option<String>,
    /// User agent.
    pub user_agent: Option<String>,
    /// Secrets.
    pub credentials: Credentials,
    /// The device that signs the challenge; without it the client is nobody in particular.
    pub device: Option<Arc<DeviceIdentity>>,
    /// Where tokens that Gateways issue to this device are kept. Used with a device only: read
    /// when there is no other credential, written when a Gateway issues one, cleared when it
    /// refuses one.
    pub tokens: Option<Arc<dyn DeviceTokens>>,
}

impl ConnectPlan {
    /// An operator that asks for these scopes.
    #[must_use]
    pub fn operator(client: ClientInfo, scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self {
            scopes: scopes.into_iter().collect(),
            ..Self::new(client, Role::Operator)
        }
    }

    /// A node with these abilities and commands.
    #[must_use]
    pub fn node(client: ClientInfo, caps: Vec<String>, commands: Vec<String>) -> Self {
        Self {
            caps,
            commands,
            ..Self::new(client, Role::Node)
        }
    }

    fn new(client: ClientInfo, role: Role) -> Self {
        Self {
            dialect: Dialect::default(),
            client,
            role,
            scopes: Vec::new(),
            caps: Vec::new(),
            commands: Vec::new(),
            permissions: BTreeMap::new(),
            path_env: None,
            computer_use: None,
            worker_runs: None,
            locale: None,
            user_agent: None,
            credentials: Credentials::none(),
            device: None,
            tokens: None,
        }
    }

    /// The same with these secrets.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The same, signed by this device.
    #[must_use]
    pub fn with_device(mut self, device: Arc<DeviceIdentity>) -> Self {
        self.device = Some(device);
        self
    }

    /// The same, with a place for the device's tokens.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn DeviceTokens>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The same in another dialect.
    #[must_use]
    pub const fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The dialect in effect: a setup code exists in protocol 4 only.
    pub(crate) fn effective_dialect(&self) -> Dialect {
        if self.credentials.proof() == Proof::Bootstrap {
            Dialect::V4
        } else {
            self.dialect
        }
    }

    /// The params of `connect`, signed for this challenge. `signed_at_ms` is used where the
    /// challenge has no time.
    pub(crate) fn params(&self, challenge: &Challenge, signed_at_ms: u64) -> ConnectParams {
        let dialect = self.effective_dialect();
        let is_v4 = dialect == Dialect::V4;
        let auth = self.credentials.to_auth(dialect);
        let mut client = self.client.clone();
        if !is_v4 {
            client.build_id = None;
            client.time_zone = None;
        }
        let device = self.device.as_ref().map(|device| {
            let payload = ChallengePayload {
                device_id: device.device_id().as_str(),
                client_id: client.id.as_str(),
                client_mode: client.mode.as_str(),
                role: self.role.as_str(),
                scopes: &self.scopes,
                signed_at_ms: challenge.ts.unwrap_or(signed_at_ms),
                token: auth.as_ref().and_then(signed_token),
                nonce: Some(&challenge.nonce),
                platform: Some(&client.platform),
                device_family: client.device_family.as_deref(),
            };
            prove(device.key(), &payload, dialect.payload())
        });
        let (min_protocol, max_protocol) = dialect.range();
        let is_node = self.role == Role::Node;
        ConnectParams {
            min_protocol,
            max_protocol,
            client,
            // Both real clients always send it.
            caps: Some(self.caps.clone()),
            commands: is_node.then(|| self.commands.clone()),
            permissions: (is_node && !self.permissions.is_empty())
                .then(|| self.permissions.clone()),
            path_env: self.path_env.clone().filter(|_| is_node),
            computer_use: self.computer_use.clone().filter(|_| is_v4),
            worker_runs: self.worker_runs.clone().filter(|_| is_v4),
            model_catalog: None,
            role: Some(self.role.clone()),
            scopes: Some(self.scopes.clone()),
            device,
            auth,
            locale: self.locale.clone(),
            user_agent: self.user_agent.clone(),
        }
    }
}

/// A client's description of itself, with what this machine is.
#[must_use]
pub fn client_info(id: ClientId, mode: ClientMode, version: &str) -> ClientInfo {
    let (platform, family) = this_platform();
    ClientInfo {
        id,
        display_name: None,
        version: version.to_owned(),
        platform: platform.to_owned(),
        device_family: Some(family.to_owned()),
        model_identifier: None,
        mode,
        instance_id: Some(uuid::Uuid::new_v4().to_string()),
        build_id: None,
        time_zone: None,
    }
}

/// Platform and device family of this machine, in the words of both generations' allowlists.
#[must_use]
pub const fn this_platform() -> (&'static str, &'static str) {
    if cfg!(target_os = "macos") {
        ("macos", "Mac")
    } else if cfg!(target_os = "windows") {
        ("windows", "Windows")
    } else if cfg!(target_os = "ios") {
        ("ios", "iPhone")
    } else if cfg!(target_os = "android") {
        ("android", "Android")
    } else {
        ("linux", "Linux")
    }
}

#[cfg(test)]
mod tests;
