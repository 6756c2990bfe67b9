use super::*;
use crate::message::ToolCall;
use crate::model::ModelFault;
use crate::model::testing::decode;

fn read(stream: &str) -> Result<Vec<ModelEvent>, WireFault> {
    decode(&mut MessagesDecoder::default(), stream)
}

const ANSWER: &str = r#"
event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":4,"cache_read_input_tokens":100,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Let me check."}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"exec","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"command\": \"da"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"te\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}

event: message_stop
data: {"type":"message_stop"}

"#;

#[test]
fn a_thought_a_text_and_a_call() {
    let before = Usage {
        input: 25,
        output: 1,
        cache_read: 100,
        cache_write: 4,
    };
    assert_eq!(
        read(ANSWER).unwrap(),
        [
            ModelEvent::Usage(before),
            ModelEvent::Thinking("hm".into()),
            ModelEvent::ThinkingEnd {
                signature: Some("EqQB".into())
            },
            ModelEvent::Text("Let me check.".into()),
            ModelEvent::TextEnd,
            ModelEvent::ToolCall(ToolCall {
                id: "toolu_1".into(),
                name: "exec".into(),
                arguments: r#"{"command": "date"}"#.into(),
            }),
            ModelEvent::Usage(Usage {
                output: 89,
                ..before
            }),
            ModelEvent::Stop(StopReason::ToolUse),
        ]
    );
}

#[test]
fn a_hidden_thought_is_kept_to_be_sent_back() {
    let stream = "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\"Emw\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    assert_eq!(
        read(stream).unwrap(),
        [
            ModelEvent::ThinkingEnd {
                signature: Some("Emw".into())
            },
            ModelEvent::Stop(StopReason::Stop),
        ]
    );
}

#[test]
fn a_stream_that_ends_in_the_middle_is_broken() {
    let events: Vec<&str> = ANSWER.trim().split("\n\n").collect();
    for some in 0..events.len() - 1 {
        let half = format!("{}\n\n", events[..some].join("\n\n"));
        assert_eq!(
            read(&half).unwrap_err().fault,
            ModelFault::Broken,
            "{some} events"
        );
    }
}

#[test]
fn a_failure_within_the_stream_is_told() {
    let stream = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let fault = read(stream).unwrap_err();
    assert!(matches!(fault.fault, ModelFault::Overloaded { .. }));
    assert_eq!(fault.detail, "Overloaded");
}

#[test]
fn a_call_cut_short_by_the_limit_is_not_made() {
    let at = ANSWER.find("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"te").unwrap();
    let cut = format!(
        "{}data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"max_tokens\"}}}}\n\ndata: {{\"type\":\"message_stop\"}}\n\n",
        &ANSWER[..at]
    );
    assert_eq!(read(&cut).unwrap_err().fault, ModelFault::CutCall);
}

#[test]
fn garbage_is_called_garbage_and_unknown_events_are_passed_over() {
    assert_eq!(
        read("data: [DONE]\n\n").unwrap_err().fault,
        ModelFault::Garbage
    );
    assert_eq!(
        read("data: {\"a\":1}\n\n").unwrap_err().fault,
        ModelFault::Garbage
    );
    let stream = "data: {\"type\":\"new_event\"}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    assert_eq!(read(stream).unwrap(), [ModelEvent::Stop(StopReason::Stop)]);
}
