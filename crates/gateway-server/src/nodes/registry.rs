//! Which nodes are connected.
//!
//! The newest connection of an identity wins, and the one it replaces is told so and closed. A
//! late close of the old one cannot evict the new one: removal needs the matching connection.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use openclaw_protocol::id::{ConnId, NodeId};
use openclaw_protocol::methods::node::host_stats::HostStats;
use openclaw_store::Surface;

use crate::session::conn::Conn;

/// A connected node.
#[derive(Debug)]
pub(crate) struct LiveNode {
    pub(crate) id: NodeId,
    pub(crate) conn: Arc<Conn>,
    /// What it declared, after the platform's allowlist.
    pub(crate) declared: Surface,
    /// Its `PATH`, if it told.
    pub(crate) path_env: Option<String>,
    shared: RwLock<Shared>,
}

/// What changes while a node is connected.
#[derive(Debug, Default)]
struct Shared {
    effective: Arc<Surface>,
    host_stats: Option<HostStats>,
}

impl LiveNode {
    pub(crate) fn new(
        conn: Arc<Conn>,
        id: NodeId,
        declared: Surface,
        effective: Surface,
        path_env: Option<String>,
    ) -> Self {
        let shared = Shared {
            effective: Arc::new(effective),
            host_stats: None,
        };
        Self {
            id,
            conn,
            declared,
            path_env,
            shared: RwLock::new(shared),
        }
    }

    /// What it may do now: declared, allowed and approved.
    pub(crate) fn effective(&self) -> Arc<Surface> {
        Arc::clone(
            &self
                .shared
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .effective,
        )
    }

    /// Changes what it may do, without a reconnect.
    pub(crate) fn set_effective(&self, surface: Surface) {
        self.shared
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .effective = Arc::new(surface);
    }

    /// Its last host statistics, as sent.
    pub(crate) fn host_stats(&self) -> Option<HostStats> {
        self.shared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .host_stats
            .clone()
    }

    pub(crate) fn set_host_stats(&self, stats: HostStats) {
        self.shared
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .host_stats = Some(stats);
    }
}

/// The connected nodes by id.
#[derive(Debug, Default)]
pub(crate) struct NodeRegistry {
    nodes: RwLock<HashMap<NodeId, Arc<LiveNode>>>,
}

impl NodeRegistry {
    /// Puts a node in; answers the connection that it replaces.
    pub(crate) fn claim(&self, node: Arc<LiveNode>) -> Option<Arc<LiveNode>> {
        let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        nodes.insert(node.id.clone(), node)
    }

    /// Takes a node out, if this very connection holds it.
    pub(crate) fn release(&self, id: &NodeId, conn: &ConnId) -> bool {
        let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        let is_mine = nodes.get(id).is_some_and(|node| node.conn.id == *conn);
        if is_mine {
            nodes.remove(id);
        }
        is_mine
    }

    /// The connected node with this id.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<LiveNode>> {
        self.nodes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// Every connected node.
    pub(crate) fn all(&self) -> Vec<Arc<LiveNode>> {
        self.nodes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// How many are connected.
    pub(crate) fn len(&self) -> usize {
        self.nodes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

/// Declared permissions without surprises: names only, bounded.
pub(crate) fn bounded_permissions(
    permissions: Option<&BTreeMap<String, bool>>,
) -> BTreeMap<String, bool> {
    permissions
        .into_iter()
        .flatten()
        .take(super::surface::MAX_NAMES)
        .map(|(name, granted)| (name.clone(), *granted))
        .collect()
}
