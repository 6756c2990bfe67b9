//! Drives the `tailscale` program of this machine for the Gateway: what its state is, who is
//! behind an address of the tailnet, and a route to the Gateway that is held while it runs.
//!
//! Nothing here ends the Gateway. A machine without the program, a daemon that is still booting,
//! a user who is logged out, a route that belongs to somebody else: each is a state with a reason
//! and a remedy, and a claim goes on trying for as long as it lives.
//!
//! ```no_run
//! # async fn example(port: u16) -> Result<(), Box<dyn std::error::Error>> {
//! use openclaw_tailscale::{ClaimOptions, ClaimState, Mode, Search, Tailscale};
//!
//! let tailscale = Tailscale::find(Search::default());
//! let mut claim = tailscale.claim(Mode::Serve, port, ClaimOptions::default());
//! let state = claim.wait_for(|state| !matches!(state, ClaimState::Starting)).await;
//! println!("{state}");
//! let who = tailscale.whois("100.64.0.7".parse()?).await?;
//! claim.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! | To find | Open |
//! | --- | --- |
//! | where the program is looked for | [`Search`] |
//! | asking it | [`Tailscale`], [`Status`], [`Identity`], [`Route`] |
//! | a route that is held | [`Claim`], [`ClaimOptions`], [`ClaimState`], [`Trouble`] |
//! | what can go wrong, and what mends it | [`TailscaleError`] |
//! | every time limit, size and interval | [`Limits`] |
//! | a program to test against | `stand_in`, with the feature `stand-in` |

mod claim;
mod clock;
mod error;
mod excerpt;
mod json;
mod limits;
mod process;
mod program;
mod routes;
mod run;
mod search;
mod status;
mod tailscale;
mod whois;
mod wording;

#[cfg(feature = "stand-in")]
pub mod stand_in;

pub use claim::state::ClaimState;
pub use claim::trouble::{Conflict, RouteOwner, Trouble};
pub use claim::{Claim, ClaimOptions, Mode};
pub use error::TailscaleError;
pub use limits::Limits;
pub use routes::{Route, Target};
pub use search::Search;
pub use status::{BackendState, Status};
pub use tailscale::Tailscale;
pub use whois::Identity;
