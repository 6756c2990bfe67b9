//! Every command of the pages on remote access, typed as it stands there.
//!
//! A page is walked on two hosts, each in a network of its own with names, users, keys and a real
//! `sshd` of its own: `gateway-host` and the client. Ports and names are those of the page; nothing
//! of this machine's network is seen from there, and nobody outside hears of it.
//!
//! | To find | Open |
//! | --- | --- |
//! | what a page says | [`page`] |
//! | the two hosts | [`hosts`], [`world`] |
//! | programs that this machine lacks, or must not be let loose | [`stand_ins`], [`tailnet`] |
//! | typing a section, line by line | [`walk`], [`table`] |
//! | the pages | [`pages`] |
//! | README's section, as somebody who has read nothing else | [`trial`] |

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a walk shows each command and its outcome, and says so where it cannot be done"
)]

mod hosts;
mod page;
mod pages;
mod stand_ins;
mod table;
mod tailnet;
mod trial;
mod walk;
mod world;
