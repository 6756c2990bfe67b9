//! The directory: which Gateway holds the connection of a node.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use openclaw_protocol::id::{ConnId, NodeId};

/// Who holds a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The Gateway process, by its boot id.
    pub gateway: Box<str>,
    /// The connection in that process.
    pub conn: ConnId,
}

/// Says where nodes are. The newest claim wins; a release counts only for the claim it belongs
/// to.
pub trait Directory: Send + Sync + fmt::Debug {
    /// Claims a node; answers the owner that is replaced.
    fn claim(&self, node: &NodeId, owner: Owner) -> Option<Owner>;
    /// Gives a node up; answers whether it was still this owner's.
    fn release(&self, node: &NodeId, owner: &Owner) -> bool;
    /// The owner of a node.
    fn locate(&self, node: &NodeId) -> Option<Owner>;
}

/// A directory within one process.
#[derive(Debug, Default)]
pub struct LocalDirectory {
    owners: RwLock<HashMap<NodeId, Owner>>,
}

impl Directory for LocalDirectory {
    fn claim(&self, node: &NodeId, owner: Owner) -> Option<Owner> {
        self.owners
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(node.clone(), owner)
    }

    fn release(&self, node: &NodeId, owner: &Owner) -> bool {
        let mut owners = self.owners.write().unwrap_or_else(PoisonError::into_inner);
        let is_its = owners.get(node) == Some(owner);
        if is_its {
            owners.remove(node);
        }
        is_its
    }

    fn locate(&self, node: &NodeId) -> Option<Owner> {
        self.owners
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(node)
            .cloned()
    }
}

#[cfg(test)]
mod contract {
    //! What every directory must do.

    use super::{Directory, LocalDirectory, Owner};
    use openclaw_protocol::id::{ConnId, NodeId};

    fn owner(conn: &str) -> Owner {
        Owner {
            gateway: "g".into(),
            conn: ConnId::from(conn),
        }
    }

    fn newest_claim_wins(directory: &dyn Directory) {
        let node = NodeId::from("n");
        assert_eq!(directory.claim(&node, owner("1")), None);
        assert_eq!(directory.claim(&node, owner("2")), Some(owner("1")));
        // The old connection closes late: it evicts nobody.
        assert!(!directory.release(&node, &owner("1")));
        assert_eq!(directory.locate(&node), Some(owner("2")));
        assert!(directory.release(&node, &owner("2")));
        assert_eq!(directory.locate(&node), None);
    }

    #[test]
    fn local_directory_keeps_the_contract() {
        newest_claim_wins(&LocalDirectory::default());
    }
}
