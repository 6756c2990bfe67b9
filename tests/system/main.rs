//! The whole system over real processes: a person writes to a bot, the agent has a node do
//! something, the answer arrives. And the same while the Gateway dies at every arrow of it.
//!
//! The Gateway and the node are the programs that people run. The Bot API and the model's provider
//! are servers of this test on loopback, which speak the real formats and outlive the Gateway.
//!
//! | To find | Open |
//! | --- | --- |
//! | the processes, and what they are asked | [`world`] |
//! | what the model says, and where it stops | [`mind`] |
//! | the program that the node runs, and its ledger | [`errand`] |
//! | the moments at which the Gateway dies | [`deaths`] |
//! | the whole way, with everything well or the service in trouble | [`flow`] |

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]

mod deaths;
mod errand;
mod flow;
mod mind;
mod support;
mod world;
