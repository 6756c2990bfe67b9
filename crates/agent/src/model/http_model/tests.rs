use super::*;
use crate::model::StopReason;
use crate::model::catalog::Catalog;
use crate::model::testing::{Answer, Piece, ScriptedTransport, provider};

const HELLO: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n";
const END: &str =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

async fn ask(answer: Answer) -> (Vec<ModelEvent>, Option<ModelError>) {
    let transport: Arc<dyn Transport> = Arc::new(ScriptedTransport::new([answer]));
    let (catalog, _) = Catalog::new(
        vec![provider("fake", "https://models.example/v1")],
        &transport,
    );
    let model = Arc::clone(catalog.resolve("fake/fake-1").unwrap());
    let mut events = match model.ask(&ModelRequest::default()).await {
        Ok(events) => events,
        Err(error) => return (vec![], Some(error)),
    };
    let mut out = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => out.push(event),
            Err(error) => {
                assert!(events.next().await.is_none(), "nothing follows an error");
                return (out, Some(error));
            }
        }
    }
    (out, None)
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_the_smallest_pieces() {
    let whole = format!("{HELLO}{END}");
    let pieces = whole.bytes().map(|byte| Piece::Bytes(vec![byte])).collect();
    let (events, error) = ask(Answer::pieces(pieces)).await;
    assert_eq!(error, None);
    assert_eq!(
        events,
        [
            ModelEvent::Text("Hello".into()),
            ModelEvent::Stop(StopReason::Stop)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_waited_for() {
    let slow = Duration::from_secs(100);
    let (events, error) = ask(Answer::pieces(vec![
        Piece::Wait(slow),
        bytes(HELLO),
        Piece::Wait(slow),
        bytes(END),
    ]))
    .await;
    assert_eq!((events.len(), error), (2, None));
}

async fn timed(answer: Answer) -> (TimeoutKind, Duration, usize) {
    let begun = Instant::now();
    let (events, error) = ask(answer).await;
    let error = error.expect("it never ends");
    let ModelFault::Timeout { kind, .. } = error.fault else {
        panic!("{error}")
    };
    assert!(error.to_string().contains("within"), "{error}");
    (kind, begun.elapsed(), events.len())
}

#[tokio::test(start_paused = true)]
async fn stalls_end() {
    let usual = Timeouts::default();
    assert_eq!(
        timed(Answer::Never).await,
        (TimeoutKind::FirstByte, usual.first_byte, 0)
    );
    let silent = Answer::pieces(vec![Piece::Stall]);
    assert_eq!(
        timed(silent).await,
        (TimeoutKind::FirstByte, usual.first_byte, 0)
    );
    let half = Answer::pieces(vec![bytes(HELLO), Piece::Stall]);
    assert_eq!(timed(half).await, (TimeoutKind::Idle, usual.idle, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_trickles_for_ever_ends() {
    let mut pieces = Vec::new();
    for _ in 0..100 {
        pieces.extend([
            Piece::Wait(Duration::from_secs(60)),
            bytes(": still here\n"),
        ]);
    }
    let (kind, after, _) = timed(Answer::pieces(pieces)).await;
    assert_eq!(
        (kind, after),
        (TimeoutKind::Total, Timeouts::default().total)
    );
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_break_is_given_first() {
    for pieces in [
        vec![bytes(HELLO), Piece::Break],
        vec![bytes(HELLO)],
        vec![bytes(&HELLO.repeat(2)[..HELLO.len() + 20])],
    ] {
        let (events, error) = ask(Answer::pieces(pieces)).await;
        assert_eq!(events, [ModelEvent::Text("Hello".into())]);
        assert_eq!(error.unwrap().fault, ModelFault::Broken);
    }
    let (events, error) = ask(Answer::stream(&format!("{HELLO}data: garbage\n\n"))).await;
    assert_eq!(events, [ModelEvent::Text("Hello".into())]);
    assert_eq!(error.unwrap().fault, ModelFault::Garbage);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_without_the_key() {
    let body = r#"{"error":{"message":"Incorrect API key provided: sk-very-secret.","code":"invalid_api_key"}}"#;
    let (_, error) = ask(Answer::refusal(401, &[], body)).await;
    let error = error.unwrap();
    assert_eq!(error.fault, ModelFault::Auth { status: 401 });
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("sk-very-secret"), "{text}");
    }
    assert!(error.to_string().contains("models.example"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_is_kept() {
    let (_, error) = ask(Answer::refusal(429, &[("retry-after", "7")], "{}")).await;
    assert_eq!(
        error.unwrap().fault.retry_after(),
        Some(Duration::from_secs(7))
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_instead_of_an_answer() {
    let page = Answer::refusal(
        200,
        &[("content-type", "text/html")],
        "<html>Welcome</html>",
    );
    let (_, error) = ask(page).await;
    let error = error.unwrap();
    assert_eq!(error.fault, ModelFault::Garbage);
    assert!(
        error.to_string().contains("models.providers.fake.api"),
        "{error}"
    );

    let failed = r#"{"error":{"message":"model is loading","code":503}}"#;
    let (_, error) = ask(Answer::refusal(
        200,
        &[("content-type", "application/json")],
        failed,
    ))
    .await;
    assert!(matches!(
        error.unwrap().fault,
        ModelFault::Overloaded { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_reached() {
    let refused = TransportError::Connect("connection refused".into());
    let (_, error) = ask(Answer::Error(refused)).await;
    let error = error.unwrap();
    assert_eq!(error.fault, ModelFault::Network);
    assert!(error.to_string().contains("connection refused"), "{error}");
    let (_, error) = ask(Answer::Error(TransportError::ConnectTimeout)).await;
    assert!(matches!(
        error.unwrap().fault,
        ModelFault::Timeout {
            kind: TimeoutKind::Connect,
            ..
        }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_never_ends_is_cut() {
    let pieces = vec![bytes("no"), Piece::Stall];
    let (_, error) = ask(Answer::Http {
        status: 500,
        headers: vec![],
        pieces,
    })
    .await;
    let error = error.unwrap();
    assert_eq!(error.detail, "no");
    assert!(matches!(
        error.fault,
        ModelFault::Server {
            status: Some(500),
            ..
        }
    ));
}

#[tokio::test(start_paused = true)]
async fn an_event_without_end_is_refused() {
    let piece = Piece::Bytes(vec![b'x'; 1024 * 1024]);
    let (_, error) = ask(Answer::pieces(vec![piece; 14])).await;
    let error = error.unwrap();
    assert!(
        matches!(error.fault, ModelFault::TooLarge { .. }),
        "{error}"
    );
}
