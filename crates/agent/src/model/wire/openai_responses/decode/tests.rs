use super::*;
use crate::message::ToolCall;
use crate::model::ModelFault;
use crate::model::testing::decode;

fn read(stream: &str) -> Result<Vec<ModelEvent>, WireFault> {
    decode(&mut ResponsesDecoder::default(), stream)
}

const TEXT_AND_CALL: &str = r#"
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}}

event: response.output_item.added
data: {"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}

event: response.reasoning_summary_text.delta
data: {"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Looking"}

event: response.output_item.done
data: {"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","status":"completed","summary":[{"type":"summary_text","text":"Looking"}],"encrypted_content":"gAAA"}}

event: response.output_item.added
data: {"type":"response.output_item.added","output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","content":[]}}

event: response.content_part.added
data: {"type":"response.content_part.added","item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"Let me"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":" check."}

event: response.output_text.done
data: {"type":"response.output_text.done","item_id":"msg_1","output_index":1,"content_index":0,"text":"Let me check."}

event: response.output_item.added
data: {"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_a","name":"exec","arguments":""}}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"{\"command\":"}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"\"date\"}"}

event: response.function_call_arguments.done
data: {"type":"response.function_call_arguments.done","item_id":"fc_1","output_index":2,"arguments":"{\"command\":\"date\"}"}

event: response.output_item.done
data: {"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_a","name":"exec","arguments":"{\"command\":\"date\"}","status":"completed"}}

event: response.completed
data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","incomplete_details":null,"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":10},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":39}}}

"#;

#[test]
fn a_thought_a_text_and_a_call() {
    let events = read(TEXT_AND_CALL).unwrap();
    let ModelEvent::ThinkingEnd {
        signature: Some(kept),
    } = &events[1]
    else {
        panic!("{events:?}");
    };
    assert!(kept.contains("gAAA") && !kept.contains("status"));
    assert_eq!(events[0], ModelEvent::Thinking("Looking".into()));
    assert_eq!(
        events[2..],
        [
            ModelEvent::Text("Let me".into()),
            ModelEvent::Text(" check.".into()),
            ModelEvent::TextEnd,
            ModelEvent::ToolCall(ToolCall {
                id: "call_a".into(),
                name: "exec".into(),
                arguments: r#"{"command":"date"}"#.into(),
            }),
            ModelEvent::Usage(Usage {
                input: 20,
                output: 9,
                cache_read: 10,
                cache_write: 0
            }),
            ModelEvent::Stop(StopReason::ToolUse),
        ]
    );
}

#[test]
fn an_answer_that_ran_out_of_room() {
    let text = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n";
    let end = "data: {\"type\":\"response.incomplete\",\"response\":{\"incomplete_details\":{\"reason\":\"max_output_tokens\"}}}\n\n";
    let events = read(&format!("{text}{end}")).unwrap();
    assert_eq!(events.last(), Some(&ModelEvent::Stop(StopReason::Length)));
}

#[test]
fn a_call_cut_short_by_the_limit_is_not_made() {
    let begun = "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"exec\",\"arguments\":\"\"}}\n\n";
    let end = "data: {\"type\":\"response.incomplete\",\"response\":{\"incomplete_details\":{\"reason\":\"max_output_tokens\"}}}\n\n";
    assert_eq!(
        read(&format!("{begun}{end}")).unwrap_err().fault,
        ModelFault::CutCall
    );
}

#[test]
fn a_stream_that_ends_in_the_middle_is_broken() {
    let at = TEXT_AND_CALL.find("event: response.completed").unwrap();
    assert_eq!(
        read(&TEXT_AND_CALL[..at]).unwrap_err().fault,
        ModelFault::Broken
    );
}

#[test]
fn failures_are_told() {
    let failed = "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\"}}}\n\n";
    let fault = read(failed).unwrap_err();
    assert!(
        matches!(fault.fault, ModelFault::RateLimited { .. }),
        "{fault:?}"
    );
    assert_eq!(fault.detail, "slow down");
    let error = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"oops\",\"param\":null}\n\n";
    assert!(matches!(
        read(error).unwrap_err().fault,
        ModelFault::Server { .. }
    ));
}

#[test]
fn garbage_is_called_garbage_and_unknown_events_are_passed_over() {
    assert_eq!(
        read("data: nope\n\n").unwrap_err().fault,
        ModelFault::Garbage
    );
    assert_eq!(read("data: {}\n\n").unwrap_err().fault, ModelFault::Garbage);
    let end = "data: {\"type\":\"response.new\"}\n\ndata: {\"type\":\"response.completed\",\"response\":{}}\n\n";
    assert_eq!(read(end).unwrap(), [ModelEvent::Stop(StopReason::Stop)]);
}
