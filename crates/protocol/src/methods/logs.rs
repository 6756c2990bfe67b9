//! `logs.*`: the log file of the Gateway.

pub mod tail;
