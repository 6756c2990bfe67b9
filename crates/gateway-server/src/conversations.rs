//! Sessions and what was said in them, for every part of the Gateway: clients, runs, jobs,
//! channels.
//!
//! | To | Use |
//! | --- | --- |
//! | find the key that is meant | [`key_of`], [`openclaw_policy::session_key`] |
//! | read, make, change, begin anew, remove a session | [`Conversations`] |
//! | read and show what was said | [`history`] |
//! | show a session in a list | [`row`] |
//! | tell those who watch | [`watch`] |
//!
//! A session is one row of the store: its key, the transcript under way, and an object of
//! settings, counts and where replies go ([`Conversation::entry`]). Whoever changes that object
//! holds the session's [lock](Conversations::lock) from reading to writing.

mod archive;
mod book;
mod brief;
mod entry;
pub(crate) mod history;
mod key;
mod message;
pub(crate) mod row;
pub(crate) mod watch;

pub(crate) use archive::put_away;
pub(crate) use book::Conversations;
pub(crate) use brief::{Brief, items};
pub(crate) use entry::Conversation;
pub(crate) use key::{key_of, rules};
pub(crate) use message::{Shape, is_message};
