//! `models.*`: language models.

pub mod snapshot;
