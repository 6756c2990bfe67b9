//! `config.*`: the configuration file.

pub mod changed;
