//! Who receives an event.

use crate::Scope;

/// Which connections an event reaches.
///
/// The newer rule holds for both generations: what is not listed is not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Every authenticated connection, nodes included.
    Everyone,
    /// Operators that hold this scope.
    Operators(Scope),
    /// One connection, chosen by the sender (`node.invoke.request`).
    Target,
}
