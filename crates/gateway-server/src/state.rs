//! What the Gateway knows at this moment.

pub(crate) mod heads;
pub(crate) mod health;
pub(crate) mod hub;
pub(crate) mod presence;
pub(crate) mod quiet;
pub(crate) mod rates;
pub(crate) mod settings;
