//! The store: durable facts about devices, requests and settings.
//!
//! Every operation is atomic, and is answered when what it wrote is safe.

use std::fmt;
use std::path::PathBuf;

use openclaw_protocol::Role;
use openclaw_protocol::id::{DeviceId, InvokeId, NodeId, PairingRequestId};
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use openclaw_protocol::methods::node::pending::work::PendingWork;
use openclaw_store::{
    Approval, Approved, CallMark, CallOutcomeRecord, DeviceRecord, DrainedWork, LegacyNodeRecord,
    NodeActionRecord, OpFuture, PendingRecord, QueuedWork, Redemption, SetupCodeRecord, Snapshot,
    Store as SqliteStore, StoreError, TokenGrant,
};
use serde_json::Value;

/// Keeps what a Gateway must not forget. The operations are those of [`openclaw_store::Store`],
/// and so are their errors.
pub trait Store: Send + Sync + fmt::Debug {
    /// Where it is, as shown to people.
    fn location(&self) -> PathBuf;
    /// The store of what one process alone keeps, however many serve: sessions, runs of the
    /// agent, channels, scheduled jobs. `None`: those end with the Gateway.
    fn home(&self) -> Option<SqliteStore> {
        None
    }
    /// Everything at this moment.
    fn snapshot(&self) -> OpFuture<Snapshot>;
    /// Records a device whole.
    fn put_device(&self, device: DeviceRecord) -> OpFuture<()>;
    /// Names a device, or takes the name away.
    fn rename_device(&self, id: &DeviceId, label: Option<String>) -> OpFuture<DeviceRecord>;
    /// Takes the approved surface of a node away.
    fn remove_surface(&self, id: &DeviceId) -> OpFuture<DeviceRecord>;
    /// Removes a device with everything that belongs to it.
    fn remove_device(&self, id: &DeviceId) -> OpFuture<(DeviceRecord, Vec<PendingRecord>)>;
    /// Gives a device a token in place of the one for its role.
    fn set_token(&self, id: &DeviceId, grant: TokenGrant, at_ms: u64) -> OpFuture<DeviceRecord>;
    /// Revokes the token of a device for a role.
    fn revoke_token(&self, id: &DeviceId, role: &Role, at_ms: u64) -> OpFuture<DeviceRecord>;
    /// Records a request; answers those that it replaces.
    fn put_pending(
        &self,
        request: PendingRecord,
        superseding: Vec<PairingRequestId>,
    ) -> OpFuture<Vec<PendingRecord>>;
    /// Removes a request.
    fn remove_pending(&self, id: &PairingRequestId) -> OpFuture<PendingRecord>;
    /// Removes the requests made before a moment.
    fn remove_expired(&self, before_ms: u64) -> OpFuture<Vec<PendingRecord>>;
    /// Turns a request into what it asked for.
    fn approve_pending(
        &self,
        id: &PairingRequestId,
        approval: Approval,
        at_ms: u64,
    ) -> OpFuture<Approved>;
    /// Names a node of the February family.
    fn rename_legacy_node(&self, id: &NodeId, name: String) -> OpFuture<LegacyNodeRecord>;
    /// Removes a node of the February family.
    fn remove_legacy_node(&self, id: &NodeId) -> OpFuture<LegacyNodeRecord>;
    /// Records a setup code.
    fn put_setup_code(&self, code: SetupCodeRecord) -> OpFuture<()>;
    /// Spends a setup code and approves its device, at once.
    fn redeem_setup_code(
        &self,
        setup_id: &str,
        redemption: Redemption,
        at_ms: u64,
    ) -> OpFuture<(SetupCodeRecord, DeviceRecord)>;
    /// Notes that the device that used a setup code was answered.
    fn deliver_setup_code(&self, setup_id: &str, at_ms: u64) -> OpFuture<SetupCodeRecord>;
    /// Removes setup codes.
    fn remove_setup_codes(&self, setup_ids: Vec<String>) -> OpFuture<()>;
    /// Keeps a small setting.
    fn put_setting(&self, key: &str, value: &Value) -> OpFuture<()>;
    /// The calls to nodes that were sent, each with its slot.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn call_marks(&self) -> Result<Vec<(u32, CallMark)>, StoreError>;
    /// Notes a call that is about to be sent; waits for no disk.
    ///
    /// # Errors
    ///
    /// When it cannot be written: the call is not to be sent.
    fn mark_call(&self, slot: u32, mark: CallMark) -> Result<(), StoreError>;
    /// Takes such a note away.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn clear_call_mark(&self, slot: u32) -> Result<(), StoreError>;
    /// Keeps how calls to nodes ended.
    fn put_call_outcomes(&self, records: Vec<CallOutcomeRecord>) -> OpFuture<()>;
    /// How calls to nodes ended.
    fn call_outcomes(&self) -> OpFuture<Vec<CallOutcomeRecord>>;
    /// Forgets how calls to nodes ended before a moment.
    fn forget_call_outcomes(&self, before_ms: u64) -> OpFuture<usize>;
    /// Puts work on the list of a node that sleeps.
    fn queue_node_work(
        &self,
        id: &DeviceId,
        work: PendingWork,
        expires_at_ms: u64,
        now_ms: u64,
    ) -> OpFuture<QueuedWork>;
    /// Takes work off that list.
    fn drain_node_work(&self, id: &DeviceId, most: usize, now_ms: u64) -> OpFuture<DrainedWork>;
    /// Has a call wait for the foreground of a node.
    fn queue_node_action(
        &self,
        id: &DeviceId,
        record: NodeActionRecord,
        now_ms: u64,
    ) -> OpFuture<PendingAction>;
    /// The calls that wait for the foreground of a node.
    fn node_actions(&self, id: &DeviceId, now_ms: u64) -> OpFuture<Vec<PendingAction>>;
    /// Takes calls off that list; answers how many are left.
    fn remove_node_actions(
        &self,
        id: &DeviceId,
        ids: Vec<InvokeId>,
        now_ms: u64,
    ) -> OpFuture<usize>;
    /// Notes that a device was heard; costs no disk.
    fn touch(&self, id: &DeviceId, at_ms: u64, reason: &'static str);
    /// Writes such notes.
    fn flush_touches(&self) -> OpFuture<()>;
}

impl Store for SqliteStore {
    fn location(&self) -> PathBuf {
        self.path().to_path_buf()
    }

