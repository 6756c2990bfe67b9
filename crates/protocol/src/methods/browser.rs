//! `browser.*`

pub mod request;
