use std::time::Duration;

use super::super::testing::{Book, Echo, Watch};
use super::super::{NoJournal, RecordedStep, Recovered, StepResult};
use super::*;
use crate::message::Content;
use crate::message::history::{UNKNOWN_OUTCOME, well_formed};
use crate::model::ModelChain;
use crate::model::testing::{Said, ScriptedModel, calls, says};
use crate::model::{ModelEvent, RetryPolicy};
use crate::tool::Toolbox;

struct Case {
    model: Arc<ScriptedModel>,
    tool: Arc<Echo>,
    watch: Arc<Watch>,
    book: Book,
    cancel: CancellationToken,
}

fn case(scripts: Vec<Vec<Said>>) -> Case {
    Case {
        model: ScriptedModel::new("a", scripts),
        tool: Echo::named("echo"),
        watch: Arc::default(),
        book: Book::default(),
        cancel: CancellationToken::new(),
    }
}

impl Case {
    fn spec(&self) -> RunSpec {
        let chain = ModelChain::new(Arc::clone(&self.model) as _).with_retry(RetryPolicy::once());
        let mut tools = Toolbox::new();
        tools.add(Arc::clone(&self.tool) as _).unwrap();
        RunSpec {
            tools,
            ..RunSpec::new("r1", "agent:main:main", chain, vec![Message::user("go")])
        }
    }

    async fn run(&self, spec: RunSpec) -> RunOutcome {
        let sink: Arc<dyn RunSink> = Arc::clone(&self.watch) as _;
        let outcome = run(spec, sink, &self.book, &self.cancel).await;
        let mut all = vec![Message::user("go")];
        all.extend(outcome.messages.clone());
        assert_eq!(
            well_formed(&all),
            all,
            "the messages can be added as they are"
        );
        outcome
    }

    fn seen(&self) -> Vec<String> {
        self.watch.0.lock().unwrap().clone()
    }

    fn asked(&self) -> usize {
        self.model.asked.lock().unwrap().len()
    }

    fn called(&self) -> Vec<(String, String)> {
        self.tool.calls.lock().unwrap().clone()
    }
}

const DONE: RunEnd = RunEnd::Completed {
    stop: StopReason::Stop,
};

fn result_texts(outcome: &RunOutcome) -> Vec<String> {
    let results = outcome.messages.iter().filter_map(|message| match message {
        Message::ToolResult(result) => match &result.content[0] {
            Content::Text { text } => Some(text.clone()),
            Content::Image(_) => None,
        },
        Message::User(_) | Message::Assistant(_) => None,
    });
    results.collect()
}

