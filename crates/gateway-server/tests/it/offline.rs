//! Decisions beside a stopped Gateway: the same records, the same rules.

use std::path::PathBuf;

use openclaw_config::StateLock;
use openclaw_gateway_server::offline::{Book, OfflineError};
use openclaw_gateway_server::{Gateway, TokenKey};
use openclaw_protocol::{Role, Scope};
use openclaw_store::{OpenOptions, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::device::Device;
use crate::join::{connect_from, node, operator, options, params};

const ELSEWHERE: &str = "192.0.2.7";

/// A state directory and what runs in it.
struct Home {
    dir: TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("state/openclaw-gateway.sqlite")
    }

    async fn gateway(&self) -> Gateway {
        Gateway::builder(options())
            .store(Store::open(self.database(), &OpenOptions::create()).unwrap())
            .token_key(TokenKey::from_bytes([5; 32]))
            .start()
            .await
            .unwrap()
    }

    async fn book(&self) -> Result<Book, OfflineError> {
        let key = TokenKey::from_bytes([5; 32]);
        Book::open(self.dir.path(), &self.database(), key).await
    }
}

/// A device elsewhere connects as an operator with these scopes, and with this token if any.
async fn elsewhere(
    gateway: &Gateway,
    device: &Device,
    scopes: &[&str],
    auth: Option<Value>,
) -> Value {
    let mut asks = params(4, "cli", "cli", "operator");
    asks["scopes"] = json!(scopes);
    if let Some(auth) = auth {
        asks["auth"] = auth;
    }
    connect_from(gateway, ELSEWHERE, asks, Some(device)).await.1
}

#[tokio::test]
async fn a_person_who_is_locked_out_lets_a_device_in() {
    let home = Home::new();
    let gateway = home.gateway().await;
    let (wanted, unwanted) = (Device::new(1), Device::new(2));
    let first = elsewhere(&gateway, &wanted, &["operator.read"], None).await;
    let request = first["error"]["details"]["requestId"]
        .as_str()
        .unwrap()
        .to_owned();
    elsewhere(&gateway, &unwanted, &["operator.admin"], None).await;
    gateway.shutdown("test").await;

    let book = home.book().await.unwrap();
    let list = book.devices();
    assert_eq!((list.pending.len(), list.paired.len()), (2, 0));
    let done = book.approve(&request).await.unwrap();
    assert_eq!(done.request_id.as_str(), request);
    let other = &book.devices().pending[0];
    let rejected = book.reject(other.request_id.as_str()).await.unwrap();
    assert_eq!(rejected.subject, unwanted.id());
    for gone in [request.as_str(), rejected.request_id.as_str(), "", "nope"] {
        let again = book.approve(gone).await.unwrap_err();
        assert!(matches!(again, OfflineError::UnknownRequest(_)), "{again}");
        assert!(
            again.to_string().contains("openclaw devices list"),
            "{again}"
        );
        assert!(book.reject(gone).await.is_err());
    }
    let list = book.devices();
    assert_eq!((list.pending.len(), list.paired.len()), (0, 1));
    assert_eq!(list.paired[0].connected, Some(false));
    book.close().await.unwrap();

    let gateway = home.gateway().await;
    let hello = elsewhere(&gateway, &wanted, &["operator.read"], None).await;
    assert_eq!(hello["ok"], true, "{hello}");
    let more = elsewhere(&gateway, &wanted, &["operator.write"], None).await;
    assert_eq!(
        more["error"]["details"]["reason"], "scope-upgrade",
        "{more}"
    );
    let other = elsewhere(&gateway, &unwanted, &["operator.admin"], None).await;
    assert_eq!(other["error"]["details"]["reason"], "not-paired", "{other}");
    gateway.shutdown("test").await;
}

