//! Seams: where a Gateway of one process can become one of several.
//!
//! Each seam is a small trait with an in-process implementation, and one contract test that any
//! implementation must pass. Home users see none of this.

pub mod bus;
pub mod directory;
pub mod store;
