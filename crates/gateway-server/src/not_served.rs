//! Methods that are declared and not served by this version, each with the reason.
//!
//! A call to one of them is answered like a call to a name that does not exist: clients take that
//! for a feature that is not there. A test compares this list with the routes.

use std::fmt;

/// Why a method is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It belongs to the handshake and is valid as the first frame only.
    Handshake,
    /// The configuration is changed on the Gateway's host: `openclaw config set`.
    ConfigWrites,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Handshake => "valid as the first frame of a connection only",
            Self::ConfigWrites => {
                "change the configuration with `openclaw config` on the gateway host"
            }
        })
    }
}

/// Every method that is declared and not served.
pub const NOT_SERVED: &[(&str, Why)] = &[
    ("config.apply", Why::ConfigWrites),
    ("config.patch", Why::ConfigWrites),
    ("config.schema.lookup", Why::ConfigWrites),
    ("config.set", Why::ConfigWrites),
    ("connect", Why::Handshake),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use openclaw_protocol::catalogue::METHODS;

    use super::NOT_SERVED;
    use crate::router::Router;

    #[test]
    fn every_declared_method_is_served_or_listed() {
        let mut router = Router::default();
        crate::handlers::register(&mut router);
        let served: BTreeSet<&str> = router.served().map(|info| info.name).collect();
        let listed: BTreeSet<&str> = NOT_SERVED.iter().map(|(name, _)| *name).collect();
        let declared: BTreeSet<&str> = METHODS.iter().map(|info| info.name).collect();
        assert_eq!(
            served.intersection(&listed).collect::<Vec<_>>(),
            Vec::<&&str>::new()
        );
        let covered: BTreeSet<&str> = served.union(&listed).copied().collect();
        assert_eq!(covered, declared);
        println!(
            "{} methods declared: {} served, {} listed",
            declared.len(),
            served.len(),
            listed.len()
        );
    }
}
