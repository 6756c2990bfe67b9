//! `talk.*`: talking.

pub mod mode;
