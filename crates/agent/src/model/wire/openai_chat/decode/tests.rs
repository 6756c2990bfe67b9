use super::*;
use crate::message::ToolCall;
use crate::model::ModelFault;
use crate::model::testing::decode;

fn read(stream: &str) -> Result<Vec<ModelEvent>, WireFault> {
    decode(&mut ChatDecoder::default(), stream)
}

fn call(id: &str, name: &str, arguments: &str) -> ModelEvent {
    ModelEvent::ToolCall(ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    })
}

const PLAIN: &str = r#"
data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":" there"},"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}

data: [DONE]

"#;

#[test]
fn a_plain_answer() {
    assert_eq!(
        read(PLAIN).unwrap(),
        [
            ModelEvent::Text("Hello".into()),
            ModelEvent::Text(" there".into()),
            ModelEvent::Usage(Usage {
                input: 12,
                output: 5,
                cache_read: 8,
                cache_write: 0
            }),
            ModelEvent::Stop(StopReason::Stop),
        ]
    );
}

const TOOLS: &str = r#"
data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"exec","arguments":""}}]},"finish_reason":null}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"comm"}}]},"finish_reason":null}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"nodes","arguments":"{}"}}]},"finish_reason":null}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"and\":\"date\"}"}}]},"finish_reason":null}]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: [DONE]

"#;

#[test]
fn calls_whose_pieces_come_interleaved() {
    assert_eq!(
        read(TOOLS).unwrap(),
        [
            call("call_a", "exec", r#"{"command":"date"}"#),
            call("call_b", "nodes", "{}"),
            ModelEvent::Stop(StopReason::ToolUse),
        ]
    );
}

#[test]
fn servers_without_index_done_or_the_right_reason() {
    let ollama = r#"
data: {"choices":[{"delta":{"tool_calls":[{"id":"x1","function":{"name":"a","arguments":"{}"}},{"id":"x2","function":{"name":"b","arguments":{"k":1}}}]},"finish_reason":null}]}

data: {"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}

"#;
    assert_eq!(
        read(ollama).unwrap(),
        [
            call("x1", "a", "{}"),
            call("x2", "b", r#"{"k":1}"#),
            ModelEvent::Stop(StopReason::ToolUse)
        ]
    );
}

#[test]
fn thoughts_are_apart_from_text() {
    let stream = r#"
data: {"choices":[{"delta":{"reasoning_content":"hm"},"finish_reason":null}]}

data: {"choices":[{"delta":{"content":"yes"},"finish_reason":"stop"}]}

data: [DONE]

"#;
    assert_eq!(
        read(stream).unwrap(),
        [
            ModelEvent::Thinking("hm".into()),
            ModelEvent::ThinkingEnd { signature: None },
            ModelEvent::Text("yes".into()),
            ModelEvent::Stop(StopReason::Stop),
        ]
    );
}

#[test]
fn a_stream_that_ends_in_the_middle_is_broken() {
    let half: String = PLAIN
        .split("\n\n")
        .take(2)
        .map(|event| format!("{event}\n\n"))
        .collect();
    assert_eq!(read(&half).unwrap_err().fault, ModelFault::Broken);
    assert_eq!(read("").unwrap_err().fault, ModelFault::Broken);
}

#[test]
fn garbage_is_called_garbage() {
    for stream in [
        "data: {\"choi\n\n",
        "data: <html>\n\n",
        "data: {\"hello\":1}\n\n",
    ] {
        assert_eq!(
            read(stream).unwrap_err().fault,
            ModelFault::Garbage,
            "{stream}"
        );
    }
}

#[test]
fn a_failure_within_the_stream_is_told() {
    let stream =
        "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\"}}\n\n";
    let fault = read(stream).unwrap_err();
    assert!(matches!(fault.fault, ModelFault::Server { .. }));
    assert_eq!(fault.detail, "The server had an error");
}

#[test]
fn a_call_cut_short_by_the_limit_is_not_made() {
    let stream = r#"
data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"exec","arguments":"{\"command\":\"rm -r /tmp/a"}}]},"finish_reason":"length"}]}

data: [DONE]

"#;
    assert_eq!(read(stream).unwrap_err().fault, ModelFault::CutCall);
}

#[test]
fn arguments_without_end_are_refused() {
    let piece = "x".repeat(1024 * 1024);
    let event = SseEvent {
        name: String::new(),
        data: serde_json::json!({"choices": [{"delta": {"tool_calls": [
            {"index": 0, "id": "c", "function": {"name": "t", "arguments": piece}}
        ]}}]})
        .to_string(),
    };
    let mut decoder = ChatDecoder::default();
    let refused = (0..20)
        .find_map(|_| decoder.on(&event).err())
        .expect("it is bounded");
    assert!(matches!(refused.fault, ModelFault::TooLarge { .. }));
}
