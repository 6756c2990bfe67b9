//! Handshakes in memory, certificates on disk, and hostile bytes.

#[cfg(test)]
mod files;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod handshake;
#[cfg(test)]
#[cfg(unix)]
mod keeper;
#[cfg(test)]
mod server_cert;
#[cfg(test)]
mod wire;
