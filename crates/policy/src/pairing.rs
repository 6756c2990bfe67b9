//! Who may approve, rotate and revoke what. Results only narrow.

use openclaw_protocol::{Role, Scope, ScopeSet};

use crate::authorize::Caller;
use crate::node_commands::surface_needs_admin;

/// An approval or rotation that the caller may not make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairingDenied {
    /// The caller lacks a scope that the approval would grant.
    #[error("missing scope: {0}")]
    MissingScope(Scope),
    /// The role was never approved for the device, or there is no such device.
    #[error("role `{0}` was never approved for this device")]
    RoleNotApproved(Role),
    /// Scopes beyond what was approved.
    #[error("scope `{0}` was never approved for this device")]
    ScopeNotApproved(Scope),
}

/// Whether the caller may approve a device for this role and these scopes: it must hold what it
/// grants.
///
/// # Errors
///
/// The first scope that the caller lacks.
pub fn may_approve_device(
    caller: &Caller,
    role: &Role,
    scopes: &ScopeSet,
) -> Result<(), PairingDenied> {
    need(caller, &Scope::Pairing)?;
    if *role == Role::Operator {
        for scope in scopes {
            need(caller, scope)?;
        }
    }
    Ok(())
}

/// The operator scopes that an approval of these roles and scopes grants: what was asked for,
/// where the caller holds all of it. Roles other than operator carry no scopes.
///
/// # Errors
///
/// The first scope that the caller lacks.
pub fn granted_scopes(
    caller: &Caller,
    roles: &[Role],
    asked: &ScopeSet,
) -> Result<ScopeSet, PairingDenied> {
    need(caller, &Scope::Pairing)?;
    for role in roles {
        may_approve_device(caller, role, asked)?;
    }
    Ok(if roles.contains(&Role::Operator) {
        asked.clone()
    } else {
        ScopeSet::empty()
    })
}

/// Whether the caller may take away what a device holds in a role: its own, or what it could
/// have approved.
///
/// # Errors
///
/// The first scope that the caller lacks.
pub fn may_revoke(
    caller: &Caller,
    is_own: bool,
    role: &Role,
    held: &ScopeSet,
) -> Result<(), PairingDenied> {
    need(caller, &Scope::Pairing)?;
    if is_own {
        return Ok(());
    }
    may_approve_device(caller, role, held)
}

/// Whether the caller may remove a device: its own, or any with `operator.admin`.
///
/// # Errors
///
/// [`PairingDenied::MissingScope`]
pub fn may_remove(caller: &Caller, is_own: bool) -> Result<(), PairingDenied> {
    need(caller, &Scope::Pairing)?;
    if is_own {
        return Ok(());
    }
    need(caller, &Scope::Admin)
}

/// Scopes needed to approve a node surface with these commands.
#[must_use]
pub fn surface_approval_scopes(commands: &[String]) -> Vec<Scope> {
    if commands.is_empty() {
        vec![Scope::Pairing]
    } else if surface_needs_admin(commands) {
        vec![Scope::Pairing, Scope::Admin]
    } else {
        vec![Scope::Pairing, Scope::Write]
    }
}

/// Whether the caller may approve a node surface with these commands.
///
/// # Errors
///
/// The first scope that the caller lacks.
pub fn may_approve_surface(caller: &Caller, commands: &[String]) -> Result<(), PairingDenied> {
    surface_approval_scopes(commands)
        .iter()
        .try_for_each(|scope| need(caller, scope))
}

/// The scopes of a rotated token: what was asked for, or what the token had, never more than
/// was approved for the device, and never more than the caller holds.
///
/// # Errors
///
/// [`PairingDenied`] where the request goes beyond either.
pub fn rotated_scopes(
    caller: &Caller,
    role: &Role,
    approved_roles: &[Role],
    approved: &ScopeSet,
    held: &ScopeSet,
    asked: Option<&ScopeSet>,
) -> Result<ScopeSet, PairingDenied> {
    need(caller, &Scope::Pairing)?;
    if !approved_roles.contains(role) {
        return Err(PairingDenied::RoleNotApproved(role.clone()));
    }
    if *role != Role::Operator {
        return Ok(ScopeSet::empty());
    }
    let wanted = asked.unwrap_or(held);
    for scope in wanted {
        if !approved.allows(scope) {
            return Err(PairingDenied::ScopeNotApproved(scope.clone()));
        }
        need(caller, scope)?;
    }
    Ok(wanted.clone())
}

