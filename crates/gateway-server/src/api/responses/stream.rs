//! `/v1/responses` told while the run goes on: numbered events.

use serde_json::{Value, json};

use super::object::{Head, function_call, item_id, message, part, status};
use crate::api::chat::check_required;
use crate::api::fault::ApiFault;
use crate::api::sse::{Out, Teller};
use crate::runs::Ended;

/// Tells a response in events.
#[derive(Debug)]
pub(super) struct Events {
    head: Head,
    is_required: bool,
    /// The number of the next event.
    number: u64,
    /// The message that is being written: its id and its text.
    open: Option<(String, String)>,
    /// Items that are complete.
    output: Vec<Value>,
    /// What was said while it was not clear whether the required call comes.
    held: String,
}

impl Events {
    pub(super) const fn new(head: Head, is_required: bool) -> Self {
        Self {
            head,
            is_required,
            number: 0,
            open: None,
            output: Vec::new(),
            held: String::new(),
        }
    }

    fn tell(&mut self, out: &mut Out, kind: &str, members: Value) {
        let mut event = json!({ "type": kind, "sequence_number": self.number });
        if let (Value::Object(event), Value::Object(members)) = (&mut event, members) {
            event.extend(members);
        }
        self.number += 1;
        out.event(kind, &event);
    }

    fn write(&mut self, text: &str, out: &mut Out) {
        if self.open.is_none() {
            let id = item_id("msg");
            self.open = Some((id.clone(), String::new()));
            let at = self.output.len();
            let item = message(&id, None, "in_progress");
            self.tell(
                out,
                "response.output_item.added",
                json!({ "output_index": at, "item": item }),
            );
            self.tell(
                out,
                "response.content_part.added",
                json!({ "item_id": id, "output_index": at, "content_index": 0, "part": part("") }),
            );
        }
        let Some((id, written)) = &mut self.open else {
            return;
        };
        written.push_str(text);
        let members = json!({
            "item_id": id, "output_index": self.output.len(), "content_index": 0, "delta": text,
            "logprobs": [],
        });
        if !text.is_empty() {
            self.tell(out, "response.output_text.delta", members);
        }
    }

    fn close(&mut self, status: &str, out: &mut Out) {
        let Some((id, text)) = self.open.take() else {
            return;
        };
        let at = self.output.len();
        let place = json!({ "item_id": id, "output_index": at, "content_index": 0 });
        let with = |key: &str, value: Value| {
            let mut members = place.clone();
            members[key] = value;
            members
        };
        let mut done = with("text", text.as_str().into());
        done["logprobs"] = json!([]);
        self.tell(out, "response.output_text.done", done);
        self.tell(out, "response.content_part.done", with("part", part(&text)));
        let item = message(&id, Some(&text), status);
        self.output.push(item.clone());
        self.tell(
            out,
            "response.output_item.done",
            json!({ "output_index": at, "item": item }),
        );
    }

    fn calls(&mut self, ended: &Ended, out: &mut Out) {
        for call in &ended.client_calls {
            let (id, at) = (item_id("fc"), self.output.len());
            let begun = function_call(&id, call, false);
            self.tell(
                out,
                "response.output_item.added",
                json!({ "output_index": at, "item": begun }),
            );
            let mut place = json!({ "item_id": id, "output_index": at });
            place["delta"] = call.arguments.as_str().into();
            self.tell(out, "response.function_call_arguments.delta", place);
            let whole = json!({
                "item_id": id, "output_index": at, "name": call.name, "arguments": call.arguments,
            });
            self.tell(out, "response.function_call_arguments.done", whole);
            let item = function_call(&id, call, true);
            self.output.push(item.clone());
            self.tell(
                out,
                "response.output_item.done",
                json!({ "output_index": at, "item": item }),
            );
        }
    }
}

impl Teller for Events {
    fn begins(&mut self, out: &mut Out) {
        let response = self.head.response("in_progress", &[]);
        self.tell(out, "response.created", json!({ "response": response }));
        self.tell(out, "response.in_progress", json!({ "response": response }));
    }

    fn says(&mut self, text: &str, out: &mut Out) {
        match self.is_required {
            true => self.held.push_str(text),
            false => self.write(text, out),
        }
    }

    fn ends(&mut self, ended: &Ended, out: &mut Out) {
        if let Err(fault) = check_required(self.is_required, ended) {
            return self.fails(&fault, out);
        }
        let held = std::mem::take(&mut self.held);
        let is_silent = self.open.is_none() && ended.client_calls.is_empty();
        if !held.is_empty() || is_silent {
            self.write(&held, out);
        }
        self.close(status(ended), out);
        self.calls(ended, out);
        let response = self.head.ended(&self.output, ended);
        let kind = match status(ended) {
            "incomplete" => "response.incomplete",
            _ => "response.completed",
        };
        self.tell(out, kind, json!({ "response": response }));
    }

    fn fails(&mut self, fault: &ApiFault, out: &mut Out) {
        self.close("incomplete", out);
        let response = self.head.failed(&self.output, fault);
        self.tell(out, "response.failed", json!({ "response": response }));
    }
}
