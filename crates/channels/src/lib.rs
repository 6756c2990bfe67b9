//! Channels: the ways by which people talk to a Gateway.
//!
//! A [`Channel`] is one account of a service. It takes what comes in, hands it to its
//! [`ChannelHost`] before it acknowledges it, and sends what it is given. It keeps nothing on
//! disk and decides nothing about who may talk; the Gateway does both.
//!
//! | To find | Open |
//! | --- | --- |
//! | what a channel is, and what it is given | [`Channel`], [`ChannelHost`] |
//! | what comes in | [`Inbound`] |
//! | what goes out, and how sending ends | [`Outbound`], [`Part`], [`SendEnd`] |
//! | a message that is shown while it is written | [`Draft`] |
//! | who may talk, and who asked to | [`access`] |
//! | Telegram | [`telegram`] |
//! | any program, by signed requests | [`webhook`] |
//!
//! Invariants: no token is in a log, an error or a `Debug` text. An update is acknowledged to the
//! service only after the host has kept it. A channel says that something was not sent only where
//! it knows so: everything else is [`SendEnd::Unknown`].

pub mod access;
mod backoff;
mod channel;
mod clock;
mod draft;
mod host;
mod http;
mod inbound;
mod outbound;
mod parts;
mod split;
pub mod telegram;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod webhook;

pub use backoff::Backoff;
pub use channel::{
    BadTarget, Capabilities, Channel, ChannelError, HookAnswer, HookHead, HookRequest,
};
pub use draft::{Draft, DraftStep};
pub use host::{Accepted, ChannelHost, HostError, Position, Report};
pub use inbound::{Chat, ChatKind, Content, Inbound, MediaKind, MediaRef, Quoted, Sender};
pub use outbound::{
    Action, Button, File, FileKind, Outbound, Part, Poll, SendEnd, Sent, Target, Text,
};
pub use split::split;
