//! What the program prints, for people and for programs.

pub(crate) mod failure;
pub(crate) mod field;
pub(crate) mod id;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod time;

pub(crate) use output::Output;
