//! `node.invoke.*`: calls on their way to a node.

pub mod cancel;
pub mod input;
pub mod request;
