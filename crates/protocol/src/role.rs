//! The role of a connection.

use crate::open_enum::open_enum;

open_enum! {
    /// What a connection is to the Gateway.
    ///
    /// A role is no scope: it decides which family of methods a connection may call at all.
    pub enum Role {
        /// Drives the Gateway: CLI, browser, apps, other programs.
        Operator = "operator",
        /// A peripheral that declares commands and answers invokes.
        Node = "node",
    }
}

impl Default for Role {
    /// A `connect` without `role` is an operator, in both generations.
    fn default() -> Self {
        Self::Operator
    }
}
