//! `models.*`: language models.

pub mod list;
