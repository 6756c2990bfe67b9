//! `device.*`: paired devices and their tokens.

pub mod pair;
pub mod token;
