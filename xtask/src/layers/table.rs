//! The table of crates, the twin of the one in `ARCHITECTURE.md`.

use std::collections::BTreeSet;

/// One crate of the product.
#[derive(Debug)]
pub(super) struct Row {
    /// The name of its folder in `crates/`.
    pub(super) name: &'static str,
    /// Its floor; it may use crates of lower floors only.
    pub(super) floor: u8,
    /// What it may use. Whatever those may use in turn is open to it too.
    pub(super) uses: Uses,
    /// It reaches tokio in no way.
    pub(super) no_runtime: bool,
}

/// What a crate may use.
#[derive(Debug)]
pub(super) enum Uses {
    /// These, and what these may use.
    These(&'static [&'static str]),
    /// Every crate of a lower floor but these.
    AllBut(&'static [&'static str]),
}

const fn row(name: &'static str, floor: u8, uses: Uses, no_runtime: bool) -> Row {
    Row {
        name,
        floor,
        uses,
        no_runtime,
    }
}

/// Lowest floor first.
pub(super) const TABLE: &[Row] = &[
    row("protocol", 0, Uses::These(&[]), true),
    row("tls-pin", 0, Uses::These(&[]), true),
    row("identity", 1, Uses::These(&["protocol"]), true),
    row("policy", 1, Uses::These(&["protocol"]), true),
    row("config", 2, Uses::These(&["protocol", "policy"]), false),
    row(
        "connect",
        2,
        Uses::These(&["protocol", "identity", "tls-pin"]),
        false,
    ),
    row("tailscale", 2, Uses::These(&[]), false),
    row("ssh-tunnel", 2, Uses::These(&[]), false),
    row("discovery", 2, Uses::These(&[]), false),
    row("browser", 2, Uses::These(&[]), false),
    row(
        "node-client",
        3,
        Uses::These(&["connect", "ssh-tunnel"]),
        false,
    ),
    row(
        "remote",
        3,
        Uses::These(&[
            "connect",
            "config",
            "policy",
            "tailscale",
            "ssh-tunnel",
            "discovery",
        ]),
        false,
    ),
    row("daemon", 3, Uses::These(&["config"]), false),
    row("exec-approvals", 3, Uses::These(&["config"]), true),
    row("store", 3, Uses::These(&["protocol"]), false),
    row("agent", 3, Uses::These(&["protocol"]), false),
    row("channels", 3, Uses::These(&["protocol"]), false),
    row("gateway-server", 4, Uses::AllBut(&["remote"]), false),
    row(
        "node-host",
        4,
        Uses::These(&[
            "node-client",
            "config",
            "browser",
            "remote",
            "daemon",
            "exec-approvals",
        ]),
        false,
    ),
    row("openclaw", 5, Uses::AllBut(&[]), false),
    row(
        "openclaw-node",
        5,
        Uses::These(&["node-host", "remote", "config", "daemon"]),
        false,
    ),
];

/// Crates that serve tests and tools: they may use everything, and nobody uses them but tests.
pub(super) const TOOLS: &[&str] = &["fuzz", "testkit", "xtask"];

/// The row of a crate.
pub(super) fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// Everything that the crate of this row may use.
pub(super) fn open_to(row: &Row) -> BTreeSet<&'static str> {
    match row.uses {
        Uses::AllBut(excluded) => TABLE
            .iter()
            .filter(|other| other.floor < row.floor && !excluded.contains(&other.name))
            .map(|other| other.name)
            .collect(),
        Uses::These(direct) => {
            let mut open = BTreeSet::new();
            for &name in direct {
                open.insert(name);
                open.extend(find(name).map(open_to).unwrap_or_default());
            }
            open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrow_points_to_a_lower_floor() {
        for row in TABLE {
            for name in open_to(row) {
                let other = find(name).expect("a row may use rows only");
                assert!(
                    other.floor < row.floor,
                    "{} may use {name}, which is not below it",
                    row.name
                );
            }
        }
    }

    #[test]
    fn what_a_used_crate_may_use_is_open_too() {
        let host = open_to(find("node-host").expect("listed"));
        for name in ["protocol", "identity", "connect", "config"] {
            assert!(host.contains(name), "{name}");
        }
        assert!(!host.contains("gateway-server") && !host.contains("store"));
    }

    #[test]
    fn the_server_never_uses_the_operator_client() {
        let server = open_to(find("gateway-server").expect("listed"));
        assert!(!server.contains("remote"));
        assert!(server.contains("store"));
    }
}
