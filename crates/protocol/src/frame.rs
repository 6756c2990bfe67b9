//! The three frames on the socket: request, response, event.
//!
//! | Frame | Shape |
//! | --- | --- |
//! | request | `{"type":"req","id","method","params"?}`; protocol 4 adds `traceparent`, `expectedProfileId` |
//! | response | `{"type":"res","id","ok","payload"?,"error"?}` |
//! | event | `{"type":"event","event","payload"?,"seq"?,"stateVersion"?}` |
//!
//! A frame is read without copying; `params` and `payload` stay the text they came as. Frames
//! are written straight into one string, with payloads spliced in.

mod read;
mod write;

pub use read::{BadFrame, EventFrame, Frame, RequestFrame, ResponseFrame, parse, parse_request};
pub use write::{
    EventText, request, response_error, response_failed_raw, response_ok, response_ok_parts,
    response_ok_raw,
};
