//! `gateway.identity.*`: who the Gateway is.

pub mod get;
