//! What is done for each request.

pub(crate) mod act;
pub(crate) mod cookies;
pub(crate) mod picture;
pub(crate) mod said;
pub(crate) mod snapshot;
pub(crate) mod tabs;
