//! The Gateway over loopback TCP, and over in-memory streams with virtual time.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod announce;
#[cfg(test)]
mod api;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod device;
#[cfg(test)]
mod embedding;
#[cfg(test)]
mod exposed;
#[cfg(test)]
mod handshake_vectors;
#[cfg(test)]
mod join;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod node_bad;
#[cfg(test)]
mod node_keys;
#[cfg(test)]
mod node_storm;
#[cfg(test)]
mod node_waits;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod offline;
#[cfg(test)]
mod pairing;
#[cfg(test)]
mod peer;
mod reload;
#[cfg(test)]
mod run_vectors;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod security;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod status;
#[cfg(test)]
#[cfg(unix)]
mod tailnet;
#[cfg(test)]
mod tls;
