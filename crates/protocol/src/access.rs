//! Who may call a method.

use crate::{Role, Scope};

/// Who may call a method, decided by its name before its params are parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Operators that hold this scope.
    Operator(Scope),
    /// Connections with role `node`, and nobody else.
    Node,
    /// Operators that hold this scope, and nodes too (`health` in protocol 4).
    OperatorOrNode(Scope),
    /// The first frame of a connection only (`connect`).
    FirstFrame,
}

impl Access {
    /// The scope an operator needs, if the method is for operators.
    #[must_use]
    pub const fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Operator(scope) | Self::OperatorOrNode(scope) => Some(scope),
            Self::Node | Self::FirstFrame => None,
        }
    }

    /// Whether connections of this role may call it at all.
    #[must_use]
    pub fn admits(&self, role: &Role) -> bool {
        match (self, role) {
            (Self::Operator(_), Role::Operator) | (Self::Node, Role::Node) => true,
            (Self::OperatorOrNode(_), Role::Operator | Role::Node) => true,
            (Self::Operator(_) | Self::OperatorOrNode(_) | Self::Node | Self::FirstFrame, _) => {
                false
            }
        }
    }
}
