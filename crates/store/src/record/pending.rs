//! A pairing request that waits for a decision.

use std::fmt;

use openclaw_protocol::id::{DeviceId, NodeId, PairingRequestId};
use openclaw_protocol::{Role, ScopeSet};

use crate::{ClientFacts, Surface};

/// A pairing request that waits for a decision, of whatever kind.
///
/// There is one list of them; `device.pair.list` and `node.pair.list` are views of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRecord {
    /// The id by which an operator approves or rejects.
    pub request_id: PairingRequestId,
    /// Who asks for what.
    pub ask: PendingAsk,
    /// The node surface declared with the request; empty for an operator.
    pub declared: Surface,
    /// What the asker said of itself.
    pub facts: ClientFacts,
    /// Whether the asker may be approved without a person.
    pub silent: bool,
    /// Whether the asker was paired before.
    pub is_repair: bool,
    /// When it asked, in milliseconds since 1970. Expiry counts from here.
    pub ts_ms: u64,
}

/// Who asks for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingAsk {
    /// A device asks to be paired, or for more roles or scopes.
    Device {
        /// The device.
        device_id: DeviceId,
        /// Its raw public key, unpadded base64url.
        public_key: String,
        /// The roles it asks for, the one of its connection first.
        roles: Vec<Role>,
        /// The scopes it asks for.
        scopes: ScopeSet,
    },
    /// A paired node asks for the surface it declared.
    Surface {
        /// The device.
        device_id: DeviceId,
    },
    /// `node.pair.request` of protocol 3.
    LegacyNode {
        /// The id the node chose.
        node_id: NodeId,
    },
}

/// The kinds of pairing request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PendingKind {
    /// See [`PendingAsk::Device`].
    Device,
    /// See [`PendingAsk::Surface`].
    Surface,
    /// See [`PendingAsk::LegacyNode`].
    LegacyNode,
}

impl PendingRecord {
    /// The kind of the request.
    #[must_use]
    pub const fn kind(&self) -> PendingKind {
        match self.ask {
            PendingAsk::Device { .. } => PendingKind::Device,
            PendingAsk::Surface { .. } => PendingKind::Surface,
            PendingAsk::LegacyNode { .. } => PendingKind::LegacyNode,
        }
    }

    /// The device that asks; none for a legacy node.
    #[must_use]
    pub const fn device_id(&self) -> Option<&DeviceId> {
        match &self.ask {
            PendingAsk::Device { device_id, .. } | PendingAsk::Surface { device_id } => {
                Some(device_id)
            }
            PendingAsk::LegacyNode { .. } => None,
        }
    }

    /// The id of the asker as text: the device id, or the id a legacy node chose.
    #[must_use]
    pub fn subject(&self) -> &str {
        match &self.ask {
            PendingAsk::Device { device_id, .. } | PendingAsk::Surface { device_id } => {
                device_id.as_str()
            }
            PendingAsk::LegacyNode { node_id } => node_id.as_str(),
        }
    }

    /// Whether an approval of the one means the same as an approval of the other.
    ///
    /// Compares asker, roles, scopes, declared surface, platform and device family; order of
    /// roles, scopes, caps and commands counts for nothing. Only such requests may share an id.
    #[must_use]
    pub fn asks_same_as(&self, other: &Self) -> bool {
        self.kind() == other.kind()
            && self.subject() == other.subject()
            && self.public_key() == other.public_key()
            && self.access_key() == other.access_key()
            && sorted(&self.declared.caps) == sorted(&other.declared.caps)
            && sorted(&self.declared.commands) == sorted(&other.declared.commands)
            && self.declared.permissions == other.declared.permissions
            && self.facts.platform == other.facts.platform
            && self.facts.device_family == other.facts.device_family
    }

    /// The key a device sent with its request; none for the other kinds.
    #[must_use]
    pub fn public_key(&self) -> Option<&str> {
        match &self.ask {
            PendingAsk::Device { public_key, .. } => Some(public_key),
            PendingAsk::Surface { .. } | PendingAsk::LegacyNode { .. } => None,
        }
    }

    /// The roles asked for, the one of the connection first; none for the other kinds.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        match &self.ask {
            PendingAsk::Device { roles, .. } => roles,
            PendingAsk::Surface { .. } | PendingAsk::LegacyNode { .. } => &[],
        }
    }

    /// The scopes asked for; none for the other kinds.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        const NONE: &ScopeSet = &ScopeSet::empty();
        match &self.ask {
            PendingAsk::Device { scopes, .. } => scopes,
            PendingAsk::Surface { .. } | PendingAsk::LegacyNode { .. } => NONE,
        }
    }

    /// Roles and scopes as one text that does not depend on their order.
    pub(crate) fn access_key(&self) -> String {
        let mut roles: Vec<&str> = self.roles().iter().map(Role::as_str).collect();
        roles.sort_unstable();
        roles.dedup();
        let scopes = self.scopes().sorted();
        let scopes: Vec<&str> = scopes
            .iter()
            .map(openclaw_protocol::Scope::as_str)
            .collect();
        serde_json::json!([roles, scopes]).to_string()
    }
}

impl PendingKind {
    /// The word in the database and in errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Surface => "surface",
            Self::LegacyNode => "legacy-node",
        }
    }
}

impl fmt::Display for PendingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::{PendingAsk, PendingRecord};
    use crate::{ClientFacts, Surface};
    use openclaw_protocol::id::DeviceId;
    use openclaw_protocol::{Role, Scope, ScopeSet};

    fn asking(roles: Vec<Role>, scopes: ScopeSet) -> PendingRecord {
        PendingRecord {
            request_id: "r1".into(),
            ask: PendingAsk::Device {
                device_id: DeviceId::from_digest([7; 32]),
                public_key: "key".into(),
                roles,
                scopes,
            },
            declared: Surface::default(),
            facts: ClientFacts::default(),
            silent: false,
            is_repair: false,
            ts_ms: 1,
        }
    }

    #[test]
    fn order_time_and_address_do_not_make_another_request() {
        let one = asking(
            vec![Role::Node, Role::Operator],
            ScopeSet::from([Scope::Read, Scope::Write]),
        );
        let mut two = asking(
            vec![Role::Operator, Role::Node],
            ScopeSet::from([Scope::Write, Scope::Read]),
        );
        two.ts_ms = 99;
        two.facts.remote_ip = Some("10.0.0.9".into());
        assert!(one.asks_same_as(&two));
    }

    #[test]
    fn whatever_changes_the_meaning_makes_another_request() {
        let one = asking(vec![Role::Node], ScopeSet::empty());
        let changes: [fn(&mut PendingRecord); 5] = [
            |r| r.declared.commands.push("system.run".into()),
            |r| r.declared.caps.push("camera".into()),
            |r| {
                r.declared.permissions.insert("screen".into(), true);
            },
            |r| r.facts.platform = Some("macos".into()),
            |r| {
                r.ask = PendingAsk::Surface {
                    device_id: DeviceId::from_digest([7; 32]),
                }
            },
        ];
        for change in changes {
            let mut two = one.clone();
            change(&mut two);
            assert!(!one.asks_same_as(&two), "{two:?}");
        }
        assert!(!one.asks_same_as(&asking(vec![Role::Operator], ScopeSet::empty())));
        assert!(!one.asks_same_as(&asking(vec![Role::Node], ScopeSet::from([Scope::Read]))));
    }
}
