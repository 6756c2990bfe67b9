//! `voicewake.routing.*`: who answers a wake word.

pub mod changed;
