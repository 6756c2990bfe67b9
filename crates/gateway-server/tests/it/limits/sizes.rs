//! The largest message, before and after `connect`.

use serde_json::{Value, json};

use super::{admin, dial, gateway};
use crate::peer::Peer;

const PREAUTH: usize = 64 * 1024;
const V3: usize = 512 * 1024;
const V4: usize = 25 * 1024 * 1024;

const TEXT: u8 = 0x1;
const CONTINUATION: u8 = 0x0;

/// The header of a client's frame whose mask changes nothing.
fn header(opcode: u8, is_last: bool, length: usize) -> Vec<u8> {
    let mut bytes = vec![opcode | if is_last { 0x80 } else { 0 }, 0x80 | 127];
    bytes.extend((length as u64).to_be_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// A request of exactly this many bytes.
fn request_of(bytes: usize) -> String {
    let frame = |padding: usize| {
        let params = json!({ "x": "x".repeat(padding) });
        json!({ "type": "req", "id": "1", "method": "node.list", "params": params }).to_string()
    };
    frame(bytes - frame(0).len())
}

async fn refuses_by_the_header_alone(peer: &mut Peer, limit: usize) {
    peer.send_raw(&header(TEXT, true, limit + 1)).await;
    // Not one byte of it was sent, so not one can have been waited for.
    assert_eq!(peer.closed().await, Some((1009, String::new())));
}

#[tokio::test]
async fn a_message_before_connect_may_have_64_kib() {
    let gateway = gateway().await;
    let mut peer = dial(&gateway).await;
    let request = request_of(PREAUTH);
    assert_eq!(request.len(), PREAUTH);
    peer.send_text(request).await;
    let response = peer.response("1").await;
    let message = "invalid handshake: first request must be connect";
    assert_eq!(response["error"]["message"], message);
    assert_eq!(peer.closed().await, Some((1008, message.to_owned())));
}

#[tokio::test]
async fn a_larger_message_before_connect_is_refused_by_its_header() {
    let gateway = gateway().await;
    refuses_by_the_header_alone(&mut dial(&gateway).await, PREAUTH).await;
}

#[tokio::test]
async fn a_message_that_is_refused_may_be_on_its_way_already() {
    let gateway = gateway().await;
    let mut peer = dial(&gateway).await;
    peer.send_text(request_of(600_000)).await;
    assert_eq!(peer.closed().await, Some((1009, String::new())));
}

#[tokio::test]
async fn fragments_count_together() {
    let gateway = gateway().await;
    let mut peer = dial(&gateway).await;
    let half = vec![b' '; PREAUTH / 2];
    peer.send_raw(&header(TEXT, false, half.len())).await;
    peer.send_raw(&half).await;
    peer.send_raw(&header(CONTINUATION, false, half.len()))
        .await;
    peer.send_raw(&half).await;
    peer.send_raw(&header(CONTINUATION, true, 1)).await;
    peer.send_raw(b" ").await;
    assert_eq!(peer.closed().await, Some((1009, String::new())));
}

#[tokio::test]
async fn after_connect_each_generation_has_its_own_limit() {
    for (protocol, limit) in [(3, V3), (4, V4)] {
        let gateway = gateway().await;
        let mut peer = dial(&gateway).await;
        let hello = peer.connect(admin(protocol)).await;
        assert_eq!(hello["payload"]["policy"]["maxPayload"], Value::from(limit));
        let request = request_of(limit);
        assert_eq!(request.len(), limit);
        peer.send_text(request).await;
        let response = peer.response("1").await;
        assert_eq!(
            response["error"]["message"],
            "invalid node.list params: at root: unexpected property 'x'"
        );
        refuses_by_the_header_alone(&mut peer, limit).await;
    }
}
