//! Bounds of a node, with the reason for each number.

use std::time::Duration;

/// Calls that run and wait, over all commands: what one Gateway can make a node hold.
pub(crate) const CALLS: usize = 256;
/// Callers that wait for one run by repeating its key.
pub(crate) const WAITERS_OF_A_RUN: usize = 16;
/// How long a handler may take to end after it was cancelled, to kill what it started for
/// example. After that it is dropped where it stands.
pub const CANCEL_GRACE: Duration = Duration::from_secs(5);
/// How long the acknowledgement of a result may take before the connection's own rules decide.
pub(crate) const ACK: Duration = Duration::from_secs(30);
/// How long it may take once the node is told to stop.
pub(crate) const ACK_WHILE_STOPPING: Duration = Duration::from_millis(500);
/// Results that wait for their acknowledgement. Beyond it runs keep their places.
pub(crate) const ANSWERS: usize = 256;
/// Refusals that wait for their acknowledgement. Beyond it calls go unanswered and time out.
pub(crate) const REFUSALS: usize = 128;
/// Pieces of input that wait for one handler, 16 KiB each on the wire. More end its input.
pub(crate) const INPUTS: usize = 64;
/// How long a node that declares itself anew lets calls under way finish first.
pub(crate) const REDECLARE_GRACE: Duration = Duration::from_secs(10);
/// How often, and how many times, a node asks at first whether it was approved.
pub(crate) const EAGER_POLL: (Duration, u32) = (Duration::from_secs(1), 300);
/// How often it asks after that. The link's own 30 seconds are right for a
/// person at a screen; a peripheral has none, and whoever approves it waits beside it.
pub(crate) const APPROVAL_POLL: Duration = Duration::from_secs(5);
