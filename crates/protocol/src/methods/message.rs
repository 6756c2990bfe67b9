//! `message.*`: messages in channels.

pub mod action;
