//! Everything that is read at start.

use std::collections::BTreeMap;
use std::fmt;

use openclaw_protocol::Raw;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::op::Op;
use crate::store::Store;
use crate::{DeviceRecord, LegacyNodeRecord, PendingRecord, SetupCodeRecord};
use crate::{devices, legacy_nodes, pending, settings, setup_codes};

/// What a Gateway keeps in memory while it runs, as it was at one moment.
///
/// Answers to keyed requests are not part of it; they are looked up one by one.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// The paired devices, the one approved first in front.
    pub devices: Vec<DeviceRecord>,
    /// The waiting requests of all kinds, the oldest in front; expired ones among them.
    pub pending: Vec<PendingRecord>,
    /// The nodes of the February family, the one approved first in front.
    pub legacy_nodes: Vec<LegacyNodeRecord>,
    /// The setup codes, the oldest in front; ended ones among them.
    pub setup_codes: Vec<SetupCodeRecord>,
    /// The settings, as JSON.
    pub settings: BTreeMap<String, Box<Raw>>,
}

impl Snapshot {
    /// The setting under `key`.
    ///
    /// # Errors
    /// [`StoreError::Setting`] when it does not have the form of `T`.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        self.settings
            .get(key)
            .map(|value| settings::parse(key, value))
            .transpose()
    }
}

/// How much there is, not what it is.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("devices", &self.devices.len())
            .field("pending", &self.pending.len())
            .field("legacy_nodes", &self.legacy_nodes.len())
            .field("setup_codes", &self.setup_codes.len())
            .field("settings", &self.settings.len())
            .finish()
    }
}

impl Store {
    /// Reads devices, waiting requests, legacy nodes and settings, all as of one moment.
    pub fn snapshot(&self) -> Op<Snapshot> {
        self.read(|cx| {
            Ok(Snapshot {
                devices: devices::load_all(cx)?,
                pending: pending::load_all(cx.conn)?,
                legacy_nodes: legacy_nodes::load_all(cx.conn)?,
                setup_codes: setup_codes::load_all(cx.conn)?,
                settings: settings::load_all(cx.conn)?,
            })
        })
    }
}
