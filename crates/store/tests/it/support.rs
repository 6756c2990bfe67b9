//! Records to try things with.

use std::path::PathBuf;

use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Raw, Role, Scope, ScopeSet};
use openclaw_store::{
    ClientFacts, DeviceRecord, OpenOptions, PendingAsk, PendingRecord, Store, Surface, TokenDigest,
    TokenGrant, Tokens,
};
use tempfile::TempDir;

/// A store in a directory of its own.
pub(crate) struct Fixture {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("state.db"), &OpenOptions::create()).unwrap();
        Self { dir, store }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("state.db")
    }

    /// Closes the store and opens it again.
    pub(crate) fn reopen(self) -> Self {
        let Self { dir, store } = self;
        let path = store.path().to_path_buf();
        store.close().wait().unwrap();
        Self {
            dir,
            store: Store::open(path, &OpenOptions::existing()).unwrap(),
        }
    }
}

/// JSON text as it is.
pub(crate) fn raw(text: &str) -> Box<Raw> {
    Raw::from_string(text.to_owned()).unwrap()
}

pub(crate) fn id(n: u8) -> DeviceId {
    DeviceId::from_digest([n; 32])
}

pub(crate) fn device(n: u8) -> DeviceRecord {
    DeviceRecord {
        device_id: id(n),
        public_key: format!("key-{n}"),
        operator_label: None,
        facts: ClientFacts {
            platform: Some("linux".into()),
            ..ClientFacts::default()
        },
        roles: vec![Role::Operator],
        scopes: ScopeSet::from([Scope::Read]),
        approved_via: Some("owner".into()),
        created_at_ms: u64::from(n),
        approved_at_ms: u64::from(n),
        last_seen_at_ms: None,
        last_seen_reason: None,
        tokens: Tokens::none(),
        surface: None,
    }
}

pub(crate) fn asks(n: u8, request_id: &str, roles: &[Role], scopes: ScopeSet) -> PendingRecord {
    PendingRecord {
        request_id: request_id.into(),
        ask: PendingAsk::Device {
            device_id: id(n),
            public_key: format!("key-{n}"),
            roles: roles.to_vec(),
            scopes,
        },
        declared: Surface::default(),
        facts: ClientFacts {
            display_name: Some(format!("device {n}")),
            ..ClientFacts::default()
        },
        silent: false,
        is_repair: false,
        ts_ms: 100,
    }
}

pub(crate) fn asks_surface(n: u8, request_id: &str, declared: Surface) -> PendingRecord {
    PendingRecord {
        ask: PendingAsk::Surface { device_id: id(n) },
        declared,
        ..asks(n, request_id, &[], ScopeSet::empty())
    }
}

pub(crate) fn surface(commands: &[&str]) -> Surface {
    Surface {
        caps: vec!["system".into()],
        commands: commands.iter().map(ToString::to_string).collect(),
        permissions: [("screen".to_owned(), true)].into(),
    }
}

pub(crate) fn grant(role: Role, token: &str, scopes: ScopeSet) -> TokenGrant {
    TokenGrant {
        role,
        digest: TokenDigest::of(token),
        scopes,
    }
}

/// The devices of a store.
pub(crate) fn devices(store: &Store) -> Vec<DeviceRecord> {
    store.snapshot().wait().unwrap().devices
}

/// The ids of the waiting requests of a store.
pub(crate) fn waiting(store: &Store) -> Vec<String> {
    let snapshot = store.snapshot().wait().unwrap();
    snapshot
        .pending
        .iter()
        .map(|request| request.request_id.to_string())
        .collect()
}
