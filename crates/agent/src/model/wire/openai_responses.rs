//! OpenAI responses.

mod decode;
mod encode;

pub(super) use decode::ResponsesDecoder;
pub(super) use encode::body;
