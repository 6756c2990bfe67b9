//! OpenAI chat completions, the interface that most servers speak.

mod decode;
mod encode;

pub(super) use decode::ChatDecoder;
pub(super) use encode::body;