#[tokio::test]
async fn tokens_are_rotated_and_revoked_within_what_was_approved() {
    let home = Home::new();
    let gateway = home.gateway().await;
    let device = Device::new(1);
    let (_, hello) = operator(&gateway, &device, &["operator.read", "operator.write"]).await;
    let old = hello["payload"]["auth"]["deviceToken"].clone();
    gateway.shutdown("test").await;

    let book = home.book().await.unwrap();
    let narrow = Some([Scope::Read].into());
    let rotated = book
        .rotate(&device.id(), &Role::Operator, narrow)
        .await
        .unwrap();
    assert_eq!(rotated.scopes, [Scope::Read]);
    assert!(rotated.token.is_none(), "it is for the device alone");
    let beyond = book
        .rotate(&device.id(), &Role::Operator, Some([Scope::Admin].into()))
        .await;
    assert!(matches!(beyond, Err(OfflineError::Denied(_))), "{beyond:?}");
    let role = book.rotate(&device.id(), &Role::Node, None).await;
    assert!(matches!(role, Err(OfflineError::Denied(_))), "{role:?}");
    let absent = book.revoke(&device.id(), &Role::Node).await;
    assert!(
        matches!(absent, Err(OfflineError::UnknownToken { .. })),
        "{absent:?}"
    );
    for id in ["", "nope", Device::new(9).id().as_str()] {
        let unknown = book.rotate(id, &Role::Operator, None).await;
        assert!(
            matches!(unknown, Err(OfflineError::UnknownDevice(_))),
            "{unknown:?}"
        );
        assert!(book.revoke(id, &Role::Operator).await.is_err());
        assert!(book.remove(id).await.is_err());
    }
    book.close().await.unwrap();

    let gateway = home.gateway().await;
    let by = |token: &Value| Some(json!({ "deviceToken": token }));
    let refused = elsewhere(&gateway, &device, &["operator.read"], by(&old)).await;
    assert_eq!(
        refused["error"]["details"]["code"],
        "AUTH_DEVICE_TOKEN_MISMATCH"
    );
    // The device is told its new token when it proves itself otherwise.
    let hello = elsewhere(&gateway, &device, &["operator.read"], None).await;
    let new = hello["payload"]["auth"]["deviceToken"].clone();
    assert!(new.is_string() && new != old, "{hello}");
    let hello = elsewhere(&gateway, &device, &["operator.read"], by(&new)).await;
    assert_eq!(hello["ok"], true, "{hello}");
    gateway.shutdown("test").await;

    let book = home.book().await.unwrap();
    let revoked = book.revoke(&device.id(), &Role::Operator).await.unwrap();
    let again = book.revoke(&device.id(), &Role::Operator).await.unwrap();
    assert_eq!(revoked, again, "the first time stays");
    book.close().await.unwrap();
    let gateway = home.gateway().await;
    let refused = elsewhere(&gateway, &device, &["operator.read"], by(&new)).await;
    assert_eq!(
        refused["error"]["details"]["code"],
        "AUTH_DEVICE_TOKEN_MISMATCH"
    );
    gateway.shutdown("test").await;

    let book = home.book().await.unwrap();
    book.remove(&device.id()).await.unwrap();
    assert!(book.devices().paired.is_empty());
    book.close().await.unwrap();
}

#[tokio::test]
async fn the_surface_of_a_node_is_approved_by_either_family_and_taken_away() {
    for by_node in [false, true] {
        let home = Home::new();
        let gateway = home.gateway().await;
        let device = Device::new(1);
        drop(node(&gateway, 4, &device, &["system.which"]).await);
        gateway.shutdown("test").await;
        let book = home.book().await.unwrap();
        let request = book.nodes().pending[0].request_id.clone();
        if by_node {
            let done = book.approve_node(request.as_str()).await.unwrap();
            assert_eq!(done.node.node_id.as_str(), device.id());
        } else {
            let done = book.approve(request.as_str()).await.unwrap();
            assert_eq!(done.device.device_id.as_str(), device.id());
        }
        let list = book.nodes();
        assert_eq!((list.pending.len(), list.paired.len()), (0, 1));
        let commands = list.paired[0].commands.as_deref().unwrap();
        assert_eq!(commands, ["system.which"]);
        book.remove_node(&device.id()).await.unwrap();
        let again = book.remove_node(&device.id()).await;
        assert!(
            matches!(again, Err(OfflineError::UnknownNode(_))),
            "{again:?}"
        );
        assert_eq!(book.devices().paired.len(), 1, "the device stays paired");
        book.close().await.unwrap();
    }
}

#[tokio::test]
async fn nobody_touches_the_state_of_a_gateway_that_runs() {
    let home = Home::new();
    let missing = home.book().await.unwrap_err();
    assert!(matches!(missing, OfflineError::Missing { .. }), "{missing}");
    let left: Vec<_> = std::fs::read_dir(home.dir.path()).unwrap().collect();
    assert!(left.is_empty(), "nothing was made");

    home.gateway().await.shutdown("test").await;
    let lock = StateLock::acquire(home.dir.path()).unwrap();
    let running = home.book().await.unwrap_err();
    assert!(matches!(running, OfflineError::Running { .. }), "{running}");
    assert!(
        running.to_string().contains("ask it, or stop it first"),
        "{running}"
    );
    drop(lock);
    let book = home.book().await.unwrap();
    // And no Gateway starts while the book is open.
    assert!(StateLock::acquire(home.dir.path()).is_err());
    book.close().await.unwrap();
    StateLock::acquire(home.dir.path()).unwrap();
}
