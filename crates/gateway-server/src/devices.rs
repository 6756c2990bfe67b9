//! Paired devices, waiting requests and device tokens: the working set in memory, written
//! through to the store before it is acknowledged.

pub(crate) mod book;
pub(crate) mod desk;
pub(crate) mod ids;
pub(crate) mod requests;
pub(crate) mod setup_codes;
pub(crate) mod token_key;
