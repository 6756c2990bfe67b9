//! `config.*`: the configuration file.

pub mod apply;
pub mod get;
pub mod issue;
pub mod patch;
pub mod schema;
pub mod set;
