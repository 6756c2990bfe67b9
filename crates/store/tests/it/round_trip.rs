use std::collections::BTreeMap;

use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{
    ApprovedSurface, ClientFacts, DeviceRecord, PendingAsk, PendingRecord, Store, Surface,
    TokenDigest, TokenRecord,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;

/// Times SQLite can hold.
fn time() -> impl Strategy<Value = u64> {
    0..=u64::try_from(i64::MAX).unwrap()
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Node),
        Just(Role::Operator),
        ".*".prop_map(|s| Role::from(s.as_str()))
    ]
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    vec(".*".prop_map(|word| Scope::from(word.as_str())), 0..4)
        .prop_map(|scopes| scopes.into_iter().collect())
}

fn facts() -> impl Strategy<Value = ClientFacts> {
    (of(".*"), of(".*"), of("cli|node-host|other"), of(".*")).prop_map(|(name, os, client, ip)| {
        ClientFacts {
            display_name: name,
            platform: os,
            client_id: client.map(|word| word.as_str().into()),
            remote_ip: ip,
            ..ClientFacts::default()
        }
    })
}

fn surface() -> impl Strategy<Value = Surface> {
    (
        vec(".*", 0..3),
        vec(".*", 0..3),
        btree_map(".*", any::<bool>(), 0..3),
    )
        .prop_map(|(caps, commands, permissions)| Surface {
            caps,
            commands,
            permissions,
        })
}

fn token() -> impl Strategy<Value = TokenRecord> {
    (".*", scopes(), time(), of(time()), of(time()), of(time())).prop_map(
        |(token, scopes, created_at_ms, rotated_at_ms, revoked_at_ms, last_used_at_ms)| {
            let digest = TokenDigest::of(&token);
            TokenRecord {
                digest,
                scopes,
                created_at_ms,
                rotated_at_ms,
                revoked_at_ms,
                last_used_at_ms,
            }
        },
    )
}

fn device() -> impl Strategy<Value = DeviceRecord> {
    let who = (any::<[u8; 32]>(), ".*", of(".*"), facts(), of(".*"));
    let what = (
        vec(role(), 0..3),
        scopes(),
        btree_map(role(), token(), 0..3),
        of(surface()),
    );
    let when = (time(), time(), of(time()), of(".*"));
    (who, what, when).prop_map(|(who, what, when)| DeviceRecord {
        device_id: DeviceId::from_digest(who.0),
        public_key: who.1,
        operator_label: who.2,
        facts: who.3,
        approved_via: who.4,
        roles: what.0,
        scopes: what.1,
        tokens: what.2.into_iter().collect(),
        surface: what.3.map(|surface| ApprovedSurface {
            surface,
            created_at_ms: when.0,
            approved_at_ms: when.1,
        }),
        created_at_ms: when.0,
        approved_at_ms: when.1,
        last_seen_at_ms: when.2,
        last_seen_reason: when.3,
    })
}

fn request() -> impl Strategy<Value = PendingRecord> {
    let ask = prop_oneof![
        (any::<[u8; 32]>(), ".*", vec(role(), 0..3), scopes()).prop_map(
            |(digest, public_key, roles, scopes)| PendingAsk::Device {
                device_id: DeviceId::from_digest(digest),
                public_key,
                roles,
                scopes,
            }
        ),
        any::<[u8; 32]>().prop_map(|digest| PendingAsk::Surface {
            device_id: DeviceId::from_digest(digest)
        }),
        ".*".prop_map(|node_id| PendingAsk::LegacyNode {
            node_id: node_id.into()
        }),
    ];
    let rest = (surface(), facts(), any::<bool>(), any::<bool>(), time());
    (".*", ask, rest).prop_map(|(request_id, ask, rest)| PendingRecord {
        request_id: request_id.into(),
        ask,
        declared: rest.0,
        facts: rest.1,
        silent: rest.2,
        is_repair: rest.3,
        ts_ms: rest.4,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn devices_come_back_as_they_went_in(records in vec(device(), 1..4)) {
        let store = Store::in_memory().unwrap();
        let mut want = BTreeMap::new();
        for record in records {
            store.put_device(record.clone()).wait().unwrap();
            want.insert(record.device_id.clone(), record);
        }
        let got = store.snapshot().wait().unwrap().devices;
        let got: BTreeMap<_, _> = got.into_iter().map(|d| (d.device_id.clone(), d)).collect();
        prop_assert_eq!(got, want);
    }

    #[test]
    fn requests_come_back_as_they_went_in(record in request()) {
        let store = Store::in_memory().unwrap();
        store.put_pending(record.clone(), vec![]).wait().unwrap();
        // The same again must be recognised as the same.
        prop_assert!(store.put_pending(record.clone(), vec![]).wait().unwrap().is_empty());
        prop_assert_eq!(&store.snapshot().wait().unwrap().pending, std::slice::from_ref(&record));
        prop_assert_eq!(store.remove_pending(&record.request_id).wait().unwrap(), record);
    }
}
