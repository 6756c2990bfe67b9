//! Small settings that methods change: voice wake words, heartbeats. Kept in the store.

use std::sync::{PoisonError, RwLock};

use openclaw_protocol::events::heartbeat::HeartbeatPayload;
use openclaw_store::{Snapshot, StoreError};
use serde_json::json;

use crate::seam::store::Store;

/// Settings in memory, written through to the store.
#[derive(Debug)]
pub(crate) struct Settings {
    live: RwLock<Live>,
}

#[derive(Debug, Clone)]
struct Live {
    voicewake: Vec<String>,
    heartbeats: bool,
    last_heartbeat: Option<HeartbeatPayload>,
}

const VOICEWAKE: &str = "voicewake.triggers";
const HEARTBEATS: &str = "heartbeats.enabled";
const LAST_HEARTBEAT: &str = "heartbeats.last";

impl Settings {
    /// Reads the settings, defaults where none are kept.
    pub(crate) fn load(snapshot: &Snapshot) -> Result<Self, StoreError> {
        let live = Live {
            voicewake: snapshot
                .setting(VOICEWAKE)?
                .unwrap_or_else(default_triggers),
            heartbeats: snapshot.setting(HEARTBEATS)?.unwrap_or(true),
            last_heartbeat: snapshot.setting(LAST_HEARTBEAT)?,
        };
        Ok(Self {
            live: RwLock::new(live),
        })
    }

    fn read<T>(&self, f: impl FnOnce(&Live) -> T) -> T {
        f(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The words that wake a node's microphone.
    pub(crate) fn voicewake(&self) -> Vec<String> {
        self.read(|live| live.voicewake.clone())
    }

    /// Changes those words.
    pub(crate) async fn set_voicewake(
        &self,
        store: &dyn Store,
        triggers: Vec<String>,
    ) -> Result<(), StoreError> {
        store.put_setting(VOICEWAKE, &json!(triggers)).await?;
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .voicewake = triggers;
        Ok(())
    }

    /// Whether the agent's heartbeats run.
    pub(crate) fn heartbeats(&self) -> bool {
        self.read(|live| live.heartbeats)
    }

    /// Turns heartbeats on or off.
    pub(crate) async fn set_heartbeats(
        &self,
        store: &dyn Store,
        enabled: bool,
    ) -> Result<(), StoreError> {
        store.put_setting(HEARTBEATS, &json!(enabled)).await?;
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .heartbeats = enabled;
        Ok(())
    }

    /// Keeps what came of the last heartbeat.
    pub(crate) async fn set_last_heartbeat(
        &self,
        store: &dyn Store,
        heartbeat: HeartbeatPayload,
    ) -> Result<(), StoreError> {
        store.put_setting(LAST_HEARTBEAT, &json!(heartbeat)).await?;
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .last_heartbeat = Some(heartbeat);
        Ok(())
    }

    /// The last heartbeat, if there was one.
    pub(crate) fn last_heartbeat(&self) -> Option<HeartbeatPayload> {
        self.read(|live| live.last_heartbeat.clone())
    }
}

/// The words of both real releases.
pub(crate) fn default_triggers() -> Vec<String> {
    ["openclaw", "claude", "computer"]
        .map(str::to_owned)
        .to_vec()
}