fn need(caller: &Caller, scope: &Scope) -> Result<(), PairingDenied> {
    // A scope that nobody knows grants nothing; only an admin may hand it on.
    let held = caller.scopes.allows(scope) || caller.scopes.contains(&Scope::Admin);
    if held {
        Ok(())
    } else {
        Err(PairingDenied::MissingScope(scope.clone()))
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::{Generation, Role, Scope, ScopeSet};
    use proptest::prelude::*;

    use super::{
        granted_scopes, may_approve_device, may_approve_surface, may_remove, may_revoke,
        rotated_scopes,
    };
    use crate::authorize::Caller;

    fn set() -> impl Strategy<Value = ScopeSet> {
        proptest::collection::vec(0..Scope::KNOWN.len(), 0..5)
            .prop_map(|v| v.into_iter().map(|i| Scope::KNOWN[i].clone()).collect())
    }

    fn caller(scopes: ScopeSet) -> Caller {
        Caller {
            role: Role::Operator,
            scopes,
            generation: Generation::V4,
        }
    }

    proptest! {
        #[test]
        fn rotation_stays_within_caller_and_approval(
            held_by_caller in set(), approved in set(), held in set(), asked in proptest::option::of(set())
        ) {
            let caller = caller(held_by_caller.clone());
            let got = rotated_scopes(&caller, &Role::Operator, &[Role::Operator], &approved, &held, asked.as_ref());
            if let Ok(scopes) = got {
                prop_assert!(approved.allows_all(&scopes));
                prop_assert!(held_by_caller.allows_all(&scopes));
                prop_assert!(held_by_caller.allows(&Scope::Pairing));
            }
        }

        #[test]
        fn an_approval_grants_what_was_asked_and_the_caller_holds(
            held in set(), asked in set(), as_node in any::<bool>(), as_operator in any::<bool>()
        ) {
            let mut roles = Vec::new();
            if as_node { roles.push(Role::Node); }
            if as_operator { roles.push(Role::Operator); }
            match granted_scopes(&caller(held.clone()), &roles, &asked) {
                Ok(granted) => {
                    prop_assert!(held.allows(&Scope::Pairing));
                    prop_assert!(held.allows_all(&granted));
                    prop_assert!(granted.iter().all(|scope| asked.contains(scope)));
                    prop_assert!(as_operator || granted.is_empty());
                }
                Err(_) => prop_assert!(
                    !held.allows(&Scope::Pairing) || (as_operator && !held.allows_all(&asked))
                ),
            }
        }

        #[test]
        fn nobody_revokes_what_they_could_not_approve(held in set(), token in set(), own in any::<bool>()) {
            let caller = caller(held.clone());
            if may_revoke(&caller, own, &Role::Operator, &token).is_ok() {
                prop_assert!(own || held.allows_all(&token));
                prop_assert!(held.allows(&Scope::Pairing));
            }
            if may_remove(&caller, own).is_ok() {
                prop_assert!(own || held.allows(&Scope::Admin));
            }
        }

        #[test]
        fn nobody_approves_what_they_do_not_hold(held in set(), wanted in set()) {
            let caller = caller(held.clone());
            if may_approve_device(&caller, &Role::Operator, &wanted).is_ok() {
                prop_assert!(held.allows_all(&wanted));
            }
        }
    }

    #[test]
    fn a_role_that_was_never_approved_cannot_be_rotated_in() {
        let admin = caller([Scope::Admin].into());
        let got = rotated_scopes(
            &admin,
            &Role::Operator,
            &[Role::Node],
            &ScopeSet::empty(),
            &ScopeSet::empty(),
            None,
        );
        assert!(got.is_err());
    }

    #[test]
    fn a_shell_surface_needs_admin() {
        let pairing = caller([Scope::Pairing, Scope::Write].into());
        assert!(may_approve_surface(&pairing, &["camera.list".to_owned()]).is_ok());
        assert!(may_approve_surface(&pairing, &["system.run".to_owned()]).is_err());
        assert!(may_approve_surface(&caller([Scope::Pairing].into()), &[]).is_ok());
    }
}
