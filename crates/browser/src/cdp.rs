//! The Chrome DevTools protocol over a pipe: messages of JSON, each ended by a zero byte.

mod frames;
mod link;

pub(crate) use link::{Cdp, Event};
