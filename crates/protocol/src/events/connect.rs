//! `connect.*`.

pub mod challenge;
