//! Anthropic messages.

mod decode;
mod encode;

pub(super) use decode::MessagesDecoder;
pub(super) use encode::body;