    fn home(&self) -> Option<SqliteStore> {
        Some(self.clone())
    }

    fn snapshot(&self) -> OpFuture<Snapshot> {
        Self::snapshot(self).into_future()
    }

    fn put_device(&self, device: DeviceRecord) -> OpFuture<()> {
        Self::put_device(self, device).into_future()
    }

    fn rename_device(&self, id: &DeviceId, label: Option<String>) -> OpFuture<DeviceRecord> {
        Self::rename_device(self, id, label).into_future()
    }

    fn remove_surface(&self, id: &DeviceId) -> OpFuture<DeviceRecord> {
        Self::remove_surface(self, id).into_future()
    }

    fn remove_device(&self, id: &DeviceId) -> OpFuture<(DeviceRecord, Vec<PendingRecord>)> {
        Self::remove_device(self, id).into_future()
    }

    fn set_token(&self, id: &DeviceId, grant: TokenGrant, at_ms: u64) -> OpFuture<DeviceRecord> {
        Self::set_token(self, id, grant, at_ms).into_future()
    }

    fn revoke_token(&self, id: &DeviceId, role: &Role, at_ms: u64) -> OpFuture<DeviceRecord> {
        Self::revoke_token(self, id, role, at_ms).into_future()
    }

    fn put_pending(
        &self,
        request: PendingRecord,
        superseding: Vec<PairingRequestId>,
    ) -> OpFuture<Vec<PendingRecord>> {
        Self::put_pending(self, request, superseding).into_future()
    }

    fn remove_pending(&self, id: &PairingRequestId) -> OpFuture<PendingRecord> {
        Self::remove_pending(self, id).into_future()
    }

    fn remove_expired(&self, before_ms: u64) -> OpFuture<Vec<PendingRecord>> {
        Self::remove_expired(self, before_ms).into_future()
    }

    fn approve_pending(
        &self,
        id: &PairingRequestId,
        approval: Approval,
        at_ms: u64,
    ) -> OpFuture<Approved> {
        Self::approve_pending(self, id, approval, at_ms).into_future()
    }

