//! How far a tunnel is, on the terminal of a person who waits for it.

use std::io::{self, IsTerminal as _, Write as _};

use openclaw_remote::Target;
use openclaw_remote::tunnel::TunnelProgress;
use openclaw_ssh_tunnel::TunnelState;

/// One line that changes and is gone at the end. Nothing where nobody looks.
pub(super) fn of(target: &Target) -> Option<TunnelProgress> {
    let plan = target.tunnel.as_ref()?;
    if !io::stderr().is_terminal() {
        return None;
    }
    let ssh_target = plan.ssh_target();
    Some(TunnelProgress::new(move |state| {
        let mut terminal = io::stderr().lock();
        // A terminal that is gone needs no progress.
        let _ = match state {
            TunnelState::Connecting { phase } => {
                write!(terminal, "\r\x1b[Kssh {ssh_target}: {phase} …")
            }
            _ => write!(terminal, "\r\x1b[K"),
        }
        .and_then(|()| terminal.flush());
    }))
}
