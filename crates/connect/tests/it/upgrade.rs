//! Answers to the upgrade that are no WebSocket.

use std::time::Duration;

use openclaw_connect::dial::dial_io;
use openclaw_connect::{
    Class, DialError, EdgeHeaders, Endpoint, GatewaySocket, Limits, Stage, UpgradeRejected, Wait,
};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fake_gateway::endpoint;

/// Upgrades against a peer that answers these bytes and closes. Returns what the
/// peer read, too.
async fn against(answer: &[u8]) -> (Result<GatewaySocket, DialError>, String) {
    dialled(&endpoint("ws://127.0.0.1:18789/some/path?ticket=1"), answer).await
}

async fn dialled(target: &Endpoint, answer: &[u8]) -> (Result<GatewaySocket, DialError>, String) {
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    let limits = Limits::default();
    let (result, request) = tokio::join!(dial_io(ours, target, &limits), async {
        let mut request = vec![0; 4096];
        let read = theirs.read(&mut request).await.unwrap();
        theirs.write_all(answer).await.unwrap();
        drop(theirs);
        String::from_utf8(request[..read].to_vec()).unwrap()
    });
    (result, request)
}

async fn rejected(answer: &str) -> (UpgradeRejected, Class) {
    match against(answer.as_bytes()).await.0 {
        Err(DialError::UpgradeRejected(rejected)) => {
            let class = Class::of_dial(&DialError::UpgradeRejected(rejected.clone()));
            (*rejected, class)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_request_is_a_websocket_upgrade() {
    let (_, request) = against(b"HTTP/1.1 404 Not Found\r\n\r\n").await;
    let mut lines = request.split("\r\n");
    assert_eq!(lines.next(), Some("GET /some/path?ticket=1 HTTP/1.1"));
    for line in [
        "Host: 127.0.0.1:18789",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
    ] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{request}");
    }
    assert!(
        !request.to_ascii_lowercase().contains("origin"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\n"));
}

#[tokio::test]
async fn an_origin_is_sent_once_where_it_is_asked_for() {
    let page = endpoint("ws://127.0.0.1:18789").with_browser_origin("https://stranger.invalid");
    let (_, request) = dialled(&page, b"HTTP/1.1 404 Not Found\r\n\r\n").await;
    assert_eq!(
        request
            .matches("\r\nOrigin: https://stranger.invalid\r\n")
            .count(),
        1,
        "{request}"
    );
}

#[tokio::test]
async fn an_http_server_answers_404() {
    let (rejected, class) =
        rejected("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNot Foundand more").await;
    assert_eq!((rejected.status, &*rejected.body), (404, "Not Found"));
    assert_eq!(
        rejected.to_string(),
        "gateway rejected websocket upgrade (HTTP 404): Not Found"
    );
    assert!(!rejected.is_edge_refusal());
    assert_eq!(class, Class::Retry { after: None });
}

#[tokio::test]
async fn a_redirect_is_told_without_its_ticket_and_not_followed() {
    let (rejected, class) = rejected(
        "HTTP/1.1 302 Found\r\nLocation: https://login.example/access?token=hunter2#x\r\n\
         Content-Length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(
        rejected.location.as_deref(),
        Some("https://login.example/access")
    );
    assert!(rejected.is_edge_refusal());
    assert!(!format!("{rejected} {rejected:?}").contains("hunter2"));
    let Class::WaitForHuman(waiting) = class else {
        panic!("{class:?}")
    };
    assert_eq!(waiting.what, Wait::Edge);
}

#[tokio::test]
async fn a_proxy_that_wants_its_own_login_is_not_a_gateway_that_is_down() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let (rejected, class) = rejected(&format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\n\r\n<h1>no</h1>"
        ))
        .await;
        assert!(rejected.is_edge_refusal(), "{status}");
        assert!(matches!(class, Class::WaitForHuman(_)), "{status}");
    }
}

#[tokio::test]
async fn the_gateways_own_403_is_its_configuration() {
    let body = r#"{"error":{"message":"Proxy client attribution is required.","type":"proxy_attribution_required"}}"#;
    let (rejected, class) = rejected(&format!(
        "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    ))
    .await;
    assert_eq!(rejected.kind.as_deref(), Some("proxy_attribution_required"));
    assert_eq!(
        rejected.to_string(),
        "gateway rejected websocket upgrade (HTTP 403): Proxy client attribution is required."
    );
    assert_eq!(class, Class::Stop);
}

#[tokio::test]
async fn overload_is_waited_out() {
    let (rejected, class) =
        rejected("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\nbusy").await;
    assert_eq!(rejected.retry_after, Some(Duration::from_secs(7)));
    assert_eq!(
        class,
        Class::Retry {
            after: Some(Duration::from_secs(7))
        }
    );
    let (_, class) = self::rejected("HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    assert_eq!(class, Class::Retry { after: None });
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_for_a_second_and_2048_bytes() {
    let long = format!("HTTP/1.1 500 Oops\r\n\r\n{}", "x".repeat(10_000));
    let (rejected, _) = rejected(&long).await;
    assert_eq!(rejected.body.len(), 2048);

    let started = tokio::time::Instant::now();
    let head = b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nfirst";
    let (ours, mut theirs) = tokio::io::duplex(4096);
    theirs.write_all(head).await.unwrap();
    let result = dial_io(ours, &endpoint("ws://127.0.0.1:1"), &Limits::default()).await;
    let Err(DialError::UpgradeRejected(rejected)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(&*rejected.body, "first");
    assert_eq!(started.elapsed(), Duration::from_secs(1));
}

#[tokio::test]
async fn what_is_no_websocket_server() {
    for answer in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBrZXk=\r\n\r\n",
        "HTTP/1.1 nonsense\r\n\r\n",
    ] {
        let result = against(answer.as_bytes()).await.0;
        assert!(
            matches!(result, Err(DialError::NotWebSocket(_))),
            "{answer}: {result:?}"
        );
    }
    let endless = vec![b'a'; 20 * 1024];
    let mut answer = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
    answer.extend(endless);
    let result = against(&answer).await.0;
    assert!(
        matches!(result, Err(DialError::NotWebSocket(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn plaintext_to_a_tls_port_says_so() {
    let result = against(&[21, 3, 1, 0, 2, 2, 70]).await.0;
    let Err(error) = result else {
        panic!("upgraded")
    };
    assert!(matches!(error, DialError::NeedsTls), "{error:?}");
    assert!(error.to_string().contains("use wss://"), "{error}");
    assert_eq!(Class::of_dial(&error), Class::Stop);
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_dropped_not_refused() {
    let result = against(b"").await.0;
    let Err(error) = result else {
        panic!("upgraded")
    };
    assert!(
        matches!(
            error,
            DialError::Dropped {
                stage: Stage::Upgrade,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn edge_headers_are_part_of_the_request_and_of_no_log() {
    // Over plaintext they are refused before anything is written; see `tls` for the other half.
    let secret = SecretString::from("hunter2");
    let target = endpoint("wss://gate.example");
    let edge = EdgeHeaders::new(target.origin(), [("x-edge", &secret)]).unwrap();
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let plain = endpoint("ws://gate.local").with_edge(edge);
    let error = dial_io(ours, &plain, &Limits::default()).await.unwrap_err();
    assert!(matches!(error, DialError::Edge(_)));
    let mut written = Vec::new();
    theirs.read_to_end(&mut written).await.unwrap();
    assert_eq!(written, b"");
}