    fn rename_legacy_node(&self, id: &NodeId, name: String) -> OpFuture<LegacyNodeRecord> {
        Self::rename_legacy_node(self, id, name).into_future()
    }

    fn remove_legacy_node(&self, id: &NodeId) -> OpFuture<LegacyNodeRecord> {
        Self::remove_legacy_node(self, id).into_future()
    }

    fn put_setup_code(&self, code: SetupCodeRecord) -> OpFuture<()> {
        Self::put_setup_code(self, code).into_future()
    }

    fn redeem_setup_code(
        &self,
        setup_id: &str,
        redemption: Redemption,
        at_ms: u64,
    ) -> OpFuture<(SetupCodeRecord, DeviceRecord)> {
        Self::redeem_setup_code(self, setup_id, redemption, at_ms).into_future()
    }

    fn deliver_setup_code(&self, setup_id: &str, at_ms: u64) -> OpFuture<SetupCodeRecord> {
        Self::deliver_setup_code(self, setup_id, at_ms).into_future()
    }

    fn remove_setup_codes(&self, setup_ids: Vec<String>) -> OpFuture<()> {
        Self::remove_setup_codes(self, setup_ids).into_future()
    }

    fn put_setting(&self, key: &str, value: &Value) -> OpFuture<()> {
        Self::put_setting(self, key, value).into_future()
    }

    fn call_marks(&self) -> Result<Vec<(u32, CallMark)>, StoreError> {
        Self::call_marks(self)
    }

    fn mark_call(&self, slot: u32, mark: CallMark) -> Result<(), StoreError> {
        Self::mark_call(self, slot, mark)
    }

    fn clear_call_mark(&self, slot: u32) -> Result<(), StoreError> {
        Self::clear_call_mark(self, slot)
    }

    fn put_call_outcomes(&self, records: Vec<CallOutcomeRecord>) -> OpFuture<()> {
        Self::put_call_outcomes(self, records).into_future()
    }

    fn call_outcomes(&self) -> OpFuture<Vec<CallOutcomeRecord>> {
        Self::call_outcomes(self).into_future()
    }

    fn forget_call_outcomes(&self, before_ms: u64) -> OpFuture<usize> {
        Self::forget_call_outcomes(self, before_ms).into_future()
    }

    fn queue_node_work(
        &self,
        id: &DeviceId,
        work: PendingWork,
        expires_at_ms: u64,
        now_ms: u64,
    ) -> OpFuture<QueuedWork> {
        Self::queue_node_work(self, id, work, expires_at_ms, now_ms).into_future()
    }

    fn drain_node_work(&self, id: &DeviceId, most: usize, now_ms: u64) -> OpFuture<DrainedWork> {
        Self::drain_node_work(self, id, most, now_ms).into_future()
    }

    fn queue_node_action(
        &self,
        id: &DeviceId,
        record: NodeActionRecord,
        now_ms: u64,
    ) -> OpFuture<PendingAction> {
        Self::queue_node_action(self, id, record, now_ms).into_future()
    }

    fn node_actions(&self, id: &DeviceId, now_ms: u64) -> OpFuture<Vec<PendingAction>> {
        Self::node_actions(self, id, now_ms).into_future()
    }

    fn remove_node_actions(
        &self,
        id: &DeviceId,
        ids: Vec<InvokeId>,
        now_ms: u64,
    ) -> OpFuture<usize> {
        Self::remove_node_actions(self, id, ids, now_ms).into_future()
    }

    fn touch(&self, id: &DeviceId, at_ms: u64, reason: &'static str) {
        Self::touch(self, id, at_ms, reason);
    }

    fn flush_touches(&self) -> OpFuture<()> {
        Self::flush_touches(self).into_future()
    }
}

#[cfg(test)]
mod contract {
    //! What every store must do.

    use openclaw_protocol::id::DeviceId;
    use openclaw_protocol::{Role, Scope, ScopeSet};
    use openclaw_store::{
        ClientFacts, DeviceGrant, DeviceRecord, PendingAsk, PendingRecord, Redemption,
        SetupCodeRecord, StoreError, Surface, TokenDigest, TokenGrant, Tokens,
    };
    use serde_json::json;

    use super::Store;

