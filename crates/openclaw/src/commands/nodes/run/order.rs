//! Whether a person is asked before a run, only if the node wants it, or nothing runs at all.

use openclaw_node_host::approvals::{Ask, ConfiguredPolicy, Security};

use crate::error::CliError;

/// What this side wants, on top of what the node says.
#[derive(Debug)]
pub(super) struct Wish {
    /// What the configuration here says.
    pub(super) configured: ConfiguredPolicy,
    /// `--security`.
    pub(super) security: Option<Security>,
    /// `--ask`.
    pub(super) ask: Option<Ask>,
}

/// What holds on the node, as far as it told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NodePolicy {
    /// Which commands may run.
    pub(super) security: Option<Security>,
    /// When a person is asked.
    pub(super) ask: Option<Ask>,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing runs.
    Refuse,
    /// A person is asked.
    AskFirst,
    /// The node is asked to run it; it says if a person has to be asked.
    TryFirst,
}

impl Wish {
    /// The strictest level that anybody here named.
    pub(super) fn security(&self) -> Option<Security> {
        self.configured
            .security
            .into_iter()
            .chain(self.security)
            .min()
    }

    /// The strictest mode that anybody here named.
    pub(super) fn ask(&self) -> Option<Ask> {
        self.configured.ask.into_iter().chain(self.ask).max()
    }

    /// Whether nothing may run, whatever the node says.
    pub(super) fn forbids(&self) -> bool {
        self.security() == Some(Security::Deny)
    }
}

/// What comes first under both sides' rules.
///
/// Only the node knows what its allowlist covers. Where this side wants an allowlist and the node
/// does not say that it has one, a person is asked about every command.
pub(super) fn order(wish: &Wish, node: NodePolicy) -> Order {
    if wish.forbids() || node.security == Some(Security::Deny) {
        return Order::Refuse;
    }
    let wants_list = wish.security() == Some(Security::Allowlist);
    let has_list = node.security == Some(Security::Allowlist);
    let always = wish.ask() == Some(Ask::Always) || node.ask == Some(Ask::Always);
    if always || (wants_list && !has_list) {
        return Order::AskFirst;
    }
    Order::TryFirst
}

/// Whether the node refused because a person has to approve the command.
pub(super) fn wants_approval(error: &CliError) -> bool {
    error
        .message()
        .contains("SYSTEM_RUN_DENIED: approval required")
}

/// The refusal of everything.
pub(super) fn denied() -> CliError {
    CliError::failure("exec denied: host=node security=deny").kind(DENIED)
}

/// `error.type` of every refusal of a run.
pub(super) const DENIED: &str = "exec_denied";

/// A refusal of the node with what mends it.
pub(super) fn explained(error: CliError, node: &str) -> CliError {
    let is_denied = ["SYSTEM_RUN_DENIED", "SYSTEM_RUN_DISABLED"]
        .iter()
        .any(|word| error.message().contains(word));
    if is_denied {
        return error.hint(format!("openclaw approvals get --node {node}"));
    }
    error
}

#[cfg(test)]
mod tests {
    use openclaw_node_host::approvals::{Ask, ConfiguredPolicy, Security};

    use super::{NodePolicy, Order, Wish, order, wants_approval};
    use crate::error::CliError;

    fn first(
        configured: (Option<Security>, Option<Ask>),
        options: (Option<Security>, Option<Ask>),
        node: (Option<Security>, Option<Ask>),
    ) -> Order {
        let wish = Wish {
            configured: ConfiguredPolicy {
                security: configured.0,
                ask: configured.1,
            },
            security: options.0,
            ask: options.1,
        };
        let node = NodePolicy {
            security: node.0,
            ask: node.1,
        };
        order(&wish, node)
    }

    const NONE: (Option<Security>, Option<Ask>) = (None, None);

    #[test]
    fn every_side_can_only_make_it_stricter() {
        use Security::{Allowlist, Deny, Full};
        let is = |security, ask| (Some(security), Some(ask));
        for (configured, options, node, expected) in [
            (NONE, NONE, is(Full, Ask::Off), Order::TryFirst),
            (NONE, NONE, is(Allowlist, Ask::OnMiss), Order::TryFirst),
            (NONE, NONE, NONE, Order::TryFirst),
            (NONE, NONE, is(Deny, Ask::Off), Order::Refuse),
            (NONE, NONE, is(Full, Ask::Always), Order::AskFirst),
            (NONE, is(Deny, Ask::Off), is(Full, Ask::Off), Order::Refuse),
            (is(Deny, Ask::Off), is(Full, Ask::Off), NONE, Order::Refuse),
            (
                NONE,
                (None, Some(Ask::Always)),
                is(Full, Ask::Off),
                Order::AskFirst,
            ),
            // `off` takes nothing back.
            (
                (None, Some(Ask::Always)),
                (None, Some(Ask::Off)),
                NONE,
                Order::AskFirst,
            ),
            (
                NONE,
                (None, Some(Ask::Off)),
                is(Full, Ask::Always),
                Order::AskFirst,
            ),
            // An allowlist that the node does not keep is a person.
            (
                NONE,
                (Some(Allowlist), None),
                is(Full, Ask::Off),
                Order::AskFirst,
            ),
            (NONE, (Some(Allowlist), None), NONE, Order::AskFirst),
            (
                NONE,
                (Some(Allowlist), None),
                is(Allowlist, Ask::Off),
                Order::TryFirst,
            ),
            (
                NONE,
                (Some(Full), None),
                is(Allowlist, Ask::OnMiss),
                Order::TryFirst,
            ),
        ] {
            let order = first(configured, options, node);
            assert_eq!(order, expected, "{configured:?} {options:?} {node:?}");
        }
    }

    #[test]
    fn only_the_nodes_own_words_ask_for_a_person() {
        let says = |text: &str| wants_approval(&CliError::failure(text));
        assert!(says("SYSTEM_RUN_DENIED: approval required"));
        assert!(says("UNAVAILABLE: SYSTEM_RUN_DENIED: approval required"));
        assert!(!says("SYSTEM_RUN_DENIED: allowlist miss"));
        assert!(!says("SYSTEM_RUN_DISABLED: security=deny"));
    }
}