#[tokio::test(start_paused = true)]
async fn a_plain_answer() {
    let script = vec![
        Said::Event(ModelEvent::Text("Hello".into())),
        Said::Event(ModelEvent::Text(" there".into())),
        Said::Event(ModelEvent::Stop(StopReason::Stop)),
    ];
    let case = case(vec![script]);
    let outcome = case.run(case.spec()).await;
    assert_eq!((outcome.end, outcome.text.as_str()), (DONE, "Hello there"));
    assert_eq!(
        case.seen(),
        [
            "started",
            "asking a",
            "text 1 \"Hello\" +\"Hello\"",
            "text 1 \"Hello there\" +\" there\"",
            "completed Stop",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_is_called_and_its_result_given_to_the_model() {
    let case = case(vec![calls(&[("c1", "echo", "tell")]), says("ok")]);
    let outcome = case.run(case.spec()).await;
    assert_eq!((&outcome.end, outcome.messages.len()), (&DONE, 3));
    assert_eq!(
        case.seen(),
        [
            "started",
            "asking a",
            "tool echo tell",
            "tool so far half",
            "tool ended",
            "asking a",
            "text 2 \"ok\" +\"ok\"",
            "usage 12",
            "completed Stop",
        ]
    );
    assert_eq!(case.called(), [("r1:2".to_owned(), "tell".to_owned())]);
    assert_eq!(outcome.usage.total(), 12);
    let second = &case.model.asked.lock().unwrap()[1];
    assert!(matches!(&second.messages[2], Message::ToolResult(one) if one.tool_call_id == "c1"));
    let steps = case.book.steps.lock().unwrap();
    assert_eq!(steps.len(), 3);
    assert!(steps[1].2.is_some(), "the result is recorded");
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_with_a_tool_is_told_to_the_model() {
    let wrong = [
        ("1", "none", "{}"),
        ("2", "echo", "fail"),
        ("3", "echo", "panic"),
        ("4", "echo", "stall"),
        ("5", "echo", "flood"),
    ];
    let case = case(vec![calls(&wrong), says("ok")]);
    let outcome = case.run(case.spec()).await;
    assert_eq!(outcome.end, DONE);
    let told = result_texts(&outcome);
    assert_eq!(told[0], "there is no tool `none`; there are: echo");
    assert_eq!(told[1], "not allowed: not today");
    assert!(told[2].contains("broke down"));
    assert!(told[3].contains("60 s") && told[3].contains("unknown"));
    assert!(told[4].len() < 70_000);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_leaves_a_whole_conversation() {
    let scripts = [
        vec![calls(&[("1", "echo", "stall"), ("2", "echo", "{}")])],
        vec![vec![
            Said::Event(ModelEvent::Text("half".into())),
            Said::Stall,
        ]],
        vec![vec![Said::Stall]],
    ];
    for script in scripts {
        let case = case(script);
        let (outcome, ()) = tokio::join!(case.run(case.spec()), async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            case.cancel.cancel();
        });
        assert_eq!(outcome.end, RunEnd::Aborted);
        assert_eq!(case.seen().last().unwrap(), "aborted");
        assert!(case.called().len() < 2, "what waited is not called");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_in_time() {
    let case = case(vec![vec![Said::Stall]]);
    let mut spec = case.spec();
    spec.limits.timeout = Duration::from_secs(9);
    let outcome = case.run(spec).await;
    assert_eq!(
        outcome.end,
        RunEnd::Failed(RunError::Timeout(Duration::from_secs(9)))
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_never_ends_is_ended() {
    let forever: Vec<_> = (0..9)
        .map(|n| calls(&[(&n.to_string(), "echo", "{}")]))
        .collect();
    let case = case(forever);
    let mut spec = case.spec();
    spec.limits.max_steps = 3;
    let outcome = case.run(spec).await;
    assert_eq!(outcome.end, RunEnd::Failed(RunError::TooManySteps(3)));
    assert_eq!(case.called().len(), 3);

    let many: Vec<String> = (0..9).map(|n| n.to_string()).collect();
    let many: Vec<_> = many.iter().map(|id| (id.as_str(), "echo", "{}")).collect();
    let case = self::case(vec![calls(&many)]);
    let mut spec = case.spec();
    spec.limits.max_calls = 2;
    let outcome = case.run(spec).await;
    assert_eq!(outcome.end, RunEnd::Failed(RunError::TooManyCalls(2)));
    assert_eq!(case.called().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_model_is_the_runs() {
    let half = vec![
        Said::Event(ModelEvent::Text("half".into())),
        Said::Fault(ModelFault::Auth { status: 401 }),
    ];
    let case = case(vec![half]);
    let outcome = case.run(case.spec()).await;
    let RunEnd::Failed(RunError::Model(error)) = &outcome.end else {
        panic!("{:?}", outcome.end)
    };
    assert!(error.to_string().contains("models.providers.fake.apiKey"));
    assert_eq!(outcome.text, "half", "what the user saw stays");
    assert_eq!(outcome.failed.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_that_cannot_be_recorded() {
    for breaks_at in 1..=4 {
        let mut case = case(vec![calls(&[("1", "echo", "{}")]), says("ok")]);
        case.book.breaks_at = Some(breaks_at);
        let outcome = case.run(case.spec()).await;
        assert!(
            matches!(outcome.end, RunEnd::Failed(RunError::Journal(_))),
            "{breaks_at}"
        );
        assert_eq!(
            case.called().len(),
            usize::from(breaks_at > 2),
            "{breaks_at}"
        );
    }
}

/// Cuts a run off after every write of its journal and takes it up again: the tool is called at
/// most once for each call, and the run comes to the same end.
#[tokio::test(start_paused = true)]
async fn no_call_is_made_twice_whenever_the_gateway_dies() {
    let script = || {
        vec![
            calls(&[("1", "echo", "{}"), ("2", "echo", "{\"b\":2}")]),
            calls(&[("3", "echo", "{}")]),
            says("done"),
        ]
    };
    let whole = case(script());
    whole.run(whole.spec()).await;
    let steps = whole.book.steps.lock().unwrap().clone();
    assert_eq!(steps.len(), 6);
    for (cut, ended) in (0..=steps.len()).flat_map(|cut| [(cut, false), (cut, true)]) {
        let mut found: Vec<RecordedStep> = steps[..cut]
            .iter()
            .map(|(seq, step, result)| RecordedStep {
                seq: *seq,
                step: step.clone(),
                result: result.clone(),
            })
            .collect();
        let mut lost = None;
        if let Some(last) = found.last_mut()
            && !ended
            && let Step::Call { call } = &last.step
        {
            last.result = None;
            lost = Some(call.id.clone());
        }
        let replies = found
            .iter()
            .filter(|one| matches!(one.step, Step::Reply { .. }))
            .count();
        let before: Vec<String> = found
            .iter()
            .filter_map(|one| match &one.step {
                Step::Call { call } => Some(call.id.clone()),
                Step::Reply { .. } => None,
            })
            .collect();
        let again = case(script().into_iter().skip(replies).collect());
        let mut spec = again.spec();
        spec.recovered = Recovered::of(found);
        let outcome = again.run(spec).await;
        assert_eq!(
            (&outcome.end, outcome.text.as_str()),
            (&DONE, "done"),
            "cut at {cut}"
        );
        assert_eq!(
            again.called().len(),
            3 - before.len(),
            "cut at {cut}: no call is made twice"
        );
        assert_eq!(
            again.asked(),
            3 - replies,
            "cut at {cut}: no answer is asked for twice"
        );
        let unknown = result_texts(&outcome)
            .iter()
            .filter(|text| *text == UNKNOWN_OUTCOME)
            .count();
        assert_eq!(unknown, usize::from(lost.is_some()), "cut at {cut}");
        let fresh: Vec<u64> = again
            .book
            .steps
            .lock()
            .unwrap()
            .iter()
            .map(|one| one.0)
            .collect();
        assert!(
            fresh.iter().all(|seq| *seq > cut as u64),
            "numbers are not used twice"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn attachments_survive_a_crash() {
    let call = ToolCall {
        id: "1".into(),
        name: "echo".into(),
        arguments: "{}".into(),
    };
    let reply = AssistantMessage {
        content: vec![crate::message::AssistantBlock::ToolCall(call.clone())],
        model: None,
        usage: Usage::default(),
        stop_reason: StopReason::ToolUse,
    };
    let attachment = Attachment {
        mime_type: "image/png".into(),
        name: None,
        data: "AAAA".into(),
    };
    let result = StepResult {
        message: ToolResultMessage::error(&call, "seen"),
        attachments: vec![attachment.clone()],
    };
    let case = case(vec![says("ok")]);
    let mut spec = case.spec();
    spec.recovered = Recovered::of(vec![
        RecordedStep {
            seq: 1,
            step: Step::Reply { message: reply },
            result: None,
        },
        RecordedStep {
            seq: 2,
            step: Step::Call { call },
            result: Some(result),
        },
    ]);
    assert_eq!(case.run(spec).await.attachments, [attachment]);
}

#[tokio::test(start_paused = true)]
async fn an_open_call_of_an_older_run_is_not_made() {
    let case = case(vec![says("ok")]);
    let mut spec = case.spec();
    let call = ToolCall {
        id: "old".into(),
        name: "echo".into(),
        arguments: "{}".into(),
    };
    spec.history = vec![Message::Assistant(AssistantMessage {
        content: vec![crate::message::AssistantBlock::ToolCall(call)],
        model: None,
        usage: Usage::default(),
        stop_reason: StopReason::ToolUse,
    })];
    run(spec, Arc::clone(&case.watch) as _, &NoJournal, &case.cancel).await;
    assert!(case.called().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_full_conversation_is_summed_up() {
    let case = case(vec![says("the summary"), says("ok")]);
    let mut spec = case.spec();
    spec.history = vec![
        Message::user("x".repeat(400_000)),
        Message::user("y".repeat(200_000)),
        Message::user("go"),
    ];
    let outcome = case.run(spec).await;
    let compacted = outcome.compacted.unwrap();
    assert_eq!(
        (compacted.summary.as_str(), compacted.replaced),
        ("the summary", 2)
    );
    assert_eq!(outcome.text, "ok");
    let asked = case.model.asked.lock().unwrap();
    assert!(asked[0].tools.is_empty() && asked[0].system == crate::compaction::INSTRUCTIONS);
    assert_eq!(asked[1].messages.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_says_it_is_full_is_asked_again_with_less() {
    let full = || vec![Said::Fault(ModelFault::ContextOverflow)];
    let case = case(vec![full(), says("the summary"), says("ok")]);
    let mut spec = case.spec();
    spec.history = vec![Message::user("x".repeat(4000)), Message::user("go")];
    let outcome = case.run(spec).await;
    assert_eq!(
        (outcome.end, outcome.compacted.unwrap().replaced),
        (DONE, 1)
    );

    let case = self::case(vec![full(), says("the summary"), full()]);
    let mut spec = case.spec();
    spec.history = vec![Message::user("x".repeat(4000)), Message::user("go")];
    let outcome = case.run(spec).await;
    assert!(
        matches!(outcome.end, RunEnd::Failed(RunError::Model(_))),
        "only once"
    );
}

fn asked_tool(name: &str) -> Arc<ToolSpec> {
    Arc::new(ToolSpec {
        name: name.to_owned(),
        description: String::new(),
        parameters: serde_json::json!({"type": "object"}),
    })
}

#[tokio::test(start_paused = true)]
async fn a_call_of_whoever_asked_ends_the_run() {
    let script = calls(&[("c1", "echo", "tell"), ("c2", "weather", "{}")]);
    let case = case(vec![script, says("never asked")]);
    let mut spec = case.spec();
    spec.client_tools = vec![asked_tool("weather"), asked_tool("echo")];
    let outcome = case.run(spec).await;
    let stop = StopReason::ToolUse;
    assert_eq!(outcome.end, RunEnd::Completed { stop });
    let handed: Vec<&str> = outcome
        .client_calls
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(handed, ["weather"], "a tool of ours goes before theirs");
    assert_eq!((case.called().len(), case.asked()), (1, 1));
    assert!(result_texts(&outcome)[1].contains("given to the program"));
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_gets_no_call_of_a_stranger() {
    let case = case(vec![calls(&[("c1", "weather", "{}")]), says("ok")]);
    let outcome = case.run(case.spec()).await;
    assert_eq!((&outcome.end, outcome.client_calls.len()), (&DONE, 0));
    assert!(result_texts(&outcome)[0].contains("there is no tool"));
}
