//! `chat.metadata.*`: what chat clients may choose from.

pub mod changed;
