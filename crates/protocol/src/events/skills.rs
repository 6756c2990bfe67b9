//! `skills.*`: skills of the agents.

pub mod changed;
