//! Sockets: WebSockets over any byte stream, and what a request's headers say.

pub(crate) mod frames;
pub(crate) mod headers;
pub(crate) mod in_flight;
pub(crate) mod websocket;
