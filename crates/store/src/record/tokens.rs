//! The tokens of one device.

use openclaw_protocol::{Role, ScopeSet};

use crate::TokenDigest;

/// What is kept of a device token: everything but the token.
///
/// Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// The scopes the token carries.
    pub scopes: ScopeSet,
    /// When the device got its first token for this role.
    pub created_at_ms: u64,
    /// When the token was last replaced.
    pub rotated_at_ms: Option<u64>,
    /// When it was revoked; a revoked token is good for nothing.
    pub revoked_at_ms: Option<u64>,
    /// When it was last used; up to one flush behind after a crash.
    pub last_used_at_ms: Option<u64>,
}

impl TokenRecord {
    /// Since when this very token exists: its last rotation, or its creation.
    #[must_use]
    pub fn issued_at_ms(&self) -> u64 {
        self.rotated_at_ms.unwrap_or(self.created_at_ms)
    }
}

/// The tokens of one device: one at most for a role, in the order of their roles.
///
/// A sorted list, because a device has one or two, and a Gateway keeps those of all its devices
/// in memory: a tree map would take a kilobyte and a half for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens(Vec<(Role, TokenRecord)>);

impl Tokens {
    /// No token at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The token for a role.
    #[must_use]
    pub fn get(&self, role: &Role) -> Option<&TokenRecord> {
        self.0
            .iter()
            .find(|(held, _)| held == role)
            .map(|(_, token)| token)
    }

    /// The token for a role, to be changed.
    pub fn get_mut(&mut self, role: &Role) -> Option<&mut TokenRecord> {
        self.0
            .iter_mut()
            .find(|(held, _)| held == role)
            .map(|(_, token)| token)
    }

    /// Puts a token in place of the one for its role.
    pub fn insert(&mut self, role: Role, token: TokenRecord) {
        match self.0.binary_search_by(|(held, _)| held.cmp(&role)) {
            Ok(at) => self.0[at].1 = token,
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (role, token));
            }
        }
    }

    /// The tokens with their roles.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Role, &TokenRecord)> {
        self.0.iter().map(|(role, token)| (role, token))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Role, TokenRecord)> for Tokens {
    fn from_iter<I: IntoIterator<Item = (Role, TokenRecord)>>(tokens: I) -> Self {
        let mut all = Self::none();
        for (role, token) in tokens {
            all.insert(role, token);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenRecord, Tokens};
    use crate::TokenDigest;
    use openclaw_protocol::{Role, ScopeSet};

    fn token(text: &str) -> TokenRecord {
        TokenRecord {
            digest: TokenDigest::of(text),
            scopes: ScopeSet::empty(),
            created_at_ms: 1,
            rotated_at_ms: None,
            revoked_at_ms: None,
            last_used_at_ms: None,
        }
    }

    #[test]
    fn one_token_for_a_role_whatever_the_order() {
        let other = Role::from("other");
        let pairs = [
            (Role::Node, "n"),
            (other.clone(), "x"),
            (Role::Operator, "o"),
        ];
        let forward: Tokens = pairs.iter().map(|(r, t)| (r.clone(), token(t))).collect();
        let backward: Tokens = pairs
            .iter()
            .rev()
            .map(|(r, t)| (r.clone(), token(t)))
            .collect();
        assert_eq!(forward, backward);
        assert_eq!(forward.len(), 3);
        let mut changed = forward;
        changed.insert(other.clone(), token("y"));
        assert_eq!(changed.len(), 3);
        assert!(changed.get(&other).unwrap().digest.matches("y"));
        assert!(changed.get(&Role::Node).unwrap().digest.matches("n"));
        assert!(changed.get(&Role::from("absent")).is_none());
    }
}
