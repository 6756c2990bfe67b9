//! Over real sockets of this machine: what the transport and `web_fetch` do with servers that
//! behave in every possible way.

#[cfg(test)]
mod server;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod web_fetch;
