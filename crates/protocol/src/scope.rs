//! Operator scopes and sets of them.

use crate::open_enum::open_enum;

open_enum! {
    /// A right of an operator connection.
    ///
    /// Unknown scopes are kept and echoed, and grant nothing, as both real releases do.
    pub enum Scope {
        /// Everything.
        Admin = "operator.admin",
        /// Look at state.
        Read = "operator.read",
        /// Act: send, run the agent, invoke nodes. Implies reading.
        Write = "operator.write",
        /// Request, list and resolve exec approvals.
        Approvals = "operator.approvals",
        /// Approve, reject and manage devices and nodes.
        Pairing = "operator.pairing",
        /// Answer questions of the agent. Since protocol 4.
        Questions = "operator.questions",
        /// Talk mode. Since protocol 4.
        Talk = "operator.talk",
        /// Read talk secrets. Since protocol 4.
        TalkSecrets = "operator.talk.secrets",
        /// Read sessions only. Since protocol 4.
        SessionsRead = "operator.sessions.read",
        /// Write sessions only. Since protocol 4.
        SessionsWrite = "operator.sessions.write",
    }
}

impl Scope {
    /// Whether holding `self` also grants `wanted`.
    ///
    /// `operator.admin` grants all known scopes; `operator.write` grants reading, talk and
    /// both session scopes; `operator.sessions.write` grants `operator.sessions.read`.
    /// Source: scope rules of 2026.9.6.
    ///
    /// ```
    /// use openclaw_protocol::Scope;
    /// assert!(Scope::Write.implies(&Scope::Read));
    /// assert!(!Scope::Read.implies(&Scope::Write));
    /// assert!(!Scope::Admin.implies(&Scope::from("someone.elses")));
    /// ```
    #[must_use]
    pub fn implies(&self, wanted: &Self) -> bool {
        if self == wanted {
            return true;
        }
        match self {
            Self::Admin => wanted.as_str().starts_with("operator."),
            Self::Write => matches!(
                wanted,
                Self::Read | Self::Talk | Self::SessionsRead | Self::SessionsWrite
            ),
            Self::Read => matches!(wanted, Self::SessionsRead),
            Self::SessionsWrite => matches!(wanted, Self::SessionsRead),
            _ => false,
        }
    }
}

/// Scopes in the order in which they were given, without repeats.
///
/// The order matters: the device signature covers the list as sent.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct ScopeSet(Vec<Scope>);

impl ScopeSet {
    /// No scope at all.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Whether one of the scopes held is `wanted` or implies it.
    #[must_use]
    pub fn allows(&self, wanted: &Scope) -> bool {
        self.0.iter().any(|held| held.implies(wanted))
    }

    /// Whether every scope of `wanted` is allowed.
    #[must_use]
    pub fn allows_all(&self, wanted: &Self) -> bool {
        wanted.0.iter().all(|scope| self.allows(scope))
    }

    /// Whether this very scope is in the set, implications aside.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Adds a scope unless it is already there.
    pub fn insert(&mut self, scope: Scope) {
        if !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    /// The scopes of `self` that `holder` allows: narrowing, never widening.
    #[must_use]
    pub fn narrowed_to(&self, holder: &Self) -> Self {
        self.0
            .iter()
            .filter(|scope| holder.allows(scope))
            .cloned()
            .collect()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many scopes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// The scopes as a slice, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }

    /// The same scopes in alphabetical order, as the originals store them.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut scopes = self.0.clone();
        scopes.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Self(scopes)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::empty();
        for scope in scopes {
            set.insert(scope);
        }
        set
    }
}

impl<const N: usize> From<[Scope; N]> for ScopeSet {
    fn from(scopes: [Scope; N]) -> Self {
        scopes.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, ScopeSet};
    use proptest::prelude::*;

    fn any_set() -> impl Strategy<Value = ScopeSet> {
        proptest::collection::vec(0..Scope::KNOWN.len(), 0..6)
            .prop_map(|picks| picks.into_iter().map(|i| Scope::KNOWN[i].clone()).collect())
    }

    proptest! {
        #[test]
        fn narrowing_never_widens(asked in any_set(), held in any_set()) {
            let got = asked.narrowed_to(&held);
            prop_assert!(held.allows_all(&got));
            prop_assert!(got.iter().all(|scope| asked.contains(scope)));
            prop_assert_eq!(got.narrowed_to(&held), got);
        }
    }

    #[test]
    fn implication_is_transitive() {
        for a in Scope::KNOWN {
            for b in Scope::KNOWN {
                for c in Scope::KNOWN {
                    assert!(
                        !(a.implies(b) && b.implies(c)) || a.implies(c),
                        "{a} {b} {c}"
                    );
                }
            }
        }
    }
}
