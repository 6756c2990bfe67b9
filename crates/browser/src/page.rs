//! What a page is made of, for those who cannot see it.

pub(crate) mod element;
pub(crate) mod keys;
pub(crate) mod tree;
