//! Whether a connection may call a method. The answer is a permit that only this module makes.

use openclaw_protocol::{Access, ErrorCode, ErrorShape, Generation, Role, Scope, ScopeSet};
use serde_json::json;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Role of the connection.
    pub role: Role,
    /// Scopes of the connection.
    pub scopes: ScopeSet,
    /// Dialect of the connection.
    pub generation: Generation,
}

/// Proof that a call was authorised. There is no dispatch without one, and nobody outside this
/// module can make one.
#[derive(Debug)]
pub struct Permit {
    _sealed: (),
}

/// A call that is not authorised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The role may not call it at all.
    #[error("unauthorized role: {0}")]
    Role(Role),
    /// The scope is missing.
    #[error("missing scope: {0}")]
    Scope(Scope),
}

impl Denied {
    /// The error for the caller, in its dialect.
    #[must_use]
    pub fn error(&self, generation: Generation) -> ErrorShape {
        match (self, generation) {
            (Self::Scope(scope), Generation::V4) => {
                ErrorShape::new(ErrorCode::Forbidden, self.to_string()).with_details(json!({
                    "code": "MISSING_SCOPE",
                    "missingScope": scope,
                    "requiredScopes": [scope],
                }))
            }
            (Self::Scope(_), Generation::V3) | (Self::Role(_), _) => {
                ErrorShape::invalid_request(self.to_string())
            }
        }
    }
}

/// Decides by the method's access, before its params are parsed.
///
/// `access` is `None` for a name that nobody declared: that needs `operator.admin`, so that only
/// an admin learns which names exist.
///
/// # Errors
///
/// [`Denied`], the role first.
pub fn authorize(caller: &Caller, access: Option<&Access>) -> Result<Permit, Denied> {
    let unknown = Access::Operator(Scope::Admin);
    let access = match access {
        // A second `connect` is treated like a name of nobody.
        None | Some(Access::FirstFrame) => &unknown,
        Some(access) => access,
    };
    if !access.admits(&caller.role) {
        return Err(Denied::Role(caller.role.clone()));
    }
    match (access.scope(), &caller.role) {
        (Some(scope), Role::Operator) if !caller.scopes.allows(scope) => {
            // `health` answers every client that is connected.
            if matches!(access, Access::OperatorOrNode(_)) {
                return Ok(Permit { _sealed: () });
            }
            Err(Denied::Scope(scope.clone()))
        }
        _ => Ok(Permit { _sealed: () }),
    }
}

/// Decides once more, after the params are known: it may only demand more.
///
/// # Errors
///
/// [`Denied`]
pub fn demand(permit: Permit, caller: &Caller, more: Option<&Access>) -> Result<Permit, Denied> {
    match more {
        None => Ok(permit),
        Some(access) => authorize(caller, Some(access)),
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::catalogue::METHODS;
    use openclaw_protocol::{Access, Generation, Role, Scope, ScopeSet};

    use super::{Caller, Denied, authorize};

    fn caller(role: Role, scopes: &[Scope]) -> Caller {
        Caller {
            role,
            scopes: scopes.iter().cloned().collect(),
            generation: Generation::V4,
        }
    }

    #[test]
    fn no_scope_may_do_nothing_but_health() {
        let nobody = caller(Role::Operator, &[]);
        for info in METHODS {
            for access in [&info.access_v3, &info.access_v4] {
                let open = matches!(access, Access::OperatorOrNode(_));
                assert_eq!(
                    authorize(&nobody, Some(access)).is_ok(),
                    open,
                    "{}",
                    info.name
                );
            }
        }
    }

    #[test]
    fn admin_may_do_all_but_node_methods() {
        let admin = caller(Role::Operator, &[Scope::Admin]);
        let node = caller(Role::Node, &[]);
        for info in METHODS {
            let is_node = info.access_v4 == Access::Node;
            assert_eq!(
                authorize(&admin, Some(&info.access_v4)).is_err(),
                is_node,
                "{}",
                info.name
            );
            let for_nodes = matches!(info.access_v4, Access::Node | Access::OperatorOrNode(_));
            assert_eq!(
                authorize(&node, Some(&info.access_v4)).is_ok(),
                for_nodes,
                "{}",
                info.name
            );
        }
    }

    #[test]
    fn an_unknown_name_needs_admin_first() {
        let reader = caller(Role::Operator, &[Scope::Read]);
        assert_eq!(
            authorize(&reader, None).unwrap_err(),
            Denied::Scope(Scope::Admin)
        );
        assert_eq!(
            authorize(&caller(Role::Node, &[]), None).unwrap_err(),
            Denied::Role(Role::Node)
        );
        assert!(authorize(&caller(Role::Operator, &[Scope::Admin]), None).is_ok());
    }

    #[test]
    fn the_error_follows_the_dialect() {
        let denied = Denied::Scope(Scope::Write);
        assert_eq!(
            denied.error(Generation::V3).code.as_str(),
            "INVALID_REQUEST"
        );
        let newer = denied.error(Generation::V4);
        assert_eq!(
            (newer.code.as_str(), newer.message.as_str()),
            ("FORBIDDEN", "missing scope: operator.write")
        );
        assert_eq!(newer.details.unwrap()["missingScope"], "operator.write");
    }

    #[test]
    fn an_unknown_scope_grants_nothing() {
        let odd: ScopeSet = [Scope::from("operator.everything")].into();
        let caller = Caller {
            role: Role::Operator,
            scopes: odd,
            generation: Generation::V3,
        };
        assert!(authorize(&caller, Some(&Access::Operator(Scope::Read))).is_err());
    }
}
