//! `sessions.*`: sessions and their settings.

pub mod abort;
pub mod compact;
pub mod create;
pub mod delete;
pub mod describe;
pub mod get;
pub mod list;
pub mod messages;
pub mod patch;
pub mod permission;
pub mod preview;
pub mod reset;
pub mod resolve;
pub mod row;
pub mod send;
pub mod subscribe;