    fn device(n: u8) -> DeviceRecord {
        DeviceRecord {
            device_id: DeviceId::from_digest([n; 32]),
            public_key: "key".to_owned(),
            operator_label: None,
            facts: ClientFacts::default(),
            roles: vec![Role::Operator],
            scopes: ScopeSet::from([Scope::Read]),
            approved_via: None,
            created_at_ms: 1,
            approved_at_ms: 1,
            last_seen_at_ms: None,
            last_seen_reason: None,
            tokens: Tokens::none(),
            surface: None,
        }
    }

    async fn remembers_what_it_acknowledged(store: &dyn Store) {
        let one = device(1);
        store.put_device(one.clone()).await.unwrap();
        let grant = TokenGrant {
            role: Role::Operator,
            digest: TokenDigest::of("t"),
            scopes: ScopeSet::from([Scope::Read]),
        };
        let with_token = store.set_token(&one.device_id, grant, 5).await.unwrap();
        assert!(
            with_token
                .tokens
                .get(&Role::Operator)
                .is_some_and(|t| t.digest.matches("t"))
        );
        let revoked = store
            .revoke_token(&one.device_id, &Role::Operator, 7)
            .await
            .unwrap();
        assert_eq!(
            revoked.tokens.get(&Role::Operator).unwrap().revoked_at_ms,
            Some(7)
        );
        store.put_setting("k", &json!([1])).await.unwrap();
        let request = PendingRecord {
            request_id: "r".into(),
            ask: PendingAsk::Surface {
                device_id: one.device_id.clone(),
            },
            declared: Surface::default(),
            facts: ClientFacts::default(),
            silent: false,
            is_repair: false,
            ts_ms: 9,
        };
        assert!(
            store
                .put_pending(request.clone(), Vec::new())
                .await
                .unwrap()
                .is_empty()
        );
        let snapshot = store.snapshot().await.unwrap();
        assert_eq!(snapshot.devices, [revoked]);
        assert_eq!(snapshot.pending, [request]);
        assert_eq!(snapshot.setting::<Vec<u8>>("k").unwrap(), Some(vec![1]));
        assert_eq!(store.remove_expired(10).await.unwrap().len(), 1);
        spends_a_setup_code_once(store).await;
        store.remove_device(&one.device_id).await.unwrap();
        assert!(store.remove_device(&one.device_id).await.is_err());
        let left = store.snapshot().await.unwrap().devices;
        assert_eq!(left.len(), 1, "the one that the setup code paired");
    }

    async fn spends_a_setup_code_once(store: &dyn Store) {
        let code = SetupCodeRecord {
            setup_id: "s".to_owned(),
            digest: TokenDigest::of("code"),
            access: openclaw_protocol::events::device::pair::setup::completed::SetupAccess::Node,
            roles: vec![Role::Node],
            scopes: ScopeSet::empty(),
            maker: ScopeSet::from([Scope::Admin]),
            made_by: None,
            created_at_ms: 1,
            expires_at_ms: 9,
            used: None,
        };
        store.put_setup_code(code.clone()).await.unwrap();
        let redemption = |n: u8| Redemption {
            device_id: DeviceId::from_digest([n; 32]),
            public_key: "key".to_owned(),
            facts: ClientFacts::default(),
            grant: DeviceGrant {
                roles: vec![Role::Node],
                ..DeviceGrant::default()
            },
        };
        let (first, second) = tokio::join!(
            store.redeem_setup_code("s", redemption(7), 5),
            store.redeem_setup_code("s", redemption(8), 5)
        );
        let (used, device) = first.unwrap();
        assert_eq!(device.device_id, DeviceId::from_digest([7; 32]));
        assert_eq!(used.used.unwrap().device_id, device.device_id);
        assert_eq!(second.unwrap_err(), StoreError::SetupCodeSpent);
        let told = store.deliver_setup_code("s", 6).await.unwrap();
        assert_eq!(store.snapshot().await.unwrap().setup_codes, [told]);
        store
            .remove_setup_codes(vec!["s".to_owned()])
            .await
            .unwrap();
        assert!(store.snapshot().await.unwrap().setup_codes.is_empty());
    }

    #[tokio::test]
    async fn sqlite_keeps_the_contract() {
        let store = openclaw_store::Store::in_memory().unwrap();
        remembers_what_it_acknowledged(&store).await;
    }
}
