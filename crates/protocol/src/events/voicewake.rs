//! `voicewake.*`: wake words.

pub mod changed;
pub mod routing;
