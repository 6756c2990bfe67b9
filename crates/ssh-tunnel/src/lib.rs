//! Supervised SSH tunnels over the system's `ssh`.
//!
//! A [`Tunnel`] keeps one `ssh -N -L 127.0.0.1:LOCAL:127.0.0.1:REMOTE` running: it starts it, waits
//! until the child itself listens, lets the caller say hello through it ([`Verify`]), starts it
//! again when it ends, and tells its users of every change through a `watch` of [`TunnelState`].
//!
//! - No user's string reaches a shell, and none is taken for an option ([`SshTarget`]).
//! - The forward is bound to 127.0.0.1 whatever the user's `ssh_config` says; jump hosts, aliases
//!   and agents come from that configuration.
//! - The child ends with its owner, also on `kill -9` of the owner, and a record on disk lets the
//!   next start find one that was left over all the same.
//! - One tunnel per destination is shared by all processes of one state directory; a listener that
//!   is not in our record is never used.
//!
//! While a tunnel is not [`TunnelState::Up`], its port may belong to anybody: take the address
//! from the state each time, and authenticate what answers.
//!
//! ```no_run
//! use openclaw_ssh_tunnel::{Tunnel, TunnelOptions, TunnelSpec, Verify};
//!
//! # async fn hello(_: std::net::SocketAddr) -> Result<(), String> { Ok(()) }
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let spec = TunnelSpec::new("ann@gateway.example:22".parse()?, 18789);
//! let options = TunnelOptions::new("/home/ann/.openclaw/tunnels").with_verify(Verify::new(hello));
//! let tunnel = Tunnel::open(spec, options).await?;
//! let up = tunnel.up().await?;
//! println!("ws://{}", up.local_addr);
//! tunnel.stop().await;
//! # Ok(()) }
//! ```
//!
//! | To find | Open |
//! | --- | --- |
//! | what a target may look like | [`SshTarget`] |
//! | the argument vector of `ssh` | [`TunnelSpec::argv`] |
//! | what `ssh_config` makes of a target | [`TunnelSpec::effective`] |
//! | what went wrong and what mends it | [`TunnelError`], [`SshFailureKind`] |
//! | how the child dies with us | `guard` |
//! | records and the lock of a tunnel | `record`, `claim` |
//! | the supervisor | `supervisor` |
//!
//! Unix only: it needs process groups, `/bin/sh` and advisory locks.

mod argv;
mod attach;
mod attempt;
mod backoff;
mod blocking;
mod child;
mod claim;
mod classify;
mod clock;
mod effective;
mod error;
mod guard;
mod listener;
mod options;
mod port;
mod process;
mod program;
mod record;
mod spec;
mod state;
mod stderr;
mod supervisor;
mod target;
#[cfg(feature = "test-sshd")]
pub mod test_sshd;
mod tunnel;

pub use backoff::BackoffLimits;
pub use error::{FailureClass, SpecError, SshFailure, SshFailureKind, TunnelError};
pub use options::{TunnelOptions, Verify};
pub use spec::{HostKeys, LocalPort, TunnelSpec};
pub use state::{Phase, TunnelState, Up};
pub use target::{SshTarget, TargetError, TargetPart};
pub use tunnel::Tunnel;
