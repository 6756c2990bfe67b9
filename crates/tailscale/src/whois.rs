//! `tailscale whois --json IP`: who is behind an address of the tailnet.

mod cache;
mod identity;

pub(crate) use cache::WhoisCache;
pub use identity::Identity;
pub(crate) use identity::read;
