//! Which nodes are connected.
//!
//! The newest connection of an identity wins: it alone is asked from then on, and what the one
//! before was asked ends. The older one stays open, so that two programs with one identity do not
//! throw each other out for ever. Its late close cannot evict the new one: removal needs the
//! matching connection.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use openclaw_protocol::id::{ConnId, NodeId};
use openclaw_protocol::methods::node::host_stats::HostStats;
use openclaw_store::Surface;
use tokio::sync::Notify;

use crate::nodes::extras::Extras;
use crate::nodes::rate::Bucket;

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
    /// Bounds what it may say by itself.
    pub(crate) events: Bucket,
    /// Bounds how often it may have an agent answer.
    pub(crate) speech: Bucket,
    in_flight: AtomicU32,
    shared: RwLock<Shared>,
}

/// What changes while a node is connected.
#[derive(Debug, Default)]
struct Shared {
    effective: Arc<Surface>,
    host_stats: Option<HostStats>,
    /// What it brings along; few nodes do.
    extras: Option<Box<Extras>>,
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
            extras: None,
        };
        Self {
            events: Bucket::for_events(),
            speech: Bucket::for_speech(),
            in_flight: AtomicU32::new(0),
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

    /// How many calls wait for it.
    pub(crate) fn calls_in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn call_began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn call_ended(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// Looks at what it brings along.
    pub(crate) fn extras<T>(&self, look: impl FnOnce(Option<&Extras>) -> T) -> T {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        look(shared.extras.as_deref())
    }

    /// Changes what it brings along.
    pub(crate) fn change_extras<T>(&self, change: impl FnOnce(&mut Extras) -> T) -> T {
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        change(shared.extras.get_or_insert_default())
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

/// The connected nodes by id, and when the others left.
#[derive(Debug, Default)]
pub(crate) struct NodeRegistry {
    nodes: RwLock<HashMap<NodeId, Arc<LiveNode>>>,
    gone: RwLock<HashMap<NodeId, Gone>>,
    arrived: Notify,
}

/// The last connection of a node that is not connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone {
    /// When it began, milliseconds since the epoch.
    pub(crate) connected_at_ms: u64,
    /// When it ended.
    pub(crate) at_ms: u64,
}

/// Nodes whose leaving is remembered at most; then all of it is forgotten, and the store knows when
/// they were last heard.
const MAX_GONE: usize = 65_536;

impl NodeRegistry {
    /// Puts a node in; answers the connection that it replaces.
    pub(crate) fn claim(&self, node: Arc<LiveNode>) -> Option<Arc<LiveNode>> {
        let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = nodes.insert(node.id.clone(), node);
        drop(nodes);
        self.arrived.notify_waiters();
        replaced
    }

    /// Ends when a node with this id is connected.
    pub(crate) async fn arrival(&self, id: &str) {
        loop {
            let arrived = self.arrived.notified();
            if self.get(id).is_some() {
                return;
            }
            arrived.await;
        }
    }

    /// Takes a node out, if this very connection holds it.
    pub(crate) fn release(&self, id: &NodeId, conn: &ConnId, now_ms: u64) -> Option<Arc<LiveNode>> {
        let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        let is_mine = nodes.get(id).is_some_and(|node| node.conn.id == *conn);
        let node = if is_mine { nodes.remove(id) } else { None };
        drop(nodes);
        if let Some(node) = &node {
            let mut gone = self.gone.write().unwrap_or_else(PoisonError::into_inner);
            if gone.len() >= MAX_GONE {
                gone.clear();
            }
            let left = Gone {
                connected_at_ms: node.conn.connected_at_ms,
                at_ms: now_ms,
            };
            gone.insert(id.clone(), left);
        }
        node
    }

    /// The last connection of a node that left.
    pub(crate) fn gone(&self, id: &str) -> Option<Gone> {
        let gone = self.gone.read().unwrap_or_else(PoisonError::into_inner);
        gone.get(id).copied()
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
