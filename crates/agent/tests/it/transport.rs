use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use openclaw_agent::model::transport::{HttpClient, HttpOptions, Transport};
use openclaw_agent::model::{
    Api, Catalog, KeyHeader, ModelError, ModelEvent, ModelFault, ModelRequest, ModelSpec,
    ProviderSpec, StopReason, TimeoutKind, Timeouts,
};

use crate::server::{Server, Then, answer, open_answer};

const SSE: &str = "content-type: text/event-stream\r\n";
const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
const END: &str =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

async fn ask(base: &str, idle: Duration) -> (Vec<ModelEvent>, Option<ModelError>) {
    let provider = ProviderSpec {
        name: "local".into(),
        base_url: base.parse().unwrap(),
        api: Api::OpenAiChat,
        api_key: Some("sk-very-secret".to_owned().into()),
        auth: KeyHeader::Usual,
        headers: vec![("X-Title".into(), "hidden-value".to_owned().into())],
        models: vec![ModelSpec::new("m")],
        timeouts: Timeouts {
            idle,
            ..Timeouts::default()
        },
    };
    let transport: Arc<dyn Transport> = Arc::new(HttpClient::new(HttpOptions::default()));
    let (catalog, errors) = Catalog::new(vec![provider], &transport);
    assert!(errors.is_empty());
    let model = catalog.resolve("local/m").unwrap();
    let mut events = match model.ask(&ModelRequest::default()).await {
        Ok(events) => events,
        Err(error) => return (vec![], Some(error)),
    };
    let mut out = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => out.push(event),
            Err(error) => return (out, Some(error)),
        }
    }
    (out, None)
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_answer_is_streamed() {
    let body = format!("{HALF}{END}");
    let server = Server::start(vec![answer("200 OK", SSE, &body)]).await;
    let (events, error) = ask(&format!("http://{}/v1", server.address), LONG).await;
    assert_eq!(error, None);
    assert_eq!(
        events,
        [
            ModelEvent::Text("Hello".into()),
            ModelEvent::Stop(StopReason::Stop)
        ]
    );
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("authorization: Bearer sk-very-secret\r\n"));
    assert!(request.contains("x-title: hidden-value\r\n"));
}

#[tokio::test]
async fn a_connection_that_breaks_is_told() {
    let broken = open_answer(SSE, HALF, Then::Close);
    let server = Server::start(vec![broken]).await;
    let (events, error) = ask(&format!("http://{}/v1", server.address), LONG).await;
    assert_eq!(events, [ModelEvent::Text("Hello".into())]);
    assert_eq!(error.unwrap().fault, ModelFault::Broken);
}

#[tokio::test]
async fn a_server_that_stalls_is_left() {
    let server = Server::start(vec![open_answer(SSE, HALF, Then::Stall)]).await;
    let (events, error) = ask(
        &format!("http://{}/v1", server.address),
        Duration::from_millis(200),
    )
    .await;
    assert_eq!(events, [ModelEvent::Text("Hello".into())]);
    assert!(matches!(
        error.unwrap().fault,
        ModelFault::Timeout {
            kind: TimeoutKind::Idle,
            ..
        }
    ));
}

#[tokio::test]
async fn a_key_does_not_follow_a_redirect() {
    let elsewhere = Server::start(vec![answer("200 OK", SSE, END)]).await;
    let to = format!(
        "location: http://{}/v1/chat/completions\r\n",
        elsewhere.address
    );
    let server = Server::start(vec![answer("307 Temporary Redirect", &to, "")]).await;
    let (_, error) = ask(&format!("http://{}/v1", server.address), LONG).await;
    assert_eq!(error.unwrap().fault, ModelFault::NotFound);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn nobody_at_the_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (_, error) = ask(&format!("http://{address}/v1"), LONG).await;
    let error = error.unwrap();
    assert_eq!(error.fault, ModelFault::Network);
    let text = format!("{error} {error:?}");
    assert!(text.contains(&address.to_string()) && text.contains("models.providers.local.baseUrl"));
    assert!(!text.contains("sk-very-secret") && !text.contains("hidden-value"));
}

#[tokio::test]
async fn a_server_that_speaks_no_http() {
    let server = Server::start(vec![("SSH-2.0-OpenSSH_9.9\r\n".into(), Then::Close)]).await;
    let (_, error) = ask(&format!("http://{}/v1", server.address), LONG).await;
    assert!(error.unwrap().fault.is_passing());
}
