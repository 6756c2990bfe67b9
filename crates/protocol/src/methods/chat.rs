//! `chat.*`: conversations as a chat client sees them.

pub mod abort;
pub mod attachment;
pub mod history;
pub mod inject;
pub mod mention;
pub mod message;
pub mod metadata;
pub mod provenance;
pub mod send;
pub mod startup;
