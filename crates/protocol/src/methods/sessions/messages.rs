//! `sessions.messages.*`: transcripts as they grow.

pub mod subscribe;
pub mod unsubscribe;
