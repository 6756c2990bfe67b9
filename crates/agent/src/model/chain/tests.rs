use super::*;
use crate::model::testing::{Notes, Said, ScriptedModel, calls, says};

fn fails(fault: ModelFault) -> Vec<Said> {
    vec![Said::Fault(fault)]
}

fn breaks_after(text: &str) -> Vec<Said> {
    vec![
        Said::Event(ModelEvent::Text(text.into())),
        Said::Fault(ModelFault::Broken),
    ]
}

async fn call(chain: &ModelChain, may_restart: bool) -> (Call, Vec<String>) {
    let mut notes = Notes::default();
    let request = ModelRequest::default();
    let call = chain
        .call(
            &request,
            0,
            may_restart,
            &mut notes,
            &CancellationToken::new(),
        )
        .await;
    (call, notes.0)
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_tried_again() {
    let asked = Duration::from_secs(7);
    let limited = fails(ModelFault::RateLimited {
        retry_after: Some(asked),
    });
    let chain = ModelChain::new(ScriptedModel::new("a", [limited, says("hi")]));
    let begun = tokio::time::Instant::now();
    let (call, notes) = call(&chain, false).await;
    assert_eq!(call.end, CallEnd::Answered);
    assert_eq!(call.message.text(), "hi");
    assert_eq!(call.failed.len(), 1);
    assert!(begun.elapsed() >= asked, "the provider is obeyed");
    assert_eq!(
        notes,
        ["asking a", "retry 2/4 rate_limit", "asking a", "text hi"]
    );
}

#[tokio::test(start_paused = true)]
async fn another_stands_in_for_one_that_fails_for_good() {
    let chain = ModelChain::new(ScriptedModel::new(
        "a",
        [fails(ModelFault::Auth { status: 401 })],
    ))
    .or(ScriptedModel::new("b", [says("hi")]));
    let (call, notes) = call(&chain, false).await;
    assert_eq!((call.end, call.model), (CallEnd::Answered, 1));
    assert_eq!(
        notes,
        ["asking a", "fall back auth to b", "asking b", "text hi"]
    );
    assert_eq!(call.message.model.unwrap().model, "b");
}

#[tokio::test(start_paused = true)]
async fn when_all_fail_every_failure_is_told() {
    let down = || {
        fails(ModelFault::Server {
            status: Some(500),
            retry_after: None,
        })
    };
    let chain = ModelChain::new(ScriptedModel::new("a", (0..2).map(|_| down())))
        .or(ScriptedModel::new("b", (0..2).map(|_| down())))
        .with_retry(RetryPolicy {
            attempts: 2,
            ..RetryPolicy::default()
        });
    let (call, _) = call(&chain, false).await;
    assert_eq!((call.end, call.failed.len()), (CallEnd::Failed, 4));
    assert_eq!(call.message.stop_reason, StopReason::Error);
}

#[tokio::test(start_paused = true)]
async fn text_that_was_heard_is_not_said_twice() {
    let chain = ModelChain::new(ScriptedModel::new("a", [breaks_after("hal")]))
        .or(ScriptedModel::new("b", []));
    let (call, notes) = call(&chain, false).await;
    assert_eq!(call.end, CallEnd::Failed);
    assert_eq!(call.message.text(), "hal");
    assert_eq!(notes, ["asking a", "text hal"]);
}

#[tokio::test(start_paused = true)]
async fn text_that_can_be_replaced_is_said_anew() {
    let chain = ModelChain::new(ScriptedModel::new(
        "a",
        [breaks_after("hal"), says("hallo")],
    ));
    let (call, notes) = call(&chain, true).await;
    assert_eq!(call.message.text(), "hallo");
    assert_eq!(
        notes,
        [
            "asking a",
            "text hal",
            "retry 2/4 stream_broken",
            "restart",
            "asking a",
            "text hallo"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_not_waited() {
    let hour = Some(Duration::from_secs(3600));
    let limited = fails(ModelFault::RateLimited { retry_after: hour });
    let chain = ModelChain::new(ScriptedModel::new("a", [limited]));
    let begun = tokio::time::Instant::now();
    let (call, _) = call(&chain, false).await;
    assert_eq!(call.end, CallEnd::Failed);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_another_model_cannot_mend_is_not_asked_of_it() {
    let cut = [fails(ModelFault::CutCall)];
    let chain = ModelChain::new(ScriptedModel::new("a", cut)).or(ScriptedModel::new("b", []));
    assert_eq!(call(&chain, true).await.0.end, CallEnd::Failed);
    let full = [fails(ModelFault::ContextOverflow)];
    let chain = ModelChain::new(ScriptedModel::new("a", full)).or(ScriptedModel::new("b", []));
    assert_eq!(
        call(&chain, true).await.0.end,
        CallEnd::Failed,
        "its window is no larger"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_taken_back_at_any_time() {
    let stalls = vec![Said::Event(ModelEvent::Text("ha".into())), Said::Stall];
    let limited = fails(ModelFault::RateLimited {
        retry_after: Some(Duration::from_secs(50)),
    });
    for script in [stalls, limited] {
        let chain = ModelChain::new(ScriptedModel::new("a", [script]));
        let cancel = CancellationToken::new();
        let request = ModelRequest::default();
        let mut notes = Notes::default();
        let (ended, ()) = tokio::join!(chain.call(&request, 0, true, &mut notes, &cancel), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancel.cancel();
        });
        assert_eq!(ended.end, CallEnd::Cancelled);
        assert_eq!(ended.message.stop_reason, StopReason::Aborted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_just_ends_is_broken() {
    let script = vec![Said::Event(ModelEvent::Text("ha".into()))];
    let chain = ModelChain::new(ScriptedModel::new("a", [script]));
    let (ended, _) = call(&chain, false).await;
    assert_eq!(ended.failed[0].fault, ModelFault::Broken);
    let chain = ModelChain::new(ScriptedModel::new("a", [calls(&[("1", "t", "{}")])]));
    assert_eq!(call(&chain, false).await.0.message.calls().count(), 1);
}
